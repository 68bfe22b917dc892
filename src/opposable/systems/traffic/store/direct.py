"""«Lecture directe». Rows of segments on this disk without the engine: the groups that may hold them, opened and decoded.

A question to one day is a few rows in one group out of many. The engine takes half a millisecond to get ready for it and reads
every column of the group; here bounds and dictionaries say which groups, the columns of the condition which rows, and the others are
read only then, the groups of many files at once. What is decrypted goes to pyarrow, page by page. Whatever is out of the ordinary is
left to the engine, which says what it is: nothing here decides that a segment is damaged.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import reduce
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.exceptions import InvalidTag

from opposable.kernel.buckets import BucketForgotten
from opposable.systems.traffic.store.conditions import Compared, Term, Where
from opposable.systems.traffic.store.footers import Unfamiliar
from opposable.systems.traffic.store.gathering import Gathered, Kind
from opposable.systems.traffic.store.opened import SIGNS, File, Group
from opposable.systems.traffic.store.proof import default_of
from opposable.systems.traffic.store.rows import Family

TO_THE_ENGINE = (
    BucketForgotten, Unfamiliar, InvalidTag, OSError, pa.ArrowException, ArithmeticError, LookupError, ValueError,
)  # fmt: skip
"""What cannot be read here for whatever reason. FileNotFoundError is among them: the engine says it too."""
FILE, POSITION = "file_number", "file_row_number"
TIMES = {"start", "end"}
TEXTS = {"=": pc.equal, "<=": pc.less_equal, "<": pc.less, ">=": pc.greater_equal}
MANY, ALTERNATIVES = 4, 8
"""For more groups of a file, or a condition with more alternatives, the engine is the faster one."""
ROWS = 1 << 19
"""Decoded at one call: some tens of megabytes."""
Columns = dict[str, list[Any]]
Source = Callable[[], tuple[str, bytes]]
"""The path and the key of a file; raises TO_THE_ENGINE."""


def select(family: Family, files: Sequence[Source], where: Where, names: Sequence[str]) -> tuple[Columns, list[int]]:
    """The rows that match, a list a column, with the number of their file and their position; and the files left to the engine."""
    found: Columns = {name: [] for name in (FILE, POSITION, *names)}
    if max(map(len, where)) > ALTERNATIVES:
        return found, list(range(len(files)))
    left, alike = set(range(len(files))), dict[tuple[Kind, ...], list[list[Group]]]()
    for number, source in enumerate(files):
        with suppress(*TO_THE_ENGINE):
            kinds, groups = _wanted(family, source, number, where)
            left.discard(number)
            if groups:
                alike.setdefault(kinds, []).append(groups)
    for some in chain.from_iterable(map(_portions, alike.values())):
        for columns in _found(family, some, where, names, left):
            for name, values in columns.items():
                found[name] += values
    return found, sorted(left)


def _wanted(family: Family, source: Source, number: int, where: Where) -> tuple[tuple[Kind, ...], list[Group]]:
    path, key = source()
    with File(family, path, key) as file:
        groups = file.groups(where)
        if len(groups) > MANY:
            raise Unfamiliar("a question to the whole file")
        return file.footer.kinds, [file.group(group, number) for group in groups]


def _portions(files: list[list[Group]]) -> Iterable[list[list[Group]]]:
    """Files whose groups have at most so many rows together that they are decoded at one call."""
    some, rows = list[list[Group]](), 0
    for groups in files:
        more = sum(one.rows for one in groups)
        if some and rows + more > ROWS:
            yield some
            some, rows = [], 0
        some.append(groups)
        rows += more
    yield some


def _found(
    family: Family, some: list[list[Group]], where: Where, names: Sequence[str], left: set[int]
) -> Iterable[Columns]:
    """What files of one kind answer together; if one of them does not read, each is asked alone, and that one is left."""
    try:
        return [_matching(family, list(chain.from_iterable(some)), where, names)]
    except TO_THE_ENGINE:
        if len(some) == 1:
            left.add(some[0][0].number)
            return []
    return chain.from_iterable(_found(family, [one], where, names, left) for one in some)


def _matching(family: Family, groups: list[Group], where: Where, names: Sequence[str]) -> Columns:
    """The rows of some groups: first by what is cheap to know, then by their time, read with what else is asked."""
    early = [term for term in where if not _columns([term]) & TIMES]
    late = [term for term in where if term not in early]
    first = _Decoded(family, groups, _columns(early))
    rows = np.flatnonzero(first.hold(early))
    if not len(rows):
        return {}
    owner = np.searchsorted(first.starts, rows, side="right") - 1
    hit, place = np.unique(owner, return_inverse=True)
    then = _Decoded(family, [groups[one] for one in hit.tolist()], (_columns(late) | set(names)) - first.columns.keys())
    there = then.starts[place] + rows - first.starts[owner]
    if late:
        kept = then.hold(late)[there]
        rows, owner, there = rows[kept], owner[kept], there[kept]
    numbers, starts = np.array([[one.number, one.start] for one in groups], np.int64).reshape(-1, 2).T
    found = {FILE: numbers[owner].tolist(), POSITION: (starts[owner] + rows - first.starts[owner]).tolist()}
    return found | {name: first.some(name, rows) if name in first.columns else then.some(name, there) for name in names}


def _columns(terms: Iterable[Term]) -> set[str]:
    return {one.column for term in terms for each in term for one in each}


def read(family: Family, path: str, key: bytes, start: int, count: int) -> pa.Table:
    """The rows from ``start`` on, in their order, every column as it was written or its default. Raises TO_THE_ENGINE."""
    with File(family, path, key) as file:
        starts = file.footer.starts
        groups = [
            file.group(one) for one in file.footer.groups if starts[one] < start + count and starts[one + 1] > start
        ]
    return _Decoded(family, groups, set(family.columns)).whole(start - groups[0].start, count)


class _Decoded:
    """Columns of some groups, one group behind the other, as pyarrow decodes them; texts with a dictionary keep it."""

    def __init__(self, family: Family, groups: list[Group], names: set[str]) -> None:
        self.family, self.columns = family, dict[str, pa.ChunkedArray]()
        self.starts = np.cumsum([0, *(one.rows for one in groups)])
        self.there = groups[0].footer.columns.keys() if groups else ()
        wanted = names - {"end"} | ({"start", "span"} if "end" in names else set())
        if groups and (some := [name for name in self.there if name in wanted]):
            self._decode(groups, some)

    def _decode(self, groups: list[Group], names: list[str]) -> None:
        kinds = [one for one in groups[0].footer.kinds if one.name in names]
        gathered = Gathered(kinds)
        for group in groups:
            gathered.add(group.rows, [group.pages(kind.name) for kind in kinds])
        texts = [name for name in names if self.family.columns.get(name) in ("text", "ip")]
        table = gathered.table([name for name in texts if all(group.listed(name) for group in groups)])
        for name, column in zip(table.column_names, table.columns, strict=True):
            if column.null_count or len(column) != self.starts[-1]:
                raise Unfamiliar("a column with nothing in it")
            self.columns[name] = column

    # --- which rows ---

    def hold(self, terms: Sequence[Term]) -> Any:
        """Which rows match."""
        keep = np.ones(self.starts[-1], dtype=bool)
        for term in terms:
            keep &= reduce(operator.or_, (reduce(operator.and_, map(self._holds, each)) for each in term))
        return keep

    def _holds(self, one: Compared) -> Any:
        compare = SIGNS[one.sign]
        if one.column == "end":
            return compare(self._ends(), one.value)
        if one.column not in self.columns:
            return np.bool_(compare(default_of(self.family, one.column), one.value))
        if self.family.columns[one.column] not in ("text", "ip"):
            return compare(self._numbers(one.column), one.value)
        return np.concatenate([_compared(chunk, one) for chunk in self.columns[one.column].chunks])

    def _numbers(self, name: str) -> Any:
        return self.columns[name].to_numpy()

    def _ends(self) -> Any:
        return self._numbers("start") + self._numbers("span")

    # --- what they say ---

    def some(self, name: str, rows: Any) -> list[Any]:
        """What rows say in a column; they are in order."""
        if not len(rows):
            return []
        if name == "end":
            return list(self._ends()[rows].tolist())
        if name not in self.columns:
            return [default_of(self.family, name)] * len(rows)
        if self.family.columns[name] not in ("text", "ip"):
            return list(self._numbers(name)[rows].tolist())
        values, at = list[Any](), 0
        for chunk in self.columns[name].chunks:
            first, last = np.searchsorted(rows, (at, at + len(chunk)))
            values += _said(chunk, rows[first:last] - at)
            at += len(chunk)
        return values

    def whole(self, first: int, count: int) -> pa.Table:
        """Every column of some rows, ``end`` for ``span``."""
        columns, count = {}, min(count, int(self.starts[-1]) - first)
        for name in self.family.columns:
            if name == "end":
                columns[name] = pa.array(self._ends()[first : first + count])
            elif name in self.columns:
                columns[name] = self.columns[name].slice(first, count)
            else:
                columns[name] = pa.repeat(pa.scalar(default_of(self.family, name)), count)
        return pa.table(columns)


def _compared(words: pa.Array, one: Compared) -> Any:
    listed = pa.types.is_dictionary(words.type)
    column, words = words, words.dictionary if listed else words
    holds = TEXTS[one.sign](words, pa.scalar(one.value, words.type)).to_numpy(zero_copy_only=False)
    return holds[column.indices.to_numpy()] if listed else holds


def _said(chunk: pa.Array, rows: Any) -> list[Any]:
    if not pa.types.is_dictionary(chunk.type):
        return list(chunk.take(pa.array(rows)).to_pylist())
    codes = chunk.indices.to_numpy()[rows]
    known = np.unique(codes)
    words = dict(zip(known.tolist(), chunk.dictionary.take(pa.array(known)).to_pylist(), strict=True))
    return [words[code] for code in codes.tolist()]
