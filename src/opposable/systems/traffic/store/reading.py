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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby, repeat
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

import duckdb
from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.law import PARIS
from opposable.ledger.errors import ProofError
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import cluster, direct, footers, holders, segments
from opposable.systems.traffic.store.answers import Answer, Count, Found, Missing, Reason
from opposable.systems.traffic.store.conditions import (
    Asked,
    asked,
    holding,
    lent,
    lent_before,
    sql,
    touches,
    translated,
)
from opposable.systems.traffic.store.engine import FATAL
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.keys import SegmentKeys, file_key, keys_of
from opposable.systems.traffic.store.places import DISK, place_of
from opposable.systems.traffic.store.proof import RowProof, microseconds
from opposable.systems.traffic.store.rows import FAMILIES, Address, Family, filled
from opposable.systems.traffic.store.selectors import (
    ByAddress,
    ByCell,
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
AT_ONCE = 16
"""So many segments the engine is asked at once."""
INLINE = 2
"""So many segments are read without handing them out."""
RETRIES = 8
ASKED_OF = ("uid", "family", "store", "day", "until", "place", "sha256")
"""What a question needs to know of a segment: a year of them is read from the catalogue each time."""
PROVEN_BY = ("uid", "family", "store", "until", "place", "root", "rows")
"""What a proof needs to know of it."""
_PERSON = {
    "call_leg": ("served",), "mail": ("recipient",),
    "nat_session": ("subscriber", "inside_ip"), "nat_block": ("subscriber", "inside_ip"),
}  # fmt: skip
"""The columns that say of whom a row speaks, where it is not the subscriber alone."""


class Making(Protocol[Made_co]):
    """What is made of the rows of a segment: by the engine in SQL, or of their columns."""

    def sql(self, family: Family) -> str: ...
    def names(self, family: Family) -> Sequence[str]: ...
    def of_rows(self, segment: Segment, rows: Rows) -> Made_co: ...
    def of_columns(self, some: Sequence[Segment], columns: direct.Columns) -> Made_co: ...


class _Rows:
    """The rows as they are."""

    def sql(self, family: Family) -> str:
        return f"{direct.POSITION}, {segments.columns_sql(family)}"

    def names(self, family: Family) -> Sequence[str]:
        return tuple(family.columns)

    def of_rows(self, segment: Segment, rows: Rows) -> list[Found]:
        names = (direct.POSITION, *FAMILIES[segment.family].columns)
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        found = dict(zip(names, map(list, columns), strict=True))
        return self.of_columns([segment], found | {direct.FILE: [0] * len(rows)})

    def of_columns(self, some: Sequence[Segment], columns: direct.Columns) -> list[Found]:
        rows = segments.rows_of(FAMILIES[some[0].family], columns)
        uids = [segment.uid for segment in some]
        made = map(uids.__getitem__, columns[direct.FILE])
        return filled(Found, len(rows), {
            "family": repeat(some[0].family), "row": rows, "segment": made, "position": columns[direct.POSITION],
        })  # fmt: skip


class _Numbers:
    """How many rows, and of whom."""

    def sql(self, family: Family) -> str:
        return f"count(*), list(DISTINCT {_person(family.name)})"

    def names(self, family: Family) -> Sequence[str]:
        return _PERSON.get(family.name, ("subscriber",))

    def of_rows(self, _segment: Segment, rows: Rows) -> tuple[int, set[str]]:
        ((number, persons),) = rows
        return number, set(persons or ())

    def of_columns(self, some: Sequence[Segment], columns: direct.Columns) -> tuple[int, set[str]]:
        names, *inside = (columns[name] for name in self.names(FAMILIES[some[0].family]))
        if not inside:
            return len(names), set(names)
        return len(names), {
            name or holders.INSIDE + address.hex().upper() for name, address in set(zip(names, *inside, strict=True))
        }


@dataclass(frozen=True, slots=True)
class Question(Generic[Made_co]):
    """What is asked of segments: a condition for each family, and what is made of the rows of one."""

    asked: Asked
    making: Making[Made_co]

    def of(self, segment: Segment) -> Made_co:
        """What one segment answers, here or on a worker."""
        family, place, keys = FAMILIES[segment.family], place_of(segment), _keys(segment)
        rows = cluster.select(family, place, keys, self.making.sql(family), *sql(self.asked.families[family.name]))
        return self.making.of_rows(segment, rows)

    def at_once(self, some: Sequence[Segment]) -> list[Made_co]:
        """What each of several segments of one family answers. Raises when one of them does not read."""
        family = FAMILIES[some[0].family]
        places = [(place_of(segment), _keys(segment)) for segment in some]
        rows = segments.select_each(family, places, self.making.sql(family), *sql(self.asked.families[family.name]))
        return [self.making.of_rows(*one) for one in zip(some, rows, strict=True)]

    def directly(self, some: Sequence[Segment]) -> tuple[Made_co, list[int]]:
        """What segments of one family on this disk answer together, without the engine; and which of them are left to it."""
        family = FAMILIES[some[0].family]
        files = [partial(_source, segment, str(settings.HOME)) for segment in some]
        columns, left = direct.select(family, files, self.asked.families[family.name], self.making.names(family))
        return self.making.of_columns(some, columns), left


def _source(segment: Segment, home: str) -> tuple[str, bytes]:
    if segment.place != DISK:
        raise footers.Unfamiliar("not on this disk")
    return segment.path_under(home), file_key(segment.store, segment.until)


def _keys(segment: Segment) -> SegmentKeys:
    return keys_of(segment.store, segment.until, segment.uid)


def find(selector: Selector, families: Sequence[str] = ()) -> Answer:
    """Every row that matches, in the order of their start. ``families`` narrows what is looked at.

    Who had an address behind a NAT that names nobody is whoever held the inside address: those sessions are rows of the answer.
    """
    found = _find(asked(selector), families)
    if isinstance(selector, BySubscriber):
        return _followed(selector, found, families)
    if isinstance(selector, ByAddress) and not found.rows:
        return replace(found, unsaid=_unended(selector, families))
    held = _held(selector, found.rows, families)
    if not held:
        return found
    rows = {(one.segment, one.position): one for some in (found, *held) for one in some.rows}
    missing = {one.segment: one for some in (found, *held) for one in some.missing}
    return Answer(_in_order(rows.values()), tuple(missing.values()), found.segments + sum(one.segments for one in held))


def _unended(selector: ByAddress, families: Sequence[str]) -> int:
    """Lendings that began before the instant and whose end nobody has told yet, where no row says who had the address then."""
    before = lent_before(selector)
    wanted = [name for name in before.families if not families or name in families]
    return holders.unended(_find(before, wanted).rows) if wanted else 0


def _held(selector: Selector, rows: Sequence[Found], families: Sequence[str]) -> list[Answer]:
    """The sessions that held the inside addresses that rows name at the instant asked about."""
    if not isinstance(selector, ByAddress) or (families and holders.SESSIONS not in families):
        return []
    inside = holders.nameless(rows)
    since, until = selector.at - selector.tolerance, selector.at + selector.tolerance
    times, answers = touches(microseconds(since), microseconds(until)), []
    for at in range(0, len(inside), holders.AT_ONCE):
        where = *lent(inside[at : at + holders.AT_ONCE]), *times
        answers.append(_find(Asked({holders.SESSIONS: where}, since, until), (holders.SESSIONS,)))
    return answers


def _followed(selector: BySubscriber, found: Answer, families: Sequence[str]) -> Answer:
    """With the translations that name nobody, of the addresses that her sessions lent her, where it is certain that they are hers."""
    since, until = microseconds(selector.since), microseconds(selector.until) - 1
    windows = holders.windows_of(found.rows, since, until)
    wanted = [name for name in holders.TRANSLATIONS if not families or name in families]
    rows, missing, looked, unsaid = list(found.rows), list(found.missing), found.segments, 0
    for at in range(0, len(windows) if wanted else 0, holders.AT_ONCE):
        some = windows[at : at + holders.AT_ONCE]
        told = _find(Asked(dict.fromkeys(wanted, translated(some)), selector.since, selector.until), wanted)
        missing, looked = [*missing, *told.missing], looked + told.segments
        if told.rows:
            held = _find(Asked({holders.SESSIONS: holding(some)}, selector.since, selector.until), (holders.SESSIONS,))
            missing, looked = [*missing, *held.missing], looked + held.segments
            mine, others = holders.hers(selector.subscriber, told.rows, held.rows)
            rows, unsaid = [*rows, *mine], unsaid + others
    once = {(one.segment, one.position): one for one in rows}
    return Answer(_in_order(once.values()), tuple({one.segment: one for one in missing}.values()), looked, unsaid)


def _in_order(rows: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(sorted(rows, key=attrgetter("row.start", "segment", "position")))


def _find(asked: Asked, families: Sequence[str]) -> Answer:
    lists, missing, looked = _each(Question(asked, _Rows()), families)
    return Answer(_in_order(chain.from_iterable(lists)), tuple(missing), looked)


def count(selector: Selector, families: Sequence[str] = ()) -> Count:
    """How many rows match, and how many persons they speak of. No content leaves the store."""
    counted, missing, _ = _each(Question(asked(selector), _Numbers()), families)
    persons = {person for _, some in counted for person in some}
    rows = sum(number for number, _ in counted)
    if isinstance(selector, ByAddress) and any(person.startswith(holders.INSIDE) for person in persons):
        answer = find(selector, families)  # who held an inside address is counted too; nothing of it leaves here
        rows, persons, missing = len(answer.rows), holders.persons_of(answer.rows), list(answer.missing)
    unsaid = _unended(selector, families) if isinstance(selector, ByAddress) and not rows else 0
    if isinstance(selector, BySubscriber) and rows:  # her sessions lead to translations: counted too, hers alone
        answer = find(selector, families)
        rows, missing, unsaid = len(answer.rows), list(answer.missing), answer.unsaid
    return Count(rows, len(persons), tuple(missing), unsaid)


def prove(found: Found) -> RowProof:
    """The proof of a found row. Raises ProofError when the row is not the one that its segment was sealed with."""
    return prove_all([found])[0]


def prove_all(found: Sequence[Found]) -> list[RowProof]:
    """The proofs of found rows, in their order: rows that lie together are read together. Raises ProofError, as `prove`."""
    uids = {one.segment for one in found}
    there = {one.uid: one for one in Segment.objects.filter(uid__in=uids).only(*PROVEN_BY)}
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
    footers.forget_until(today)
    rows = Segment.objects.readable(today).touching(since, until).filter(family__in=families)
    return list(rows.only(*ASKED_OF).order_by("family", "first_at", "pk"))


def _each(question: Question[T], families: Sequence[str]) -> tuple[list[T], list[Missing], int]:
    asked = question.asked
    wanted = [name for name in asked.families if not families or name in families]
    there = candidates(wanted, asked.since, asked.until)
    outcomes = list[T | Missing]()
    for _, same in groupby(there, attrgetter("family")):
        outcomes += _together(list(same), question)
    missing = [one for one in outcomes if isinstance(one, Missing)]
    return [one for one in outcomes if not isinstance(one, Missing)], missing, len(there)


def _spread(work: Callable[[S], U], items: Sequence[S]) -> list[U]:
    """What each comes to, in their order, as many at a time as there are processors, or tasks in the cluster."""
    if len(items) <= INLINE:
        return [work(one) for one in items]
    with ThreadPoolExecutor(cluster.WIDTH if cluster.address() else WORKERS) as pool:
        return list(pool.map(work, items))


def _together(some: Sequence[Segment], question: Question[T]) -> Sequence[T | Missing]:
    """What segments of one family answer: those that can be read directly, together; and by the engine each that is left."""
    made, left = list[T | Missing](), list(range(len(some)))
    if not cluster.address():
        answer, left = question.directly(some)
        made.append(answer)
    asked = _spread(lambda part: _by_the_engine(part, question), _parts([some[number] for number in left]))
    return [*made, *chain.from_iterable(asked)]


def _parts(some: Sequence[Segment]) -> list[Sequence[Segment]]:
    """Few enough that every processor has some. The cluster takes them one by one."""
    most = 1 if cluster.address() else max(1, min(AT_ONCE, -(-len(some) // WORKERS)))
    return [some[at : at + most] for at in range(0, len(some), most)]


def _by_the_engine(some: Sequence[Segment], question: Question[T]) -> Sequence[T | Missing]:
    """What each answers. When one does not read, each is asked alone: the others do not go missing with it."""
    if len(some) > 1:
        with suppress(BucketForgotten, OSError, StoreFault, duckdb.Error):
            return question.at_once(some)
    return [_one(one, question) for one in some]


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
