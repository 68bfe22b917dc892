"""What every format gives: rows by the block, in columns, and which lines were not rows, and why.

A reject holds the number of the line and the reason, never the line: what does not read may still speak of somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.law import Text
from opposable.systems.traffic.exchange.addresses import address, plain_v4
from opposable.systems.traffic.store import segments
from opposable.systems.traffic.store.proof import packed
from opposable.systems.traffic.store.rows import FAMILIES, Family

BLOCK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Reject:
    """A line (or record, from 1) that is no row, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Loss:
    """«Perte». What was sent and did not come, or came and did not read; between which instants (microseconds), where that is known."""

    text: Text
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one family as columns of their segment, how many records were read for them, and the rejects among these."""

    family: str
    rows: pa.Table
    read: int
    rejects: tuple[Reject, ...] = ()
    skews: tuple[int, ...] = ()
    """Reception minus event, in milliseconds, where a record says both."""
    records: int = 0
    """How many records of the file the rows come from, where a row tells what several said."""
    notes: tuple[Text, ...] = ()
    """What is worth knowing of the file and is no reject: a gap in its numbers, a reboot."""
    losses: tuple[Loss, ...] = ()
    """Those of the notes that say that something was lost, with their time: they are kept with the delivery."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a format is told of the source: its zone, its mapping, and whether destinations may be kept."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    mapping: Mapping[str, Any] = field(default_factory=dict)
    destinations: bool = False


Format = Callable[[BinaryIO, Origin], Iterator[Block]]


def table(family: Family, columns: Mapping[str, Any], count: int) -> pa.Table:
    """The columns of a family in their order and types; what is not given has its default. Texts and addresses as dictionaries."""
    made = {
        name: _column(columns[name], kind) if name in columns else _constant(family.default(name), kind, count)
        for name, kind in family.columns.items()
    }
    return pa.table(made)


def _column(values: Any, kind: str) -> pa.Array:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    else:
        one = pa.array(values, type=_SIMPLE[kind])
    if kind in ("ip", "text"):
        return one if pa.types.is_dictionary(one.type) else one.dictionary_encode()
    return one.cast(_SIMPLE[kind])


_SIMPLE: dict[str, pa.DataType] = {
    "instant": pa.int64(), "ip": pa.binary(16), "u8": pa.uint8(), "u16": pa.uint16(), "u32": pa.uint32(),
    "i32": pa.int32(), "text": pa.string(),
}  # fmt: skip


def _constant(value: Any, kind: str, count: int) -> pa.Array:
    if kind in ("ip", "text"):
        first = packed(value) if kind == "ip" else value
        return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([first], type=_SIMPLE[kind]))
    return pa.array(np.full(count, value), type=_SIMPLE[kind])


def addresses(texts: pa.Array) -> pa.Array:
    """A dictionary column of written addresses as one of 16 bytes; an empty one is "not given". ValueError names the wrong one."""
    if not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    return pa.DictionaryArray.from_arrays(texts.indices, _packed(texts.dictionary))


def _packed(texts: pa.Array) -> pa.Array:
    if (data := plain_v4(texts)) is None:
        return pa.array([address(text) for text in texts.to_pylist()], type=pa.binary(16))
    return pa.Array.from_buffers(pa.binary(16), len(texts), [None, pa.py_buffer(data)])


def of_records(family_name: str, records: list[dict[str, Any]]) -> pa.Table:
    """Rows given one by one: instants in microseconds, addresses as 16 bytes."""
    family = FAMILIES[family_name]
    names = dict.fromkeys(name for record in records for name in record)
    columns = {name: [_given(family, record, name) for record in records] for name in names}
    return table(family, columns, len(records)) if records else segments.schema(family).empty_table()


def _given(family: Family, record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value = family.default(name)
    return packed(value) if family.columns[name] == "ip" else value


def without_destinations(rows: pa.Table) -> pa.Table:
    """The rows, destinations blanked: «informations consultées» are not kept without a basis (L. 34-1 VI CPCE)."""
    count = rows.num_rows
    for name, kind, nothing in (("destination_ip", "ip", None), ("destination_port", "u16", 0)):
        if (at := rows.schema.get_field_index(name)) >= 0:
            rows = rows.set_column(at, name, _constant(nothing, kind, count))
    return rows


def whole_lines(file: BinaryIO, size: int = BLOCK_BYTES) -> Iterator[tuple[int, bytes]]:
    """(number of the first line, bytes) of blocks that end where a line does. A byte order mark is passed over."""
    rest, line = b"", 1
    first = True
    while data := file.read(size):
        if first and data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        first = False
        data = rest + data
        cut = data.rfind(b"\n") + 1
        rest, block = data[cut:], data[:cut]
        if block:
            yield line, block
            line += block.count(b"\n")
    if rest:
        yield line, rest


def text_of(data: bytes) -> str:
    """UTF-8, or Latin-1 where it is not."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


TWICE = "this hour occurs twice, or never: let the source write UTC"


def once(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in a zone showed. ValueError for an hour that it showed twice, or never: it may be that of two subscribers."""
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise ValueError(TWICE)
    return first


def localized(naive: Any, zone: ZoneInfo) -> Any:
    """Microseconds UTC of instants that a clock in a zone showed. ValueError for an hour that is there twice or never."""
    if zone.key == "UTC":
        return naive
    stamps = pa.array(naive, type=pa.int64()).cast(pa.timestamp("us"))
    try:
        return pc.assume_timezone(stamps, zone.key).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise ValueError(str(error)) from None
