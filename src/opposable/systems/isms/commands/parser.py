"""What `opposable isms` may be told."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import EDITIONS


def parser() -> argparse.ArgumentParser:
    """Every verb with its arguments."""
    made = argparse.ArgumentParser(prog="opposable isms", description="ISO 27001 management systems.")
    verbs = made.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the management systems, and where their statements are")
    for group in (_checking, _importing, _statement, _deciding):
        for verb in group(verbs):
            verb.add_argument("--scope", help="identifier of the management system (the only one, if left out)")
    _alone(verbs)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help="for a program")
    return made


def _checking(verbs: Any) -> list[argparse.ArgumentParser]:
    check = verbs.add_parser(
        "check", help="consistency report: exit status 1 when something closes the gate of publication"
    )
    collect = verbs.add_parser("collect", help="collect the automatic evidence from the log")
    saved = verbs.add_parser("evidence-file", help="write the last item of a rule with what it takes to judge it again")
    saved.add_argument("rule", choices=list(RULES))
    saved.add_argument("--out", type=Path, required=True, metavar="FILE")
    return [check, collect, saved]


def _importing(verbs: Any) -> list[argparse.ArgumentParser]:
    register = verbs.add_parser(
        "import-risks", help="check a risk register (xlsx, ods, xls, csv) or an analysis of MONARC (json), or import it"
    )
    register.add_argument("file", type=Path)
    register.add_argument(
        "--import", dest="really", action="store_true", help="import it; without, only a check is made"
    )
    undo = verbs.add_parser("undo-import", help="take the risks of the last import off the register")
    library = verbs.add_parser(
        "import-library", help="frameworks, maps, threats, vulnerabilities, controls or a method from another tool"
    )
    library.add_argument("file", type=Path, help="a YAML library of CISO Assistant; a JSON or ZIP file of MONARC")
    library.add_argument("--from", dest="source", required=True, choices=["ciso-assistant", "monarc"])
    profile = verbs.add_parser(
        "import-oscal", help="include in the draft statement what an OSCAL profile or catalog holds"
    )
    profile.add_argument("file", type=Path)
    return [register, undo, library, profile]


def _statement(verbs: Any) -> list[argparse.ArgumentParser]:
    draft = verbs.add_parser("draft", help="draft the next version of the statement of applicability")
    table = verbs.add_parser("export-statement", help="the statement as a table (xlsx), to be filled in and sent back")
    table.add_argument("--out", type=Path, required=True, metavar="FILE")
    filled = verbs.add_parser("import-statement", help="decide the draft's lines as a table (xlsx, ods, csv) has them")
    filled.add_argument("file", type=Path)
    export = verbs.add_parser(
        "export-oscal", help="catalog, profile, SSP, assessment plan and results, POA&M, each signed (DSSE)"
    )
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into")
    export.add_argument("--lang", default="fr", choices=["fr", "en"], help="language of our labels")
    export.add_argument(
        "--licensed-text", action="store_true", help="put the standard's text that was brought in into the catalog"
    )
    return [draft, table, filled, export]


def _deciding(verbs: Any) -> list[argparse.ArgumentParser]:
    accept = verbs.add_parser("accept", help="accept what remains of a risk: shows its state, then decides on it")
    accept.add_argument("risk", type=int, help="its number, as 7 for R7")
    publish = verbs.add_parser(
        "publish", help="publish the draft statement: shows its lines and what closes the gate, then decides"
    )
    for verb in (accept, publish):
        verb.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="the account of who decides")
        verb.add_argument("--text", default="", help="the words accepted (a sentence naming the object, if left out)")
        verb.add_argument(
            "--seen", default="", metavar="DIGEST", help="digest of what was read; without it nothing is decided"
        )
    return [accept, publish]


def _alone(verbs: Any) -> None:
    """Verbs that look at no management system on file."""
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
    again = verbs.add_parser("replay", help="judge an item of evidence again from its file; no database is read")
    again.add_argument("file", type=Path)
    again.add_argument(
        "--log", type=Path, metavar="DIR", help="public tiles of the log: no act may be missing or altered"
    )
    text = verbs.add_parser(
        "import-text", help="the standard's own text, by identifier, under your licence: it stays here"
    )
    text.add_argument("file", type=Path, help="a table with the columns identifier and text (xlsx, ods, csv)")
    text.add_argument("--edition", default=EDITIONS[-1], choices=EDITIONS)
    text.add_argument("--licence", required=True, help="the licence that gives it to you")
    cross = verbs.add_parser("import-map", help="a map between two referentials, as your authority or adviser made it")
    cross.add_argument("file", type=Path, help="a table with the columns source, target and relation")
    cross.add_argument("--name", required=True)
    cross.add_argument("--source", required=True, help="referential of the first column")
    cross.add_argument("--target", required=True, help="referential of the second")
    labels = verbs.add_parser("referential", help="identifiers of an edition with Opposable’s labels")
    labels.add_argument("edition", choices=EDITIONS)
