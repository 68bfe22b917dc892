"""«À décider»: what waits for a person, declared by each system in its manifest.

``System.awaiting`` is the dotted path of ``awaiting(request) -> Iterable[Waiting]``: what this person may decide now, at most
one query. The Today page shows it; a decision that went stale because the state changed says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string

from opposable.kernel.system import systems
from opposable.law.text import Text

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the person: where to decide it, since when, until when, and whether it went stale («périmée»)."""

    title: Text
    href: str
    what: Text | str = ""
    since: datetime | None = None
    due_at: datetime | None = None
    stale: bool = False
    why: Any = None


def awaiting(request: HttpRequest) -> list[Waiting]:
    """What waits for this person in all systems, the most pressing first."""
    found = list(_declared(request))
    return sorted(found, key=lambda item: (item.due_at is None, item.due_at or item.since or _NEVER))


def _declared(request: HttpRequest) -> Iterator[Waiting]:
    for system in systems():
        path = getattr(system, "awaiting", "")
        if path:
            yield from import_string(path)(request)
