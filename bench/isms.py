"""What a management system costs: 2,000 risks with 12,000 links, 500,000 items of evidence, registers of 5,000 lines.

A second scope holds 10,000 risks, assets and controls, for its lists alone: the consistency of those would be another question.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bench.harness import Bench, Figure, Goal, at_most, percentile, timed

TITLE = "An ISO 27001 system: 2,000 risks, 12,000 links, 500,000 items of evidence"
DATABASES = ("sqlite", "postgresql")
BASELINE = "the page where one signs out"
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.kernel import clock
    from opposable.kernel.sealing_service import in_process

    with in_process() as seal, clock.frozen(NOW):
        client, soa = prepared(bench)
        seal()
        rounds = bench.size(20, 3)
        plain = percentile(timed(lambda: client.get("/accounts/logout/"), rounds), 0.95)
        for what, limit, look in (*looks(client, soa), *wide_looks(client, bench.size(10_000, 60))):
            yield figure(what, percentile(timed(look, rounds), 0.95), plain, at_most(limit), look)
        for what, limit, work in works(soa):
            yield figure(what, percentile(timed(work, bench.size(5, 1)), 0.5), plain, at_most(limit), work)
        yield figure(
            "import of a register of 5,000 risks (xlsx), read and written",
            imported(soa, bench.size(5_000, 50)),
            plain,
            at_most(10_000),
        )


def figure(what: str, value: float, plain: float, goal: Goal, again: Callable[[], object] | None = None) -> Figure:
    return Figure(what, value, "ms", BASELINE, plain, goal, again=again)


def looks(client: Any, soa: Any) -> Iterator[tuple[str, float, Callable[[], object]]]:
    pages = (
        ("list of the risks: p95", 90, "/isms/bench/risks/"),
        ("list of the risks, searched: p95", 90, "/isms/bench/risks/?q=risque"),
        ("list of the assets: p95", 90, "/isms/bench/assets/"),
        ("the statement, 93 lines with their risks: p95", 300, f"/isms/bench/statements/{soa.version}/"),
        ("the wheel: p95", 300, "/isms/bench/"),
        ("automatic evidence: p95", 90, "/isms/bench/evidence/"),
    )
    for what, limit, address in pages:
        yield what, limit, looking(client, address)


def wide_looks(client: Any, rows: int) -> Iterator[tuple[str, float, Callable[[], object]]]:
    """Lists of 10,000 rows: the first page, and a search that finds one row."""
    wide(rows)
    for name in ("risks", "assets", "controls"):
        address, last = f"/isms/wide/{name}/", f"n° {rows - 1}"
        yield f"list of 10,000 {name}: p95", 90, looking(client, address)
        yield f"list of 10,000 {name}, searched: p95", 90, looking(client, f"{address}?q={quote(last)}", f"{last}<")


def looking(client: Any, address: str, holds: str = "") -> Callable[[], object]:
    def look() -> object:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        assert holds in answer.content.decode(), address
        return answer

    return look


def works(soa: Any) -> Iterator[tuple[str, float, Callable[[], object]]]:
    from opposable.systems.isms.acts.reading import facts_of
    from opposable.systems.isms.exchange import downloads, oscal
    from opposable.systems.isms.rules import consistency

    yield "consistency report", 1_000, lambda: consistency.report(facts_of(soa, NOW))
    yield "statement as PDF", 3_000, lambda: downloads.pdf(soa)
    yield "statement as XLSX", 1_000, lambda: downloads.xlsx(soa)
    yield "OSCAL, the six documents", 5_000, lambda: oscal.documents(soa, NOW)


def imported(soa: Any, lines: int) -> float:
    """Read a workbook and write its risks in one act."""
    from opposable.kernel import actors
    from opposable.systems.isms import acts
    from opposable.systems.isms.acts.reading import current_campaign
    from opposable.systems.isms.exchange import registers, tables
    from opposable.web.export import xlsx_bytes

    rows = [
        [f"Risque {n}", f"Bien {n % 200}", "Léa", 1 + n % 4, 1 + n % 3, "réduire", "8.1 8.24"] for n in range(lines)
    ]
    data = xlsx_bytes(["Risque", "Actif", "Propriétaire", "Vraisemblance", "Gravité", "Traitement", "Annexe A"], rows)
    campaign = current_campaign(soa.scope)
    assert campaign is not None
    began = time.perf_counter()
    table, method = tables.read_table(data), campaign.method.read
    mapping = registers.guess(table, method)
    found = registers.read_risks(table, mapping, method, soa.book)
    assert not found.faults, found.faults[0]
    acts.import_risks(
        actors.system("bench"),
        campaign=campaign,
        file_name="b.xlsx",
        sha256=table.sha256,
        mapping=[],
        risks=found.risks,
    )
    return (time.perf_counter() - began) * 1000


def prepared(bench: Bench) -> tuple[Any, Any]:
    """A scope with its register, told by acts in bulk, and a client who may see it."""
    from django.test import Client

    from opposable.kernel import accounts, actors
    from opposable.systems.isms import acts
    from opposable.systems.isms.acts.presets import PRESETS

    console, draw = actors.system("bench"), random.Random(27001)
    account = accounts.open_account(console, email="bench@isms.example", name="Bench", password=None).result
    accounts.give(console, account=account, role="isms.management", cell=accounts.root())
    scope = acts.create_scope(console, slug="bench", name="Bench", organisation="B", text="Tout", owner="Léa").result
    method = acts.add_method(console, scope=scope, name="G", data=PRESETS["grid-4"][1]).result
    campaign = acts.open_campaign(console, method=method, name="2026").result
    soa = acts.draft_statement(console, scope=scope).result
    ids = list(soa.book.requirements)
    risks = [
        acts.importing.NewRisk(
            title=f"Risque n° {n}", owner="Léa", asset=f"Bien {n % 300}", option="modify", plan="P",
            requirements=tuple(draw.sample(ids, 5)),
            ratings={"current": {"likelihood": draw.randint(1, 4), "impact": draw.randint(1, 4)}},
        )
        for n in range(bench.size(2_000, 50))
    ]  # fmt: skip
    acts.import_risks(console, campaign=campaign, file_name="bench", sha256="0" * 64, mapping=[], risks=risks)
    acts.decide_lines(
        console,
        soa=soa,
        requirements=ids,
        applicable=True,
        reasons=["RRA"],
        justification="Parce que.",
        status="implemented",
        owner="Léa",
    )
    evidence(scope, bench.size(500_000, 500))
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client, soa


def wide(rows: int) -> None:
    """A scope with as many risks, each about an asset of its own, and as many controls."""
    from opposable.kernel import actors
    from opposable.kernel.acting import Acting
    from opposable.kernel.acts import act
    from opposable.law import t
    from opposable.systems.isms import acts
    from opposable.systems.isms.acts.presets import PRESETS
    from opposable.systems.isms.models import Control

    console = actors.system("bench")
    scope = acts.create_scope(console, slug="wide", name="Wide", organisation="B", text="Tout", owner="Léa").result
    method = acts.add_method(console, scope=scope, name="G", data=PRESETS["grid-4"][1]).result
    campaign = acts.open_campaign(console, method=method, name="2026").result
    risks = [
        acts.importing.NewRisk(
            title=f"Risque n° {n}", owner="Léa", asset=f"Bien n° {n}", option="retain",
            ratings={"current": {"likelihood": 1 + n % 4, "impact": 1 + n % 3}},
        )
        for n in range(rows)
    ]  # fmt: skip
    acts.import_risks(console, campaign=campaign, file_name="wide", sha256="1" * 64, mapping=[], risks=risks)

    @act("isms.bench.controls", label=t("Remplir", "Fill"), api=False)
    def fill(a: Acting) -> None:
        a.record_many(
            Control(
                cell=scope.cell, scope=scope, ref=f"M-{n}", title=f"Mesure n° {n}", owner="Léa", status="implemented"
            )
            for n in range(rows)
        )

    fill(console)


def evidence(scope: Any, items: int) -> None:
    """Years of automatic evidence, written in acts of many rows as an import does."""
    from opposable.kernel import actors
    from opposable.kernel.acting import Acting
    from opposable.kernel.acts import act
    from opposable.law import t
    from opposable.systems.isms.models import EvidenceItem
    from opposable.systems.isms.rules.evidence import RULES

    codes = list(RULES)

    @act("isms.bench.fill", label=t("Remplir", "Fill"), api=False)
    def fill(a: Acting, *, first: int, last: int) -> None:
        a.record_many(
            EvidenceItem(
                cell=scope.cell, scope=scope, rule=codes[n % len(codes)], verdict="pass", first=0, last=n, since=NOW - timedelta(days=30),
                until=NOW - timedelta(minutes=items - n), figures={"said": {"fr": "Oui", "en": "Yes"}},
            )
            for n in range(first, last)
        )  # fmt: skip

    for first in range(0, items, 20_000):
        fill(actors.system("bench"), first=first, last=min(first + 20_000, items))
