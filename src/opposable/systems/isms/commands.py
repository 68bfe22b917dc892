"""`opposable isms`: consistency, evidence, imports, signed OSCAL."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.db import models

from opposable.kernel import actors, clock
from opposable.kernel.documents import installation_signer
from opposable.law import LawError, Refused
from opposable.systems.isms import acts
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.acts.reading import current_campaign, facts_of, last_evidence
from opposable.systems.isms.exchange import downloads, dsse, libraries, oscal, registers, replay, statements
from opposable.systems.isms.models import EvidenceItem, Scope
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import EDITIONS, referential

CONSOLE = actors.system("console")
MISUSE = 2


class Misuse(Exception):
    """What was asked cannot be done; the message says what to do instead."""


def run(argv: list[str]) -> int:
    """Run one verb."""
    given = _parser().parse_args(argv)
    try:
        return VERBS[given.verb](given)
    except (Misuse, OSError) as error:
        print(error, file=sys.stderr)
        return MISUSE
    except (Refused, LawError, registers.RegisterFault, libraries.LibraryFault, replay.ReplayFault) as error:
        text = error.reason if isinstance(error, Refused) else error.text
        print(text.en, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="opposable isms", description="ISO 27001 management systems.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the management systems, and where their statements are")
    check = verbs.add_parser(
        "check", help="consistency report: exit status 1 when something closes the gate of publication"
    )
    collect = verbs.add_parser("collect", help="collect the automatic evidence from the log")
    export = verbs.add_parser(
        "export-oscal", help="catalog, profile, SSP, assessment plan and results, POA&M, each signed (DSSE)"
    )
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    export.add_argument("--lang", default="fr", choices=["fr", "en"], help="language of our labels")
    register = verbs.add_parser("import-risks", help="check a risk register (xlsx, ods, xls, csv), or import it")
    register.add_argument("file", type=Path)
    register.add_argument(
        "--import", dest="really", action="store_true", help="import it; without, only a check is made"
    )
    library = verbs.add_parser(
        "import-library", help="threats, vulnerabilities, controls or a matrix from a file of another tool"
    )
    library.add_argument("file", type=Path)
    library.add_argument("--from", dest="source", required=True, choices=["ciso-assistant", "monarc"])
    profile = verbs.add_parser(
        "import-oscal", help="include in the draft statement what an OSCAL profile or catalog holds"
    )
    profile.add_argument("file", type=Path)
    begin = verbs.add_parser("open", help="open a management system: scope, method, a first campaign of assessment")
    begin.add_argument("slug", help="identifier, as arsenal")
    begin.add_argument("--name", required=True)
    begin.add_argument("--organisation", required=True)
    begin.add_argument("--text", required=True, help="what it covers")
    begin.add_argument("--owner", required=True, help="who answers for it")
    begin.add_argument("--edition", default=EDITIONS[-1], choices=EDITIONS)
    begin.add_argument(
        "--method", default="grid-4", choices=list(PRESETS), help="a method that is ready (default grid-4)"
    )
    draft = verbs.add_parser("draft", help="draft the next version of the statement of applicability")
    table = verbs.add_parser("export-statement", help="the statement as a table (xlsx), to be filled in and sent back")
    table.add_argument("--out", type=Path, required=True, metavar="FILE")
    filled = verbs.add_parser("import-statement", help="decide the draft's lines as a table (xlsx, ods, csv) has them")
    filled.add_argument("file", type=Path)
    saved = verbs.add_parser("evidence-file", help="write the last item of a rule with what it takes to judge it again")
    saved.add_argument("rule", choices=list(RULES))
    saved.add_argument("--out", type=Path, required=True, metavar="FILE")
    again = verbs.add_parser("replay", help="judge an item of evidence again from its file; no database is read")
    again.add_argument("file", type=Path)
    again.add_argument(
        "--log", type=Path, metavar="DIR", help="public tiles of the log: no act may be missing or altered"
    )
    labels = verbs.add_parser("referential", help="identifiers of an edition with Opposable’s labels")
    labels.add_argument("edition", choices=EDITIONS)
    for verb in (check, collect, export, register, library, profile, draft, table, filled, saved):
        verb.add_argument("--scope", help="identifier of the management system (the only one, if left out)")
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for a program")
    return parser


def _scope(given: argparse.Namespace) -> Scope:
    rows = Scope.objects.select_related("cell")
    found = rows.filter(slug=given.scope) if given.scope else rows.all()
    if len(found) != 1:
        known = ", ".join(Scope.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise Misuse(f"Say which management system with --scope: {known}.")
    return found[0]


def _list(given: argparse.Namespace) -> int:
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


def _check(given: argparse.Namespace) -> int:
    scope = _scope(given)
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


def _collect(given: argparse.Namespace) -> int:
    items = acts.collect(CONSOLE, scope=_scope(given)).result
    if given.json:
        print(json.dumps([item.state() for item in items], ensure_ascii=False, indent=1))
        return 0
    for item in items:
        print(f"{item.rule}  {item.verdict:8} {RULES[item.rule].label.en}: {item.figures['said']['en']}")
    return 0


def _export(given: argparse.Namespace) -> int:
    scope = _scope(given)
    soa = oscal.scope_statement(scope)
    if soa is None:
        raise Misuse("There is no statement to export: draft one first.")
    paths = dsse.write(given.out, oscal.documents(soa, clock.now(), given.lang), installation_signer())
    if given.json:
        print(json.dumps([str(path) for path in paths]))
    else:
        print(
            f"{len(paths)} OSCAL {oscal.VERSION} files of statement v{soa.version} in {given.out}, each signed; key: {dsse.KEY_FILE}"
        )
    return 0


def _import_risks(given: argparse.Namespace) -> int:
    scope = _scope(given)
    campaign = current_campaign(scope)
    if campaign is None:
        raise Misuse("Open an assessment campaign first.")
    table, method = registers.read_table(given.file.read_bytes()), campaign.method.read
    mapping = registers.guess(table, method)
    found = registers.read_risks(table, mapping, method, referential(scope.edition))
    for title, meaning in zip(table.titles, mapping, strict=True):
        print(f"{title[:40]:40} {meaning or '-'}")
    for fault in found.faults[:50]:
        print(f"line {fault.line}, {fault.column or 'file'}: {fault.text.en}", file=sys.stderr)
    if found.faults:
        print(f"{len(found.faults)} lines do not read; nothing is imported.", file=sys.stderr)
        return 1
    if not given.really:
        print(f"{len(found.risks)} risks read. Add --import to import them.")
        return 0
    acts.import_risks(
        CONSOLE,
        campaign=campaign,
        file_name=given.file.name,
        sha256=table.sha256,
        mapping=registers.kept(table, mapping),
        risks=found.risks,
    )
    print(f"{len(found.risks)} risks imported.")
    return 0


def _import_library(given: argparse.Namespace) -> int:
    read = {"ciso-assistant": libraries.read_ciso_assistant, "monarc": libraries.read_monarc}[given.source]
    found = read(given.file.read_bytes())
    said: dict[str, int] = {}
    if found.threats:
        said["threats"] = len(acts.know_threats(CONSOLE, entries=found.threats, source=found.name).result)
    if found.vulnerabilities:
        said["vulnerabilities"] = len(
            acts.know_vulnerabilities(CONSOLE, entries=found.vulnerabilities, source=found.name).result
        )
    if found.controls:
        said["controls"] = _controls(_scope(given), found.controls)
    if found.method:
        acts.add_method(CONSOLE, scope=_scope(given), name=found.name[:120] or "matrix", data=found.method)
        said["methods"] = 1
    print(
        json.dumps(said)
        if given.json
        else ", ".join(f"{n} {name}" for name, n in said.items()) or "nothing that this software takes"
    )
    return 0


def _controls(scope: Scope, entries: list[dict[str, str]]) -> int:
    known = set(scope.controls.values_list("ref", flat=True))
    fresh = [one for one in entries if one["code"][:20] not in known and one["code"]]
    for one in fresh:
        acts.add_control(CONSOLE, scope=scope, ref=one["code"][:20], title=one["fr"][:200], status="planned")
    return len(fresh)


def _import_oscal(given: argparse.Namespace) -> int:
    scope = _scope(given)
    soa = scope.statements.filter(status="draft").first()
    if soa is None:
        raise Misuse("There is no draft statement: draft one first.")
    try:
        data = json.loads(given.file.read_bytes())
    except ValueError as error:
        raise Misuse(f"{given.file} is not JSON: {error}") from error
    ids = oscal.included(data if isinstance(data, dict) else {}, soa.book)
    waiting = list(soa.lines.filter(requirement__in=ids, applicable=None).values_list("requirement", flat=True))
    if waiting:
        acts.decide_lines(
            CONSOLE,
            soa=soa,
            requirements=waiting,
            applicable=True,
            reasons=[],
            justification="",
            status="planned",
            owner="",
        )
    print(
        f"{len(ids)} identifiers of {soa.edition} found, {len(waiting)} undecided lines included; their reasons are yours to write."
    )
    return 0


def _open(given: argparse.Namespace) -> int:
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


def _draft(given: argparse.Namespace) -> int:
    soa = acts.draft_statement(CONSOLE, scope=_scope(given)).result
    print(f"Statement v{soa.version} of {soa.edition}: {soa.lines.count()} lines to decide.")
    return 0


def _export_statement(given: argparse.Namespace) -> int:
    scope = _scope(given)
    soa = scope.statements.filter(status="draft").first() or oscal.scope_statement(scope)
    if soa is None:
        raise Misuse("There is no statement: opposable isms draft.")
    given.out.write_bytes(downloads.xlsx(soa))
    print(f"Statement v{soa.version} ({soa.status}), {soa.lines.count()} lines: {given.out}")
    return 0


def _import_statement(given: argparse.Namespace) -> int:
    scope = _scope(given)
    soa = scope.statements.filter(status="draft").select_related("scope", "cell").first()
    if soa is None:
        raise Misuse("There is no draft statement: opposable isms draft.")
    refs = dict(scope.controls.values_list("ref", "uid"))
    lines, faults = statements.read_statement(registers.read_table(given.file.read_bytes()), soa.book, refs)
    for fault in faults[:50]:
        print(f"line {fault.line}, {fault.column}: {fault.text.en}", file=sys.stderr)
    if faults:
        print(f"{len(faults)} lines do not read; nothing is decided.", file=sys.stderr)
        return 1
    for (decided, controls), ids in _alike(lines).items():
        acts.decide_lines(CONSOLE, soa=soa, requirements=ids, controls=[refs[one] for one in controls], **dict(decided))
    print(f"{len(lines)} lines decided.")
    return 0


def _alike(lines: list[statements.Decided]) -> dict[Any, list[str]]:
    """Lines that say the same are decided in one act."""
    found: dict[Any, list[str]] = {}
    for one in lines:
        said = (
            ("applicable", one.applicable),
            ("reasons", one.reasons),
            ("justification", one.justification),
            ("status", one.status),
            ("owner", one.owner),
        )
        found.setdefault((said, one.controls), []).append(one.requirement)
    return found


def _evidence_file(given: argparse.Namespace) -> int:
    item: models.Model | None = last_evidence(_scope(given)).get(given.rule)
    if not isinstance(item, EvidenceItem):
        raise Misuse("This rule was never collected: opposable isms collect.")
    given.out.write_bytes(replay.export(item))
    print(f"{given.rule} {item.verdict}, leaves {item.first} to {item.last}: {given.out}")
    return 0


def _replay(given: argparse.Namespace) -> int:
    entries = replay.entries_of_log(given.log) if given.log else None
    claimed, found = replay.judge_again(given.file.read_bytes(), entries)
    same = claimed == found.name
    made: dict[str, Any] = {"claimed": claimed, "recomputed": found.name, "same": same, "log": given.log is not None}
    print(
        json.dumps(made)
        if given.json
        else f"claimed {claimed}, recomputed {found.name}: {'THE SAME' if same else 'NOT THE SAME'}"
    )
    return 0 if same else 1


def _referential(given: argparse.Namespace) -> int:
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


VERBS = {
    "list": _list,
    "check": _check,
    "collect": _collect,
    "export-oscal": _export,
    "import-risks": _import_risks,
    "import-library": _import_library,
    "import-oscal": _import_oscal,
    "open": _open,
    "draft": _draft,
    "export-statement": _export_statement,
    "import-statement": _import_statement,
    "evidence-file": _evidence_file,
    "replay": _replay,
    "referential": _referential,
}
