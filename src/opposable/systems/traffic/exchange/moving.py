"""Moving what is stored: copy, verify by digest, one act, then empty the old place. It can be stopped at each step and begun again.

copied   the bytes lie in both places, verified; the catalogue still names the old one
acted    the catalogue names the new one         from here on nobody reads the old one
emptied  the old place has nothing of them left  a crash before: the next run, or the daily sweep
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.files import write_durably
from opposable.law import PARIS, Text, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import holding, places, segments
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.objects import Remote
from opposable.systems.traffic.store.places import Place
from opposable.systems.traffic.store.rows import FAMILIES

if TYPE_CHECKING:
    from opposable.kernel.actors import Actor

BATCH = 100
"""Segments in one act."""
Step = Callable[[str], None]


@dataclass
class Moved:
    """What became of a move. ``faults``: what could not be moved, and stays where it was."""

    segments: int = 0
    size: int = 0
    emptied: int = 0
    faults: list[Text | str] = field(default_factory=list)


def move(actor: Actor, to: str, step: Step = lambda _name: None) -> Moved:
    """Move every segment that is to be kept. Raises StoreFault when the place is none."""
    moved = Moved()
    with _alone():
        today = clock.now().astimezone(PARIS).date()
        waiting = Segment.objects.readable(today).exclude(place=to).order_by("pk").iterator(BATCH)
        while batch := list(islice(waiting, BATCH)):
            copied = [segment for segment in batch if _copied(segment, to, moved)]
            step("copied")
            if copied:
                acts.move_segments(actor, segments=copied, place=to)
                moved.segments += len(copied)
                moved.size += sum(segment.size for segment in copied)
            step("acted")
        _move_freezes(actor, to, moved)
        moved.emptied = _empty()
        step("emptied")
    return moved


def _copied(segment: Segment, to: str, moved: Moved) -> bool:
    try:
        source, target = places.place_of(segment), places.at(segment, to)
        _check(segment, source)
        _copy(source, target)
        _check(segment, target)
    except (StoreFault, OSError) as fault:
        moved.faults.append(fault.text if isinstance(fault, StoreFault) else f"{segment.path.name}: {fault}")
        return False
    return True


def _move_freezes(actor: Actor, to: str, moved: Moved) -> None:
    """The copies of frozen rows, one by one. They are not counted: who moves what is stored need not know of a case."""
    today = clock.now().astimezone(PARIS).date()
    for freeze in Freeze.objects.filter(erased_at=None, until__gt=today).exclude(place=to).order_by("pk"):
        try:
            source, target = places.place_of(freeze), places.at(freeze, to)
            holding.put(target, holding.sealed_at(freeze, source))
            holding.sealed_at(freeze, target)
        except (StoreFault, OSError) as fault:
            moved.faults.append(fault.text.en if isinstance(fault, StoreFault) else str(fault))
            continue
        acts.move_freeze(actor, freeze=freeze, place=to)


def _check(segment: Segment, place: Place) -> None:
    """The file is the one of the act, and its tree leads to the root of the act."""
    whole = segments.file_digest(place) == segment.sha256
    if not whole or not segments.nodes_hold(FAMILIES[segment.family], place, segment.rows, segment.root):
        raise StoreFault(_damaged(place))


def _damaged(place: Place) -> Text:
    return t(
        "{p} n’est pas le fichier qui fut scellé : lancez opposable audit.",
        "{p} is not the file that was sealed: run opposable audit.",
    ).format(p=place.name)


def _copy(source: Place, target: Place) -> None:
    """The nodes first, so that what can be found can be proven."""
    for one, other in ((segments.nodes_path(source), segments.nodes_path(target)), (source, target)):
        data = one.read_bytes()
        if isinstance(other, Remote):
            other.put(data)
        else:
            other.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(other, data)
            other.chmod(0o600)


def _empty() -> int:
    """Remove what lies where the catalogue places it no more. Returns how many segments it was."""
    there = set(Segment.objects.there().values_list("uid", flat=True))
    holds = set(Freeze.objects.filter(erased_at=None).values_list("uid", flat=True))
    gone = {}
    for place, _ in places.strangers():
        if (uid := places.uid_of(place)) in there | holds and not place.name.endswith(segments.DRAFT):
            places.erase(place)
            gone[uid] = place
    return len(gone.keys() - holds)


@contextmanager
def _alone() -> Iterator[None]:
    with (settings.HOME / "run" / "traffic-move.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
