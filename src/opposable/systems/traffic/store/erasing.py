"""Carrying an erasure out, once its act is written. Every step can be done again, here and on a restored database.

acted      the segments bear ``erased_at``           nothing is destroyed yet
unlinked   file and nodes are gone, folder synced
forgotten  the key of the store and day is destroyed  from here on no copy can be read either
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.conf import settings

from opposable.kernel.files import sync_folder
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import keys, objects, places
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.objects import Remote

HOLD = "hold"
Step = Callable[[str], None]


def folder(store: str, until: date) -> Path:
    """Where everything of a store lies that expires on one day."""
    return settings.HOME / "segments" / store / until.isoformat()


def carry_out(step: Step = lambda _name: None) -> int:
    """Destroy what was erased and is still there. Returns the number of files."""
    gone, faults = 0, list[StoreFault]()
    for store, until in _days():
        there = Segment.objects.there().filter(store=store, until=until)
        for segment in Segment.objects.filter(store=store, until=until, erased_at__isnull=False):
            gone += _remove(segment, faults)
        step("unlinked")
        if not there.exists():
            gone += drop(store, until)
            step("forgotten")
    gone += _left_in_bucket(faults)
    _freezes(faults)
    if faults:  # the keys are destroyed all the same: what is left cannot be read
        raise faults[0]
    return gone


def _remove(segment: Segment, faults: list[StoreFault]) -> int:
    """One segment, wherever it lies. A storage that does not obey is no reason to keep the others, nor the key."""
    from opposable.systems.traffic.store import segments

    try:
        return sum(segments.remove(place) for place in places.everywhere(segment))
    except StoreFault as fault:
        faults.append(fault)
        return segments.remove(segment.path)


def _left_in_bucket(faults: list[StoreFault]) -> int:
    """Objects of erased segments and holds whose day is otherwise gone: the storage did not obey then, or a backup of it was put back."""
    if objects.bucket() is None:
        return 0
    try:
        erased, holds = places.erased(), set(Freeze.objects.values_list("uid", flat=True))
        found = [one for one, _ in places.strangers() if isinstance(one, Remote) and places.uid_of(one) in erased]
        return sum([one.erase() and places.uid_of(one) not in holds for one in found])
    except StoreFault as fault:
        faults.append(fault)
        return 0


def _freezes(faults: list[StoreFault]) -> None:
    """The same for what was frozen: a day's key goes when none of its freezes runs. Not counted: that there was one is a secret."""
    ended = Freeze.objects.filter(erased_at__isnull=False)
    for until in ended.values_list("until", flat=True).distinct():
        if not folder(HOLD, until).exists() and not keys.has_key(HOLD, until):
            continue
        for freeze in ended.filter(until=until):
            for place in _reachable(freeze, faults):
                _gone(place, faults)
        if not Freeze.objects.filter(until=until, erased_at=None).exists():
            drop(HOLD, until)


def _reachable(freeze: Freeze, faults: list[StoreFault]) -> list[places.Place]:
    try:
        return list(places.everywhere(freeze))
    except StoreFault as fault:  # a bucket that is not named any more
        faults.append(fault)
        return [freeze.path]


def _gone(place: places.Place, faults: list[StoreFault]) -> None:
    try:
        places.erase(place)
    except StoreFault as fault:
        faults.append(fault)


def _days() -> list[tuple[str, date]]:
    """The stores and days with an erased segment of which a file or a key is left."""
    erased = Segment.objects.filter(erased_at__isnull=False).values_list("store", "until").distinct()
    return [(store, until) for store, until in erased if folder(store, until).exists() or keys.has_key(store, until)]


def drop(store: str, until: date) -> int:
    """Everything of a store that expired on a day, drafts too, and the key. Returns the number of files."""
    gone = _clear(folder(store, until))
    keys.destroy(store, until)
    return gone


def _clear(place: Path) -> int:
    if not place.exists():
        return 0
    files = list(place.iterdir())
    for file in files:
        file.unlink(missing_ok=True)
    place.rmdir()
    sync_folder(place.parent)
    return len(files)
