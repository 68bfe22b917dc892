"""Files that overlap: what another file of the source brought already is not kept twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import duckdb
import numpy as np
import pyarrow as pa

from opposable.kernel.buckets import BucketForgotten
from opposable.systems.traffic.models import Segment, Source
from opposable.systems.traffic.store import segments
from opposable.systems.traffic.store.engine import FATAL, cursor, restart
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.order import Day
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.proof import microseconds
from opposable.systems.traffic.store.rows import Family

NOT_THE_ROW = ("file", "skew")
"""Columns that tell how a row came, not what it says."""


def unseen(
    source: Source, family: Family, day: Day, batch: str, unread: Callable[[Segment], None] = lambda _segment: None
) -> tuple[pa.Table, int, bool]:
    """(rows that are new, how many are there already, whether the day had a segment of another delivery).

    ``unread`` is told of a segment that is damaged or gone: nobody can say what was in it, and that is no reason to keep nothing.
    """
    others = Segment.objects.there().filter(source=source, family=family.name, day=day.day).exclude(batch=batch)
    touching = list(others.touching(day.first_at, day.last_at))
    keep = np.ones(day.rows.num_rows, dtype=bool)
    for segment in touching:
        try:
            keep[_also_in(segment, family, day)] = False
        except duckdb.Error as error:
            if isinstance(error, FATAL):
                restart()
            unread(segment)
    again = int((~keep).sum())
    return (day.rows.filter(pa.array(keep)) if again else day.rows), again, others.exists()


def _also_in(segment: Segment, family: Family, day: Day) -> list[int]:
    """Positions of the rows of the day that lie in the segment too."""
    try:
        keys = keys_of(segment.store, segment.until, segment.uid)
    except BucketForgotten:
        return []
    names = [name for name in family.columns if name not in NOT_THE_ROW]
    mine = segments.typed(family, day.rows).select(names).append_column("at", pa.array(np.arange(day.rows.num_rows)))
    db = cursor()
    db.register("mine", mine)
    try:
        same = " AND ".join(
            'theirs."start" + theirs.span = mine."end"' if name == "end" else f'theirs."{name}" = mine."{name}"'
            for name in names
        )
        found = db.execute(
            f"SELECT mine.at FROM mine SEMI JOIN {segments.relation(family, place_of(segment), keys)} theirs"  # noqa: S608
            f' ON {same} AND theirs."start" BETWEEN ? AND ?',
            [microseconds(day.first_at), microseconds(day.last_at)],
        )
        return [at for (at,) in found.fetchall()]
    finally:
        with suppress(duckdb.Error):
            db.unregister("mine")
