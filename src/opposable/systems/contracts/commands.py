"""`opposable contracts`: the register, what a text lacks, when a contract ends, sending, signed files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from opposable.kernel import actors, clock
from opposable.kernel.system import law
from opposable.law import local_day, t
from opposable.law.terminal import Parser, day as day_of, language, say, words
from opposable.systems.contracts.acts.drafting import consolidated
from opposable.systems.contracts.exchange import library, proof, sending, signed
from opposable.systems.contracts.models import KINDS, STAGES, Contract, ContractVersion, SignatureProof
from opposable.systems.contracts.rules import clauses, terms

CONSOLE = actors.system("console")
SENT = {
    "sent": t("envoyé", "sent"),
    "refused": t("refusé par le serveur", "refused by the server"),
    "ready": t("attend le serveur", "waits for the server"),
    "failed": t("attend le serveur", "waits for the server"),
}


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = Parser(prog="opposable contracts", description=words("Contrats.", "Contracts."))
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser(
        "library",
        help=words(
            "mettre en vigueur les clauses, les modèles et le circuit d’approbation livrés",
            "put the shipped clauses, templates and approval flow into force",
        ),
    )
    verbs.add_parser("list", help=words("chaque contrat, et où il en est", "every contract and where it is"))
    for name, text in (
        (
            "check",
            words(
                "les clauses que les règles demandent, et où le texte les a ; sortie 1 quand il en manque une",
                "which clauses the rules demand, and where the text has them; exit 1 when one is missing",
            ),
        ),
        (
            "deadlines",
            words("préavis, terme ou reconduction, avec le calcul", "notice, end or renewal, with the arithmetic"),
        ),
        (
            "send",
            words(
                "envoyer le texte approuvé ; refusé avant la dernière approbation",
                "send the text that was approved; refused before the last approval",
            ),
        ),
        (
            "bundle",
            words(
                "écrire la preuve du texte d’un contrat (.asice)", "write the evidence of a contract's text (.asice)"
            ),
        ),
        (
            "import-signed",
            words(
                "classer un PDF signé qui est revenu, une fois contrôlé",
                "file a signed PDF that came back, once checked",
            ),
        ),
        (
            "export-signed",
            words("écrire le dernier PDF signé qui est revenu", "write the last signed PDF that came back"),
        ),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("ref", help=words("référence du contrat", "reference of the contract"))
        if name in ("check", "deadlines"):
            verb.add_argument(
                "--on",
                type=day_of,
                help=words("la loi, ou le calendrier, d’un autre jour", "the law, or the calendar, of another day"),
            )
            verb.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
        elif name == "send":
            verb.add_argument(
                "--to",
                default="",
                help=words(
                    "adresse (par défaut : celle de l’autre partie)", "address (default: that of the other party)"
                ),
            )
        else:
            verb.add_argument("file", type=Path)
    verbs.choices["import-signed"].add_argument("--side", choices=["us", "them"], default="them")
    verbs.choices["import-signed"].add_argument(
        "--roots", type=Path, help=words("certificats (PEM) auxquels on se fie", "certificates (PEM) that are trusted")
    )
    given = parser.parse_args(argv)
    return VERBS[given.verb](given)


def _library(_: argparse.Namespace) -> int:
    for line in library.install(CONSOLE):
        print(words(f"publié : {line}", f"published: {line}"))
    return 0


def _list(_: argparse.Namespace) -> int:
    for one in Contract.objects.select_related("party").order_by("ref"):
        last = one.versions.order_by("-number").first()
        stage = say(STAGES[last.stage]) if last else "-"
        print(f"{one.ref:20} {say(KINDS[one.kind]):24} {stage:22} {one.party.name:30} {one.title}")
    return 0


def _contract(ref: str) -> Contract:
    found = Contract.objects.select_related("party", "cell").filter(ref=ref).first()
    if found is None:
        raise argparse.ArgumentTypeError(
            words(
                f"il n’y a pas de contrat {ref} : `opposable contracts list` les donne",
                f"there is no contract {ref}: `opposable contracts list` shows them",
            )
        )
    return found


def _last(contract: Contract) -> ContractVersion:
    rows = contract.versions.select_related("contract__party", "document", "cell")
    found: ContractVersion = rows.order_by("-number")[0]
    return found


def _check(given: argparse.Namespace) -> int:
    contract = _contract(given.ref)
    last, day = _last(contract), given.on or local_day(clock.now())
    text = consolidated(contract, last.effective_on, also=last)
    lines = clauses.matrix(contract.facts(), text, law(), day)
    if given.json:
        data = [
            {"rule": line.rule.pin(), "strength": line.strength, "point": c.point, "state": c.state, "ref": c.ref}
            | {"line": c.line}
            for line in lines
            for c in line.cells
        ]
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            ground = words(" ; ", "; ").join((*line.rule.cite, say(clauses.STRENGTHS[line.strength])))
            print(f"{say(line.rule.label)} ({ground})")
            for cell in line.cells:
                where = words(f"clause {cell.ref}, ligne {cell.line}", f"clause {cell.ref}, line {cell.line}")
                print(
                    f"  {say(clauses.STATES[cell.state]):12} {say(cell.label):45} {where if cell.ref else ''}".rstrip()
                )
    return 1 if any(line.state == "absent" for line in lines) else 0


def _deadlines(given: argparse.Namespace) -> int:
    contract, day = _contract(given.ref), given.on or local_day(clock.now())
    found = terms.deadlines(contract.terms(), day, law().at("contracts.time", day))
    if given.json:
        data = [{"name": one.name, "day": one.day.isoformat(), "trace": one.trace.as_data()} for one in found]
        print(json.dumps(data, ensure_ascii=False, indent=1))
        return 0
    for one in found:
        print(f"{one.day.isoformat()}  {say(one.label)}")
        print("".join(f"    {line}\n" for line in one.trace.render(language()).splitlines()), end="")
    return 0


def _send(given: argparse.Namespace) -> int:
    sent = sending.send_version(CONSOLE, _last(_contract(given.ref)), address=given.to)
    status = say(SENT.get(sent.status, sent.status))
    print(f"{status}{words(' :', ':')} {sent.answer or words('aucune réponse', 'no answer')} (PDF {sent.pdf_sha256})")
    return 0 if sent.status == "sent" else 1


def _bundle(given: argparse.Namespace) -> int:
    print(proof.write(_last(_contract(given.ref)), given.file))
    return 0


def _import_signed(given: argparse.Namespace) -> int:
    roots = [given.roots.read_bytes()] if given.roots else []
    version = _last(_contract(given.ref))
    filed = signed.file_signed(CONSOLE, version, given.file.read_bytes(), side=given.side, roots=roots, tsa_roots=roots)
    if filed.proof["trusted"]:
        said = words(f"classé : signé par {filed.name}, reconnu", f"filed: signed by {filed.name}, trusted")
    else:
        said = words(
            f"classé : signé par {filed.name}, par un certificat auquel rien ne se fie",
            f"filed: signed by {filed.name}, not by a trusted certificate",
        )
    print(said)
    return 0


def _export_signed(given: argparse.Namespace) -> int:
    rows = SignatureProof.objects.filter(version__contract=_contract(given.ref), how="imported")
    filed = rows.order_by("-pk").first()
    if filed is None:
        text = words(
            f"aucun PDF signé n’est revenu pour {given.ref} : `opposable contracts import-signed` en classe un",
            f"no signed PDF came back for {given.ref}: `opposable contracts import-signed` files one",
        )
        raise argparse.ArgumentTypeError(text)
    given.file.write_bytes(signed.copy_of(filed))
    print(words(f"{given.file} : signé par {filed.name}", f"{given.file}: signed by {filed.name}"))
    return 0


VERBS = {
    "library": _library,
    "list": _list,
    "check": _check,
    "deadlines": _deadlines,
    "send": _send,
    "bundle": _bundle,
    "import-signed": _import_signed,
    "export-signed": _export_signed,
}
