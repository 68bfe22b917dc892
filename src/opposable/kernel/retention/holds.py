"""«Gels» in force: what may not be erased today, whatever its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from opposable.kernel.models import Act, Hold, Member

T = TypeVar("T")
CHUNK = 500


@dataclass(frozen=True)
class Held:
    """The holds of one moment: whole retention classes, and objects by uid."""

    classes: frozenset[str]
    objects: frozenset[str]

    @classmethod
    def now(cls) -> Held:
        rows = Hold.objects.filter(lifted_at=None).values_list("retention_class", "obj")
        return cls(frozenset(name for name, _ in rows if name), frozenset(obj for _, obj in rows if obj))

    def acts(self) -> set[int]:
        """Ids of the acts that concern a held object, as their principal or as one of several."""
        return acts_on(self.objects)


def acts_on(objects: Iterable[str]) -> set[int]:
    """Ids of the acts that concern one of these objects (uids), as their principal or as one of several."""
    found: set[int] = set()
    for chunk in chunks(sorted(objects)):
        found |= set(Act.objects.filter(obj__in=chunk).values_list("pk", flat=True))
        found |= set(Member.objects.filter(obj__in=chunk).values_list("act_id", flat=True))
    return found


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in lists of at most ``size``: what one IN (…) takes on every database."""
    listed = items if isinstance(items, (list, tuple)) else list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))
