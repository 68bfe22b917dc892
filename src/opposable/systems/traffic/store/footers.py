"""«Pieds de fichier». What an encrypted Parquet file of ours says of itself, opened without the engine and remembered while it is used.

    PARE ‖ modules … ‖ algorithm (5 bytes) ‖ footer module ‖ length of the two before in 32 bits ‖ PARE
    module    length in 32 bits ‖ nonce of 12 bytes ‖ AES-GCM of the bytes, no associated data, tag of 16 bytes

That is Parquet's modular encryption as the pinned DuckDB writes it. A footer is remembered with its sealed bytes, which are read
again at each question: another file under the name is another footer, whatever its clock says.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opposable.systems.traffic.store.gathering import CODECS, CONVERTED, PHYSICAL, Kind

MAGIC = b"PARE"
ALGORITHM = bytes.fromhex("1c1c000000")
"""FileCryptoMetaData: AES_GCM_V1, nothing else said."""
TAIL = 32 << 10
NONCE, LENGTH = 12, 4
LISTED = ("RLE_DICTIONARY",)
REMEMBERED = 48 << 20
"""Bytes of sealed footers in memory, and of which words are where; what the footers say takes a few times as much."""
Bounds = tuple[Any, Any] | None
Ends = tuple[int, int] | None
Listing = tuple[Any, Any]


class Chunk(NamedTuple):
    """A column of a group: where its first module begins, where its data begin, where it ends; whether a dictionary tells its values."""

    first: int
    data: int
    end: int
    listed: bool
    codec: str


class Unfamiliar(Exception):
    """Not a file as it is written here: the engine is to say what it is."""


class Footer:
    """What the footer says: groups of rows, where their columns lie, between which values."""

    def __init__(self, sealed: bytes, key: bytes) -> None:
        self.sealed, self.key, self.cipher = sealed, key, AESGCM(key)
        plain, _ = module(self.cipher, sealed, len(ALGORITHM))
        self.metadata = _parsed(plain)
        self.columns = {self.metadata.schema.column(n).name: n for n in range(self.metadata.num_columns)}
        self._outer = next(iter(self.columns)), next(reversed(self.columns))
        self._bounds: dict[str, Bounds] = {}
        self._ends: dict[str, Ends] = {}
        self._extents: dict[int, tuple[int, int]] = {}
        self._chunks: dict[tuple[int, str], Chunk] = {}
        self.listings: dict[str, Listing] = {}
        """Of columns: which words are in which group (`opened`)."""

    @property
    def weight(self) -> int:
        """Bytes that are remembered of it."""
        return len(self.sealed) + sum(words.nbytes for words, _ in self.listings.values())

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The columns as the file declares them. Raises Unfamiliar, LookupError for what is not written here."""
        return tuple(self._kind(place) for place in self.columns.values())

    def _kind(self, place: int) -> Kind:
        said = self.metadata.schema.column(place)
        codecs = {self.metadata.row_group(group).column(place).compression for group in self.groups}
        if said.max_definition_level != 1 or said.max_repetition_level or len(codecs) != 1:
            raise Unfamiliar("a column of another shape")
        return Kind(said.name, PHYSICAL[said.physical_type], CONVERTED[said.converted_type], CODECS[codecs.pop()])

    @cached_property
    def starts(self) -> list[int]:
        """The position of the first row of each group, and the number of rows."""
        found = [0]
        for group in range(self.metadata.num_row_groups):
            found.append(found[-1] + self.metadata.row_group(group).num_rows)
        return found

    @property
    def groups(self) -> range:
        return range(len(self.starts) - 1)

    def chunk(self, group: int, column: str) -> Chunk:
        """Where a column of a group lies."""
        if (known := self._chunks.get((group, column))) is None:
            said = self.metadata.row_group(group).column(self.columns[column])
            data, listed = said.data_page_offset, said.encodings == LISTED
            first = said.dictionary_page_offset if said.has_dictionary_page else data
            end, codec = first + said.total_compressed_size, said.compression.lower()
            known = Chunk(first, data, end, listed and first < data, codec)
            self._chunks[group, column] = known
        return known

    def extent(self, group: int) -> tuple[int, int]:
        """Where the first column of a group begins, and where the last one ends: they lie in their order."""
        if (known := self._extents.get(group)) is None:
            known = self._extents[group] = (
                self.chunk(group, self._outer[0]).first,
                self.chunk(group, self._outer[1]).end,
            )
        return known

    def ends(self, column: str) -> Ends:
        """The least and the greatest number of a column in the whole file; None for texts, or where the file does not say."""
        if column not in self._ends:
            bounds = self.bounds(column)
            numbers = bounds is not None and len(bounds[0]) and bounds[0].dtype != object
            self._ends[column] = (int(bounds[0].min()), int(bounds[1].max())) if bounds and numbers else None
        return self._ends[column]

    def bounds(self, column: str) -> Bounds:
        """The least and the greatest value of a column, group by group; None where the file does not say it of each.

        ``end`` is a column too.
        """
        if column == "end":
            starts, spans = self.bounds("start"), self.bounds("span")
            return (starts[0] + spans[0], starts[1] + spans[1]) if starts and spans else None
        if column not in self._bounds:
            place = self.columns[column]
            said = [self.metadata.row_group(group).column(place).statistics for group in self.groups]
            told = all(one is not None and one.has_min_max for one in said)
            self._bounds[column] = (
                (_array([one.min for one in said]), _array([one.max for one in said])) if told else None
            )
        return self._bounds[column]


def _array(values: list[Any]) -> Any:
    """Numbers as such; texts and bytes as Python compares them, which is the order of their bytes."""
    return np.array(values, dtype=np.int64 if values and isinstance(values[0], int) else object)


def module(cipher: AESGCM, data: bytes | memoryview, at: int) -> tuple[bytes, int]:
    """The bytes of the module that begins at ``at``, and where it ends. Raises InvalidTag, Unfamiliar."""
    body = at + LENGTH
    end = body + int.from_bytes(data[at:body], "little")
    if end > len(data) or end - body <= NONCE:
        raise Unfamiliar("a module that is longer than what there is")
    return cipher.decrypt(data[body : body + NONCE], data[body + NONCE : end], None), end


def _parsed(plain: bytes) -> pq.FileMetaData:
    """A footer as pyarrow reads it. The engine does not say in which order values are compared: in that of their types."""
    columns = _metadata(plain).num_columns
    # the last field of the structure, and its end: column_orders, a list of unions TYPE_ORDER (parquet.thrift, ColumnOrder)
    head = bytes([columns << 4 | 12] if columns < 15 else [0xFC, columns])
    return _metadata(plain[:-1] + b"\x19" + head + b"\x1c\0\0" * columns + b"\0")


def _metadata(plain: bytes) -> pq.FileMetaData:
    return pq.read_metadata(pa.BufferReader(b"PAR1" + plain + len(plain).to_bytes(4, "little") + b"PAR1"))


# --- remembered ------------------------------------------------------------------------------------------------------

_known: OrderedDict[str, Footer] = OrderedDict()
_lock = threading.Lock()
_forgotten: set[date] = set()
"""The day on which this was last done."""


def footer_of(name: str, file: int, key: bytes, needed: frozenset[str]) -> Footer:
    """The footer of an open file that has the columns ``needed``. Raises Unfamiliar, InvalidTag, OSError, pa.ArrowException."""
    with _lock:
        if known := _known.get(name):
            _known.move_to_end(name)
    if known and known.key == key and _ends_with(file, known.sealed):
        return known
    sealed = _sealed(file)
    found = Footer(sealed, key)
    if not found.columns.keys() >= needed:
        raise Unfamiliar("without a column that must be there")
    with _lock:
        _known[name] = found
        _known.move_to_end(name)
        _make_room()
    return found


def remember(name: str, footer: Footer, column: str, listing: Listing) -> Listing:
    """Keep which words are in which group of a file that is still known."""
    with _lock:
        if _known.get(name) is footer and listing[0].nbytes < REMEMBERED // 8:
            footer.listings[column] = listing
            _make_room()
    return listing


def _make_room() -> None:
    weight = sum(one.weight for one in _known.values())
    while len(_known) > 1 and weight > REMEMBERED:
        weight -= _known.popitem(last=False)[1].weight


def _ends_with(file: int, sealed: bytes) -> bool:
    """Whether this is the footer of a file: every byte of it is read and compared."""
    length = len(sealed)
    tail = os.pread(file, length + 8, max(0, os.fstat(file).st_size - length - 8))
    return tail.startswith(sealed) and tail[length:] == length.to_bytes(4, "little") + MAGIC


def _sealed(file: int) -> bytes:
    size = os.fstat(file).st_size
    tail = os.pread(file, TAIL, max(0, size - TAIL))
    length = int.from_bytes(tail[-8:-4], "little")
    if tail[-4:] != MAGIC or length > size - 12:
        raise Unfamiliar("no footer")
    if length > len(tail) - 8:
        tail = os.pread(file, length + 8, size - length - 8)
    sealed = tail[-8 - length : -8]
    if not sealed.startswith(ALGORITHM):
        raise Unfamiliar("another algorithm")
    return sealed


def forget(path: Path) -> None:
    """Nothing of a file is to be remembered: it goes."""
    with _lock:
        _known.pop(str(path), None)


def forget_until(day: date) -> None:
    """The same for whatever lies in the folder of a day that has come: another process may have erased it."""
    with _lock:
        if day not in _forgotten:
            for name in [one for one in _known if Path(one).parent.name <= day.isoformat()]:
                del _known[name]
            _forgotten.clear()
            _forgotten.add(day)
