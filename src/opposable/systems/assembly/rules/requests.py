"""«Demande d’inscription à l’ordre du jour»: points and drafts that shareholders ask for (L. 225-105; R. 225-71 to R. 225-74).

Who holds enough is decided by whole numbers: shares × capital against a sum of slices, cross-multiplied, never a percentage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, day_text, local_day, t
from opposable.systems.assembly.rules.convening import DateDue, MeetingFacts, calendar
from opposable.systems.assembly.rules.figures import number
from opposable.systems.assembly.rules.register import Company, CompanyForm, Lot, Statutes
from opposable.systems.assembly.rules.words import said

RequestKind = Literal["draft", "point"]
LINES: Mapping[CompanyForm, tuple[str, ...]] = {
    "sa": ("agenda.drafts", "agenda.drafts.sent"),
    "sas": ("agenda.sas",),
    "sarl": ("agenda.sarl",),
}
"""The lines of the calendar that a request must meet."""
AUTHORS = "assembly.agenda.authors"
"""The rule of every SA on who may ask, with how much of the capital and which proof (R. 225-71)."""


@dataclass(frozen=True, slots=True)
class Request:
    """«Demande»: what came, sent on a day and received at an instant; ``candidate``: it puts somebody up for the board."""

    kind: RequestKind
    sent_on: date
    received_at: datetime
    text: str = ""
    reasons: str = ""
    candidate: bool = False
    about_candidate: str = ""


def rule_of(law: Statutes, facts: MeetingFacts, company: Company) -> Rule:
    """Return the rule that gives the right, or refuses it (codes ``agenda.frozen``, ``request.no-right``)."""
    check_call(law, facts, company)
    if facts.form == "sa":
        return company.rule(law, AUTHORS, facts.day)
    rule = company.rule(law, f"assembly.{facts.form}.drafts", facts.day)
    if rule.silent or not rule.param.get("allowed", True):
        raise Refused(
            t(
                "Rien au dossier ne donne aux associés le droit de faire inscrire un projet à l’ordre du jour.",
                "Nothing on file gives the members the right to have a draft put on the agenda.",
            ),
            rule,
            "request.no-right",
            lawful=t(
                "Faites adopter une clause statutaire, ou que l’auteur de la convocation reprenne le projet.",
                "Have a bylaw adopted, or let whoever convenes the meeting take the draft up.",
            )
            if facts.form == "sas"
            else t(
                "L’auteur de la convocation peut reprendre le projet à son compte.",
                "Whoever convenes the meeting may take the draft up.",
            ),
        )
    return rule


def check_call(law: Statutes, facts: MeetingFacts, company: Company) -> None:
    """Refuse (code ``agenda.frozen``) what would change the agenda of an SA on second call (L. 225-105, 4th par.)."""
    if facts.form == "sa" and facts.call == 2:
        raise Refused(
            t("L’ordre du jour ne change pas sur deuxième convocation.", "The agenda does not change on second call."),
            company.rule(law, "assembly.agenda.second-call", facts.day),
            "agenda.frozen",
        )


def rule_of_time(law: Statutes, facts: MeetingFacts, company: Company) -> Rule:
    """Return the rule on the time of a request: R. 225-73 where a notice is published, R. 225-72 where all shares are registered."""
    if facts.form != "sa":
        return company.rule(law, f"assembly.{facts.form}.drafts", facts.day)
    published = facts.listed or facts.bearer or facts.public_offering
    return company.rule(law, f"assembly.agenda.drafts{'' if published else '-registered'}", facts.day)


def check_content(rule: Rule, request: Request, *, points: bool = True) -> Decision[bool]:
    """Check what a request must hold: a draft its text, a point its reasons, a candidate what the law asks of him.

    ``points``: the law of the day knows points without a draft, which it did not before 27 December 2010. R. 225-71, 3rd to
    5th par. Refused codes: ``request.points``, ``request.content``.
    """
    if request.kind == "point" and not points:
        raise _refused(
            rule,
            "request.points",
            t(
                "la loi du jour ne connaît que des projets de résolution",
                "the law of the day knows only draft resolutions",
            ),
        )
    missing = [what for wrong, what in _wanted(rule, request) if wrong]
    if not missing:
        return Decision(True, rule)
    listed = missing[0] if len(missing) == 1 else missing[0] + t(", ", ", ") + missing[1]
    raise _refused(rule, "request.content", t("il y manque {what}", "it lacks {what}").format(what=listed))


def _wanted(rule: Rule, request: Request) -> list[tuple[bool, Text]]:
    point = request.kind == "point" and rule.id == AUTHORS
    return [
        (request.kind == "draft" and not request.text.strip(), t("le texte du projet", "the text of the draft")),
        (
            point and not request.reasons.strip(),
            t("ses motifs : un point est motivé", "its reasons: a point states them"),
        ),
        (
            request.candidate and not request.about_candidate.strip(),
            t(
                "les renseignements sur le candidat (art. R. 225-83, 5°)",
                "the information on the candidate (art. R. 225-83, 5°)",
            ),
        ),
    ]


def check_time(law: Statutes, facts: MeetingFacts, request: Request) -> Decision[DateDue | None]:
    """Decide whether a request is in time: received, or sent, by the day of the article; None: no limit of time on file.

    ``facts.balo_on``: day of the notice, where the text counts from it. Refused (code ``request.late``) with the arithmetic.
    """
    found = [due for due in calendar(facts, law) if due.id in LINES[facts.form]]
    for due in found:
        sent = due.id == "agenda.drafts.sent" or due.rule.param.get("act", "sent") == "sent"
        done = request.sent_on if sent else request.received_at
        if not due.met_by(done, facts.zone):
            raise _late(due, request, sent=sent, zone=facts.zone)
    last = found[0] if found else None
    rule = last.rule if last else None
    times = {"sent_on": request.sent_on, "received_at": request.received_at}
    return Decision(last, rule, times, last.trace if last else Trace())


def _late(due: DateDue, request: Request, *, sent: bool, zone: str) -> Refused:
    day = request.sent_on if sent else local_day(request.received_at, zone)
    verb = t("envoyée", "sent") if sent else t("reçue", "received")
    return Refused(
        t(
            "Demande {verb} le {day} : elle devait l’être au plus tard le {last}.",
            "Request {verb} on {day}: it had to be by {last} at the latest.",
        ).format(verb=verb, day=day_text(day), last=day_text(due.day)),
        due.rule,
        "request.late",
        facts={"sent_on": request.sent_on, "received_at": request.received_at, "last": due.day},
        trace=due.trace,
        lawful=t(
            "Avant la convocation, son auteur peut reprendre le projet ; en séance, chacun peut proposer un amendement.",
            "Before the notice, whoever convenes may take the draft up; in session anyone may move an amendment.",
        ),
    )


def owned(lots: Iterable[Lot], agents: Mapping[str, str]) -> dict[str, int]:
    """Return the shares of the capital of each holder: an usufructuary has none, joint owners' are their agent's.

    ``agents`` names the holder for each ``joint_ref`` (L. 225-110, 2nd par.; C. civ., art. 1844).
    """
    held: dict[str, int] = {}
    for lot in lots:
        who = agents.get(lot.joint_ref, "") if lot.right == "joint" else lot.holder
        if who and lot.right != "usufruct" and not lot.treasury:
            held[who] = held.get(who, 0) + lot.quantity
    return held


def wanted(rule: Rule, capital_cents: int) -> tuple[int, int, Trace]:
    """Return the part of the capital that is wanted as (numerator, denominator) over the capital, and the working.

    ``share`` of the rule; above the first step of ``scale_up_to_euros`` a sum of slices takes its place (R. 225-71, a to d).
    """
    num, den = rule.words("share")
    steps = rule.param.get("scale_up_to_euros")
    if not steps or capital_cents <= steps[0] * 100:
        what = t("Fraction demandée", "Share wanted")
        return num, den, Trace((Step(what, t("du capital", "of the capital"), f"{num}/{den}"),))
    total, lines = _slices(capital_cents, [euros * 100 for euros in steps], rule.words("scale_per_ten_thousand"))
    return total, 10_000 * capital_cents, Trace(tuple(lines))


def _slices(capital: int, bounds: Sequence[int], rates: Sequence[int]) -> tuple[int, list[Step]]:
    """Add up the slices: ten-thousandths of cents, and one line for each."""
    total, lines, lower = 0, [], 0
    for upper, rate in zip((*bounds, capital), rates, strict=True):
        part = max(0, min(capital, upper) - lower)
        if part:
            total += part * rate
            what = t("Tranche de {euros} €", "Slice of €{euros}").format(euros=number(part // 100))
            percent = f"{rate // 100},{rate % 100:02d} %"
            lines.append(Step(what, Text(percent, percent.replace(",", ".").replace(" %", "%")), _euros(part * rate)))
        lower = upper
    what, how = t("Capital à représenter", "Capital to represent"), t("somme des tranches", "sum of the slices")
    lines.append(Step(what, how, _euros(total)))
    return total, lines


def _euros(ten_thousandths_of_cents: int) -> str:
    """Whole euros, rounded up: what is shown; the comparison is exact."""
    euros = f"{-(-ten_thousandths_of_cents // 1_000_000):,}"
    return euros.replace(",", "\u202f") + " €"


def check_share(
    rule: Rule,
    held: Mapping[str, int],
    *,
    shares: int,
    capital_cents: int,
    on: date,
    form: CompanyForm = "sa",
    register_on: date | None = None,
) -> Decision[int]:
    """Decide whether the authors together hold enough on a day; the value is what they hold.

    ``held``: shares by author; ``shares`` and ``capital_cents`` are the company's; ``register_on``: day of the register's file
    that was read. Refused code: ``request.threshold``.
    """
    together = sum(held.values())
    num, den, working = wanted(rule, capital_cents)
    enough = together * den >= num * shares and together > 0
    least = max(1, -(-num * shares // den))
    how = t("{held} sur {shares} ; il en faut {least}", "{held} out of {shares}; {least} are wanted").format(
        held=number(together), shares=number(shares), least=number(least)
    )
    step = Step(t("Parts du capital des auteurs", "The authors’ part of the capital"), how, "≥" if enough else "<")
    facts: dict[str, Any] = {"held": together, "least": least, "shares": shares, "on": on}
    if register_on is not None:
        facts["register_on"] = register_on
    if enough:
        return Decision(together, rule, facts, working + Trace((step,)))
    raise Refused(
        said(
            form,
            t(
                "Les auteurs de la demande détiennent ensemble {held} actions le {on} ; il en faut {least}.",
                "The authors of the request hold {held} shares together on {on}; {least} are wanted.",
            ),
        ).format(held=number(together), on=day_text(on), least=number(least)),
        rule,
        "request.threshold",
        facts=facts,
        trace=working + Trace((step,)),
        lawful=t(
            "D’autres titulaires peuvent se joindre à la demande, dans le même délai.",
            "Other holders may join the request, within the same time.",
        ),
    )


def check_proof(rule: Rule, missing: Sequence[str]) -> Decision[bool]:
    """Check that each author sent the certificate that his shares are entered in an account (R. 225-71, 6th and 7th par.).

    ``missing``: the accounts without one. Asked of an SA alone: no other rule on file speaks of it. Code ``request.certificate``.
    """
    if not missing or rule.id != AUTHORS:
        return Decision(True, rule)
    raise Refused(
        t(
            "L’attestation d’inscription en compte manque pour : {refs}.",
            "The certificate of entry in an account is missing for: {refs}.",
        ).format(refs=", ".join(missing)),
        rule,
        "request.certificate",
        facts={"missing": list(missing)},
        lawful=t("Joignez l’attestation de chaque auteur.", "Attach the certificate of each author."),
    )


def proof_date(law: Statutes, facts: MeetingFacts) -> DateDue | None:
    """Return the date of the second certificate (R. 225-71, last par.), where the law asks for one."""
    return next((due for due in calendar(facts, law) if due.id == "agenda.drafts.certificate"), None)


def with_notice(facts: MeetingFacts, *, bearer: bool, notice_on: date | None) -> MeetingFacts:
    """Return the facts as the articles on requests look at them: bearer shares, and the notice that starts the twenty days."""
    published = notice_on if facts.listed or bearer else None
    return replace(facts, bearer=bearer, balo_on=published)


def _refused(rule: Rule, code: str, why: Text) -> Refused:
    return Refused(
        t("Demande irrecevable : {why}.", "Request not admissible: {why}.").format(why=why),
        rule,
        code,
        lawful=t("Complétez la demande dans le délai.", "Complete the request in time."),
    )
