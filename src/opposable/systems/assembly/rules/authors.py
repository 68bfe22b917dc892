"""«Auteurs de la demande» other than shareholders: their associations (L. 22-10-44, before 2021 L. 225-120) and the works council.

An association holds a part of the votes, in whole numbers, by shares registered long enough; the works council holds none
and needs none (C. trav., L. 2312-77; before 2018 L. 2323-67, before May 2008 L. 432-6-1).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from opposable.law import (
    Decision,
    Refused,
    Rule,
    Step,
    Text,
    Trace,
    day_text,
    days_after,
    days_before,
    local_day,
    t,
    years_after,
)
from opposable.systems.assembly.rules.convening import MeetingFacts
from opposable.systems.assembly.rules.figures import number
from opposable.systems.assembly.rules.register import Company, Lot, Statutes

By = Literal["holders", "association", "committee"]
ASSOCIATION = "assembly.agenda.associations"
COMMITTEE = "assembly.agenda.committee"


def association_rule(law: Statutes, company: Company, day: date) -> Rule:
    """Return the rule on associations of shareholders. Refused (code ``request.no-right``) where no market knows the shares."""
    rule = company.rule(law, ASSOCIATION, day)
    if company.listed and company.bound_by(rule):
        return rule
    raise Refused(
        t(
            "Seules les sociétés cotées sur un marché réglementé ont de telles associations.",
            "Only companies listed on a regulated market have such associations.",
        ),
        rule,
        "request.no-right",
        lawful=t(
            "Ses membres peuvent demander ensemble, en leur nom.",
            "Its members may ask together, in their own names.",
        ),
    )


def share_of_votes(rule: Rule, capital_cents: int) -> int:
    """Return the percentage of the votes that an association holds at least, by the step in which the capital lies."""
    steps = zip(rule.words("steps_up_to_euros"), rule.words("steps_percent"), strict=False)
    percents: list[int] = list(rule.words("steps_percent"))
    return next((percent for euros, percent in steps if capital_cents <= euros * 100), percents[-1])


def seasoned(rule: Rule, lots: Iterable[Lot], on: date) -> list[Lot]:
    """Return the lots that were registered in their holder's name for the years of the article, on a day."""
    years = rule.number("registered_years")
    return [lot for lot in lots if lot.form != "bearer" and years_after(lot.since, years)[0] <= on]


def check_association(
    rule: Rule,
    votes: Mapping[str, int],
    *,
    total: int,
    capital_cents: int,
    sent_on: date,
    statutes_on: date | None,
) -> Decision[int]:
    """Decide whether an association may ask: its statutes communicated, its members registered, their votes enough.

    ``votes``: those of each member by shares registered for two years at least; ``total``: the company's. The value is what
    they hold together. Refused codes: ``request.statutes``, ``request.threshold``.
    """
    if statutes_on is None or statutes_on > sent_on:
        raise Refused(
            t(
                "L’association n’avait pas communiqué ses statuts à la société et à l’Autorité des marchés financiers.",
                "The association had not communicated its statutes to the company and to the Autorité des marchés financiers.",
            ),
            rule,
            "request.statutes",
            facts={"statutes_on": statutes_on, "sent_on": sent_on},
            lawful=t("Elle les communique, puis demande.", "It communicates them, then asks."),
        )
    without = sorted(ref for ref, held in votes.items() if not held)
    together, percent = sum(votes.values()), share_of_votes(rule, capital_cents)
    least = max(1, -(-percent * total // 100))
    enough = together >= least and not without
    how = t("{held} voix sur {total} ; il en faut {least}", "{held} votes out of {total}; {least} are wanted").format(
        held=number(together), total=number(total), least=number(least)
    )
    trace = Trace(
        (
            Step(t("Part des droits de vote", "Part of the votes"), _by_capital(capital_cents), f"{percent} %"),
            Step(t("Voix des membres", "Votes of the members"), how, "≥" if enough else "<"),
        )
    )
    facts: dict[str, Any] = {"held": together, "least": least, "total": total, "on": sent_on, "without": without}
    if enough:
        return Decision(together, rule, facts, trace)
    raise Refused(
        _too_few(without, together, least, sent_on, rule.number("registered_years")),
        rule,
        "request.threshold",
        facts=facts,
        trace=trace,
        lawful=t(
            "D’autres membres peuvent s’y joindre ; ils peuvent aussi demander en leur nom, par leur part du capital.",
            "Other members may join; they may also ask in their own names, by their part of the capital.",
        ),
    )


def _by_capital(capital_cents: int) -> Text:
    return t("capital de {euros} €", "capital of €{euros}").format(euros=number(capital_cents // 100))


def _too_few(without: list[str], together: int, least: int, on: date, years: int) -> Text:
    if without:
        return t(
            "Sans titres nominatifs depuis {years} ans le {on} : {refs}.",
            "Not registered for {years} years on {on}: {refs}.",
        ).format(years=years, on=day_text(on), refs=", ".join(without[:5]))
    return t(
        "Les membres de l’association détiennent ensemble {held} voix le {on} ; il en faut {least}.",
        "The members of the association hold {held} votes together on {on}; {least} are wanted.",
    ).format(held=number(together), on=day_text(on), least=number(least))


def check_committee(rule: Rule, facts: MeetingFacts, kind: str, sent_on: date, text: str) -> Decision[date | None]:
    """Decide on a request of the works council: a draft with its text, sent in time in an SA; None: no limit on file.

    In an SAS the bylaws set how such requests are examined (R. 2312-34); no text read sets a time in an SARL. Refused codes:
    ``request.points``, ``request.content``, ``request.late``.
    """
    for wrong, code, why in (
        (
            kind != "draft",
            "request.points",
            t("le comité demande l’inscription de projets de résolution", "the council asks for draft resolutions"),
        ),
        (not text.strip(), "request.content", t("il y manque le texte du projet", "it lacks the text of the draft")),
    ):
        if wrong:
            told = t("Demande irrecevable : {why}.", "Request not admissible: {why}.").format(why=why)
            raise Refused(told, rule, code, lawful=t("Complétez la demande.", "Complete the request."))
    last = committee_limit(rule, facts)
    if last.value is not None and sent_on > last.value:
        raise Refused(
            t(
                "Demande envoyée le {day} : elle devait l’être au plus tard le {last}.",
                "Request sent on {day}: it had to be by {last} at the latest.",
            ).format(day=day_text(sent_on), last=day_text(last.value)),
            rule,
            "request.late",
            facts={"sent_on": sent_on, "last": last.value},
            trace=last.trace,
            lawful=t(
                "Avant la convocation, son auteur peut reprendre le projet.",
                "Before the notice, whoever convenes may take the draft up.",
            ),
        )
    return Decision(last.value, rule, {"sent_on": sent_on}, last.trace)


def committee_limit(rule: Rule, facts: MeetingFacts) -> Decision[date | None]:
    """Return the last day for the council to send its drafts; None before the notice that starts the time, and outside an SA."""
    if facts.form != "sa":
        return Decision(None, rule)
    early = rule.word("notice_when") == "public-offering"
    if facts.listed or (facts.public_offering if early else facts.bearer):
        if facts.balo_on is None:
            return Decision(None, rule)
        day, trace = days_after(facts.balo_on, rule.number("days_after_notice"))
    else:
        day, trace = days_before(facts.day, rule.number("days_before"))
    return Decision(day, rule, {}, trace)


def check_withdrawable(status: str, received_at: datetime, on: date, today: date, zone: str) -> Decision[bool]:
    """Decide whether the authors may take their request back: it stands, and the day is not before it came, nor to come.

    No rule on file speaks of it: nothing obliges an author to maintain what he asked. Refused code: ``request.withdraw``.
    """
    faults = (
        (status not in ("received", "listed"), t("elle n’est plus en cours", "it no longer stands")),
        (
            not local_day(received_at, zone) <= on <= today,
            t("le jour n’est pas entre la réception et aujourd’hui", "the day is not between the reception and today"),
        ),
    )
    for wrong, why in faults:
        if wrong:
            told = t("Cette demande ne se retire pas : {why}.", "This request cannot be withdrawn: {why}.")
            raise Refused(told.format(why=why), None, "request.withdraw", facts={"status": status, "on": on})
    return Decision(True, None, {"status": status, "on": on})
