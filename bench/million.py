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

    accounts.root()
    lines = [
        Line(secrets.token_hex(16), secrets.token_hex(32), accounts.root().path) for _ in range(max(1, acts // CHANGES))
    ]
    _check(lines[0])
    for start in range(0, acts, STEP):
        _write(lines, start, min(STEP, acts - start), acts)
    _write_rows(lines)
    _seal()
    anchors.anchor()
    return len(lines)


def _instant(number: int, acts: int) -> datetime:
    """The acts are spread over the last days, in their order."""
    now = datetime.now(UTC).replace(microsecond=123_456)
    return now - timedelta(days=DAYS) + number * timedelta(days=DAYS) / acts - timedelta(seconds=60)


def _write(lines: list[Line], start: int, count: int, acts: int) -> None:
    """The next acts and their parts, in one transaction."""
    from django.conf import settings
    from django.db import transaction

    from opposable.kernel import actors, guards
    from opposable.kernel.buckets import seal_part
    from opposable.kernel.pen import pen
    from opposable.kernel.store import buckets, expiry

    actor, origin, keys = actors.system("bench").uid, settings.ORIGIN, buckets(settings.HOME)
    salts, act_rows, part_rows = secrets.token_bytes(64 * count).hex(), [], []
    with guards.writing(), transaction.atomic(), pen() as held:
        for place, number in enumerate(held.numbers("kernel_act", count)):
            at, line = _instant(start + place, acts), lines[(start + place) % len(lines)]
            until = expiry(KEEP, at.date())
            key = keys.key(KEEP, until or date.max, create=True)
            salt, other = salts[128 * place : 128 * place + 64], salts[128 * place + 64 : 128 * place + 128]
            line.quantity, line.seq, line.at = start + place, line.seq + 1, _text(at)
            part = (_PART % (line.quantity, KEEP, salt)).encode()
            digest = sha256(part).digest()
            header = _header(line, actor, origin, digest.hex(), other)
            entry = sha256(header).digest()
            line.head = entry.hex()
            day = held.db.ops.adapt_datefield_value(until) if until else None
            act_rows.append((
                number, "bench.row.change", held.db.ops.adapt_datetimefield_value(at), actor, line.uid, line.seq, "done", "",
                KEEP, day, entry, header,
            ))  # fmt: skip
            part_rows.append((number, "asked", digest, KEEP, day, *seal_part(part, key, digest)))
        held.pour("kernel_act", _ACT, iter(act_rows))
        held.pour("kernel_part", _PARTS, iter(part_rows))


def _header(line: Line, actor: str, origin: str, part: str, salt: str) -> bytes:
    said = (actor, line.at, KEEP, origin, line.uid, part, line.post(), line.head, salt, line.seq)
    return (_HEADER % said).encode()


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
