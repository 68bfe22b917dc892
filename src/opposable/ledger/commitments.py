r"""«Engagements» : a table that anyone adds up without seeing a single line of it. Pure: no Django.

Vector Pedersen commitments on ristretto255 (RFC 9496). A line commits to its whole vector of quantities v with a blinding
r:  C = r·H + Σ v_i·G_i.  Commitments add up: the sum of the lines opens to the published totals with the sum of the
blindings, and to nothing else that anyone can compute. A line hides its quantities perfectly; who is given his own (v, r)
finds his C in the table, so he knows that the totals count him as he was told.

    H   = from_hash(SHA-512("opposable.table.v1\0H"))
    G_i = from_hash(SHA-512("opposable.table.v1\0G\0" + name of slot i))      UTF-8; the names are in the table

Limit, to be said wherever a table is shown: whoever makes the table could hide lines that cancel each other, or that no
holder stands behind. The attendance sheet, and the scrutineers to whom every line is opened, are the guard against that.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from opposable.ledger.errors import LedgerError

DOMAIN = b"opposable.table.v1\0"
KIND = "opposable.table"
OPENING = "opposable.opening"
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the group: blindings are numbers below it, written on 32 bytes, little-endian, in hexadecimal."""
LARGEST = 2**53 - 1


class TableError(LedgerError):
    """A table that does not have its form, or does not add up; the message says what and where."""


def blinding(secret: bytes, context: str) -> int:
    """The blinding drawn from a secret for one use: SHA-512 reduced modulo the order."""
    return (
        int.from_bytes(hashlib.sha512(DOMAIN + b"r\0" + context.encode() + b"\0" + secret).digest(), "little") % ORDER
    )


def commit(slots: Sequence[str], values: Sequence[int], blind: int) -> str:
    """Commit to a vector (whole numbers from 0 to 2^53 - 1); 64 hexadecimal digits. Equal quantities cost one product."""
    if len(slots) != len(values):
        raise TableError(f"{len(values)} quantities for {len(slots)} slots")
    sums: dict[int, bytes | None] = {}
    for slot, value in zip(slots, values, strict=True):
        if not (type(value) is int and 0 <= value <= LARGEST):
            raise TableError(f"not a quantity: {value!r} in {slot}"[:80])
        if value:
            sums[value] = _add(sums.get(value), generator(slot))
    total: bytes | None = _times(blind, blinder())
    for value, point in sums.items():
        total = _add(total, _times(value, point))
    return (total or bytes(32)).hex()


def table(
    slots: Sequence[str], rows: Iterable[Mapping[str, Any]], totals: Sequence[int], blind: int, **about: str
) -> dict[str, Any]:
    """A table to publish: ``rows`` have a ``commitment`` and whatever names them; ``blind`` is the sum of the blindings."""
    return {
        "kind": KIND,
        "v": 1,
        "group": "ristretto255",
        **about,
        "slots": list(slots),
        "rows": sorted((dict(row) for row in rows), key=lambda row: row["commitment"]),
        "totals": list(totals),
        "blinding": written(blind),
    }


def verify(data: Any) -> dict[str, int]:
    """Add up a table and return its totals by slot. Raises TableError, naming the first thing that is wrong.

    What is checked: the form, every commitment a point of the group, none of them twice, and the sum.
    """
    slots, rows, totals, blind = _read(data)
    seen: set[str] = set()
    total: bytes | None = None
    for n, row in enumerate(rows):
        point = _point(row.get("commitment"), n)
        if row["commitment"] in seen:
            raise TableError(f"row {n}: the same commitment as an earlier row")
        seen.add(row["commitment"])
        total = _add(total, point)
    if (total or bytes(32)).hex() != commit(slots, totals, blind):
        raise TableError("the rows do not add up to the totals")
    return dict(zip(slots, totals, strict=True))


def holds(data: Any, values: Sequence[int], blind: str) -> int:
    """The position in a table of the line that opens to these quantities. Raises TableError when none does."""
    slots, rows, _, _ = _read(data)
    mine = commit(slots, values, _number(blind))
    for n, row in enumerate(rows):
        if row.get("commitment") == mine:
            return n
    raise TableError("no row of the table opens to these quantities")


def opening(slots: Sequence[str], votes: Sequence[int], blind: int, *, entry: str, table: str = "") -> dict[str, Any]:
    """What the holder of a line is given: his quantities, what hides them, and the act (``table``: its entry) that published."""
    return {
        "kind": OPENING,
        "v": 1,
        "entry": entry,
        "table": table,
        "slots": list(slots),
        "votes": list(votes),
        "blinding": written(blind),
        "commitment": commit(slots, votes, blind),
    }


def _read(data: Any) -> tuple[list[str], list[dict[str, Any]], list[int], int]:
    if not isinstance(data, dict) or (data.get("kind"), data.get("v"), data.get("group")) != (KIND, 1, "ristretto255"):
        raise TableError("not a table of this kind and version")
    slots, rows, totals = data.get("slots"), data.get("rows"), data.get("totals")
    if not isinstance(slots, list) or len({str(slot) for slot in slots}) != len(slots):
        raise TableError("slots: a list of different names is expected")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TableError("rows: a list of objects is expected")
    if not isinstance(totals, list) or len(totals) != len(slots):
        raise TableError("totals: one number for each slot is expected")
    return [str(slot) for slot in slots], rows, totals, _number(data.get("blinding"))


def _point(text: Any, n: int) -> bytes:
    import rbcl

    try:
        point = bytes.fromhex(text)
    except (TypeError, ValueError):
        raise TableError(f"row {n}: the commitment is not hexadecimal") from None
    if len(point) != 32 or text != point.hex() or not rbcl.crypto_core_ristretto255_is_valid_point(point):
        raise TableError(f"row {n}: the commitment is not a point of the group")
    return point


def _number(text: Any) -> int:
    try:
        value = int.from_bytes(bytes.fromhex(text), "little")
    except (TypeError, ValueError):
        raise TableError("blinding: 64 hexadecimal digits are expected") from None
    if len(text) != 64 or value >= ORDER:
        raise TableError("blinding: not a number below the order of the group")
    return value


def written(blind: int) -> str:
    """A blinding as it is written in tables and openings."""
    return (blind % ORDER).to_bytes(32, "little").hex()


@cache
def generator(slot: str) -> bytes:
    """G of a slot, by its name."""
    return _from_hash(b"G\0" + slot.encode())


@cache
def blinder() -> bytes:
    """H."""
    return _from_hash(b"H")


def _from_hash(label: bytes) -> bytes:
    import rbcl  # libsodium's ristretto255: a wheel of its own, only where tables are made or checked

    return bytes(rbcl.crypto_core_ristretto255_from_hash(hashlib.sha512(DOMAIN + label).digest()))


def _add(left: bytes | None, right: bytes | None) -> bytes | None:
    """The sum of two points; None stands for the neutral element."""
    import rbcl

    if left is None or right is None:
        return left if right is None else right
    total = bytes(rbcl.crypto_core_ristretto255_add(left, right))
    return None if total == bytes(32) else total


def _times(number: int, point: bytes | None) -> bytes | None:
    import rbcl

    if point is None or number % ORDER == 0:
        return None
    return bytes(rbcl.crypto_scalarmult_ristretto255((number % ORDER).to_bytes(32, "little"), point))


def main(argv: list[str]) -> int:
    """``python -m opposable.ledger.commitments TABLE.json``: add it up; 0 when it does, 1 when not."""
    try:
        totals = verify(json.loads(Path(argv[0]).read_bytes()))
    except (TableError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{name}\t{value}\n" for name, value in totals.items())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
