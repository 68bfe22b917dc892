"""What the source said before: the beginning of what ends here, the sender of what is delivered here.

It is in an earlier file, in an earlier piece of this one, or among the rows of this piece: a reader pairs what it reads at once only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.law import PARIS
from opposable.systems.traffic.models import Segment, Source
from opposable.systems.traffic.store import segments
from opposable.systems.traffic.store.engine import FATAL, cursor, restart
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.proof import NO_ADDRESS
from opposable.systems.traffic.store.rows import END_INFERRED, END_TWICE, START_INFERRED, START_TWICE, Family

KEYS = {
    "nat_session": ("public_ip", "port", "protocol", "inside_ip", "inside_port"),
    "nat_block": ("public_ip", "port", "port_last", "inside_ip"),
}
UNDER_WAY = 7 * 86_400_000_000
"""Microseconds: a message is under way for five days by default (Postfix, ``maximal_queue_lifetime``); a queue id comes again later."""
SEGMENTS = 96
"""How many segments back are looked through: days of a source that sends each quarter of an hour."""


Found = list[tuple[Any, ...]]


CAME = "came"
Piece = tuple[str, int]
"""Of which file (its digest) the rows are, and the how manieth piece of it."""


def completed(source: Source, family: Family, rows: pa.Table, piece: Piece) -> pa.Table:
    """The rows, with what the source told before: the beginning of a lending, the sender and client of a message."""
    came, rows = rows.column(CAME).to_numpy(), rows.drop_columns([CAME])
    if family.name == "mail":
        return _sent(source, family, rows, piece)
    return _begun(source, family, rows, came, piece) if family.name in KEYS else rows


def came_in(block: int, rows: pa.Table) -> pa.Table:
    """Rows with the number of the block of their piece: what one block told was paired as it was read."""
    return rows.append_column(CAME, pa.array(np.full(rows.num_rows, block, np.int32)))


def _begun(source: Source, family: Family, rows: pa.Table, came: Any, piece: Piece) -> pa.Table:
    inferred = rows.column("inferred").to_numpy()
    wanting = np.flatnonzero(inferred & START_INFERRED)
    if not len(wanting):
        return rows
    starts, inferred = rows.column("start").to_numpy().copy(), inferred.copy()
    same = " AND ".join(f'theirs."{name}" = mine."{name}"' for name in KEYS[family.name])
    query = (
        'SELECT place, max(theirs."start"), arg_max(theirs.inferred, theirs."start")'  # noqa: S608 - names of columns, ours
        " FROM mine JOIN {theirs} theirs ON "
        f'{same} AND (theirs.inferred & {END_INFERRED}) > 0 AND theirs."start" <= mine."end" GROUP BY place'
    )
    among = _among(
        family, rows, wanting, came, query.replace(" GROUP BY", f" AND theirs.{CAME} < mine.{CAME} GROUP BY")
    )
    for found in chain(among, _earlier(source, family, rows, wanting, piece, query)):
        for place, start, how in found:
            if inferred[place] & START_INFERRED:
                starts[place], inferred[place] = start, (inferred[place] & END_TWICE) | (how & START_TWICE)
        if not (inferred[wanting] & START_INFERRED).any():
            break
    rows = rows.set_column(rows.schema.get_field_index("start"), "start", pa.array(starts))
    return rows.set_column(rows.schema.get_field_index("inferred"), "inferred", pa.array(inferred))


def _among(family: Family, rows: pa.Table, wanting: Any, came: Any, query: str) -> Iterator[Found]:
    """What the query finds of rows in the blocks of their piece that came before theirs."""
    open_ones = np.flatnonzero(rows.column("inferred").to_numpy() & END_INFERRED)
    if len(open_ones) and came[open_ones].min() < came[wanting].max():
        mine, theirs = (
            segments.typed(family, rows.take(pa.array(places))).append_column(CAME, pa.array(came[places]))
            for places in (wanting, open_ones)
        )
        db = cursor()
        db.register("mine", mine.append_column("place", pa.array(wanting)))
        db.register("others", theirs)
        try:
            yield db.execute(query.format(theirs="others")).fetchall()
        finally:
            db.unregister("mine")
            db.unregister("others")


def _wanting(family: Family, rows: pa.Table, wanting: Any) -> pa.Table:
    return segments.typed(family, rows.take(pa.array(wanting))).append_column("place", pa.array(wanting))


def _sent(source: Source, family: Family, rows: pa.Table, piece: Piece) -> pa.Table:
    """Rows without a client, given the one (and the sender) that the queue id had when it was heard of before."""
    clients, senders = (segments.typed(family, rows).column(name).to_pylist() for name in ("client_ip", "sender"))
    wanting = np.array([place for place, client in enumerate(clients) if client == NO_ADDRESS], np.int64)
    if not len(wanting):
        return rows
    query = (
        'SELECT place, arg_max(theirs.client_ip, theirs."start"), arg_max(theirs.sender, theirs."start")'  # noqa: S608 - a number
        " FROM mine JOIN {theirs} theirs"
        f' ON theirs.queue = mine.queue AND theirs."start" BETWEEN mine."start" - {UNDER_WAY} AND mine."start" GROUP BY place'
    )
    left = set(wanting.tolist())
    for found in _earlier(source, family, rows, wanting, piece, query):
        for place, client, sender in found:
            if place in left and (client != NO_ADDRESS or sender):
                clients[place], senders[place] = client, senders[place] or sender
                left.discard(place)
        if not left:
            break
    for name, values, kind in (("client_ip", clients, pa.binary(16)), ("sender", senders, pa.string())):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, type=kind).dictionary_encode())
    return rows


def _earlier(source: Source, family: Family, rows: pa.Table, wanting: Any, piece: Piece, query: str) -> Iterator[Found]:
    """What a query finds of the rows that want something (as ``mine``, with their ``place``), segment by segment, the latest first."""
    mine, (batch, number) = _wanting(family, rows, wanting), piece
    today = clock.now().astimezone(PARIS).date()
    earlier = (
        Segment.objects.readable(today)
        .filter(source=source, family=family.name)
        .exclude(batch=batch, piece__gte=number)
    )
    for segment in earlier.order_by("-last_at", "-pk")[:SEGMENTS]:
        try:
            keys = keys_of(segment.store, segment.until, segment.uid)
        except BucketForgotten:
            continue
        db = cursor()
        db.register("mine", mine)
        try:
            found = db.execute(query.format(theirs=segments.relation(family, place_of(segment), keys))).fetchall()
        except (
            duckdb.Error
        ) as error:  # damaged or gone: what it told stays untold, as the row says (inferred); the audit says the rest
            if isinstance(error, FATAL):
                restart()
            continue
        finally:
            with suppress(duckdb.Error):
                db.unregister("mine")
        yield found
