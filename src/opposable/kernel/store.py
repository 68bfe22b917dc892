"""How an act enters the database: raw INSERTs, because an act costs every user a little on every save."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from opposable.kernel.buckets import Buckets, seal_part
from opposable.kernel.system import retention_classes
from opposable.ledger.act import OBJECTS_PART, digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opposable.kernel.acting import Acting
    from opposable.kernel.models import Recorded
    from opposable.ledger.act import Header

BULK = 8
"""From so many rows on, new rows of one table are inserted together."""
BATCH = 500
NEVER = date.max
"""The expiry day of what is kept for ever: its bucket has a key like the others, so that one part can still be erased alone."""

_ACT = (
    "INSERT INTO kernel_act (type, at, actor, obj, seq, outcome, rule, keep, until, entry, header)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
_PART = (
    "INSERT INTO kernel_part (act_id, name, digest, keep, until, cipher, wrapped) VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
_MEMBER = "INSERT INTO kernel_member (act_id, position, obj, seq, prev, post) VALUES (%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Change:
    """One row's step in its chain: ``prev`` and ``post`` as in the header."""

    row: Recorded
    obj: str
    seq: int
    prev: str
    post: str

    @classmethod
    def of(cls, row: Recorded) -> Change:
        seq = row.seq + 1
        return cls(row, row.uid, seq, row.head, digest(row.state_part(seq)))


def expiry(keep: str, day: date) -> date | None:
    """First day on which what is recorded on ``day`` under the retention class may be erased; None: never."""
    return retention_classes()[keep].earliest(day)


def insert_act(
    acting: Acting, header: Header, data: bytes, changes: Sequence[Change], parts: Sequence[tuple[str, bytes, str]]
) -> int:
    """Insert the act, its parts and its members. Returns the act's id."""
    day = acting.now.date()
    entry = bytes.fromhex(acting.entry)
    at = connection.ops.adapt_datetimefield_value(acting.now)
    with connection.cursor() as cursor:
        cursor.execute(
            _ACT,
            [
                header.type, at, header.actor, header.obj, header.seq, header.outcome,
                header.rule["id"] if header.rule else "", header.keep, _day(expiry(header.keep, day)), entry, data,
            ],
        )  # fmt: skip
        act_id: int = cursor.fetchone()[0]
        if parts:
            cursor.executemany(_PART, [_part_row(act_id, day, *part) for part in parts])
        if len(changes) > 1:
            rows = [(act_id, n, c.obj, c.seq, c.prev, c.post) for n, c in enumerate(changes)]
            cursor.executemany(_MEMBER, rows)
    return act_id


def _part_row(act_id: int, day: date, name: str, data: bytes, keep: str) -> tuple[Any, ...]:
    # What binds the objects of an act together says nothing of anyone, and lives as long as they do.
    until = None if name == OBJECTS_PART else expiry(keep, day)
    hashed = bytes.fromhex(digest(data))
    cipher, wrapped = seal_part(data, buckets(settings.HOME).key(keep, until or NEVER, create=True), hashed)
    return act_id, name, hashed, keep, _day(until), cipher, wrapped


@cache
def buckets(home: Path) -> Buckets:
    """The bucket keys of this process: kept in memory, looked at on the disk at each use."""
    return Buckets(home)


def _day(day: date | None) -> str | date | None:
    return connection.ops.adapt_datefield_value(day) if day else None
