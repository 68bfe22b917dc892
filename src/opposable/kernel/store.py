"""How an act enters the database: its rows, itself, its parts and members, in as few journeys as the database lets us."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings

from opposable.kernel import rows
from opposable.kernel.buckets import Buckets, seal_part
from opposable.kernel.models import new_salt
from opposable.kernel.pen import Pen, pen
from opposable.kernel.system import retention_classes
from opposable.ledger.act import OBJECTS_PART, digest, entry, part_bytes

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper

    from opposable.kernel.models import Recorded
    from opposable.ledger.act import Header

BULK = 8
"""Beyond so many rows, new rows of one table are written together."""
NEVER = date.max
"""The expiry day of what is kept for ever: its bucket has a key like the others, so that one part can still be erased alone."""

_ACT = ("type", "at", "actor", "obj", "seq", "outcome", "rule", "keep", "until", "entry", "header")
_PART = ("act_id", "name", "digest", "keep", "until", "cipher", "wrapped")
_MEMBER = ("act_id", "position", "obj", "seq", "prev", "post")


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


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part as it will be committed to: its canonical bytes, freshly salted, and their SHA-256."""

    name: str
    data: bytes
    digest: bytes
    keep: str

    @classmethod
    def of(cls, name: str, data: Any, keep: str) -> NewPart:
        encoded = part_bytes(data, keep, new_salt())
        return cls(name, encoded, sha256(encoded).digest(), keep)

    def values(self, db: BaseDatabaseWrapper, day: date) -> tuple[Any, ...]:
        """The columns after the act's number: encrypted under a bucket key that says when it may be erased."""
        # What binds the objects of an act together says nothing of anyone, and lives as long as they do.
        until = None if self.name == OBJECTS_PART else expiry(self.keep, day)
        key = buckets(settings.HOME).key(self.keep, until or NEVER, create=True)
        return self.name, self.digest, self.keep, _day(db, until), *seal_part(self.data, key, self.digest)


@dataclass(frozen=True, slots=True)
class Written:
    """An act that is ready to be written: header and its bytes, changes with the principal object first, parts.

    The last ``early`` changes are written before the others: they leave a place that those take.
    """

    header: Header
    data: bytes
    at: datetime
    changes: list[Change]
    early: int
    parts: list[NewPart]

    @property
    def in_order(self) -> list[Change]:
        late = len(self.changes) - self.early
        return [*self.changes[late:], *self.changes[:late]]

    def values(self, db: BaseDatabaseWrapper) -> tuple[Any, ...]:
        """The columns of the act's row."""
        header = self.header
        return (
            header.type,
            rows.instant(self.at, db),
            header.actor,
            header.obj,
            header.seq,
            header.outcome,
            header.rule["id"] if header.rule else "",
            header.keep,
            _day(db, expiry(header.keep, self.at.date())),
            entry(self.data),
            self.data,
        )


def expiry(keep: str, day: date) -> date | None:
    """First day on which what is recorded on ``day`` under the retention class may be erased; None: never."""
    return retention_classes()[keep].earliest(day)


def write(act: Written) -> int:
    """Write the rows, then the act, its parts and its members. Returns the act's number."""
    numbers: list[int] = []
    with pen() as held:
        _write_rows(held, act)
        held.insert("kernel_act", _ACT, act.values(held.db), lambda number, _: numbers.append(number))
        for part in act.parts:
            held.attach("kernel_part", _PART, part.values(held.db, act.at.date()))
        held.flush()
        if len(act.changes) > 1:
            lines = ((*numbers, n, c.obj, c.seq, c.prev, c.post) for n, c in enumerate(act.changes))
            held.pour("kernel_member", _MEMBER, lines)
    return numbers[0]


def _write_rows(held: Pen, act: Written) -> None:
    head, new = entry(act.data).hex(), defaultdict[type["Recorded"], list["Recorded"]](list)
    for change in act.in_order:
        row = change.row
        row.seq, row.head = change.seq, head
        if row._state.adding and len(act.changes) > BULK:
            new[type(row)].append(row)
            continue
        if new and rows.waits(row):
            _write_new(held, new)
        rows.write(held, row)
    _write_new(held, new)


def _write_new(held: Pen, new: dict[type[Recorded], list[Recorded]]) -> None:
    """Write the new rows that were gathered, each model's at once."""
    for model, many in new.items():
        rows.write_many(held, model, many)
    new.clear()


@cache
def buckets(home: Path) -> Buckets:
    """The bucket keys of this process: kept in memory, looked at on the disk at each use."""
    return Buckets(home)


def _day(db: BaseDatabaseWrapper, day: date | None) -> str | date | None:
    return db.ops.adapt_datefield_value(day) if day else None
