"""Verbs that look, collect, open and draft."""

from __future__ import annotations

import argparse
import json

from django.db import models

from opposable.kernel import clock
from opposable.kernel.sealing_service import sealed_first
from opposable.law.terminal import language, say, words
from opposable.systems.isms import acts
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.acts.reading import facts_of, last_evidence
from opposable.systems.isms.commands.common import CONSOLE, Misuse, scope_of
from opposable.systems.isms.exchange import oscal, replay
from opposable.systems.isms.models import EvidenceItem, Scope
from opposable.systems.isms.models.checking import VERDICTS
from opposable.systems.isms.models.soa import SOA_STATES
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import referential


def list_scopes(given: argparse.Namespace) -> int:
    rows, shown = [], {}
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
        shown[scope.slug] = f"v{soa.version} {say(SOA_STATES[soa.status])}" if soa else "-"
    if given.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        print(f"{row['scope']:20} {row['edition']:16} {shown[str(row['scope'])]:16} {row['name']}")
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
            gate = words("bloque", "gate")
            print(f"{one.check}  {gate if CHECKS[one.check].gate else ' ' * len(gate)}  {say(one.text)}")
        print(
            words(
                f"Défauts : {len(faults)} ; bloquent la publication : {len(closing)}.",
                f"Faults: {len(faults)}; closing the gate of publication: {len(closing)}.",
            )
        )
    return 1 if closing else 0


def collect(given: argparse.Namespace) -> int:
    sealed_first()  # what was just recorded counts
    items = acts.collect(CONSOLE, scope=scope_of(given)).result
    if given.json:
        print(json.dumps([item.state() for item in items], ensure_ascii=False, indent=1))
        return 0
    for item in items:
        said = item.figures["said"][language()]
        print(f"{item.rule}  {say(VERDICTS[item.verdict]):13}  {say(RULES[item.rule].label)}{words(' :', ':')} {said}")
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
    method = acts.add_method(CONSOLE, scope=scope, name=say(label).capitalize(), data=data).result
    acts.open_campaign(CONSOLE, method=method, name=str(scope.started_on.year))
    print(
        words(
            f"{scope.slug} est ouvert, avec sa méthode et une première campagne. Ensuite : opposable isms import-risks,"
            " opposable isms draft.",
            f"{scope.slug} is open, with its method and a first campaign. Next: opposable isms import-risks,"
            " opposable isms draft.",
        )
    )
    return 0


def draft(given: argparse.Namespace) -> int:
    soa = acts.draft_statement(CONSOLE, scope=scope_of(given)).result
    lines = soa.lines.count()
    print(
        words(
            f"Déclaration v{soa.version} de {soa.edition} : {lines} lignes à décider.",
            f"Statement v{soa.version} of {soa.edition}: {lines} lines to decide.",
        )
    )
    return 0


def evidence_file(given: argparse.Namespace) -> int:
    item: models.Model | None = last_evidence(scope_of(given)).get(given.rule)
    if not isinstance(item, EvidenceItem):
        raise Misuse(
            words(
                "Cette règle n’a jamais été recueillie : opposable isms collect.",
                "This rule was never collected: opposable isms collect.",
            )
        )
    sealed_first()  # so that the file shows what the log sealed of the item itself
    given.out.write_bytes(replay.export(item))
    verdict = say(VERDICTS[item.verdict])
    print(
        words(
            f"{given.rule} {verdict}, feuilles {item.first} à {item.last} : {given.out}",
            f"{given.rule} {verdict}, leaves {item.first} to {item.last}: {given.out}",
        )
    )
    return 0


def _counted(names: str, sealed: int | None) -> str:
    if sealed is None:
        return words(
            f"Compté dans les fiches, et cru sur parole : {names}.", f"Counted in rows, and taken on trust: {names}."
        )
    return words(
        f"Compté dans les fiches le jour du recueil, et scellé avec lui (acte n° {sealed}) : {names}.",
        f"Counted in rows on the day of collection, and sealed with it (act {sealed}): {names}.",
    )


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
        print(json.dumps({**made, "counted": found.counted, "sealed": found.sealed, "blank": found.blank}))
        return 0 if found.same else 1
    claimed, again = (say(VERDICTS.get(one, one)) for one in (found.claimed, found.found.name))
    if found.same:
        print(
            words(f"annoncé {claimed}, recalculé {again} : LE MÊME", f"claimed {claimed}, recomputed {again}: THE SAME")
        )
    else:
        print(
            words(
                f"annoncé {claimed}, recalculé {again} : PAS LE MÊME",
                f"claimed {claimed}, recomputed {again}: NOT THE SAME",
            )
        )
    if found.counted:
        print(_counted(", ".join(found.counted), found.sealed))
    if found.blank:
        print(
            words(
                f"{found.blank} en-têtes de l’intervalle ont été effacés : ce qu’ils disaient n’est pas jugé.",
                f"{found.blank} headers of the interval were erased: what they said is not judged.",
            )
        )
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
        print(f"{one.id:10} {say(one.label)}")
    return 0
