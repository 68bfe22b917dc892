"""Ends without a beginning: the beginning came with an earlier file of the source, as a row whose end was not known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.law import PARIS
from opposable.systems.traffic.models import Segment, Source
from opposable.systems.traffic.store import segments
from opposable.systems.traffic.store.engine import cursor
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.rows import AS_GIVEN, END_INFERRED, FAMILIES, START_INFERRED, Family

KEYS = {
    "nat_session": ("public_ip", "port", "protocol", "inside_ip", "inside_port"),
    "nat_block": ("public_ip", "port", "port_last", "inside_ip"),
}
SEGMENTS = 96
"""How many segments back are looked through: days of a source that sends each quarter of an hour."""


def completed(source: Source, family: Family, rows: pa.Table, batch: str) -> pa.Table:
    """The rows, those without a beginning given the one that the source told before."""
    same = KEYS.get(family.name)
    if same is None:
        return rows
    inferred = rows.column("inferred").to_numpy()
    wanting = np.flatnonzero(inferred == START_INFERRED)
    if not len(wanting):
        return rows
    open_ones = segments.typed(family, rows.take(pa.array(wanting))).append_column("place", pa.array(wanting))
    starts, inferred = rows.column("start").to_numpy().copy(), inferred.copy()
    today = clock.now().astimezone(PARIS).date()
    earlier = Segment.objects.readable(today).filter(source=source, family=family.name).exclude(batch=batch)
    for segment in earlier.order_by("-last_at", "-pk")[:SEGMENTS]:
        for place, start in _beginnings(segment, open_ones, same):
            if inferred[place] == START_INFERRED:
                starts[place], inferred[place] = start, AS_GIVEN
        if not (inferred[wanting] == START_INFERRED).any():
            break
    rows = rows.set_column(rows.schema.get_field_index("start"), "start", pa.array(starts))
    return rows.set_column(rows.schema.get_field_index("inferred"), "inferred", pa.array(inferred))


def _beginnings(segment: Segment, open_ones: pa.Table, same: tuple[str, ...]) -> list[tuple[int, int]]:
    try:
        keys = keys_of(segment.store, segment.until, segment.uid)
    except BucketForgotten:
        return []
    db = cursor()
    db.register("open_ones", open_ones)
    try:
        on = " AND ".join(f'theirs."{name}" = open_ones."{name}"' for name in same)
        return db.execute(
            'SELECT place, max(theirs."start") FROM open_ones'  # noqa: S608
            f" JOIN {segments.relation(FAMILIES[segment.family], place_of(segment), keys)} theirs ON {on}"
            f' AND theirs.inferred = {END_INFERRED} AND theirs."start" <= open_ones."end" GROUP BY place',
        ).fetchall()
    finally:
        db.unregister("open_ones")
