"""`opposable assembly`: calendar, register, results."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from opposable.kernel import actors
from opposable.kernel.system import law
from opposable.law import day_text, t
from opposable.law.terminal import Parser, day, language, moment, say, words
from opposable.law.text import DAYS_EN, DAYS_FR
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.exchange import ParsedRegister, parse_register
from opposable.systems.assembly.models import Company, Meeting
from opposable.systems.assembly.models.meeting import STATUSES
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.figures import number

CONSOLE = actors.system("console")
NO_DATES = t(
    "Aucune date de la loi ne lie cette assemblée : aucune règle au dossier, les statuts décident (C. com., art. L. 227-9). Entrez leur"
    " clause sous {rule}, puis donnez --company.",
    "No date of the law binds this meeting: no rule on file, the bylaws decide (C. com., art. L. 227-9). Enter their clause"
    " on {rule}, then give --company.",
)


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = Parser(
        prog="opposable assembly", description=words("Assemblées d’actionnaires.", "Shareholders’ meetings.")
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    _calendar_arguments(
        verbs.add_parser(
            "calendar",
            help=words(
                "chaque date d’une assemblée, comptée à rebours, avec son article",
                "every date of a meeting, computed backwards, with its article",
            ),
        )
    )
    register = verbs.add_parser(
        "register", help=words("contrôler un fichier du registre, ou l’importer", "check a register file, or import it")
    )
    register.add_argument("file", type=Path)
    register.add_argument(
        "--company", required=True, help=words("identifiant (slug) de la société", "identifier (slug) of the company")
    )
    register.add_argument(
        "--on",
        type=day,
        help=words(
            "jour où le registre est ainsi (par défaut : aujourd’hui)",
            "day on which the register stands so (default: today)",
        ),
    )
    register.add_argument(
        "--import",
        dest="really",
        action="store_true",
        help=words("l’importer ; sans cela, il est seulement contrôlé", "import it; without, only a check is made"),
    )
    verbs.add_parser("list", help=words("les assemblées, et où elles en sont", "meetings and where they are"))
    results = verbs.add_parser(
        "results", help=words("voix et résultats d’une assemblée", "votes and results of a meeting")
    )
    results.add_argument(
        "meeting",
        help=words(
            "identifiant de l’assemblée, ou ses premiers caractères",
            "identifier of the meeting, or its first characters",
        ),
    )
    results.add_argument(
        "--law",
        type=day,
        help=words(
            "compter par la loi d’un autre jour : une simulation", "count by the law of another day: a simulation"
        ),
    )
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    given = parser.parse_args(argv)
    return {"calendar": _calendar, "register": _register, "list": _list, "results": _results}[given.verb](given)


def _calendar_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on",
        required=True,
        type=moment,
        help=words("jour et heure, comme 2026-03-30T10:00", "day and hour, as 2026-03-30T10:00"),
    )
    parser.add_argument(
        "--zone",
        default="Europe/Paris",
        help=words("heure légale du lieu (par défaut Europe/Paris)", "legal time of the place (default Europe/Paris)"),
    )
    parser.add_argument("--form", default="sa", choices=["sa", "sas", "sarl"])
    parser.add_argument(
        "--company",
        default="",
        help=words(
            "une société au dossier : sa forme, son marché et ses statuts",
            "a company on file: its form, its market and its bylaws",
        ),
    )
    parser.add_argument(
        "--first-on",
        type=day,
        help=words(
            "jour de la première assemblée, pour une deuxième convocation",
            "day of the first meeting, for a second call",
        ),
    )
    parser.add_argument(
        "--listed", action="store_true", help=words("actions sur un marché réglementé", "shares on a regulated market")
    )
    parser.add_argument("--kind", default="ordinary", choices=["ordinary", "extraordinary", "combined", "special"])
    parser.add_argument("--call", type=int, default=1, choices=[1, 2])
    parser.add_argument(
        "--days", default="FR", help=words("jours ouvrables :", "calendar of working days:") + " FR, FR-AM, 974, XPAR…"
    )


def _calendar(given: argparse.Namespace) -> int:
    at = given.on if given.on.tzinfo else given.on.replace(tzinfo=ZoneInfo(given.zone))
    company = _company(given.company) if given.company else None
    facts = convening.MeetingFacts(
        form=company.form if company else given.form,
        listed=company.listed if company else given.listed,
        kind=given.kind,
        call=given.call,
        first_on=given.first_on,
        at=at,
        zone=given.zone,
        days=given.days,
        bylaws=company.layers() if company else (),
    )
    dates = convening.calendar(facts, law())
    if given.json:
        print(json.dumps(convening.as_data(dates), ensure_ascii=False, indent=1))
        return 0
    if not dates:
        print(say(NO_DATES.format(rule="assembly.sas.free")))
    for due in dates:
        shown = due.at.astimezone(ZoneInfo("Europe/Paris"))
        mark = "" if due.rule.confirmed else words(" (non confirmé)", " (unconfirmed)")
        week = (DAYS_EN if language() == "en" else DAYS_FR)[(due.day if due.whole_day else shown).weekday()][:3]
        when = f"{week} {due.day:%d/%m/%Y}" if due.whole_day else f"{week} {shown:%d/%m/%Y %H:%M:%S}"
        print(f"{when:26} {say(due.label):58} {'; '.join(due.rule.cite)}{mark}")
    return 0


def _register(given: argparse.Namespace) -> int:
    company = _company(given.company)
    parsed = parse_register(given.file.read_bytes())
    for error in parsed.errors[:50]:
        where, column = error.line, error.column or words("fichier", "file")
        print(
            words(f"ligne {where}, {column} : {error.text.fr}", f"line {where}, {column}: {error.text.en}"),
            file=sys.stderr,
        )
    if parsed.errors:
        wrong = len(parsed.errors)
        print(words(f"{wrong} erreurs : rien n’est importé", f"{wrong} errors: nothing is imported"), file=sys.stderr)
        return 1
    if not given.really:
        print(
            _summary(parsed) + words(". Rien n’est importé : ajoutez --import", ". Nothing was imported: add --import")
        )
        return 0
    import_parsed(company, given.file.name, parsed, given.on)
    print(_summary(parsed) + words(", importés", ", imported"))
    return 0


def import_parsed(company: Company, name: str, parsed: ParsedRegister, on: date | None = None) -> None:
    """Import a parsed file on behalf of the console."""
    from opposable.kernel import clock

    acts.import_register(
        CONSOLE,
        company=company,
        file_name=name,
        sha256=parsed.sha256,
        lines=parsed.lines,
        effective_on=on or clock.now().astimezone(ZoneInfo(company.zone)).date(),
        entries=parsed.entries,
    )


def _summary(parsed: ParsedRegister) -> str:
    lots, holders, shares = parsed.lines, len(parsed.entries), parsed.shares
    how = f"({parsed.encoding}, «{parsed.separator}»)"
    return words(
        f"{lots} lots, {holders} titulaires, {shares} actions {how}",
        f"{lots} lots, {holders} holders, {shares} shares {how}",
    )


def _company(slug: str) -> Company:
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        known = ", ".join(Company.objects.values_list("slug", flat=True)) or words("aucune encore", "none yet")
        raise argparse.ArgumentTypeError(
            words(f"aucune société {slug} ; connues : {known}", f"no company {slug}; known: {known}")
        )
    return company


def _meeting(prefix: str) -> Meeting:
    found = list(Meeting.objects.select_related("company").filter(uid__startswith=prefix)[:2])
    if len(found) != 1:
        fr, en = ("plus d’une", "more than one") if found else ("aucune", "no")
        raise argparse.ArgumentTypeError(
            words(
                f"{prefix} désigne {fr} assemblée : opposable assembly list",
                f"{prefix} names {en} meeting: opposable assembly list",
            )
        )
    return found[0]


def _list(given: argparse.Namespace) -> int:
    meetings = list(Meeting.objects.select_related("company").order_by("at"))
    if given.json:
        data = [
            {"uid": m.uid, "company": m.company.slug, "at": m.at.isoformat(), "kind": m.kind, "status": m.status}
            for m in meetings
        ]
        print(json.dumps(data, ensure_ascii=False))
        return 0
    for meeting in meetings:
        when, state = meeting.at.astimezone(ZoneInfo(meeting.zone)), say(dict(STATUSES)[meeting.status])
        print(f"{meeting.uid[:12]}  {when:%d/%m/%Y %H:%M}  {state:22} {meeting.company}")
    return 0


def _results(given: argparse.Namespace) -> int:
    counting = Counting(_meeting(given.meeting), law())
    if given.law:
        return _simulate(given, counting)
    results = [decision.value for decision in counting.declared]
    if given.json:
        print(json.dumps([result.as_data() for result in results], ensure_ascii=False))
        return 0
    for result in results:
        verdict = t("adoptée", "adopted") if result.adopted else t("rejetée", "rejected")
        cast = t(
            "pour {for_}  contre {against}  abstention {abstain}", "for {for_}  against {against}  abstain {abstain}"
        ).format(for_=number(result.for_), against=number(result.against), abstain=number(result.abstain))
        share = result.percent_for.label if result.percent_for else t("–", "–")
        print(f"{result.position:3}  {say(cast)}  {say(share)}  {say(verdict)}  ({'; '.join(result.rule.cite)})")
    return 0


def _simulate(given: argparse.Namespace, counting: Counting) -> int:
    compared = [decision.value for decision in counting.under(given.law)]
    if given.json:
        data = [
            {
                "simulation": True,
                "law": given.law.isoformat(),
                "declared": one.declared.as_data(),
                "simulated": one.simulated.as_data(),
                "why": one.why.as_data(),
            }
            for one in compared
        ]
        print(json.dumps(data, ensure_ascii=False))
        return 0
    marked = t(
        "SIMULATION : ces votes sous la loi du {day}. Ce n’est pas un résultat de cette assemblée.",
        "SIMULATION: these ballots under the law of {day}. It is no result of this meeting.",
    )
    print(say(marked.format(day=day_text(given.law))))
    for one in compared:
        mark = words("diffère", "differs") if one.differs else words("de même", "same")
        verdict = words("adoptée", "adopted") if one.simulated.adopted else words("rejetée", "rejected")
        print(f"{one.declared.position:3}  {verdict} ({mark})  {say(one.why)}")
    return 0
