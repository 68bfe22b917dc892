"""«Lecture directe». Rows of a segment on this disk without the engine: the modules of the groups that may hold them, opened and decoded.

A question to one day is a few rows in one group out of many. The engine takes half a millisecond to get ready for it and reads
every column of the group; here bounds and dictionaries say which groups, the columns of the condition which rows, and the others are
read only then. What is decrypted goes to pyarrow, page by page, as the Parquet file it is. Whatever is out of the ordinary is left to
the engine, which says what it is: nothing here decides that a segment is damaged.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opposable.systems.traffic.store.conditions import Compared, Term, Where
from opposable.systems.traffic.store.footers import Bounds, Footer, Unfamiliar, footer_of, module
from opposable.systems.traffic.store.proof import default_of
from opposable.systems.traffic.store.rows import Family

TO_THE_ENGINE = (Unfamiliar, InvalidTag, OSError, pa.ArrowException, ArithmeticError, LookupError, ValueError)
"""What cannot be read here for whatever reason. FileNotFoundError is among them: the engine says it too."""
POSITION = "file_row_number"
TIMES = {"start", "end"}
SIGNS = {"=": operator.eq, "<=": operator.le, "<": operator.lt, ">=": operator.ge}
TEXTS = {"=": pc.equal, "<=": pc.less_equal, "<": pc.less, ">=": pc.greater_equal}
_codec = cache(pa.Codec)
DICTIONARY_PAGE = b"\x15\x04\x15"
"""How the header of one begins (parquet.thrift, PageHeader): its type, then its length before compression."""
MANY, ALTERNATIVES = 4, 8
"""For more groups, or a condition with more alternatives, the engine is the faster one."""
Columns = dict[str, list[Any]]


def select(family: Family, path: Path, key: bytes, where: Where, names: Sequence[str]) -> Columns:
    """The rows that match, a list a column, and their positions. Raises TO_THE_ENGINE."""
    if max(map(len, where)) > ALTERNATIVES:
        raise Unfamiliar("a question of many alternatives")
    found: Columns = {name: [] for name in (POSITION, *names)}
    with _opened(family, path, key) as file:
        groups = file.groups(where)
        if len(groups) > MANY:
            raise Unfamiliar("a question to the whole file")
        for group in groups:
            rows = file.matching(group, where, names)
            if len(rows):
                found[POSITION] += (rows + file.footer.starts[group]).tolist()
                for name, values in file.values(rows, names).items():
                    found[name] += values
    return found


def read(family: Family, path: Path, key: bytes, start: int, count: int) -> pa.Table:
    """The rows from ``start`` on, in their order, every column as it was written or its default. Raises TO_THE_ENGINE."""
    with _opened(family, path, key) as file:
        starts, parts = file.footer.starts, []
        for group in file.footer.groups:
            first, stop = max(start, starts[group]), min(start + count, starts[group + 1])
            if first < stop:
                parts.append(file.whole(group).slice(first - starts[group], stop - first))
    return pa.concat_tables(parts)


@contextmanager
def _opened(family: Family, path: Path, key: bytes) -> Iterator[_File]:
    file = os.open(path, os.O_RDONLY)
    try:
        yield _File(family, file, key, footer_of(path, file, key))
    finally:
        os.close(file)


class _File:
    """One file while a question is put to it."""

    def __init__(self, family: Family, file: int, key: bytes, footer: Footer) -> None:
        self.family, self.file, self.cipher, self.footer = family, file, AESGCM(key), footer
        if not footer.columns.keys() >= family.needed - {"end"} or "span" not in footer.columns:
            raise Unfamiliar("without a column that must be there")
        self._group, self._columns = -1, dict[str, pa.Array]()
        self._first, self._sealed, self._image = 0, memoryview(b""), memoryview(b"")

    # --- which groups ---

    def groups(self, where: Where) -> list[int]:
        """The groups in which the condition may hold, by their bounds, then by the dictionaries of those that are left."""
        may = np.ones(len(self.footer.groups), dtype=bool)
        for term in where:
            may &= reduce(operator.or_, (reduce(operator.and_, map(self._may, each)) for each in term))
        return [group for group in np.flatnonzero(may).tolist() if all(self._any_listed(term, group) for term in where)]

    def _may(self, one: Compared) -> Any:
        """In which groups the comparison may hold."""
        if one.column not in self.footer.columns and one.column != "end":
            return np.bool_(SIGNS[one.sign](default_of(self.family, one.column), one.value))
        bounds = self._ends_of_groups() if one.column == "end" else self.footer.bounds(one.column)
        if bounds is None:
            return np.True_
        least, greatest = bounds
        if one.sign == "=":
            return (least <= one.value) & (greatest >= one.value)
        return SIGNS[one.sign](greatest if one.sign == ">=" else least, one.value)

    def _ends_of_groups(self) -> Bounds:
        starts, spans = self.footer.bounds("start"), self.footer.bounds("span")
        return (starts[0] + spans[0], starts[1] + spans[1]) if starts and spans else None

    def _any_listed(self, term: Term, group: int) -> bool:
        return any(all(self._listed(one, group) for one in each) for each in term)

    def _listed(self, one: Compared, group: int) -> bool:
        """Whether the dictionary of the column may have the value; where bounds have decided, it is not looked at."""
        if one.sign != "=" or one.column == self.family.key[0] or one.column not in self.footer.columns:
            return True
        kind, chunk = self.family.columns[one.column], self.footer.chunk(group, one.column)
        if kind not in ("text", "ip") or not chunk.listed:
            return True
        data = memoryview(os.pread(self.file, chunk.data - chunk.first, chunk.first))
        head, at = module(self.cipher, data, 0)
        page, _ = module(self.cipher, data, at)
        if not head.startswith(DICTIONARY_PAGE):
            return True
        value = one.value.encode() if isinstance(one.value, str) else one.value
        assert isinstance(value, bytes)
        words: bytes = _codec(chunk.codec).decompress(page, _length(head, len(DICTIONARY_PAGE)), asbytes=True)
        return len(value).to_bytes(4, "little") + value in words

    # --- which rows ---

    def matching(self, group: int, where: Where, names: Sequence[str]) -> Any:
        """The places in the group of the rows that match: first by what is cheap to know, then by their time, read with ``names``."""
        count = self.footer.starts[group + 1] - self.footer.starts[group]
        keep = np.ones(count, dtype=bool)
        early = [term for term in where if not {one.column for each in term for one in each} & TIMES]
        for terms, more in ((early, ()), ([term for term in where if term not in early], names)):
            if keep.any():
                self._read(group, {one.column for term in terms for each in term for one in each}.union(more))
                for term in terms:
                    keep &= reduce(operator.or_, map(self._all_hold, term))
        return np.flatnonzero(keep)

    def _all_hold(self, each: Sequence[Compared]) -> Any:
        return reduce(operator.and_, map(self._holds, each))

    def _holds(self, one: Compared) -> Any:
        compare = SIGNS[one.sign]
        if one.column == "end":
            return compare(self._ends(), one.value)
        if one.column not in self.footer.columns:
            return np.bool_(compare(default_of(self.family, one.column), one.value))
        column = self._columns[one.column]
        if self.family.columns[one.column] not in ("text", "ip"):
            return compare(column.to_numpy(), one.value)
        listed = pa.types.is_dictionary(column.type)
        words = column.dictionary if listed else column
        holds = TEXTS[one.sign](words, pa.scalar(one.value, words.type)).to_numpy(zero_copy_only=False)
        return holds[column.indices.to_numpy()] if listed else holds

    def _ends(self) -> Any:
        return self._columns["start"].to_numpy() + self._columns["span"].to_numpy()

    # --- what they say ---

    def values(self, rows: Any, names: Sequence[str]) -> Columns:
        """Columns of some rows of the group that was looked at."""
        return {name: self._some(name, rows) for name in names}

    def _some(self, name: str, rows: Any) -> list[Any]:
        if name == "end":
            return list(self._ends()[rows].tolist())
        if name not in self.footer.columns:
            return [default_of(self.family, name)] * len(rows)
        column = self._columns[name]
        if self.family.columns[name] not in ("text", "ip"):
            return list(column.to_numpy()[rows].tolist())
        if not pa.types.is_dictionary(column.type):
            return [column[place].as_py() for place in rows.tolist()]
        codes = column.indices.to_numpy()[rows].tolist()
        words = {code: column.dictionary[code].as_py() for code in set(codes)}
        return [words[code] for code in codes]

    def whole(self, group: int) -> pa.Table:
        """Every column of a group, ``end`` for ``span``."""
        self._read(group, set(self.family.columns))
        count = self.footer.starts[group + 1] - self.footer.starts[group]
        columns = {}
        for name in self.family.columns:
            if name == "end":
                columns[name] = pa.array(self._ends())
            elif name in self.footer.columns:
                columns[name] = self._columns[name]
            else:
                columns[name] = pa.repeat(pa.scalar(default_of(self.family, name)), count)
        return pa.table(columns)

    def _read(self, group: int, names: set[str]) -> None:
        """Have columns of a group at hand, as pyarrow decodes them; texts with a dictionary keep it."""
        if group != self._group:
            self._turn_to(group)
        wanted = names - {"end"} | ({"start", "span"} if "end" in names else set())
        there = [name for name in self.footer.columns if name in wanted and name not in self._columns]
        if not there:
            return
        listed = [name for name in there if self._decrypted(group, name)]
        image = pa.BufferReader(pa.py_buffer(self._image))
        reader = pq.ParquetFile(image, metadata=self.footer.metadata, read_dictionary=listed).reader
        places = [self.footer.columns[name] for name in there]
        table = reader.read_row_group(group, column_indices=places, use_threads=False)
        for name, column in zip(table.column_names, table.columns, strict=True):
            one = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
            if one.null_count:
                raise Unfamiliar("a column with nothing in it")
            self._columns[name] = one

    def _turn_to(self, group: int) -> None:
        """Read a group as it lies; its columns are opened when they are asked for."""
        self._group, self._columns = group, {}
        self._first, end = self.footer.extent(group)
        self._sealed = memoryview(os.pread(self.file, end - self._first, self._first))
        if end > len(self._image):
            self._image = memoryview(np.empty(end, np.uint8))  # type: ignore[arg-type]

    def _decrypted(self, group: int, name: str) -> bool:
        """Put the pages of a column where the file has them, in the clear; whether a dictionary tells its values."""
        chunk = self.footer.chunk(group, name)
        read, end, write = chunk.first - self._first, chunk.end - self._first, chunk.first
        sealed, image, cipher = self._sealed, self._image, self.cipher
        while read < end:
            plain, read = module(cipher, sealed, read)
            after = write + len(plain)
            image[write:after] = plain
            write = after
        return chunk.listed


def _length(data: bytes, at: int) -> int:
    """A number as Thrift's compact protocol writes it: seven bits a byte, zigzag."""
    found = shift = 0
    while True:
        found |= (data[at] & 127) << shift
        if data[at] < 128:
            return found >> 1
        at, shift = at + 1, shift + 7
