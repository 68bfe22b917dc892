"""Where a segment lies, or a hold: on this disk, or in the bucket. Reader, proof, audit and erasure ask here and look no further."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from opposable.law import t
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import objects
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.objects import Bucket, Remote

DISK, BUCKET = "", "s3"
Place = Path | Remote
Stored = Segment | Freeze


def current() -> str:
    """Where segments are written now."""
    return BUCKET if objects.bucket() else DISK


def place_of(segment: Stored) -> Place:
    """Where the catalogue says that it lies. Raises StoreFault for a bucket that the installation does not name any more."""
    return _in_bucket(segment, _bucket()) if segment.place == BUCKET else segment.path


def everywhere(segment: Stored) -> Iterator[Place]:
    """Wherever it may lie: a move that was stopped leaves two."""
    if segment.place == BUCKET or objects.bucket():
        yield _in_bucket(segment, _bucket())
    yield segment.path


def at(segment: Stored, place: str) -> Place:
    """Where it would lie at a place."""
    return _in_bucket(segment, _bucket()) if place == BUCKET else segment.path


def _bucket() -> Bucket:
    if (found := objects.bucket()) is None:
        raise StoreFault(
            t(
                "Des segments sont dans un stockage objet que opposable.toml ne nomme plus : remettez [traffic] storage.",
                "Segments lie in an object storage that opposable.toml does not name any more: put [traffic] storage back.",
            )
        )
    return found


def _in_bucket(segment: Stored, of: Bucket) -> Remote:
    return objects.remote(of, *segment.path.relative_to(settings.HOME / "segments").parts)


def strangers() -> Iterator[tuple[Place, float]]:
    """Files and objects that the catalogue does not place there, and for how many seconds nobody has touched them."""
    now = time.time()
    placed: dict[str, set[str]] = {DISK: set(), BUCKET: set()}
    for rows in (Segment.objects.there(), Freeze.objects.filter(erased_at=None)):
        for uid, place in rows.values_list("uid", "place"):
            placed[BUCKET if place == BUCKET else DISK].add(uid)  # as place_of reads it, whatever somebody wrote there
    for path in sorted((settings.HOME / "segments").glob("*/*/*")):
        if path.stem not in placed[DISK]:
            yield path, now - path.stat().st_mtime
    if of := objects.bucket():
        for one, written in objects.everything(of):
            if uid_of(one) not in placed[BUCKET]:
                yield one, now - written.timestamp()


def uid_of(place: Place) -> str:
    """The segment or the hold that a file or an object says it is of."""
    return place.name.split(".")[0]


def erase(place: Place) -> None:
    """Remove one file or object that nobody placed there."""
    if isinstance(place, Remote):
        place.erase()
    else:
        place.unlink(missing_ok=True)


def erased() -> set[str]:
    """The segments and holds of which nothing may be left."""
    return {
        uid for kind in (Segment, Freeze) for uid in kind.objects.exclude(erased_at=None).values_list("uid", flat=True)
    }


def left(place: Place) -> bool:
    """Whether anything of it is still there, an old version too."""
    return bool(place.left()) if isinstance(place, Remote) else place.exists()
