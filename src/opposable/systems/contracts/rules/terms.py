"""«Échéances»: when a contract ends, renews, and by when one must say so; each date with its arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
    months_after,
    months_before,
    t,
)
from opposable.systems.contracts.rules.points import label_of

ONE_DAY = 1
MOST_PERIODS = 400


@dataclass(frozen=True)
class Terms:
    """«Durée»: first day, months of the first term (0: no fixed term), tacit renewal by so many months (0: none), notice."""

    starts_on: date
    months: int
    renewal_months: int = 0
    notice_months: int = 0
    notice_days: int = 0
    ended_on: date | None = None
    """Last day, when notice was given or the contract was ended."""


@dataclass(frozen=True)
class Deadline:
    """One date: its name ("notice", "end", "renewal"), its words, the day, the steps that lead there, the rule."""

    name: str
    label: Text
    day: date
    trace: Trace
    rule: Rule


def period(terms: Terms, day: date) -> Decision[tuple[date, date]]:
    """The first and last day of the period that runs on a day. Counted from the first day each time: the 31st does not drift.

    Refused before the first day, after the last one, and for a contract without a fixed term.
    """
    facts = {"day": day, "starts_on": terms.starts_on, "months": terms.months, "renewal_months": terms.renewal_months}
    if day < terms.starts_on:
        raise Refused(
            t("Le contrat n’a pas commencé ce jour-là.", "The contract has not begun on that day."),
            None,
            "term.before",
            facts=facts,
        )
    if not terms.months:
        raise Refused(t("Le contrat n’a pas de terme.", "The contract has no term."), None, "term.none", facts=facts)
    since, count = terms.starts_on, terms.months
    for _ in range(MOST_PERIODS):
        until, trace = months_after(terms.starts_on, count)
        last, more = days_before(until, ONE_DAY)
        if day <= last:
            return Decision((since, last), None, facts, trace + more)
        if not terms.renewal_months:
            break
        since, count = until, count + terms.renewal_months
    raise Refused(
        t("Le contrat est terminé ce jour-là.", "The contract has ended on that day."), None, "term.after", facts=facts
    )


def last_day(terms: Terms) -> date | None:
    """The last day of a contract as it stands; None while no end is known: no fixed term, or renewed until notice is given."""
    if terms.ended_on is not None or not terms.months or terms.renewal_months:
        return terms.ended_on
    return days_before(months_after(terms.starts_on, terms.months)[0], ONE_DAY)[0]


def deadlines(terms: Terms, day: date, rule: Rule) -> tuple[Deadline, ...]:
    """What is to come of a contract that runs on a day: last day for notice, end or renewal. Empty when it is over."""
    if terms.ended_on is not None:
        if day > terms.ended_on:
            return ()
        said = Trace(
            (
                Step(
                    t("Fin du contrat", "End of the contract"),
                    t("congé donné ou résiliation", "notice given, or terminated"),
                    terms.ended_on.isoformat(),
                ),
            )
        )
        return (Deadline("end", t("Dernier jour du contrat", "Last day of the contract"), terms.ended_on, said, rule),)
    try:
        found = period(terms, max(day, terms.starts_on))
    except Refused:
        return ()
    last, trace = found.value[1], found.trace
    dates = [_end(terms, last, trace, rule)]
    if terms.notice_months or terms.notice_days:
        dates.insert(0, _notice(terms, last, trace, rule))
    return tuple(dates)


def _end(terms: Terms, last: date, trace: Trace, rule: Rule) -> Deadline:
    if terms.renewal_months:
        label = t("Reconduction tacite le lendemain, pour {n} mois", "Tacit renewal the day after, for {n} months")
        return Deadline("renewal", label.format(n=terms.renewal_months), last, trace, rule)
    return Deadline("end", t("Dernier jour du contrat", "Last day of the contract"), last, trace, rule)


def _notice(terms: Terms, last: date, trace: Trace, rule: Rule) -> Deadline:
    """A whole notice period lies between the last day for giving it and the end of the term."""
    first = date.fromordinal(last.toordinal() + 1)
    if terms.notice_months:
        first, more = months_before(first, terms.notice_months)
        trace += more
    if terms.notice_days:
        first, more = days_before(first, terms.notice_days)
        trace += more
    found, more = days_before(first, ONE_DAY)
    how = t(
        "le préavis entier doit courir avant la fin du terme, le {day}",
        "the whole notice must run before the end of the term, on {day}",
    )
    step = Step(
        t("Dernier jour pour le congé", "Last day for notice"), how.format(day=day_text(last)), found.isoformat()
    )
    return Deadline(
        "notice",
        t("Dernier jour pour donner congé", "Last day to give notice"),
        found,
        trace + more + Trace((step,)),
        rule,
    )


# ---------------------------------------------------------------- the guarantee of evolution


@dataclass(frozen=True)
class Event:
    """«Événement» of a software's life: "version-published", "end-of-support", "function-withdrawn", on a day."""

    kind: str
    on: date
    delivered_on: date | None = None
    """For a published version: when the licensee had it, None when he has not."""


EVENTS: dict[str, Text] = {
    "version-published": t("Version publiée par l’éditeur", "Version published by the publisher"),
    "end-of-support": t("Fin de support annoncée", "End of support announced"),
    "function-withdrawn": t("Fonction retirée", "Function withdrawn"),
}
KEPT, TESTED, BROKEN = "kept", "at-stake", "broken"
VERDICTS: dict[str, Text] = {
    KEPT: t("garantie tenue", "guarantee kept"),
    TESTED: t("garantie à invoquer", "guarantee to be invoked"),
    BROKEN: t("aucune garantie au contrat", "no guarantee in the contract"),
}
COVERS = {"version-published": "technical", "end-of-support": "technical", "function-withdrawn": "functional"}


def weigh(event: Event, covered: Sequence[str], last: date | None, rule: Rule) -> Decision[str]:
    """What an event does to the guarantee of evolution, ``covered`` being the points that the contract has.

    Kept: the version was delivered, or support ends after the contract does. To be invoked: the contract covers what happened.
    """
    needed = COVERS[event.kind]
    facts = {
        "event": EVENTS[event.kind],
        "on": event.on,
        "delivered_on": event.delivered_on,
        "last_day": last,
        "covered": [label_of(one) for one in sorted(covered)],
    }
    if event.kind == "version-published" and event.delivered_on is not None:
        return Decision(KEPT, rule, facts)
    if event.kind == "end-of-support" and last is not None and event.on > last:
        return Decision(KEPT, rule, facts)
    return Decision(TESTED if {needed, "duration"} <= set(covered) else BROKEN, rule, facts)


def claim_by(event: Event, known_on: date, rule: Rule) -> tuple[date, Trace]:
    """By when an event must have its answer: ``days`` after it is known; ``months`` before support ends when that is later.

    Never after the support itself has ended, unless it had when it became known: then ``days`` after.
    """
    by, trace = days_after(max(known_on, event.on) if event.kind != "end-of-support" else known_on, rule.param["days"])
    if event.kind != "end-of-support" or event.on <= known_on:
        return by, trace
    ahead, more = months_before(event.on, rule.param["months"])
    if ahead >= by:
        return ahead, more
    if event.on >= by:
        return by, trace
    said = t("le support finit avant : son dernier jour", "support ends before that: its last day")
    return event.on, trace + Trace((Step(t("Au plus tard", "At the latest"), said, event.on.isoformat()),))
