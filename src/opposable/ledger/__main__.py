"""`python -m opposable.ledger`: verify a bundle, or list the checks, without Django and without network.

Exit status: 0 everything checked holds, 1 something is false, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opposable.ledger.errors import LedgerError, sentence
from opposable.ledger.phrases import detail_in
from opposable.ledger.verify import CATALOGUE, CATEGORIES, Finding, Report, verify

ABOUT = ("Contrôler un dossier de preuve, ou donner les contrôles : sans Django et sans réseau.",
         "Verify a bundle, or list the checks: without Django and without network.")  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args(argv)
    return or_misuse(arguments.run, arguments)


def or_misuse(run: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """What `run` answers; 2 and one sentence when what it was given cannot be opened, or is not what it must be."""
    try:
        return run(arguments)
    except OSError as error:
        print(f"opposable: {sentence(error, _language(arguments))}", file=sys.stderr)
        return 2
    except LedgerError as error:
        print(f"opposable: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m opposable.ledger", description=_in(ABOUT, _language()))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "verify",
        help=_in(
            (
                "contrôler un dossier de preuve (.asice) par tout le catalogue",
                "check a bundle (.asice) against the whole catalogue",
            ),
            _language(),
        ),
    )
    add_verify_arguments(check)
    check.set_defaults(run=run_verify)
    listing = commands.add_parser(
        "checks", help=_in(("les contrôles et leurs numéros", "list the checks with their numbers"), _language())
    )
    _add_output_arguments(listing)
    listing.set_defaults(run=run_checks)
    return parser


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `verify`, for this command line and for others that offer it."""
    lang = _language()
    policy = ("une tlog-policy : les clés de journal et les témoins à qui vous vous fiez",
              "a tlog-policy: the log keys and witnesses that you trust")  # fmt: skip
    roots = ("certificats racines (PEM) de l’autorité d’horodatage", "root certificates (PEM) of the TSA")
    older = (
        "un point de contrôle plus ancien du journal, que vous tenez",
        "an older checkpoint of the log that you hold",
    )
    parser.add_argument("bundle", type=Path, help=_in(("le fichier .asice", "the .asice file"), lang))
    parser.add_argument("--policy", type=Path, help=_in(policy, lang))
    parser.add_argument("--tsa", type=Path, action="append", default=[], help=_in(roots, lang))
    parser.add_argument("--checkpoint", type=Path, help=_in(older, lang))
    _add_output_arguments(parser)


def _add_output_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        help=_in(("le rapport pour un programme", "write the report for programs"), _language()),
    )
    parser.add_argument(
        "--lang",
        choices=("fr", "en"),
        default=_language(),
        help=_in(("langue de la réponse", "language of the answer"), _language()),
    )


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify and print; 0 or 1."""
    report = verify(
        arguments.bundle,
        policy=arguments.policy and arguments.policy.read_bytes(),
        tsa_roots=[path.read_bytes() for path in arguments.tsa],
        checkpoint=arguments.checkpoint and arguments.checkpoint.read_bytes(),
    )
    if arguments.json:
        _print_json(report.as_data())
    else:
        print("\n".join(describe(report, arguments.lang)))
    return 0 if report.ok else 1


def run_checks(arguments: argparse.Namespace) -> int:
    """Print the catalogue."""
    if arguments.json:
        _print_json(
            [{"number": c.number, "check": c.id, "level": c.level, "fr": c.name_fr, "en": c.name_en} for c in CATALOGUE]
        )
        return 0
    seen = ""
    for check in CATALOGUE:
        if check.category != seen:
            seen = check.category
            print(f"\n{_in(CATEGORIES[seen], arguments.lang)}")
        print(f"  {check.number}  {check.id:<24} {check.name(arguments.lang)}")
        print(f"       {check.means(arguments.lang)}")
    return 0


def describe(report: Report, lang: str) -> list[str]:
    """The report in lines for people."""
    lines = [line for finding in report.findings for line in _failure(finding, lang)]
    if report.notices:
        lines += ["", _in(("À savoir :", "To be known:"), lang), *_notices(report.notices, lang)]
    facts = report.facts
    made = sum(report.performed.values())
    lines.append("")
    if not report.ok:
        return [*lines, _in(("FAUX", "FALSE"), lang) + _in((" : ", ": "), lang) + f"{len(report.findings)}/{made}"]
    words = ("VÉRIFIÉ : {made} contrôles, {acts} {word} du journal {log} ({size} actes)",
             "VERIFIED: {made} checks, {acts} {word} of the log {log} ({size} acts)")  # fmt: skip
    word = ("acte" if facts["acts"] < 2 else "actes", "act" if facts["acts"] == 1 else "acts")
    lines.append(_in(words, lang).format(made=made, word=_in(word, lang), **facts))
    if "not_after" in facts:
        lines.append(f"  {_in(('pas après', 'not after'), lang)} {facts['not_after']} ({facts['tsa']})")
    return [*lines, *(_counted(one, lang) for one in facts.get("counted", ()))]


_CHOICES = {"for": ("pour", "for"), "against": ("contre", "against"), "abstain": ("abstention", "abstain")}


def _counted(one: dict[str, Any], lang: str) -> str:
    """«Compté comme» : the votes of one line of a published table, by resolution; those that are none are not said."""
    votes = [f"{_slot(slot, lang)} {count}" for slot, count in one["votes"].items() if count]
    form = ("formulaire de l’acte n° {form}, ", "form of act {form}, ") if one["form"] is not None else ("", "")
    words = ("compté comme : {votes} ({of}ligne {line} du tableau de l’acte n° {table})",
             "counted as: {votes} ({of}line {line} of the table of act {table})")  # fmt: skip
    told = ", ".join(votes) or _in(("aucune voix", "no votes"), lang)
    of = _in(form, lang).format(form=one["form"])
    return "  " + _in(words, lang).format(votes=told, of=of, line=one["line"] + 1, table=one["table"])


def _slot(slot: str, lang: str) -> str:
    """A column in words: "3.for" is «3 pour»; any other stands as it is."""
    number, _, choice = slot.partition(".")
    return f"{number} {_in(_CHOICES[choice], lang)}" if choice in _CHOICES else slot


def _failure(finding: Finding, lang: str) -> list[str]:
    check = finding.check
    head = f"{_in(('FAUX', 'FALSE'), lang)} {check.number} {check.id} {finding.where}".rstrip()
    return [head, f"     {check.means(lang)}", *([f"     {detail_in(lang, finding.detail)}"] if finding.detail else [])]


def _notices(notices: list[Finding], lang: str) -> list[str]:
    """One line for each kind, with the number of places."""
    kinds: dict[str, list[Finding]] = {}
    for notice in notices:
        kinds.setdefault(notice.check_id, []).append(notice)
    lines = []
    for found in kinds.values():
        check, detail = found[0].check, found[0].detail if len(found) == 1 else f"× {len(found)}"
        told = f" ({detail_in(lang, detail)})" if detail else ""
        lines.append(f"  {check.number} {check.id}: {check.means(lang)}{told}")
    return lines


def _language(arguments: argparse.Namespace | None = None) -> str:
    """--lang, else OPPOSABLE_LANG, else English where the machine asks for it, else French. The ledger stands alone: it asks nobody."""
    asked = getattr(arguments, "lang", None) or os.environ.get("OPPOSABLE_LANG", "")[:2].lower()
    if asked in {"fr", "en"}:
        return str(asked)
    machine = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if machine.lower().startswith("en") else "fr"


def _in(words: tuple[str, str], lang: str) -> str:
    return words[lang == "en"]


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
