"""`opposable employment`: the nine positions on a waiver, the calendar of a dismissal, whether a CNE could be signed."""

from __future__ import annotations

import argparse

from opposable.kernel.system import law
from opposable.law import Refused, t
from opposable.law.terminal import Parser, day as parse_day, language, say, words
from opposable.systems.employment.rules import dismissal, waiver

ABOUT = t(
    "Les neuf positions sur une renonciation, le calendrier d’un licenciement, si un CNE pouvait être signé.",
    "The nine positions on a waiver, the calendar of a dismissal, whether a CNE could be signed.",
)


def run(argv: list[str]) -> int:
    """Run one verb. Nothing is written: these are questions to the law."""
    parser = Parser(prog="opposable employment", description=say(ABOUT))
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser(
        "waiver", help=words("ce que répond chaque position datée", "what each dated position answers")
    )
    one.add_argument("--rupture", choices=sorted(waiver.RUPTURES), required=True)
    for name in ("--rupture-on", "--waived-on"):
        one.add_argument(name, type=parse_day, required=True)
    one.add_argument(
        "--known-on",
        type=parse_day,
        help=words("par défaut : le jour de la rupture", "default: the day of the rupture"),
    )
    one.add_argument("--departed-on", type=parse_day)
    one.add_argument("--notice-not-worked", action="store_true")
    one.add_argument(
        "--any-time",
        action="store_true",
        help=words(
            "le contrat laisse l’employeur renoncer à tout moment", "the contract lets the employer waive at any time"
        ),
    )
    two = verbs.add_parser(
        "dismissal",
        help=words(
            "premier jour de l’entretien, puis de la lettre", "first day for the interview, then for the letter"
        ),
    )
    two.add_argument("--presented-on", type=parse_day, required=True)
    two.add_argument(
        "--interview-on",
        type=parse_day,
        help=words("par défaut : le premier jour possible", "default: the first day for it"),
    )
    two.add_argument("--zone", default="FR", help="FR, FR-AM (Alsace-Moselle), 974…")
    three = verbs.add_parser(
        "cne",
        help=words(
            "si un contrat nouvelles embauches pouvait être signé un jour ; sortie 1 si non",
            "whether a contrat nouvelles embauches could be signed on a day; exit 1 when not",
        ),
    )
    three.add_argument("--signed-on", type=parse_day, required=True)
    three.add_argument("--staff", type=int, default=10)
    given = parser.parse_args(argv)
    return {"waiver": _waiver, "dismissal": _dismissal, "cne": _cne}[given.verb](given)


def _waiver(given: argparse.Namespace) -> int:
    facts = waiver.WaiverFacts(
        rupture=given.rupture,
        rupture_on=given.rupture_on,
        known_on=given.known_on or given.rupture_on,
        waived_on=given.waived_on,
        departed_on=given.departed_on,
        notice_worked=not given.notice_not_worked,
        any_time=given.any_time,
    )
    for one in waiver.positions(facts, law()):
        found = one.decision.value
        mark = "" if one.rule.confirmed else words(" (non confirmé)", " (unconfirmed)")
        last = found.last_day.isoformat() if found.last_day else "-"
        answer = say(waiver.ANSWERS[found.result][1])
        print(f"{one.rule.since}  {words('dernier jour', 'last day')} {last:10}  {answer:30} {one.rule.cite[0]}{mark}")
    return 0


def _dismissal(given: argparse.Namespace) -> int:
    rules, day = law(), given.presented_on
    shift = rules.find("employment.dismissal.extension", day)
    first = dismissal.first_interview(day, rules.at("employment.dismissal.interview", day), shift, given.zone)
    held = given.interview_on or first.value
    letter = dismissal.first_letter(held, rules.at("employment.dismissal.letter", held), shift, given.zone)
    for label, decision in ((words("entretien", "interview"), first), (words("lettre", "letter"), letter)):
        day_, cite = decision.value.isoformat(), decision.rule.cite[0] if decision.rule else ""
        print(words(f"{label} : à partir du {day_} ({cite})", f"{label}: from {day_} ({cite})"))
        print("".join(f"    {line}\n" for line in decision.trace.render(language()).splitlines()), end="")
    return 0


def _cne(given: argparse.Namespace) -> int:
    rule = law().at("employment.cne", given.signed_on)
    try:
        dismissal.may_sign_cne(dismissal.CneFacts(given.signed_on, given.staff), rule)
    except Refused as refused:
        print(words(f"refusé : {refused.reason.fr}", f"refused: {refused.reason.en}") + f" ({rule.cite[0]})")
        return 1
    print(words("possible ce jour-là", "possible on that day") + f" ({rule.cite[0]})")
    return 0
