"""What contracts cost: legal days with their printed trace, a register of 10,000 contracts, a decision that goes stale."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.harness import Bench, Figure, at_least, at_most, percentile, timed

TITLE = "Contracts: legal days with their trace, 10,000 contracts, a decision going stale"
DATABASES = ("sqlite", "postgresql")
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
PLAIN = "the same days by the standard library, no trace, no citation"
ROWS = "the same 50 rows by the ORM alone"
EDIT = "the same act on a contract that nobody has approved"


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.kernel import clock
    from opposable.kernel.sealing_service import in_process

    yield from legal_days(bench)
    with in_process() as seal, clock.frozen(NOW):
        people = prepared(bench)
        seal()
        yield from register(bench, people)
        yield from stale(bench, people)


# ---------------------------------------------------------------- legal time


def legal_days(bench: Bench) -> Iterator[Figure]:
    """Distinct days: nothing is found in a cache that the measure itself filled."""
    from opposable.kernel.system import law
    from opposable.law import cpc_deadline, months_after
    from opposable.systems.contracts.rules.terms import Terms, deadlines

    days = [date(2005, 1, 1) + timedelta(days=n) for n in range(bench.size(8_000, 200))]
    rule = law().at("contracts.time", NOW.date())
    holidays = {day for year in range(2004, 2030) for day in _holidays(year)}
    plain = per_second(lambda day: _plain(day, holidays), days)

    def notice(day: date) -> object:
        return deadlines(Terms(day, 12, 12, 3, 0), day, rule)

    for what, work in (
        ("a number of months, with its trace", lambda day: months_after(day, 1)),
        ("one month of civil procedure, shifted, with its trace", lambda day: cpc_deadline(day, months=1)),
        ("notice and renewal of a contract, with their traces", notice),
    ):
        goal = None if work is notice else at_least(100_000)
        yield Figure(what, per_second(work, days), "/s", PLAIN, plain, goal)


def per_second(work: Callable[[date], object], days: list[date]) -> float:
    """By the processor's clock: what another program takes is not counted."""
    work(days[0])
    began = time.process_time()
    for day in days:
        work(day)
    return len(days) / max(time.process_time() - began, 1e-9)


def _plain(day: date, holidays: set[date]) -> date:
    year, month = divmod(day.year * 12 + day.month, 12)
    found = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    while found.weekday() > 4 or found in holidays:
        found += timedelta(days=1)
    return found


def _holidays(year: int) -> Iterator[date]:
    from opposable.law.holidays import HOLIDAYS

    return (one.on for one in HOLIDAYS.year(max(year, 2005)))


# ---------------------------------------------------------------- the register


def register(bench: Bench, people: dict[str, Any]) -> Iterator[Figure]:
    from django.test import Client

    from opposable.systems.contracts.models import Contract

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(people["manager"])
    rounds = bench.size(20, 3)

    def plain() -> object:
        rows = Contract.objects.select_related("party").order_by("ref", "pk")[:50]
        return [(one.ref, one.title, one.party.name, one.kind, one.starts_on) for one in rows]

    base = percentile(timed(plain, rounds), 0.95)
    contract = Contract.objects.order_by("ref")[0]
    for what, limit, address in (
        ("register of the contracts: p95", 90, "/contracts/"),
        ("register, searched: p95", 90, "/contracts/?q=C-0000"),
        ("a contract with its clause matrix: p95", 90, f"/contracts/{contract.uid}/"),
        ("suppliers with the count of their contracts: p95", 90, "/contracts/parties/"),
    ):

        def look(address: str = address) -> object:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            return answer

        yield Figure(what, percentile(timed(look, rounds), 0.95), "ms", ROWS, base, at_most(limit), again=look)


# ---------------------------------------------------------------- a decision going stale


def stale(bench: Bench, people: dict[str, Any]) -> Iterator[Figure]:
    """The edit, then at once the gate that says that what was approved does not hold: no job, nothing stored, in between."""
    from opposable.kernel import approvals, clock
    from opposable.systems.contracts import acts
    from opposable.systems.contracts.acts.drafting import FLOW

    manager, approved, bare = people["manager"].actor, people["approved"], people["bare"]
    terms = {"starts_on": date(2027, 1, 1), "months": 36, "renewal_months": 0, "notice_months": 0, "notice_days": 0}
    cents = iter(range(1, 10_000))

    def edit(version: Any) -> None:
        acts.set_terms(manager, contract=version.contract, title="T", amount_cents=next(cents), flags={}, **terms)

    def seen() -> None:
        edit(approved)
        gate = approvals.gate(approved, FLOW, clock.now())
        assert gate.code == "approval.stale", gate.code

    rounds = bench.size(20, 3)
    base = percentile(timed(lambda: edit(bare), rounds), 0.5)
    value = percentile(timed(seen, rounds), 0.5)
    yield Figure(
        "an edit, and the approval seen stale as soon as it is committed",
        value,
        "ms",
        EDIT,
        base,
        at_most(50),
        again=seen,
    )


# ---------------------------------------------------------------- what it is measured on


def prepared(bench: Bench) -> dict[str, Any]:
    """The shipped library, 10,000 contracts written in bulk, one approved contract, one draft."""
    from opposable.kernel import accounts, actors, approvals, clock
    from opposable.systems.contracts import acts
    from opposable.systems.contracts.acts.drafting import FLOW
    from opposable.systems.contracts.exchange import library

    console, people = actors.system("bench"), {}
    for name in ("manager", "lawyer", "director"):
        account = accounts.open_account(console, email=f"{name}@bench.example", name=name, password=None).result
        accounts.give(console, account=account, role=f"contracts.{name}", cell=accounts.root())
        people[name] = account
    library.install(console)
    party = acts.add_party(console, name="Éditeur", email="e@bench.example").result
    fill(console, party, bench.size(10_000, 100))
    for name in ("approved", "bare"):
        version = acts.draft(
            people["manager"].actor, ref=f"Z-{name}", kind="erp", title="T", party=party, starts_on=date(2027, 1, 1), months=36
        ).result  # fmt: skip
        people[name] = version
    version = people["approved"]
    acts.submit(people["manager"].actor, version=version)
    for name in ("lawyer", "director"):
        case = approvals.last_case(version, FLOW)
        for step in approvals.may_give(case, people[name].actor, clock.now()):
            approvals.give(people[name].actor, case=case, step=step.id, approves=True, seen=case.sha256)
    assert approvals.gate(version, FLOW, clock.now()).open
    return people


def fill(console: Any, party: Any, count: int) -> None:
    """Contracts with the text of their template, in acts of many rows."""
    from opposable.kernel.acting import Acting
    from opposable.kernel.acts import act
    from opposable.law import t
    from opposable.systems.contracts.acts.library import clause_of
    from opposable.systems.contracts.models import Contract, ContractVersion, TemplateModel
    from opposable.systems.contracts.models.contract import clause_data

    keys = TemplateModel.objects.get(kind="erp").clauses
    text = [clause_data(clause_of(key).clause(str(number))) for number, key in enumerate(keys, 1)]
    start = date(2024, 1, 1)

    @act("contracts.bench.fill", label=t("Remplir", "Fill"), api=False)
    def contracts(a: Acting, *, first: int, last: int) -> None:
        a.record_many(
            Contract(cell=party.cell, ref=f"C-{n:05}", kind="erp", title=f"Progiciel n° {n}", party=party, starts_on=start, months=36)
            for n in range(first, last)
        )  # fmt: skip

    @act("contracts.bench.write", label=t("Écrire", "Write"), api=False)
    def versions(a: Acting, *, of: list[Any]) -> None:
        a.record_many(
            ContractVersion(cell=party.cell, contract=one, number=1, effective_on=start, clauses=text, stage="signed")
            for one in of
        )

    for first in range(0, count, 2_000):
        contracts(console, first=first, last=min(first + 2_000, count))
    rows = list(Contract.objects.order_by("pk"))
    for first in range(0, count, 2_000):
        versions(console, of=rows[first : first + 2_000])
