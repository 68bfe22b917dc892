"""``opposable law list | at RULE DATE | diff DATE DATE``: the dated law on the command line.

Each command is a function that returns plain data (the ``--json``) and one that renders it for people. Exit status:
0 answered, 1 asked properly and no rule is on file that day, 2 misuse.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Never, TextIO

from opposable.law.book import Change, Law, Rule
from opposable.law.errors import LawError, NoRuleOnFile
from opposable.law.plain import plain
from opposable.law.sources import source_text
from opposable.law.terminal import Parser, add_language, language, words
from opposable.law.text import Text, day_text, t

UNCONFIRMED = t("non confirmé", "unconfirmed")
OVERRIDES = {
    "none": t("aucune", "none"),
    "stricter": t("plus stricte seulement", "stricter only"),
    "free": t("libre", "free"),
}


class _Misuse(LawError):
    """A command line that cannot be understood."""


def list_rules(law: Law, prefix: str = "") -> list[dict[str, Any]]:
    """Return every rule under a prefix with its wordings: ``[{"id", "fr", "en", "versions": [{row…}]}]``."""
    found = []
    for versions in law.list(prefix):
        last = versions[-1]
        found.append({"id": last.id, "fr": last.fr, "en": last.en, "versions": [_row(rule) for rule in versions]})
    return found


def at(law: Law, rule_id: str, day: date) -> dict[str, Any]:
    """Return the wording in force on a day, with its pin; NoRuleOnFile when there is none."""
    rule = law.at(rule_id, day)
    return {"day": day.isoformat(), **_row(rule), "pin": rule.pin()}


def diff(law: Law, day1: date, day2: date, prefix: str = "") -> dict[str, Any]:
    """Return what changed between two days: ``{"from", "to", "changes": [{"id", "fields", "before", "after"}]}``."""
    return {
        "from": day1.isoformat(),
        "to": day2.isoformat(),
        "changes": [_change(change) for change in law.diff(day1, day2, prefix)],
    }


def render_list(rules: list[dict[str, Any]], lang: str) -> str:
    """Write the rules for a terminal: the id and what it is about, then a line a wording."""
    if not rules:
        return t("Aucune règle au dossier.", "No rule on file.").of(lang)
    lines = []
    for rule in rules:
        lines.append(f"{rule['id']}  {rule[lang]}")
        lines += [f"    {_period(row)}  {' ; '.join(row['cite'])}{_doubt(row, lang)}" for row in rule["versions"]]
    return "\n".join(lines)


def render_at(found: dict[str, Any], lang: str) -> str:
    """Write one wording for a terminal, with everything that a reader needs to rely on it."""
    rows = [
        (t("au", "on"), day_text(date.fromisoformat(found["day"])).of(lang)),
        (t("en vigueur", "in force"), _period(found)),
        (t("texte", "law"), " ; ".join(found["cite"])),
        (t("valeurs", "values"), _values(found["param"]) or "—"),
        (t("dérogation", "override"), _override(found).of(lang)),
        (t("lu en vigueur", "last read"), (found["checked"] or "—") + _doubt(found, lang)),
        (t("source", "source"), source_text(found["source"], lang) or "—"),
        (t("citation", "quotation"), found["text"] or "—"),
        (t("note", "note"), (found["note"] or {}).get(lang) or "—"),
        (t("lettre", "newsletter"), found["seed"] or "—"),
        (t("recueil", "book"), found["pin"]["book"]),
        (t("ligne", "row"), found["pin"]["row"]),
    ]
    width = max(len(name.of(lang)) for name, _ in rows)
    return "\n".join(
        [f"{found['id']}  {found[lang]}", *(f"  {name.of(lang):<{width}}  {value}" for name, value in rows)]
    )


def render_diff(found: dict[str, Any], lang: str) -> str:
    """Write the changes for a terminal: ``-`` what was, ``+`` what is."""
    days = [day_text(date.fromisoformat(found[end])) for end in ("from", "to")]
    if not found["changes"]:
        return t("Rien n’a changé du {one} au {two}.", "Nothing changed from {one} to {two}.").format(
            one=days[0], two=days[1]
        ).of(lang)  # fmt: skip
    head = t("Du {one} au {two} :", "From {one} to {two}:").format(one=days[0], two=days[1])
    return "\n".join([head.of(lang), *(line for change in found["changes"] for line in _change_lines(change, lang))])


def run(argv: Sequence[str], law: Law, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run one command and return the exit status; answers go to ``out``, the sentence of an error to ``err``."""
    out, err = out or sys.stdout, err or sys.stderr
    asked = re.search(r"(?:^|\0)--lang[=\0](fr|en)(?:\0|$)", "\0".join(argv))
    lang = asked[1] if asked else language()
    try:
        arguments = _parser(out).parse_args(list(argv))
        answer, render = _answer(arguments, law)
    except NoRuleOnFile as error:
        err.write(error.text.of(lang) + "\n")
        return 1 if law.versions(error.rule_id) else 2
    except LawError as error:
        err.write(error.text.of(lang) + "\n")
        return 2
    except SystemExit as leaving:
        return int(leaving.code or 0)
    text = json.dumps(plain(answer), ensure_ascii=False, indent=2) if arguments.json else render(answer, lang)
    out.write(text + "\n")
    return 0


def _answer(arguments: argparse.Namespace, law: Law) -> tuple[Any, Callable[[Any, str], str]]:
    system = arguments.system
    if system and not law.ids(system):
        raise _Misuse(
            t(
                "Aucun recueil pour « {system} » : choisissez parmi {systems}.",
                "No rulebook for “{system}”: choose among {systems}.",
            ).format(system=system, systems=", ".join(sorted(book.system for book in law.books)) or "—")
        )
    if arguments.command == "list":
        return list_rules(law, system), render_list
    if arguments.command == "at":
        return at(law, arguments.rule, _day(arguments.date)), render_at
    return diff(law, _day(arguments.date1), _day(arguments.date2), system), render_diff


class _Parser(Parser):
    """argparse that raises its errors as one sentence instead of printing its usage."""

    out: TextIO | None = None

    def error(self, message: str) -> Never:
        raise _Misuse(
            t("{message} ; voyez {prog} --help.", "{message}; see {prog} --help.").format(
                message=message, prog=self.prog
            )
        )

    def _print_message(self, message: str, file: Any = None) -> None:
        (self.out or file or sys.stdout).write(message)


def _parser(out: TextIO) -> _Parser:
    _Parser.out = out
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--system",
        default="",
        help=words("les règles d’un seul système, comme assembly", "only the rules of one system, such as assembly"),
    )
    shared.add_argument(
        "--json", action="store_true", help=words("en JSON, pour un programme", "print JSON, for programs")
    )
    add_language(shared)
    parser = _Parser(
        prog="opposable law",
        description=words(
            "Lire les règles datées : pas de règle sans date.", "Read the dated rules: no rule without a date."
        ),
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "list",
        parents=[shared],
        help=words("chaque règle, ses rédactions et leurs périodes", "every rule with its wordings and their periods"),
    )
    one = commands.add_parser(
        "at",
        parents=[shared],
        help=words("la rédaction d’une règle en vigueur un jour", "the wording of a rule in force on a day"),
    )
    one.add_argument(
        "rule",
        metavar="RULE",
        help=words(
            "la règle, comme assembly.form.deadline-electronic",
            "id of the rule, such as assembly.form.deadline-electronic",
        ),
    )
    one.add_argument("date", metavar="DATE", help=words("jour, comme 2026-03-30", "day, as 2026-03-30"))
    two = commands.add_parser(
        "diff", parents=[shared], help=words("ce qui a changé entre deux jours", "what changed between two days")
    )
    two.add_argument("date1", metavar="DATE", help=words("premier jour", "first day"))
    two.add_argument("date2", metavar="DATE", help=words("second jour", "second day"))
    return parser


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _Misuse(
        t(
            "« {text} » n’est pas une date : écrivez-la comme 2026-03-30.",
            "“{text}” is no date: write it as 2026-03-30.",
        ).format(text=text)
    )


def _row(rule: Rule) -> dict[str, Any]:
    row: dict[str, Any] = plain(rule.as_data())
    row["confirmed"] = rule.confirmed
    return row


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.rule_id,
        "fields": list(change.fields),
        "before": _row(change.before) if change.before else None,
        "after": _row(change.after) if change.after else None,
    }


def _change_lines(change: dict[str, Any], lang: str) -> list[str]:
    before, after = change["before"], change["after"]
    lines = [f"{change['id']}  {(after or before)[lang]}"]
    if before and not after:
        return [*lines, f"  - {_period(before)}  {' ; '.join(before['cite'])}", "  + —"]
    if after and not before:
        return [*lines, "  - —", f"  + {_period(after)}  {' ; '.join(after['cite'])}{_doubt(after, lang)}"]
    for sign, row, other in (("-", before, after), ("+", after, before)):
        lines.append(f"  {sign} {_period(row)}  {' ; '.join(row['cite'])}{_doubt(row, lang)}")
        shown = [name for name in change["fields"] if name not in {"cite", "fr", "en"} or name == lang]
        lines += [f"  {sign}   {name}: {_shown(row[name], other[name], lang)}" for name in shown]
    return lines


def _shown(value: Any, other: Any, lang: str) -> str:
    """Write a changed value; of a table of values, only those that differ from the other side."""
    if isinstance(value, dict) and set(value) == {"fr", "en"}:
        return str(value[lang])
    if value is None:
        return "—"
    if isinstance(value, dict):
        value = _values({name: item for name, item in value.items() if item != other.get(name)})
    return str(value) or "—"


def _values(param: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in sorted(param.items()))


def _period(row: dict[str, Any]) -> str:
    return f"{row['from']} → {row['until'] or '…'}"


def _doubt(row: dict[str, Any], lang: str) -> str:
    return "" if row["confirmed"] else f"  [{UNCONFIRMED.of(lang)}]"


def _override(row: dict[str, Any]) -> Text:
    ways = ", ".join(f"{name}: {way}" for name, way in sorted(row["stricter"].items()))
    return OVERRIDES[row["override"]] + (f" ({ways})" if ways else "")
