"""«Colonnes lues». Columns of some groups, as pyarrow decoded them: which rows match, and what they say."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.systems.traffic.store.conditions import Compared, Term
from opposable.systems.traffic.store.footers import Unfamiliar
from opposable.systems.traffic.store.gathering import Gathered
from opposable.systems.traffic.store.opened import SIGNS, Group
from opposable.systems.traffic.store.proof import default_of
from opposable.systems.traffic.store.rows import Family

TEXTS = {"=": pc.equal, "<=": pc.less_equal, "<": pc.less, ">=": pc.greater_equal}


class Decoded:
    """Columns of some groups, one group behind the other; texts with a dictionary keep it. First `gathered`, then `take`."""

    def __init__(self, family: Family, groups: list[Group], names: Iterable[str]) -> None:
        self.family, self.columns = family, dict[str, pa.ChunkedArray]()
        self.groups, self.names = groups, set(names)
        self.starts = np.cumsum([0, *(one.rows for one in groups)])
        if "end" in self.names:
            self.names = self.names - {"end"} | {"start", "span"}

    def gathered(self) -> Gathered:
        """The pages of the columns that the files have, opened. Raises Unfamiliar, InvalidTag."""
        kinds = [one for one in self.groups[0].footer.kinds if one.name in self.names] if self.groups else []
        texts = [one.name for one in kinds if self.family.columns.get(one.name) in ("text", "ip")]
        gathered = Gathered(kinds, [name for name in texts if all(group.listed(name) for group in self.groups)])
        for group in self.groups if kinds else ():
            gathered.add(group.rows, [group.pages(kind.name) for kind in kinds])
        return gathered

    def take(self, table: pa.Table) -> None:
        """What was gathered, decoded. Raises Unfamiliar."""
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
