"""«Calendrier de l'assemblée»: the plan of dates, one line each, counted from the meeting by the rule of its day.

Days are counted on the calendar first and the clock is read on the day found: never by taking hours away. Nothing is
moved by week-ends or holidays but what the article itself counts in «jours ouvrés». Where an article says «quinze jours
au moins» without «francs», the two dates are at least fifteen apart (R. 225-69, R. 225-73, R. 225-75).
"""

from collections.abc import Iterator
from datetime import date, datetime, time

from opposable.law import Decision, Rule, Step, Text, Trace, day_text, end_of_day, instant, instant_traced, local_day, t
from opposable.law.plain import instant_text
from opposable.systems.assembly.rules.convening.facts import DateDue, MeetingFacts
from opposable.systems.assembly.rules.convening.plans import PLANS, Plan
from opposable.systems.assembly.rules.register import Statutes

ADOPTED_BY_SAS = ("assembly.form.deadline-electronic", "assembly.proxy.deadline-electronic")


def calendar(facts: MeetingFacts, law: Statutes) -> list[DateDue]:
    """Return every date that binds this meeting, in order of time, by the law of its day under the bylaws of that day.

    NoRuleOnFile when the law of that day is not on file; OverrideRefused when a bylaw changes what it may not; Refused
    (code ``record-date.choice``) when it chooses a record date that the article does not offer.
    """
    found = (due for plan in PLANS for due in _due(plan, facts, law))
    return sorted(found, key=lambda due: (due.at, due.day, due.id))


def record_at(facts: MeetingFacts, law: Statutes) -> Decision[datetime]:
    """«Date d'enregistrement»: return the instant (UTC) at which the register says who may vote.

    The law sets it for the SA only; elsewhere it is the beginning of the meeting's own day.
    """
    for due in calendar(facts, law):
        if due.id == "record-date":
            return Decision(due.at, due.rule, facts.as_data(), due.trace)
    at, shown = instant_traced(facts.day, time(0), facts.zone)
    what = t("Date d’enregistrement", "Record date")
    how = t(
        "la loi n’en fixe pas pour cette forme de société : le jour de l’assemblée",
        "the law sets none for this form of company: the meeting’s day",
    )
    return Decision(at, None, facts.as_data(), Trace((Step(what, how, facts.day.isoformat()),)) + shown)


def _due(plan: Plan, facts: MeetingFacts, law: Statutes) -> Iterator[DateDue]:
    if plan.form not in (None, facts.form):
        return
    rule = facts.rule(law, plan.rule_id)
    if not _concerned(facts, rule, law) or not plan.when(facts, rule):
        return
    counted = plan.count(facts, rule)
    if counted is None:
        return
    when, trace = counted
    day = local_day(when, facts.zone) if isinstance(when, datetime) else when
    at, included, whole, clock = _limit(plan, facts, rule, when)
    yield DateDue(plan.id, plan.label, rule, plan.side, plan.actor, day, at, included, whole, trace + clock)


def _limit(plan: Plan, facts: MeetingFacts, rule: Rule, when: date | datetime) -> tuple[datetime, bool, bool, Trace]:
    """Return the instant of a date, whether it is in time itself, whether it bounds a whole day, and how it was found."""
    if isinstance(when, datetime):
        return when, True, False, Trace()
    if plan.clock in rule.param:
        at, clock = instant_traced(when, rule.time(plan.clock), rule.word("zone"))
        return at, True, False, clock
    if plan.side == "not-earlier":
        return _whole(when, instant(when, time(0), facts.zone), t("à 0 h 00", "at 0:00"), facts.zone, included=True)
    return _whole(when, end_of_day(when, facts.zone), t("à 24 h 00", "at 24:00"), facts.zone, included=False)


def _whole(day: date, at: datetime, clock: Text, zone: str, *, included: bool) -> tuple[datetime, bool, bool, Trace]:
    what = t("Limite : le {day} {clock}", "Limit: {day} {clock}").format(day=day_text(day, weekday=True), clock=clock)
    how = t("jour entier, heure légale ({zone})", "whole day, legal time ({zone})").format(zone=zone)
    return at, included, True, Trace((Step(what, how, instant_text(at)),))


def _concerned(facts: MeetingFacts, rule: Rule, law: Statutes) -> bool:
    """Tell whether a rule binds the meeting; an SAS is bound by the SA's limits that its bylaws take over (L. 227-9)."""
    if facts.form == "sas" and rule.id in ADOPTED_BY_SAS:
        return facts.rule(law, "assembly.sas.free").flag("evote")
    return facts.bound_by(rule)
