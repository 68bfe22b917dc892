"""Questions to the store: each is an act, counted before it is read; only what was approved, only the columns of the categories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from django.db.models import Exists, OuterRef, Q

from opposable.kernel.acting import Acting
from opposable.kernel.actors import Actor
from opposable.kernel.acts import act
from opposable.law import Refused, local_day, t
from opposable.ledger import canonical
from opposable.systems.traffic.acts.approving import require_approved
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.holds import counted, frozen_rows
from opposable.systems.traffic.acts.losses import lost_about
from opposable.systems.traffic.acts.minimising import plain_identity, plain_row, shown_columns, withheld
from opposable.systems.traffic.models import Query, Requisition, Segment, Source
from opposable.systems.traffic.models.requisition import KEEP_ANSWER
from opposable.systems.traffic.rules.address import Pointed, attribute
from opposable.systems.traffic.rules.categories import CATEGORIES, Category
from opposable.systems.traffic.rules.keeping import identity_until, keeping_on
from opposable.systems.traffic.rules.qualify import spans_of
from opposable.systems.traffic.rules.selecting import OPENED_BY, Store, may_look_up, stores_for
from opposable.systems.traffic.store import identities
from opposable.systems.traffic.store.answers import Answer, Count, Found, Missing
from opposable.systems.traffic.store.holders import persons_of
from opposable.systems.traffic.store.proof import RowProof
from opposable.systems.traffic.store.rows import FAMILIES, Identity
from opposable.systems.traffic.store.selectors import ByAddress, ByCell, ByMailbox, ByNumber, BySubscriber, Selector

ROWS, GROWN = "rows", "query.grown"
CONTRACT: tuple[Category, ...] = ("identity", "subscription", "payment")
IDENTIFIES = frozenset({"address", "subscriber", "number"})
"""Selectors that point to a contract: whose identity it is, is a question of its own, to the third store."""
MOST_ROWS = 20_000
"""Rows that one question may bring back: what is wider is asked in pieces, so that somebody looks at each."""


def questions(case: Requisition) -> list[tuple[int, str]]:
    """What there is to ask, in order: (which selector, which store)."""
    answered = frozenset(case.answered_categories)
    return [
        (position, store)
        for position, one in enumerate(case.selectors)
        for store in stores_for(one["kind"], answered)
        if store != "identity" or one["kind"] in IDENTIFIES
    ]


@act("traffic.query.count", label=t("Compter avant de lire", "Count before reading"), secret=True)
def count(a: Acting, *, requisition: Requisition, position: int, store: str) -> Query:
    """How many rows one selector has in one store, and of how many persons. No content leaves the store."""
    a.require("write", requisition)
    require_approved(a, requisition)
    _planned(requisition, position, store)
    asked = requisition.selectors[position]
    may_look_up(a.statutes, requisition.ask(), asked["kind"])
    found = identity_count(a, requisition, position) if store == "identity" else _count(a, requisition, position, store)
    query = Query.objects.filter(requisition=requisition, position=position, store=store).first() or Query(
        cell=requisition.cell, requisition=requisition, position=position, store=store
    )
    question = requisition.question(position, store)
    if query.read_at is not None and query.question == question:
        raise _done()
    query.read_at, query.given, query.digest, query.question = None, 0, "", question
    query.selector, query.counted_at = {**asked, "by": asked["kind"]} if store == "identity" else asked, a.now
    query.rows, query.persons, query.missing = found.rows, found.persons, _missing(found.missing)
    query.lost, query.unsaid = lost_about(requisition, asked, store), found.unsaid
    told = {"rows": found.rows, "persons": found.persons, "missing": query.missing}
    more = {"lost": query.lost, "unsaid": query.unsaid}
    a.part("count", told | {name: value for name, value in more.items() if value}, keep="traffic.case")
    a.record(query)
    return query


def _count(a: Acting, case: Requisition, position: int, store: str) -> Count:
    """The rows of the store, and those frozen in time of days that are over."""
    from opposable.systems.traffic.store import reading

    selector, families = selector_of(case, case.selectors[position], a.now), families_of(store)
    found = reading.count(selector, families)
    frozen = frozen_rows(case, position, store, local_day(a.now))
    if not frozen:
        return found
    return counted(found, reading.find(selector, families).rows, [one for one, _ in frozen.values()])


@act("traffic.query.read", label=t("Lire les lignes comptées", "Read the rows that were counted"), secret=True)
def read(a: Acting, *, query: Query) -> Query:
    """The rows of a counted question, minimised and proven, in the part «rows». Refused when they point to too many persons."""
    case = query.requisition
    a.require("write", case)
    require_approved(a, case)
    _still_asked(case, query)
    if query.read_at is not None:
        raise _done()
    asked = query.selector
    if asked["kind"] == "address" and query.store != "identity":
        rule = a.law("traffic.attribution", local_day(a.now))
        doubt = _tolerance(asked, a.now).total_seconds()
        pointed = Pointed(query.persons, bool(asked["port"]), round(doubt))
        a.why(attribute(pointed, rule, case.accepted_persons))
    if query.rows > MOST_ROWS:
        raise Refused(
            t(
                "La question ramène {n} lignes : scindez la période.", "The question brings {n} rows: split the period."
            ).format(n=query.rows),
            None,
            "query.large",
            facts={"rows": query.rows, "most": MOST_ROWS},
        )
    if query.store == "identity":
        return _read_identity(a, query)
    answer = _found(case, query, a.now)
    frozen = frozen_rows(case, query.position, query.store, local_day(a.now))
    timely = [one for one in answer.rows if kept(a, case, query.store, one)]
    over = [one for one, _ in frozen.values()]
    _as_counted(query, (*answer.rows, *over))
    opened = bool(OPENED_BY[_store(query.store)] & set(case.answered_categories))
    rows = [*_given(case, over, [proof for _, proof in frozen.values()]), *_given(case, timely)] if opened else []
    subscribers = sorted({name for one in over + timely if (name := getattr(one.row, "subscriber", ""))})
    out_of_time = len(answer.rows) - len(timely)
    data = {
        "selector": asked,
        "store": query.store,
        "rows": rows,
        "subscribers": subscribers,
        "out_of_time": out_of_time,
    }
    query.missing, query.lost = _missing(answer.missing), lost_about(case, asked, query.store)
    query.unsaid = answer.unsaid
    data |= {name: value for name, value in (("lost", query.lost), ("unsaid", query.unsaid)) if value}
    return _keep(a, query, data)


def _as_counted(query: Query, rows: Sequence[Found]) -> None:
    """What came in since the count was never counted: nobody has seen how many rows and persons it makes. Raises Refused."""
    persons = len(persons_of(rows)) if query.selector["kind"] == "address" else query.persons
    if len(rows) > query.rows or persons > query.persons:
        raise Refused(
            t(
                "Des lignes sont arrivées depuis ce compte : {n} au lieu de {m}. Comptez de nouveau.",
                "Rows have come in since this count: {n} instead of {m}. Count again.",
            ).format(n=len(rows), m=query.rows),
            None,
            GROWN,
            facts={"rows": len(rows), "persons": persons},
        )


def read_as_counted(actor: Actor, query: Query) -> Query:
    """`read`. Where rows came in since the count it is refused all the same, and counted anew for whoever decides to go on."""
    try:
        return read(actor, query=query).result
    except Refused as refused:
        if refused.code == GROWN:
            count(actor, requisition=query.requisition, position=query.position, store=query.store)
        raise


def _keep(a: Acting, query: Query, data: dict[str, Any]) -> Query:
    query.read_at, query.given = a.now, len(data["rows"])
    query.digest = sha256(canonical.encode(data)).hexdigest()
    a.part(ROWS, data, keep=KEEP_ANSWER)
    a.record(query)
    return query


def identity_count(a: Acting, case: Requisition, position: int) -> Count:
    """How many contracts a selector points to: those of the rows already read, the one named, those of a number."""
    found = identities.find(_references(a, case, position), local_day(a.now))
    return Count(len(found), len(found), ())


def _references(a: Acting, case: Requisition, position: int) -> list[str]:
    asked = case.selectors[position]
    if asked["kind"] == "subscriber":
        return [asked["subscriber"]]
    if asked["kind"] == "number":
        return identities.references_of(asked["number"], local_day(a.now))
    source = next((one for one in read_of(case) if (one.position, one.store) == (position, "source")), None)
    data = a.read_part("traffic.query.read", source, ROWS) if source else None
    if data is None:
        raise Refused(
            t("Lisez d’abord à qui était l’adresse.", "Read first whose address it was."), None, "query.order"
        )
    return list(data["subscribers"])


def _read_identity(a: Acting, query: Query) -> Query:
    """The identities, by category: who it is (I), what else was given at subscription (II) and for payment (III)."""
    case, today = query.requisition, local_day(a.now)
    found = identities.find(_references(a, case, query.position), today)
    rows = [_identity_row(n, plain_identity(one, _of_contract(a, case, one))) for n, one in enumerate(found)]
    data = {"selector": query.selector, "store": "identity", "rows": rows, "subscribers": [], "out_of_time": 0}
    return _keep(a, query, data)


def _of_contract(a: Acting, case: Requisition, one: Identity) -> frozenset[str]:
    """The categories of a contract that the law of today still lets be given: jobs tidy, rules decide."""
    today = local_day(a.now)
    closed = date.fromisoformat(one.closed_on) if one.closed_on else None
    ends = {name: identity_until(keeping_on(a.statutes, name, today).value, closed) for name in CONTRACT}
    over = {name for name, until in ends.items() if until is not None and until <= today}
    return given_categories(case) - over


def _identity_row(position: int, row: dict[str, str]) -> dict[str, Any]:
    """A contract as a row: it lies in no segment, so what binds it is the act that read it."""
    return {"family": "identity", "row": row, "segment": "", "position": position, "proof": None, "withheld": []}


def _store(name: str) -> Store:
    return "traffic" if name == "traffic" else "source"


@act("traffic.requisition.extract", label=t("Clore l’extraction", "Close the extraction"), secret=True)
def close_extraction(a: Acting, *, requisition: Requisition) -> Requisition:
    """Everything that was approved has been asked and read: the answer can be made."""
    a.require("write", requisition)
    still(requisition, "approved")
    require_approved(a, requisition)
    done = {(one.position, one.store) for one in read_of(requisition)}
    left = [one for one in questions(requisition) if one not in done]
    if left:
        raise Refused(
            t("Il reste {n} question(|s) à poser.", "{n} question(|s) (is|are) still to be asked.")
            .counted(len(left))
            .format(n=len(left)),
            None,
            "extraction.open",
            facts={"left": len(left)},
        )
    requisition.status = "extracted"
    a.record(requisition)
    return requisition


def selector_of(case: Requisition, asked: dict[str, Any], now: datetime) -> Selector:
    """The selector as the store takes it, within the period of the requisition."""
    kind = asked["kind"]
    if kind == "address":
        return ByAddress(
            ip=ip_address(asked["ip"]),
            port=int(asked["port"]) if asked["port"] else None,
            at=datetime.fromisoformat(asked["at"]),
            tolerance=_tolerance(asked, now),
        )
    if kind == "subscriber":
        return BySubscriber(subscriber=asked["subscriber"], since=case.since, until=case.until)
    if kind == "number":
        return ByNumber(number=asked["number"], since=case.since, until=case.until)
    if kind == "cell":
        return ByCell(cell=asked["cell"], since=case.since, until=case.until)
    return ByMailbox(mailbox=asked["mailbox"], since=case.since, until=case.until)


def _tolerance(asked: dict[str, Any], now: datetime) -> timedelta:
    """The doubt about the clocks: what the authority says of its own, and the widest of the sources, of closed ones while rows are left."""
    left = Segment.objects.readable(local_day(now)).filter(source=OuterRef("pk"))
    sources = Source.objects.filter(Q(closed_at=None) | Exists(left))
    widest = max(sources.values_list("tolerance_ms", flat=True), default=0)
    return timedelta(seconds=int(asked["tolerance"]), milliseconds=widest)


def families_of(store: str) -> tuple[str, ...]:
    """The families of a store."""
    return tuple(name for name, family in FAMILIES.items() if family.store == store)


def _planned(case: Requisition, position: int, store: str) -> None:
    if (position, store) not in questions(case):
        raise Refused(
            t("Cette question n’a pas été approuvée.", "This question was not approved."),
            None,
            "query.unplanned",
            facts={"position": position, "store": store},
        )


def read_of(case: Requisition) -> list[Query]:
    """The questions of the case as it is now that were read, in order."""
    return [one for one in case.current_queries() if one.read_at is not None]


def _still_asked(case: Requisition, query: Query) -> None:
    """A count made of another wording (selector, period, categories) was approved for that wording."""
    if query.question != case.question(query.position, query.store):
        raise Refused(
            t(
                "La réquisition a changé depuis ce compte : comptez de nouveau.",
                "The requisition has changed since this count: count again.",
            ),
            None,
            "query.changed",
            facts={"position": query.position, "store": query.store},
        )


def kept(a: Acting, case: Requisition, store: str, found: Found) -> bool:
    """Whether the law of today still lets the row of its day be given: jobs tidy, rules decide."""
    today, day = local_day(a.now), local_day(found.row.end)
    category: Category = "source" if store == "source" else "traffic"
    return next(spans_of(a.statutes, category, day, day, today)).status == "kept"


def _given(case: Requisition, rows: Sequence[Found], frozen: Sequence[RowProof] | None = None) -> list[dict[str, Any]]:
    """Rows as they are handed over: the columns of the categories answered, and the proof of each where that says nothing more."""
    wanted = given_categories(case)
    proofs = _proofs(rows) if frozen is None else frozen
    return [_handed(one, wanted, proof) for one, proof in zip(rows, proofs, strict=True)]


def _found(case: Requisition, query: Query, at: datetime) -> Answer:
    from opposable.systems.traffic.store import reading  # the engine: who asks nothing need not load it

    return reading.find(selector_of(case, query.selector, at), families_of(query.store))


def _proofs(rows: Sequence[Found]) -> Sequence[RowProof]:
    from opposable.systems.traffic.store import reading

    return reading.prove_all(rows)


def _handed(found: Found, wanted: frozenset[str], proof: RowProof) -> dict[str, Any]:
    shown = shown_columns(found.family, wanted)
    hidden = withheld(found, shown)
    return {
        "family": found.family,
        "row": plain_row(found.row, shown),
        "segment": found.segment,
        "position": found.position,
        "proof": None if hidden else proof.as_data(),
        "withheld": hidden,
    }


def given_categories(case: Requisition) -> frozenset[str]:
    """The categories whose columns are handed over. Who had an address needs the row that says so, and that row only."""
    return frozenset(case.answered_categories) & frozenset(CATEGORIES)


def _missing(missing: Iterable[Missing]) -> list[dict[str, Any]]:
    return [
        {"segment": one.segment, "family": one.family, "day": one.day.isoformat(), "reason": one.reason}
        for one in missing
    ]


def _done() -> Refused:
    return Refused(t("Cette question a déjà été lue.", "This question was read already."), None, "query.done")


def rows_read(case: Requisition, parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rows of the questions that were read, in order."""
    return [row for part in parts for row in part["rows"]]
