"""Verbs that bring files in and write them out."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from opposable.kernel import clock
from opposable.kernel.documents import installation_signer
from opposable.law import t
from opposable.law.terminal import language, say, words
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import current_campaign
from opposable.systems.isms.commands.common import CONSOLE, Misuse, line_fault, no_draft, scope_of
from opposable.systems.isms.exchange import (
    downloads,
    dsse,
    frameworks,
    libraries,
    monarc,
    oscal,
    registers,
    statements,
    tables,
)
from opposable.systems.isms.models import Campaign, Framework, Scope
from opposable.systems.isms.models.soa import SOA_STATES
from opposable.systems.isms.rules.referential import NAMES, referential

KINDS = {
    "frameworks": t("référentiels", "frameworks"),
    "maps": t("correspondances", "maps"),
    "threats": t("menaces", "threats"),
    "vulnerabilities": t("vulnérabilités", "vulnerabilities"),
    "controls": t("mesures", "controls"),
    "methods": t("méthodes", "methods"),
}


def export_oscal(given: argparse.Namespace) -> int:
    scope = scope_of(given)
    soa = oscal.scope_statement(scope)
    if soa is None:
        raise Misuse(no_draft())
    made = oscal.documents(
        soa, clock.now(), given.lang or language(), _texts(soa.edition) if given.licensed_text else None
    )
    paths = dsse.write(given.out, made, installation_signer())
    if given.json:
        print(json.dumps([str(path) for path in paths]))
    else:
        print(
            words(
                f"{len(paths)} fichiers OSCAL {oscal.VERSION} de la déclaration v{soa.version} dans {given.out}, chacun signé ;"
                f" clé : {dsse.KEY_FILE}",
                f"{len(paths)} OSCAL {oscal.VERSION} files of statement v{soa.version} in {given.out}, each signed;"
                f" key: {dsse.KEY_FILE}",
            )
        )
    return 0


def _texts(edition: str) -> dict[str, dict[str, str]]:
    held = Framework.objects.filter(ref=edition, withdrawn=False).first()
    if held is None:
        raise Misuse(
            words(
                f"Aucun texte de {edition} n’a été versé : opposable isms import-text.",
                f"No text of {edition} was brought in: opposable isms import-text.",
            )
        )
    return held.texts


def import_text(given: argparse.Namespace) -> int:
    """The standard's text, brought in by its licensee."""
    table = tables.read_table(given.file.read_bytes())
    acts.bring_framework(
        CONSOLE,
        ref=given.edition,
        name=NAMES[given.edition].fr,
        file_name=given.file.name,
        sha256=table.sha256,
        entries=frameworks.read_texts(table, given.edition),
        terms=given.licence,
    )
    print(
        words(
            f"{len(table.rows)} textes de {given.edition} : montrés ici, dans aucun export si --licensed-text ne les demande.",
            f"{len(table.rows)} texts of {given.edition}: shown inside, in no export unless --licensed-text asks for them.",
        )
    )
    return 0


def import_map(given: argparse.Namespace) -> int:
    """Somebody's map between two referentials."""
    table = tables.read_table(given.file.read_bytes())
    done = acts.bring_map(
        CONSOLE,
        ref=given.name[:80],
        name=given.name,
        source=given.source,
        target=given.target,
        file_name=given.file.name,
        sha256=table.sha256,
        rows=frameworks.read_map(table),
    ).result
    count = len(done.rows)
    print(
        words(f"{count} lignes, de {done.source} à {done.target}.", f"{count} lines, {done.source} to {done.target}.")
    )
    return 0


def import_risks(given: argparse.Namespace) -> int:
    """A check, or with ``--import`` the import: a table by its columns, an analysis of MONARC as it is."""
    campaign = current_campaign(scope_of(given))
    if campaign is None:
        raise Misuse(words("Ouvrez d’abord une campagne d’appréciation.", "Open an assessment campaign first."))
    data = given.file.read_bytes()
    if data[:1] == b"{":
        return _import_analysis(given, campaign, monarc.read_analysis(data, campaign.method.read))
    table, method = tables.read_table(data), campaign.method.read
    mapping = registers.guess(table, method)
    found = registers.read_risks(table, mapping, method, referential(campaign.scope.edition))
    for title, meaning in zip(table.titles, mapping, strict=True):
        print(f"{title[:40]:40} {meaning or '-'}")
    if not _may_go_on(given, found.faults, len(found.risks)):
        return 1 if found.faults else 0
    acts.import_risks(
        CONSOLE,
        campaign=campaign,
        file_name=given.file.name,
        sha256=table.sha256,
        mapping=registers.kept(table, mapping),
        risks=found.risks,
    )
    print(words(f"{len(found.risks)} risques importés.", f"{len(found.risks)} risks imported."))
    return 0


def _import_analysis(given: argparse.Namespace, campaign: Campaign, found: monarc.Analysis) -> int:
    if found.unrated:
        print(
            words(
                f"{found.unrated} risques viennent sans cotation : le fichier n’en a pas, ou la méthode de la campagne n’est pas un"
                " produit de menace, faiblesse et impact (`import-library --from monarc` pose celle du fichier).",
                f"{found.unrated} risks come without a rating: the file has none, or the campaign’s method is not a product of"
                " threat, weakness and impact (`import-library --from monarc` sets the file’s own).",
            )
        )
    if not _may_go_on(given, found.faults, len(found.risks)):
        return 1 if found.faults else 0
    acts.import_risks(
        CONSOLE,
        campaign=campaign,
        file_name=given.file.name,
        sha256=found.sha256,
        mapping=[],
        risks=found.risks,
        threats=found.threats,
        vulnerabilities=found.vulnerabilities,
    )
    print(words(f"{len(found.risks)} risques importés.", f"{len(found.risks)} risks imported."))
    return 0


def _may_go_on(given: argparse.Namespace, faults: list[registers.LineFault], risks: int) -> bool:
    for fault in faults[:50]:
        print(line_fault(fault.line, fault.column, fault.text), file=sys.stderr)
    if faults:
        said = words(
            f"Lignes illisibles : {len(faults)} ; rien n’est importé.",
            f"Lines that do not read: {len(faults)}; nothing is imported.",
        )
        print(said, file=sys.stderr)
    elif not given.really:
        print(
            words(
                f"{risks} risques lus. Ajoutez --import pour les importer.",
                f"{risks} risks read. Add --import to import them.",
            )
        )
    return bool(given.really and not faults)


def import_library(given: argparse.Namespace) -> int:
    data = given.file.read_bytes()
    if given.source == "oscal":
        return _catalog(given, data)
    read = {"ciso-assistant": libraries.read_ciso_assistant, "monarc": monarc.read_knowledge}[given.source]
    found = read(data)
    said: dict[str, int] = {}
    if given.source == "ciso-assistant":
        said |= _books(frameworks.read_library(data, given.file.name))
    if found.threats:
        said["threats"] = len(acts.know_threats(CONSOLE, entries=found.threats, source=found.name).result)
    if found.vulnerabilities:
        said["vulnerabilities"] = len(
            acts.know_vulnerabilities(CONSOLE, entries=found.vulnerabilities, source=found.name).result
        )
    if found.controls:
        said["controls"] = _controls(scope_of(given), found.controls)
    if found.method:
        acts.add_method(CONSOLE, scope=scope_of(given), name=found.name[:120] or "matrix", data=found.method)
        said["methods"] = 1
    print(
        json.dumps(said)
        if given.json
        else ", ".join(f"{n} {say(KINDS[name])}" for name, n in said.items())
        or words("rien que ce logiciel prenne", "nothing that this software takes")
    )
    return 0


def _books(books: frameworks.Books) -> dict[str, int]:
    for one in books.frameworks:
        acts.bring_framework(CONSOLE, **one.given)
    for one in books.maps:
        acts.bring_map(CONSOLE, **one.given)
    counts = {"frameworks": len(books.frameworks), "maps": len(books.maps)}
    return {name: n for name, n in counts.items() if n}


def _controls(scope: Scope, entries: list[dict[str, str]]) -> int:
    known = set(scope.controls.values_list("ref", flat=True))
    fresh = [one for one in entries if one["code"][:20] not in known and one["code"]]
    for one in fresh:
        acts.add_control(CONSOLE, scope=scope, ref=one["code"][:20], title=one["fr"][:200], status="planned")
    return len(fresh)


def _catalog(given: argparse.Namespace, data: bytes) -> int:
    """A catalog of OSCAL becomes a framework of the installation."""
    made = acts.bring_framework(CONSOLE, **oscal.read_catalog(data, given.file.name).given).result
    count = len(made.ids)
    print(
        json.dumps({"frameworks": 1, "controls": count})
        if given.json
        else words(f"{made.name} : {count} contrôles.", f"{made.name}: {count} controls.")
    )
    return 0


def import_oscal(given: argparse.Namespace) -> int:
    scope = scope_of(given)
    soa = scope.statements.filter(status="draft").first()
    if soa is None:
        raise Misuse(no_draft())
    data = oscal.load(given.file.read_bytes())
    ids = oscal.included(data, soa.book)
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
        words(
            f"{len(ids)} identifiants de {soa.edition} trouvés, {len(waiting)} lignes à décider incluses ; leurs raisons sont à"
            " écrire par vous.",
            f"{len(ids)} identifiers of {soa.edition} found, {len(waiting)} undecided lines included; their reasons are yours"
            " to write.",
        )
    )
    return 0


def export_statement(given: argparse.Namespace) -> int:
    scope = scope_of(given)
    soa = scope.statements.filter(status="draft").first() or oscal.scope_statement(scope)
    if soa is None:
        raise Misuse(no_draft())
    given.out.write_bytes(downloads.xlsx(soa))
    lines, status = soa.lines.count(), say(SOA_STATES[soa.status])
    print(
        words(
            f"Déclaration v{soa.version} ({status}), {lines} lignes : {given.out}",
            f"Statement v{soa.version} ({status}), {lines} lines: {given.out}",
        )
    )
    return 0


def import_statement(given: argparse.Namespace) -> int:
    scope = scope_of(given)
    soa = scope.statements.filter(status="draft").select_related("scope", "cell").first()
    if soa is None:
        raise Misuse(no_draft())
    refs = dict(scope.controls.values_list("ref", "uid"))
    lines, faults = statements.read_statement(tables.read_table(given.file.read_bytes()), soa.book, refs)
    for fault in faults[:50]:
        print(line_fault(fault.line, fault.column, fault.text), file=sys.stderr)
    if faults:
        said = words(
            f"Lignes illisibles : {len(faults)} ; rien n’est décidé.",
            f"Lines that do not read: {len(faults)}; nothing is decided.",
        )
        print(said, file=sys.stderr)
        return 1
    for (decided, controls), ids in _alike(lines).items():
        acts.decide_lines(CONSOLE, soa=soa, requirements=ids, controls=[refs[one] for one in controls], **dict(decided))
    print(words(f"{len(lines)} lignes décidées.", f"{len(lines)} lines decided."))
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
