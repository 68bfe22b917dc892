"""«Lecture groupée». Groups of rows of many segments, opened and handed to pyarrow as the one Parquet file that they then are.

A question to a year is a group of each of 365 files. Decoding one is quick and leaves the interpreter alone; what goes before and
after it does not. So the opened pages of many files are laid one behind the other, a footer says where each group lies, and they are
decoded at one call. The pages stay what they are: only where they lie is written anew.

    FileMetaData, RowGroup, ColumnChunk, ColumnMetaData, SchemaElement    parquet.thrift, Thrift's compact protocol
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MAGIC = b"PAR1"
I32, TEXT, LIST, STRUCT = 5, 8, 9, 12
"""Thrift's types of a field; the number of the field, counted from the one before, stands in the upper half of the byte."""
PHYSICAL = {"INT32": 1, "INT64": 2, "BYTE_ARRAY": 6}
CONVERTED = {
    "NONE": None, "UTF8": 0, "UINT_8": 11, "UINT_16": 12, "UINT_32": 13, "UINT_64": 14,
    "INT_8": 15, "INT_16": 16, "INT_32": 17, "INT_64": 18,
}  # fmt: skip
CODECS = {"UNCOMPRESSED": 0, "SNAPPY": 1, "ZSTD": 6}
OPTIONAL, PLAIN = 1, 0
SHIFTS = np.arange(0, 35, 7)


class Kind(NamedTuple):
    """A column as a file declares it, and how its pages are compressed."""

    name: str
    physical: int
    converted: int | None
    codec: int


class Gathered:
    """A Parquet file of opened pages, in memory; of ``listed`` columns the dictionaries are to be kept."""

    def __init__(self, kinds: Sequence[Kind], listed: Sequence[str] = ()) -> None:
        self.kinds, self.listed, self.rows = kinds, list(listed), 0
        self._parts: list[bytes] = [MAGIC]
        self._groups: list[int] = []
        self._sizes: list[int] = []

    def add(self, rows: int, columns: Iterable[Sequence[bytes]]) -> None:
        """One more group: the pages of its columns, opened, a dictionary first; the columns in the order of ``kinds``."""
        for pages in columns:
            self._parts += pages
            self._sizes.append(sum(map(len, pages)))
        self._groups.append(rows)
        self.rows += rows

    def decoding(self) -> Callable[[], pa.Table]:
        """What decodes all rows, group by group, and leaves the interpreter alone meanwhile. Raises pa.ArrowException when called."""
        if not self._groups:
            return partial(pa.table, {})
        footer = self._footer()
        image = b"".join((*self._parts, footer, len(footer).to_bytes(4, "little"), MAGIC))
        return partial(_decoded, image, len(self._groups), self.listed)

    def _footer(self) -> bytes:
        schema = [b"\x48" + _text("rows") + b"\x15" + _number(len(self.kinds)) + b"\0", *map(_element, self.kinds)]
        return b"".join((
            b"\x15", _number(1), _list(len(schema), STRUCT), *schema,
            b"\x16", _number(self.rows), _list(len(self._groups), STRUCT), self._row_groups(), b"\0",
        ))  # fmt: skip

    def _row_groups(self) -> bytes:
        """All groups at once: they differ only in numbers, which are written in one width."""
        groups, columns = len(self._groups), len(self.kinds)
        sizes = np.array(self._sizes, np.int64).reshape(groups, columns)
        rows = np.array(self._groups, np.int64)
        numbers = np.empty((groups, 4 * columns + 2), np.int64)
        numbers[:, 0:-2:4] = rows[:, None]
        numbers[:, 1:-2:4] = numbers[:, 2:-2:4] = sizes
        numbers[:, 3:-2:4] = (len(MAGIC) + np.cumsum(sizes) - sizes.ravel()).reshape(groups, columns)
        numbers[:, -2], numbers[:, -1] = sizes.sum(axis=1), rows
        like, places = _template(tuple(self.kinds))
        found = np.tile(like, (groups, 1))
        found[:, places] = _wide(numbers)
        return found.tobytes()


def _decoded(image: bytes, groups: int, listed: list[str]) -> pa.Table:
    reader = pq.core.ParquetReader()
    reader.open(pa.BufferReader(image), read_dictionary=listed or None)
    return reader.read_row_groups(list(range(groups)), use_threads=False)


@cache
def _template(kinds: tuple[Kind, ...]) -> tuple[Any, Any]:
    """A group with nothing where its numbers go, and their places: of each column its rows, its size (twice), where it begins."""
    hole = bytes(len(SHIFTS))
    parts = [_list(len(kinds), STRUCT)]
    for kind in kinds:
        parts += [_head(kind) + b"\x16", hole, b"\x16", hole, b"\x16", hole, b"\x26", hole, b"\0\0"]
    parts += [b"\x16", hole, b"\x16", hole, b"\0"]
    ends = np.cumsum([len(part) for part in parts])
    firsts = [end - len(hole) for end, part in zip(ends, parts, strict=True) if part is hole]
    return np.frombuffer(b"".join(parts), np.uint8), np.add.outer(firsts, np.arange(len(hole))).ravel()


def _wide(numbers: Any) -> Any:
    """Numbers of less than 2^34, each in five bytes of seven bits; the last one of a number has its highest bit clear."""
    found = (numbers[:, :, None] << 1 >> SHIFTS & 127).astype(np.uint8)
    found[:, :, :-1] |= 128
    return found.reshape(len(numbers), -1)


def _head(kind: Kind) -> bytes:
    """A column of a group up to its codec: its offset in the file (of no use), its type, encodings (the pages say them), its path."""
    return b"".join((
        b"\x26", _number(0), bytes([0x10 | STRUCT]), b"\x15", _number(kind.physical), _list(1, I32), _number(PLAIN),
        _list(1, TEXT), _text(kind.name), b"\x15", _number(kind.codec),
    ))  # fmt: skip


def _element(kind: Kind) -> bytes:
    converted = b"" if kind.converted is None else b"\x25" + _number(kind.converted)
    return (
        b"\x15" + _number(kind.physical) + b"\x25" + _number(OPTIONAL) + b"\x18" + _text(kind.name) + converted + b"\0"
    )


def _list(count: int, of: int) -> bytes:
    """The head of a list that is the field after the one before."""
    return bytes([0x10 | LIST]) + (bytes([count << 4 | of]) if count < 15 else bytes([0xF0 | of]) + _varint(count))


def _text(text: str) -> bytes:
    data = text.encode()
    return _varint(len(data)) + data


def _number(number: int) -> bytes:
    """A number that is not negative."""
    return _varint(number << 1)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
