"""Verbs that look, collect, open and draft."""

from __future__ import annotations

import argparse
import json

from django.db import models

from opposable.kernel import clock
from opposable.systems.isms import acts
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.acts.reading import facts_of, last_evidence
from opposable.systems.isms.commands.common import CONSOLE, Misuse, scope_of
from opposable.systems.isms.exchange import oscal, replay
from opposable.systems.isms.models import EvidenceItem, Scope
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import referential


def list_scopes(given: argparse.Namespace) -> int:
    rows = []
    for scope in Scope.objects.order_by("slug"):
        soa = oscal.scope_statement(scope)
        rows.append(
            {
                "scope": scope.slug,
                "name": scope.name,
                "edition": scope.edition,
                "statement": f"v{soa.version} {soa.status}" if soa else None,
            }
        )
    if given.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        print(f"{row['scope']:20} {row['edition']:16} {row['statement'] or '-':16} {row['name']}")
    return 0


def check(given: argparse.Namespace) -> int:
    scope = scope_of(given)
    soa = scope.statements.filter(status="draft").first() or oscal.scope_statement(scope)
    faults = consistency.report(facts_of(soa, clock.now(), scope))
    closing = [one for one in faults if CHECKS[one.check].gate]
    if given.json:
        made = [
            {"check": one.check, "about": one.about, "text": one.text.as_data(), "gate": CHECKS[one.check].gate}
            for one in faults
        ]
        print(json.dumps(made, ensure_ascii=False, indent=1))
    else:
        for one in faults:
            print(f"{one.check}  {'gate' if CHECKS[one.check].gate else '    '}  {one.text.en}")
        print(f"{len(faults)} faults, {len(closing)} of them close the gate of publication.")
    return 1 if closing else 0


def collect(given: argparse.Namespace) -> int:
    items = acts.collect(CONSOLE, scope=scope_of(given)).result
    if given.json:
        print(json.dumps([item.state() for item in items], ensure_ascii=False, indent=1))
        return 0
    for item in items:
        print(f"{item.rule}  {item.verdict:8} {RULES[item.rule].label.en}: {item.figures['said']['en']}")
    return 0


def open_scope(given: argparse.Namespace) -> int:
    scope = acts.create_scope(
        CONSOLE,
        slug=given.slug,
        name=given.name,
        organisation=given.organisation,
        text=given.text,
        owner=given.owner,
        edition=given.edition,
    ).result
    label, data = PRESETS[given.method]
    method = acts.add_method(CONSOLE, scope=scope, name=label.fr.capitalize(), data=data).result
    acts.open_campaign(CONSOLE, method=method, name=str(scope.started_on.year))
    print(
        f"{scope.slug} is open, with its method and a first campaign. Next: opposable isms import-risks, opposable isms draft."
    )
    return 0


def draft(given: argparse.Namespace) -> int:
    soa = acts.draft_statement(CONSOLE, scope=scope_of(given)).result
    print(f"Statement v{soa.version} of {soa.edition}: {soa.lines.count()} lines to decide.")
    return 0


def evidence_file(given: argparse.Namespace) -> int:
    item: models.Model | None = last_evidence(scope_of(given)).get(given.rule)
    if not isinstance(item, EvidenceItem):
        raise Misuse("This rule was never collected: opposable isms collect.")
    given.out.write_bytes(replay.export(item))
    print(f"{given.rule} {item.verdict}, leaves {item.first} to {item.last}: {given.out}")
    return 0


def replay_item(given: argparse.Namespace) -> int:
    """Judge an item again from its file; what the log cannot show is named."""
    entries = replay.entries_of_log(given.log) if given.log else None
    found = replay.judge_again(given.file.read_bytes(), entries, given.log / "tokens" if given.log else None)
    if given.json:
        made = {
            "claimed": found.claimed,
            "recomputed": found.found.name,
            "same": found.same,
            "log": given.log is not None,
        }
        print(json.dumps({**made, "declared": found.declared, "blank": found.blank}))
        return 0 if found.same else 1
    print(f"claimed {found.claimed}, recomputed {found.found.name}: {'THE SAME' if found.same else 'NOT THE SAME'}")
    if found.declared:
        print(f"Taken on trust, no header shows it: {', '.join(found.declared)}.")
    if found.blank:
        print(f"{found.blank} headers of the interval were erased: what they said is not judged.")
    return 0 if found.same else 1


def labels(given: argparse.Namespace) -> int:
    book = referential(given.edition)
    if given.json:
        print(
            json.dumps(
                {one.id: {**one.label.as_data(), "to": list(one.to)} for one in book.requirements.values()},
                ensure_ascii=False,
                indent=1,
            )
        )
        return 0
    for one in book.requirements.values():
        print(f"{one.id:10} {one.label.fr}")
    return 0
