"""A log of as many acts as wanted, made quickly: the rows, headers, parts and seals that as many acts would have left.

An act by the product takes most of a millisecond, which is too long for a million of them. Here the bytes are put together from
pieces that do not change and written in bulk; the first act is compared with what the kernel writes, the sealer of the product
seals, and an audit that finds anything wrong stops the measure: what is audited is a genuine log.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

KEEP = "kernel.access"
DAYS = 30
STEP = 20_000
CHANGES = 50
"""Acts on one row, from its making on."""


@dataclass
class Line:
    """One row, as the last of its acts left it."""

    uid: str
    salt: str
    cell: str
    seq: int = 0
    head: str = ""
    quantity: int = 0
    at: str = ""

    def post(self) -> str:
        """The digest of its state, as `Recorded.state_part` has it."""
        salt = sha256(bytes.fromhex(self.salt) + self.seq.to_bytes(8, "big")).hexdigest()
        data = _STATE % (self.at, self.cell, self.quantity, KEEP, salt)
        return sha256(data.encode()).hexdigest()


VALUES: dict[str, Any] = {
    "ref": "A0001", "name": "Marguerite", "kind": "person", "email": "marguerite@porteurs.example", "since": date(2020, 1, 1),
    "choices": [[120, 0, 0]] * 3,
}  # fmt: skip
_STATE = (
    '{"data":{"at":"%s","cell":"%s","choices":' + orjson.dumps(VALUES["choices"]).decode()
    + ',"email":"marguerite@porteurs.example","kind":"person","name":"Marguerite","quantity":%d,"ref":"A0001","since":"2020-01-01"},'
    '"keep":"%s","salt":"%s"}'
)  # fmt: skip
_PART = '{"data":{"quantity":%d},"keep":"%s","salt":"%s"}'
_HEADER = (
    '{"actor":"%s","after":"","at":"%s","keep":"%s","log":"%s","obj":"%s","outcome":"done","parts":{"asked":"%s"},'
    '"post":"%s","prev":"%s","rule":null,"salt":"%s","seq":%d,"type":"bench.row.change","v":1}'
)
_ACT = ("id", "type", "at", "actor", "obj", "seq", "outcome", "rule", "keep", "until", "entry", "header")
_PARTS = ("act_id", "name", "digest", "keep", "until", "cipher", "wrapped")


def make(acts: int) -> int:
    """Make so many acts on rows of `bench.rows`, and seal them. Returns the number of rows."""
    from opposable.kernel import accounts, anchors

    _hurry()
    cell = accounts.root().path
    lines = [Line(secrets.token_hex(16), secrets.token_hex(32), cell) for _ in range(max(1, acts // CHANGES))]
    _check(lines[0])
    began = datetime.now(UTC) - timedelta(days=DAYS)
    for start in range(0, acts, STEP):
        instants = (
            began + number * timedelta(days=DAYS) / (acts + 1) for number in range(start, min(start + STEP, acts))
        )
        _write(lines, start, list(instants))
    _write_rows(lines)
    _seal()
    anchors.anchor()
    return len(lines)


def _hurry() -> None:
    """The log is thrown away: on SQLite its indexes stay in memory while it is made."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in ("cache_size = -524288", "synchronous = OFF", "wal_autocheckpoint = 100000"):
                cursor.execute(f"PRAGMA {pragma}")


def _write(lines: list[Line], start: int, instants: list[datetime]) -> None:
    """The next acts and their parts, in one transaction."""
    from django.conf import settings
    from django.db import transaction

    from opposable.kernel import actors, guards
    from opposable.kernel.buckets import seal_part
    from opposable.kernel.pen import pen

    actor, origin, buckets = actors.system("bench").uid, settings.ORIGIN, dict[date, tuple[bytes, Any]]()
    salts, act_rows, part_rows = secrets.token_bytes(64 * len(instants)).hex(), [], []
    with guards.writing(), transaction.atomic(), pen() as held:
        as_text = held.db.vendor == "sqlite"
        for place, number in enumerate(held.numbers("kernel_act", len(instants))):
            at, line = instants[place], lines[(start + place) % len(lines)]
            day = at.date()
            key, until = buckets.get(day) or buckets.setdefault(day, _bucket(day, held.db))
            salt, other = salts[128 * place : 128 * place + 64], salts[128 * place + 64 : 128 * place + 128]
            text = at.isoformat("T", "microseconds")[:26]
            line.quantity, line.seq, line.at = start + place, line.seq + 1, text + "Z"
            part = (_PART % (line.quantity, KEEP, salt)).encode()
            digest = sha256(part).digest()
            header = _header(line, actor, origin, digest.hex(), other)
            entry = sha256(header).digest()
            line.head = entry.hex()
            stored = text.replace("T", " ").removesuffix(".000000") if as_text else at
            said = ("bench.row.change", stored, actor, line.uid, line.seq, "done", "", KEEP, until)
            act_rows.append((number, *said, entry, header))
            part_rows.append((number, "asked", digest, KEEP, until, *seal_part(part, key, digest)))
        held.pour("kernel_act", _ACT, iter(act_rows))
        held.pour("kernel_part", _PARTS, iter(part_rows))


def _bucket(day: date, db: Any) -> tuple[bytes, Any]:
    """The key of what is recorded on a day, and the day of its expiry as the database takes it."""
    from django.conf import settings

    from opposable.kernel.store import NEVER, buckets, expiry

    until = expiry(KEEP, day)
    return buckets(settings.HOME).key(KEEP, until or NEVER, create=True), db.ops.adapt_datefield_value(
        until
    ) if until else None


def _header(line: Line, actor: str, origin: str, part: str, salt: str) -> bytes:
    said = (actor, line.at, KEEP, origin, line.uid, part, line.post(), line.head, salt, line.seq)
    return (_HEADER % said).encode()


def _write_rows(lines: list[Line]) -> None:
    """The rows as their last act left them."""
    from django.db import transaction

    from bench.rows.models import Kept
    from opposable.kernel import accounts, guards, rows
    from opposable.kernel.pen import pen

    made = [_row(line) for line in lines if line.seq]
    assert all(row.cell == accounts.root() for row in made)
    with guards.writing(), transaction.atomic(), pen() as held:
        rows.write_many(held, Kept, made)


def _row(line: Line) -> Any:
    from bench.rows.models import Kept
    from opposable.kernel import accounts, clock

    return Kept(
        uid=line.uid, salt=line.salt, seq=line.seq, head=line.head, cell=accounts.root(), quantity=line.quantity,
        at=clock.parse(line.at), **VALUES,
    )  # fmt: skip


def _check(line: Line) -> None:
    """The pieces make the very bytes that the kernel makes."""
    from opposable.ledger.act import digest, parse_header, part_bytes

    tried = Line(line.uid, line.salt, line.cell, 1, "", 7, "2026-01-02T03:04:05.000006Z")
    header = parse_header(
        _header(tried, "0" * 32, "bench.example/2026", "0" * 64, "1" * 64)
    )  # refuses what is not canonical
    assert header.post == digest(_row(tried).state_part(1))
    assert part_bytes({"quantity": 7}, KEEP, "2" * 64) == (_PART % (7, KEEP, "2" * 64)).encode()


def _seal() -> None:
    from opposable.kernel.sealing_service import in_process

    with in_process() as seal:
        while seal():
            pass


def rows_hashed() -> Iterator[bytes]:
    """The baseline of the audit: every header read and hashed, in the database's order, and nothing compared."""
    from opposable.kernel.audit import stream

    for (header,) in stream.rows("SELECT header FROM kernel_act ORDER BY id"):
        yield sha256(header).digest()
