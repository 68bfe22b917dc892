"""NAT events into rows: a session or port block from its creation to its end.

create … delete     one row, as given
create alone        until the next creation on the same port, or the last event read with it: it lived so long (``END_INFERRED``)
delete alone        a row of the instant of its end (``START_INFERRED``); its creation is looked for among the rows that the
source brought before, in this file or another (`completing`)
start and end       one record tells both; Nokia's boxes mark creation and end only by which of the two is given

An event in the hour that the clocks of its source showed twice has two readings. Within that hour events stand in the order of the
file; a creation counts from its first reading, an end to its last, and the row says so (``START_TWICE``, ``END_TWICE``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from opposable.law import Text
from opposable.systems.traffic.exchange import turns
from opposable.systems.traffic.exchange.blocks import Block, Loss, Reject, table
from opposable.systems.traffic.exchange.turns import CREATE, DELETE, OTHER, WHOLE
from opposable.systems.traffic.store.rows import FAMILIES

KINDS = {1: CREATE, 2: DELETE, 4: CREATE, 5: DELETE, 6: CREATE, 7: DELETE, 8: CREATE, 9: DELETE, 10: CREATE, 11: DELETE,
         16: CREATE, 17: DELETE}  # fmt: skip
"""natEvent (RFC 8158 §4.3): sessions, bindings of an address and port, port blocks. The others are no lending."""
BLOCKS = (16, 17)
EVENTS = pa.schema(
    [
        ("kind", pa.uint8()), ("block", pa.bool_()), ("at", pa.int64()), ("until", pa.int64()), ("public_ip", pa.binary(16)),
        ("port", pa.int32()), ("port_last", pa.int32()), ("protocol", pa.int32()), ("inside_ip", pa.binary(16)),
        ("inside_port", pa.int32()), ("subscriber", pa.string()), ("destination_ip", pa.binary(16)), ("destination_port", pa.int32()),
    ]
)  # fmt: skip


def events(
    columns: dict[str, Any], count: int, *, at: Any, first: Any, last: Any, moment: Any, late: Any = None, order: Any = None,
) -> pa.Table:  # fmt: skip
    """Columns of NumPy as events. ``first`` and ``last`` are start and end where records give them; 0 is "not given".

    ``late`` and ``order`` where some of the instants ``at`` have two readings (`lines.Reading`).
    """
    code = columns.get("event", np.zeros(count, np.int64))
    kind = _kinds(code)
    at = np.zeros(count, np.int64) if at is None else at
    first = np.zeros(count, np.int64) if first is None else first
    last = np.zeros(count, np.int64) if last is None else last
    unsaid = code == 0
    if unsaid.any():
        kind[unsaid & (first > 0) & (last > 0)] = WHOLE
        kind[unsaid & (first > 0) & (last == 0)] = CREATE
        kind[unsaid & (first == 0) & (last > 0)] = DELETE
    if "public_ip" not in columns:
        kind[:] = OTHER  # a flow, not a translation
    for instead in (np.where(kind == DELETE, last, first), moment):
        if (unsaid := at <= 0).any():
            at = np.where(unsaid, instead, at)
    port = _of(columns, "block_first", _of(columns, "port", np.zeros(count, np.int64)))
    size = _of(columns, "block_size", np.ones(count, np.int64))
    end_port = _of(columns, "block_last", port + np.maximum(size, 1) - 1)
    made = {
        "kind": kind.astype(np.uint8),
        "block": _lent(code) | ("block_first" in columns),
        "at": at,
        "until": np.maximum(last, at),
        "public_ip": _ip(columns, "public_ip", count),
        "port": port,
        "port_last": end_port,
        "protocol": _of(columns, "protocol", np.zeros(count, np.int64)),
        "inside_ip": _ip(columns, "inside_ip", count),
        "inside_port": _of(columns, "inside_port", np.zeros(count, np.int64)),
        "subscriber": columns["subscriber"] if "subscriber" in columns else pa.repeat("", count),
        "destination_ip": _ip(columns, "destination_ip", count),
        "destination_port": _of(columns, "destination_port", np.zeros(count, np.int64)),
    }
    table_ = pa.table(
        {
            name: _column(values).cast(EVENTS.field(name).type) if name not in _IPS else values
            for name, values in made.items()
        }
    )
    if late is not None:
        table_ = table_.append_column("late", pa.array(late)).append_column("order", pa.array(order))
    return table_


_IPS = ("public_ip", "inside_ip", "destination_ip")


def _kinds(code: Any) -> Any:
    table_ = np.full(256, OTHER, dtype=np.int64)
    for number, kind in KINDS.items():
        table_[number] = kind
    return table_[np.clip(code, 0, 255)]


def _lent(code: Any) -> Any:
    """Which of the events speak of a block of ports."""
    table_ = np.zeros(256, dtype=bool)
    table_[list(BLOCKS)] = True
    return table_[np.clip(code, 0, 255)] & (code < 256)


def _column(values: Any) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values)


def _of(columns: dict[str, Any], name: str, default: Any) -> Any:
    return columns.get(name, default)


def _ip(columns: dict[str, Any], name: str, count: int) -> pa.Array:
    block = columns.get(name)
    data = np.zeros((count, 16), np.uint8) if block is None else np.ascontiguousarray(block)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(data)])


def blocks(
    found: Sequence[pa.Table], records: int, rejects: tuple[Reject, ...], notes: tuple[Text, ...],
    losses: tuple[Loss, ...] = (),
) -> Iterator[Block]:  # fmt: skip
    """The sessions and the port blocks of some events."""
    if not found:
        if rejects or notes or losses:
            yield Block("nat_session", none("nat_session"), len(rejects), rejects, notes=notes, losses=losses)
        return
    rows = turns.paired(pa.concat_tables(found))
    for name, lent in (("nat_session", False), ("nat_block", True)):
        mine = rows.filter(pa.compute.equal(rows.column("block"), lent)).combine_chunks()
        if mine.num_rows or ((rejects or notes or losses) and not lent):
            columns = {column: mine.column(column) for column in FAMILIES[name].columns if column in mine.column_names}
            made = table(FAMILIES[name], columns, mine.num_rows)
            mine_rejects, rejects = rejects, ()
            (mine_notes, notes), (mine_losses, losses) = (notes, ()), (losses, ())
            counted, records = records, 0
            yield Block(
                name,
                made,
                mine.num_rows + len(mine_rejects),
                mine_rejects,
                records=counted,
                notes=mine_notes,
                losses=mine_losses,
            )


def none(name: str) -> pa.Table:
    return table(FAMILIES[name], {column: [] for column in FAMILIES[name].columns}, 0)
