"""What a system offers to search: a manifest may name a function in ``search = "package.views.search"``.

It is called as ``search(actor, words)`` and yields `Hit` for what that person may see (``visible_to``), best first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest
from django.utils.module_loading import import_string

from opposable.kernel.system import System, systems
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


MOST_NAMED = 20


def named_elsewhere(request: HttpRequest, own: str, references: Sequence[str]) -> list[Hit]:
    """What the other systems than ``own`` have under these identifiers: no system knows another, each knows the identifiers."""
    if not references:
        return []
    found = (
        hit
        for system in systems()
        if system.named and system.label != own
        for hit in import_string(system.named)(actor_of(request), _written(references))
    )
    return list(islice(found, MOST_NAMED))


def _written(references: Sequence[str]) -> list[str]:
    """Each identifier as people write it: the controls of Annex A with the letter and without."""
    bare = [one.removeprefix("A.") for one in references]
    return list(dict.fromkeys([*references, *bare, *(f"A.{one}" for one in bare if one[:1].isdigit())]))
