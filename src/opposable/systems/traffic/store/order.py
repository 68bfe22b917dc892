"""Rows in the order of the question asked most, cut by day, without those that are there twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.law import PARIS
from opposable.systems.traffic.store import leaves
from opposable.systems.traffic.store.proof import EPOCH, microseconds
from opposable.systems.traffic.store.rows import Family

WORD, DIGIT = 64, 16
Words = list[tuple[Any, int]]


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day, in order; ``duplicate`` were there more than once."""

    day: date
    rows: pa.Table
    duplicate: int
    first_at: datetime
    last_at: datetime


def by_day(family: Family, rows: pa.Table) -> Iterator[Day]:
    """The rows by the day (Paris) of their end, each day sorted and without repetition."""
    if not rows.num_rows:
        return
    ends = rows.column("end").to_numpy()
    first, last = int(ends.min()), int(ends.max())
    for day, since, until in _days(first, last):
        if since <= first and last < until:
            yield _day(family, day, rows)
        elif len(inside := np.flatnonzero((ends >= since) & (ends < until))):
            yield _day(family, day, _rows_at(rows, inside))


def _day(family: Family, day: date, rows: pa.Table) -> Day:
    rows = rows.unify_dictionaries().combine_chunks()
    order, same = _order(family, rows)
    rows = _rows_at(rows, order)
    kept, duplicate = _once(family, rows, same)
    starts, ends = kept.column("start").to_numpy(), kept.column("end").to_numpy()
    return Day(day, kept, duplicate, _instant(starts.min()), _instant(ends.max()))


def _rows_at(rows: pa.Table, places: Any) -> pa.Table:
    """Rows by their places, which are known to be there: looking whether they are takes longer than taking them."""
    return pc.take(rows, pa.array(places), boundscheck=False)


def _instant(value: Any) -> datetime:
    return EPOCH + timedelta(microseconds=int(value))


def local_day(at: int) -> date:
    """The day in Paris of an instant in microseconds."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(PARIS).date()


def _days(first: int, last: int) -> Iterator[tuple[date, int, int]]:
    """Each day in Paris between two instants: its first microsecond and that of the next day. Some have 23 or 25 hours."""
    day = local_day(first)
    while day <= local_day(last):
        yield day, midnight(day), midnight(day + timedelta(days=1))
        day += timedelta(days=1)


def midnight(day: date) -> int:
    """The first microsecond of a day in Paris."""
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=PARIS))


def _order(family: Family, rows: pa.Table) -> tuple[Any, Any]:
    """The order of the rows, and which of them (in that order) have the key of the one before. Rows of one key stay as they came."""
    words = packed_words([_ranked(rows.column(name)) for name in family.key])
    order = in_order(words, rows.num_rows)
    same = np.ones(len(order) - 1, dtype=bool)
    for word, _ in words:
        ordered = word.take(order)
        same &= ordered[1:] == ordered[:-1]
    return order, np.flatnonzero(same) + 1


def in_order(words: Words, count: int) -> Any:
    """The places of rows in the order of their words. Rows of one key stay as they came."""
    order = np.arange(count)
    for word, width in reversed(
        words
    ):  # the least digit first: each pass leaves the order of those before where it sees none
        for shift in range(0, width, DIGIT):
            digit = (word >> np.uint64(shift)).astype(np.uint16)
            order = order.take(np.argsort(digit.take(order), kind="stable"))  # of 16 bits: counted, not compared
    return order


def packed_words(ranks: list[Any]) -> Words:
    """A key of numbers from 0 in as few words as hold it, the first of most weight, and how many bits each needs."""
    words: Words = []
    for rank in ranks:
        width = int(rank.max(initial=0)).bit_length()
        if words and words[-1][1] + width <= WORD:
            word, before = words.pop()
            words.append(((word << np.uint64(width)) | rank.astype(np.uint64), before + width))
        else:
            words.append((rank.astype(np.uint64), width))
    return words


def _ranked(column: pa.ChunkedArray) -> Any:
    """Numbers in the order of the values, from 0."""
    one = column.combine_chunks()
    if isinstance(one, pa.ChunkedArray):
        one = one.chunk(0)
    if pa.types.is_integer(one.type):
        values = one.to_numpy(zero_copy_only=False)
        return values - values.min()
    if not pa.types.is_dictionary(one.type):
        one = one.dictionary_encode()
    words = one.dictionary.cast(pa.binary())
    order = pc.array_sort_indices(words).to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[one.indices.to_numpy(zero_copy_only=False)]


def _once(family: Family, rows: pa.Table, same: Any) -> tuple[pa.Table, int]:
    """Without the rows that say exactly what another says. Only rows with one key need be compared: there are few."""
    if not len(same):
        return rows, 0
    where = np.union1d(same, same - 1)
    some = rows.take(pa.array(where))
    bytes_ = leaves.row_bytes(
        family, some.drop_columns(["file"]).append_column("file", pa.array(np.zeros(len(where), np.uint16)))
    )
    seen: set[bytes] = set()
    again = [at for at, one in zip(where.tolist(), bytes_, strict=True) if one in seen or seen.add(one)]  # type: ignore[func-returns-value]
    if not again:
        return rows, 0
    keep = np.ones(rows.num_rows, dtype=bool)
    keep[again] = False
    return rows.filter(pa.array(keep)), len(again)
