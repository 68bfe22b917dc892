"""Keys of the store: one bucket for each store and expiry day, so that destroying it erases the day in every copy.

Buckets are the kernel's (`keys/buckets/`, outside data backups). From a bucket come the key that encrypts the files of the day,
and for each segment the key of its salts: without the bucket neither rows nor leaves mean anything.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.buckets import Buckets
from opposable.kernel.keys.files import KeyFault

SPOOL = "traffic.spool"
_files: dict[tuple[str, date], tuple[bytes, bytes]] = {}
"""Of days: the bucket, and the key of the files that was derived from it."""


@dataclass(frozen=True, slots=True, repr=False)
class SegmentKeys:
    """32 bytes each: what the file is encrypted with, what the salts are made of."""

    file: bytes
    salt: bytes


def keys_of(store: str, until: date, uid: str, *, create: bool = False) -> SegmentKeys:
    """The keys of a segment. Raises BucketForgotten once its day was erased."""
    bucket = _buckets(settings.HOME).key(_class(store), until, create=create)
    return SegmentKeys(_derived(bucket, "file"), _derived(bucket, f"salt {uid}"))


def file_key(store: str, until: date) -> bytes:
    """The key that the files of a day are encrypted with. Raises BucketForgotten once it was erased.

    What was derived is remembered beside its bucket, and goes with it: a year of days is asked for at each question.
    """
    day = store, until
    try:
        bucket = _buckets(settings.HOME).key(_class(store), until)
    except KeyFault:
        _files.pop(day, None)
        raise
    known = _files.get(day)
    if known is None or known[0] != bucket:
        known = _files[day] = bucket, _derived(bucket, "file")
    return known[1]


def has_key(store: str, until: date) -> bool:
    """Whether the day can still be read."""
    return _buckets(settings.HOME).exists(_class(store), until)


def destroy(store: str, until: date) -> None:
    """Make everything of the store that expires on the day unreadable, here and in every copy."""
    _files.pop((store, until), None)
    _buckets(settings.HOME).forget(_class(store), until)


def spool_key(day: date, *, create: bool = False) -> bytes:
    """The key of what is spooled and may be kept until ``day``; those whose day is over are forgotten when one is made."""
    buckets = _buckets(settings.HOME)
    if create:
        today = clock.now().date()
        for old in buckets.days(SPOOL):
            if old <= today:
                buckets.forget(SPOOL, old)
    return _derived(buckets.key(SPOOL, day, create=create), "spool")


@functools.cache
def _buckets(home: Path) -> Buckets:
    return Buckets(home)


def _class(store: str) -> str:
    return f"traffic.{store}-store"


def _derived(bucket: bytes, what: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"opposable traffic {what}".encode()).derive(bucket)
