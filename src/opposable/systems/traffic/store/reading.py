"""The question put to the store: which rows, where they lie, and whether anything is missing.

    find(selector)    every matching row, with its segment and position
    count(selector)   how many, of how many persons: asked before any content
    prove(found)      the proof of a row, checked against the root in the catalogue before it is given; `prove_all` of many

The catalogue says which segments may hold an answer (family, time); from its last day on a segment is passed over, whatever lies
on the disk. One that cannot be read makes the answer incomplete, and the answer says which: never silence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import chain, groupby
from typing import Any, Generic, TypeVar

import duckdb

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.law import PARIS
from opposable.ledger.errors import ProofError
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import cluster, holders, segments
from opposable.systems.traffic.store.answers import Answer, Count, Found, Missing, Reason
from opposable.systems.traffic.store.engine import FATAL
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.keys import SegmentKeys, keys_of
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.proof import RowProof, microseconds, packed
from opposable.systems.traffic.store.rows import FAMILIES, Address, Family
from opposable.systems.traffic.store.selectors import (
    ByAddress,
    ByCell,
    ByMailbox,
    ByNumber,
    BySubscriber,
    Selector,
)  # fmt: skip

S = TypeVar("S")
T = TypeVar("T")
U = TypeVar("U")
Made_co = TypeVar("Made_co", covariant=True)
Rows = list[tuple[Any, ...]]
WORKERS = max(2, os.cpu_count() or 2)
BATCH = 16
"""So many segments are asked at once."""
INLINE = 2
"""So many segments are read without handing them out."""
RETRIES = 8
TERMINAL = 15
"""Digits of an IMSI or IMEI (3GPP TS 23.003); a telephone number is written with its plus sign."""
SHORTEST = 32
"""Bits of an IPv6 prefix: a registry lends an operator no shorter one, so an operator lends none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A selector as each family is asked: condition and its values, in [since, until]."""

    families: dict[str, tuple[str, list[Any]]]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Question(Generic[Made_co]):
    """What is asked of segments: a selector, the columns by family, and what is made of the rows of one."""

    asked: Asked
    what: Callable[[Family], str]
    made: Callable[[Segment, Rows], Made_co]

    def of(self, segment: Segment) -> Made_co:
        """What one segment answers, here or on a worker."""
        family = FAMILIES[segment.family]
        where = self.asked.families[family.name]
        return self.made(segment, cluster.select(family, place_of(segment), _keys(segment), self.what(family), *where))

    def at_once(self, some: Sequence[Segment]) -> list[Made_co]:
        """What each of several segments of one family answers. Raises when one of them does not read."""
        family = FAMILIES[some[0].family]
        places = [(place_of(segment), _keys(segment)) for segment in some]
        rows = segments.select_each(family, places, self.what(family), *self.asked.families[family.name])
        return [self.made(*one) for one in zip(some, rows, strict=True)]


def _keys(segment: Segment) -> SegmentKeys:
    return keys_of(segment.store, segment.until, segment.uid)


def find(selector: Selector, families: Sequence[str] = ()) -> Answer:
    """Every row that matches, in the order of their start. ``families`` narrows what is looked at.

    Who had an address behind a NAT that names nobody is whoever held the inside address: those sessions are rows of the answer.
    """
    found = _find(_asked(selector), families)
    held = _held(selector, holders.nameless(found.rows), families)
    if not held:
        return found
    rows = {(one.segment, one.position): one for some in (found, *held) for one in some.rows}
    missing = {one.segment: one for some in (found, *held) for one in some.missing}
    return Answer(_in_order(rows.values()), tuple(missing.values()), found.segments + sum(one.segments for one in held))


def _held(selector: Selector, inside: Sequence[Address], families: Sequence[str]) -> list[Answer]:
    """The sessions that held inside addresses at the instant asked about."""
    if not inside or not isinstance(selector, ByAddress) or (families and holders.SESSIONS not in families):
        return []
    since, until = selector.at - selector.tolerance, selector.at + selector.tolerance
    times = [microseconds(until), microseconds(since)]
    answers = []
    for at in range(0, len(inside), holders.AT_ONCE):
        lent = [_lent(ip) for ip in inside[at : at + holders.AT_ONCE]]
        where = " OR ".join(f"({one})" for one, _ in lent)
        values = [value for _, some in lent for value in some]
        asked = {holders.SESSIONS: (f"({where}) AND {_TOUCHES}", [*values, *times])}
        answers.append(_find(Asked(asked, since, until), (holders.SESSIONS,)))
    return answers


def _in_order(rows: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(sorted(rows, key=lambda one: (one.row.start, one.segment, one.position)))


def _find(asked: Asked, families: Sequence[str]) -> Answer:
    def what(family: Family) -> str:
        return f"file_row_number, {segments.columns_sql(family)}"

    def made(segment: Segment, rows: Rows) -> list[Found]:
        family = FAMILIES[segment.family]
        names = list(family.columns)
        return [
            Found(family.name, segments.row_of(family, dict(zip(names, row[1:], strict=True))), segment.uid, row[0])
            for row in rows
        ]

    lists, missing, looked = _each(Question(asked, what, made), families)
    return Answer(_in_order(chain.from_iterable(lists)), tuple(missing), looked)


def count(selector: Selector, families: Sequence[str] = ()) -> Count:
    """How many rows match, and how many persons they speak of. No content leaves the store."""
    asked = _asked(selector)

    def what(family: Family) -> str:
        return f"count(*), list(DISTINCT {_person(family.name)})"

    def made(_segment: Segment, rows: Rows) -> tuple[int, set[str]]:
        ((number, persons),) = rows
        return number, set(persons or ())

    counted, missing, _ = _each(Question(asked, what, made), families)
    persons = {person for _, some in counted for person in some}
    rows = sum(number for number, _ in counted)
    if isinstance(selector, ByAddress) and any(person.startswith(holders.INSIDE) for person in persons):
        answer = find(selector, families)  # who held an inside address is counted too; nothing of it leaves here
        rows, persons, missing = len(answer.rows), holders.persons_of(answer.rows), list(answer.missing)
    return Count(rows, len(persons), tuple(missing))


def prove(found: Found) -> RowProof:
    """The proof of a found row. Raises ProofError when the row is not the one that its segment was sealed with."""
    return prove_all([found])[0]


def prove_all(found: Sequence[Found]) -> list[RowProof]:
    """The proofs of found rows, in their order: rows that lie together are read together. Raises ProofError, as `prove`."""
    there = Segment.objects.in_bulk({one.segment for one in found}, field_name="uid")
    rows: dict[str, dict[int, Found]] = {}
    for one in found:
        rows.setdefault(one.segment, {})[one.position] = one

    def work(uid: str) -> list[RowProof]:
        return _proven(there[uid], list(rows[uid].values()))

    proofs = {(one.segment, one.position): one for some in _spread(work, list(rows)) for one in some}
    return [proofs[one.segment, one.position] for one in found]


def _proven(segment: Segment, found: Sequence[Found]) -> list[RowProof]:
    where = FAMILIES[segment.family], place_of(segment), _keys(segment), segment.uid, segment.rows
    proofs = cluster.prove(*where, [one.position for one in found])
    for proof, one in zip(proofs, found, strict=True):
        proof.verify(bytes.fromhex(segment.root), segment.rows)
        if proof.row != one.row:
            raise ProofError("the row that was found is not the one that lies there now")
    return proofs


# --- the named questions ---------------------------------------------------------------------------------------------


def find_address(ip: Address, port: int | None, at: datetime, tolerance: timedelta = timedelta(0)) -> Answer:
    """Who had an address (and port) at an instant."""
    return find(ByAddress(ip=ip, port=port, at=at, tolerance=tolerance))


def find_subscriber(subscriber: str, since: datetime, until: datetime) -> Answer:
    """What is held of a subscriber in [since, until)."""
    return find(BySubscriber(subscriber=subscriber, since=since, until=until))


def find_number(number: str, since: datetime, until: datetime) -> Answer:
    """The legs of a number in [since, until)."""
    return find(ByNumber(number=number, since=since, until=until))


def find_cell(cell: str, since: datetime, until: datetime) -> Answer:
    """The legs under a cell in [since, until)."""
    return find(ByCell(cell=cell, since=since, until=until))


# --- how each selector asks each family ------------------------------------------------------------------------------

_TOUCHES = '"start" <= ? AND "start" + span >= ?'
_BEGINS = '"start" >= ? AND "start" < ?'


def _asked(selector: Selector) -> Asked:
    if isinstance(selector, ByAddress):
        return _by_address(selector)
    since, until = microseconds(selector.since), microseconds(selector.until)
    inside = [until - 1, since]
    families: dict[str, tuple[str, list[Any]]]
    if isinstance(selector, BySubscriber):
        where = (f"subscriber = ? AND {_TOUCHES}", [selector.subscriber, *inside])
        families = dict.fromkeys(("nat_session", "nat_block", "access_session", "host_operation"), where)
    elif isinstance(selector, ByNumber):
        columns = _numbered(selector)
        who = " OR ".join(f"{column} = ?" for column in columns)
        families = {"call_leg": (f"({who}) AND {_TOUCHES}", [*[selector.number] * len(columns), *inside])}
    elif isinstance(selector, ByCell):
        families = {"call_leg": (f"cell = ? AND {_BEGINS}", [selector.cell, since, until])}
    elif isinstance(selector, ByMailbox):
        values = [selector.mailbox, selector.mailbox, since, until]
        families = {"mail": (f"(sender = ? OR recipient = ?) AND {_BEGINS}", values)}
    return Asked(families, selector.since, selector.until)


def _numbered(selector: ByNumber) -> list[str]:
    """The columns to look in. Only one if it may be: with OR the engine cannot pass over what it need not read."""
    terminal = len(selector.number) == TERMINAL and selector.number.isdecimal()
    columns = ["imsi", "imei"] if terminal else ["served"]
    return [*columns, "other"] if selector.other else columns


def _by_address(asked: ByAddress) -> Asked:
    since, until = asked.at - asked.tolerance, asked.at + asked.tolerance
    times = [microseconds(until), microseconds(since)]
    ip, port = packed(asked.ip), asked.port
    exact = ("", []) if port is None else (" AND port = ?", [port])
    inside = ("", []) if port is None else (" AND port <= ? AND port_last >= ?", [port, port])
    given = ("", []) if port is None else (" AND port IN (0, ?)", [port])
    protocol = ("", []) if asked.protocol is None else (" AND protocol = ?", [asked.protocol])
    lent = _lent(asked.ip)
    return Asked(
        {
            "nat_session": (
                f"public_ip = ?{exact[0]}{protocol[0]} AND {_TOUCHES}", [ip, *exact[1], *protocol[1], *times],
            ),
            "nat_block": (f"public_ip = ?{inside[0]} AND {_TOUCHES}", [ip, *inside[1], *times]),
            "access_session": (f"{lent[0]} AND {_TOUCHES}", [*lent[1], *times]),
            "host_operation": (f"ip = ?{given[0]} AND {_TOUCHES}", [ip, *given[1], *times]),
        },
        since,
        until,
    )  # fmt: skip


def _lent(ip: Address) -> tuple[str, list[Any]]:
    """Rows of an address, or of a prefix of any length that it is part of: the range lets the engine pass over most rows."""
    if isinstance(ip, IPv4Address):
        return "ip = ? AND prefix = 128", [packed(ip)]
    lengths: dict[bytes, list[int]] = {}
    for bits in range(SHORTEST, 129):  # several lengths have the same first address, where the bits between are zeros
        lengths.setdefault(packed(IPv6Address(int(ip) >> (128 - bits) << (128 - bits))), []).append(bits)
    firsts = list(lengths)
    holes = ", ".join("?" * len(firsts))
    each = " OR ".join("(ip = ? AND prefix BETWEEN ? AND ?)" for _ in firsts)
    values = chain.from_iterable((first, bits[0], bits[-1]) for first, bits in lengths.items())
    return f"ip BETWEEN ? AND ? AND ip IN ({holes}) AND ({each})", [firsts[0], firsts[-1], *firsts, *values]


def _person(family: str) -> str:
    if family == "call_leg":
        return "served"
    if family == "mail":
        return "recipient"
    # An address inside without a subscriber's name is still somebody.
    inside = f"'{holders.INSIDE}' || hex(inside_ip)"
    return f"CASE WHEN subscriber <> '' THEN subscriber ELSE {inside} END" if "nat" in family else "subscriber"


# --- segment by segment ----------------------------------------------------------------------------------------------


def candidates(families: Iterable[str], since: datetime, until: datetime) -> list[Segment]:
    """The segments that may be read today and may hold an answer."""
    today = clock.now().astimezone(PARIS).date()
    rows = Segment.objects.readable(today).touching(since, until).filter(family__in=families)
    return list(rows.order_by("family", "first_at", "pk"))


def _each(question: Question[T], families: Sequence[str]) -> tuple[list[T], list[Missing], int]:
    asked = question.asked
    wanted = [name for name in asked.families if not families or name in families]
    there = candidates(wanted, asked.since, asked.until)
    outcomes = list(chain.from_iterable(_spread(lambda some: _together(some, question), _batches(there))))
    missing = [one for one in outcomes if isinstance(one, Missing)]
    return [one for one in outcomes if not isinstance(one, Missing)], missing, len(there)


def _spread(work: Callable[[S], U], items: Sequence[S]) -> list[U]:
    """What each comes to, in their order, as many at a time as there are processors, or tasks in the cluster."""
    if len(items) <= INLINE:
        return [work(one) for one in items]
    with ThreadPoolExecutor(cluster.WIDTH if cluster.address() else WORKERS) as pool:
        return list(pool.map(work, items))


def _batches(there: Sequence[Segment]) -> list[list[Segment]]:
    """Segments of one family to be asked at once: few enough that every processor has some. The cluster takes them one by one."""
    most = 1 if cluster.address() else min(BATCH, -(-len(there) // WORKERS))
    found: list[list[Segment]] = []
    for _, same in groupby(there, lambda segment: segment.family):
        some = list(same)
        found += [some[at : at + most] for at in range(0, len(some), most)]
    return found


def _together(some: Sequence[Segment], question: Question[T]) -> Sequence[T | Missing]:
    """What each segment answers. When one of them does not read, each is asked alone: the others do not go missing with it."""
    if len(some) > 1:
        with suppress(BucketForgotten, OSError, StoreFault, duckdb.Error):
            return question.at_once(some)
    return [_one(segment, question) for segment in some]


def _one(segment: Segment, question: Question[T]) -> T | Missing:
    try:
        return _patiently(segment, question)
    except BucketForgotten:
        reason: Reason = "key"
    except (FileNotFoundError, duckdb.IOException):
        reason = _lost(segment)
    except StoreFault:
        reason = "unreachable"
    except duckdb.Error:
        reason = "damaged"
    return Missing(segment.uid, segment.family, segment.day, reason)


def _lost(segment: Segment) -> Reason:
    """Why a file does not open."""
    try:
        return "damaged" if place_of(segment).exists() else "file"
    except StoreFault:
        return "unreachable"


def _patiently(segment: Segment, question: Question[T]) -> T:
    """Look again when the engine was stopped by another file: a damaged one takes down whatever is read beside it."""
    for _ in range(RETRIES):
        try:
            return question.of(segment)
        except FATAL:
            if _lost(segment) != "damaged" or segments.file_digest(place_of(segment)) != segment.sha256:
                raise
    return question.of(segment)
