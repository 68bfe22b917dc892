"""What a system offers to search: a manifest may name a function in ``search = "package.views.search"``.

It is called as ``search(actor, words)`` and yields `Hit` for what that person may see (``visible_to``), best first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.module_loading import import_string

from opposable.kernel.system import System
from opposable.web.access import actor_of


@dataclass(frozen=True)
class Hit:
    """One result: what it is called, what kind of thing it is, its address, a line of detail."""

    label: str
    kind: str
    href: str
    detail: str = ""


def system_hits(system: System, request: HttpRequest, words: str) -> Iterator[Hit]:
    """The hits of one system, none when it declares no search."""
    path = getattr(system, "search", "")
    if path:
        yield from import_string(path)(actor_of(request), words)
