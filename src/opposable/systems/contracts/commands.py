"""`opposable contracts`: the register, what a text lacks, when a contract ends, sending, signed files."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from opposable.kernel import actors, clock
from opposable.kernel.system import law
from opposable.law import local_day
from opposable.systems.contracts.acts.drafting import consolidated
from opposable.systems.contracts.exchange import library, proof, sending, signed
from opposable.systems.contracts.models import Contract, ContractVersion
from opposable.systems.contracts.rules import clauses, terms

CONSOLE = actors.system("console")


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = argparse.ArgumentParser(prog="opposable contracts", description="Contracts.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("library", help="put the shipped clauses, templates and approval flow into force")
    verbs.add_parser("list", help="every contract and where it is")
    for name, text in (
        ("check", "which clauses the rules demand, and where the text has them; exit 1 when one is missing"),
        ("deadlines", "notice, end or renewal, with the arithmetic"),
        ("send", "send the text that was approved; refused before the last approval"),
        ("bundle", "write the evidence of a contract's text (.asice)"),
        ("import-signed", "file a signed PDF that came back, once checked"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("ref", help="reference of the contract")
        if name in ("check", "deadlines"):
            verb.add_argument("--on", type=date.fromisoformat, help="the law, or the calendar, of another day")
            verb.add_argument("--json", action="store_true", help="for a program")
        elif name == "send":
            verb.add_argument("--to", default="", help="address (default: that of the other party)")
        else:
            verb.add_argument("file", type=Path)
    verbs.choices["import-signed"].add_argument("--side", choices=["us", "them"], default="them")
    verbs.choices["import-signed"].add_argument("--roots", type=Path, help="certificates (PEM) that are trusted")
    given = parser.parse_args(argv)
    return VERBS[given.verb](given)


def _library(_: argparse.Namespace) -> int:
    for line in library.install(CONSOLE):
        print(f"published: {line}")
    return 0


def _list(_: argparse.Namespace) -> int:
    for one in Contract.objects.select_related("party").order_by("ref"):
        last = one.versions.order_by("-number").first()
        stage = last.stage if last else "-"
        print(f"{one.ref:20} {one.kind:12} {stage:10} {one.party.name:30} {one.title}")
    return 0


def _contract(ref: str) -> Contract:
    found = Contract.objects.select_related("party", "cell").filter(ref=ref).first()
    if found is None:
        raise SystemExit(f"there is no contract {ref}: `opposable contracts list` shows them")
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
            print(f"{line.rule.en} ({'; '.join(line.rule.cite)}; {clauses.STRENGTHS[line.strength].en})")
            for cell in line.cells:
                print(
                    f"  {cell.state:10} {cell.label.en:45} {f'clause {cell.ref}, line {cell.line}' if cell.ref else ''}"
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
        print(f"{one.day.isoformat()}  {one.label.en}")
        print("".join(f"    {line}\n" for line in one.trace.render("en").splitlines()), end="")
    return 0


def _send(given: argparse.Namespace) -> int:
    sent = sending.send_version(CONSOLE, _last(_contract(given.ref)), address=given.to)
    print(f"{sent.status}: {sent.answer or 'no answer'} (PDF {sent.pdf_sha256})")
    return 0 if sent.status == "sent" else 1


def _bundle(given: argparse.Namespace) -> int:
    print(proof.write(_last(_contract(given.ref)), given.file))
    return 0


def _import_signed(given: argparse.Namespace) -> int:
    roots = [given.roots.read_bytes()] if given.roots else []
    version = _last(_contract(given.ref))
    filed = signed.file_signed(CONSOLE, version, given.file.read_bytes(), side=given.side, roots=roots, tsa_roots=roots)
    print(f"filed: signed by {filed.name}, {'trusted' if filed.proof['trusted'] else 'not by a trusted certificate'}")
    return 0


VERBS = {
    "library": _library,
    "list": _list,
    "check": _check,
    "deadlines": _deadlines,
    "send": _send,
    "bundle": _bundle,
    "import-signed": _import_signed,
}
