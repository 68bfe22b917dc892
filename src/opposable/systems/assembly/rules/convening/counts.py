"""How each date is counted from the meeting, and when a line of the plan concerns it.

A count gives a day, or an instant when the article counts in hours, with its arithmetic; None when there is no date.
"""

from collections.abc import Callable
from datetime import date, datetime

from opposable.law import (
    Refused,
    Rule,
    Trace,
    days_after,
    days_before,
    hours_before,
    months_after,
    t,
    working_days_after,
    working_days_before,
    years_after,
)
from opposable.systems.assembly.rules.convening.facts import MeetingFacts

Counted = tuple[date | datetime, Trace]
Count = Callable[[MeetingFacts, Rule], Counted | None]
When = Callable[[MeetingFacts, Rule], bool]


def back(name: str = "days_before", bid: str = "") -> Count:
    """Count calendar days back from the meeting; zero days is no date at all."""

    def count(facts: MeetingFacts, rule: Rule) -> Counted | None:
        days = rule.number(bid if bid and facts.bid_defence else name)
        return days_before(facts.day, days) if days else None

    return count


def working_back(name: str = "working_days_before") -> Count:
    """Count «jours ouvrés» back from the meeting, on the working-day calendar that the facts name."""

    def count(facts: MeetingFacts, rule: Rule) -> Counted:
        return working_days_before(facts.day, rule.number(name), facts.days)

    return count


def record(facts: MeetingFacts, rule: Rule) -> Counted:
    """Return the record date: the working day of the article, or one of those that it lets the bylaws choose.

    Zero stands for the meeting's own day (R. 225-86). Refused (code ``record-date.choice``) for any other choice.
    """
    days = rule.number("working_days_before")
    choices = rule.law_param.get("choices", (days,))
    if days not in choices:
        raise Refused(
            t(
                "Les statuts fixent la date d’inscription au jour ouvré n° {days} ; l’article ne leur offre que {choices}.",
                "The bylaws set the record date at working day no. {days}; the article offers them only {choices}.",
            ).format(days=days, choices=", ".join(str(choice) for choice in choices)),
            rule,
            "record-date.choice",
            facts={"working_days_before": days, "choices": choices},
            lawful=t("Corrigez la clause statutaire.", "Correct the bylaw."),
        )
    return working_days_before(facts.day, days, facts.days) if days else days_before(facts.day, 0)


def drafts(facts: MeetingFacts, rule: Rule) -> Counted | None:
    """Return the last day for drafts: backwards from the meeting, or forwards from an early notice (wording of 2007)."""
    published = facts.balo_on
    if facts.bid_defence and "bid_days_before" in rule.param:
        return days_before(facts.day, rule.number("bid_days_before"))
    if published and facts.bid_defence:
        return days_after(published, rule.number("bid_days_after_notice"))
    if published and "days_after_notice_if_published_days_before" in rule.param:
        early, _ = days_before(facts.day, rule.number("days_after_notice_if_published_days_before"))
        if published < early:
            return days_after(published, rule.number("days_after_notice"))
    return days_before(facts.day, rule.number("days_before"))


def drafts_sent(facts: MeetingFacts, rule: Rule) -> Counted | None:
    """Return the last day to send drafts after the notice, since 2010 apart from the day they must have come by."""
    if facts.balo_on is None or facts.bid_defence or rule.word("act") == "sent":
        return None
    return days_after(facts.balo_on, rule.number("days_after_notice"))


def after(facts: MeetingFacts, rule: Rule) -> Counted:
    return days_after(facts.day, rule.number("days_after"))


def recording(facts: MeetingFacts, rule: Rule) -> Counted:
    return working_days_after(facts.day, rule.number("recording_working_days_after"), facts.days)


def recording_kept(facts: MeetingFacts, rule: Rule) -> Counted:
    online, counted = recording(facts, rule)
    until, years = years_after(online, rule.number("recording_years"))
    return until, counted + years


def put_off(facts: MeetingFacts, rule: Rule) -> Counted:
    return months_after(facts.day, rule.number("put_off_months"))


def hours_back(facts: MeetingFacts, rule: Rule) -> Counted:
    return hours_before(facts.at, rule.number("company_warns_hours_before"), facts.zone)


def sarl_notice(facts: MeetingFacts, rule: Rule) -> Counted:
    return days_before(facts.day, rule.number("manager_death_days_before" if facts.manager_death else "days_before"))


def always(facts: MeetingFacts, rule: Rule) -> bool:
    return True


def first_call(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.call == 1


def by_notice(facts: MeetingFacts, rule: Rule) -> bool:
    """Tell whether the meeting is announced by a notice in the BALO, from which R. 225-73 counts."""
    return facts.call == 1 and (facts.listed or facts.bearer or facts.public_offering)


def all_registered(facts: MeetingFacts, rule: Rule) -> bool:
    """Tell whether R. 225-72 speaks: every share is registered, none is on a market."""
    return facts.call == 1 and not by_notice(facts, rule)


def allowed(facts: MeetingFacts, rule: Rule) -> bool:
    return rule.flag("allowed")


def second_call(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.call == 2


def of_its_kinds(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.kind in rule.words("kinds")


def open_to_objection(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.telecom_only and any(body in rule.words("objection_kinds") for body in facts.bodies)


def with_consent(facts: MeetingFacts, rule: Rule) -> bool:
    return "consent_days_before" in rule.param


def extraordinary_again(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.call == 2 and "extraordinary" in facts.bodies


def special_again(facts: MeetingFacts, rule: Rule) -> bool:
    return facts.call == 2 and facts.kind == "special"
