"""What the law refuses of a calendar: an act done too late or too early, a notice that was missed, a call out of turn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from opposable.law import (
    CalendarError,
    Decision,
    LawError,
    Refused,
    Rule,
    Step,
    Text,
    Trace,
    day_text,
    instant,
    join,
    local,
    local_day,
    t,
    time_text,
)
from opposable.systems.assembly.rules.convening.dates import calendar
from opposable.systems.assembly.rules.convening.facts import DateDue, MeetingFacts, cited
from opposable.systems.assembly.rules.convening.plans import PLANS
from opposable.systems.assembly.rules.register import Statutes

CONVENING = ("notice.first", "notice.second", "notice.sas", "notice.sarl")
NOTICES = ("notice.balo", "notice.site", *CONVENING)
SEARCHED_DAYS = 120

Done = Mapping[str, date | datetime]


@dataclass(frozen=True, slots=True)
class _Fault:
    """An act that is not lawful for its date: done on the wrong side of it, or (``done`` None) missed."""

    due: DateDue
    done: date | datetime | None


def check_calendar(facts: MeetingFacts, done: Done, law: Statutes, now: datetime) -> Decision[tuple[DateDue, ...]]:
    """Decide whether a meeting may be held as convened; the value is its calendar.

    ``done`` gives the day, or the instant, of what was done or is planned, by the ids of the calendar ("notice.balo",
    "notice.first"…, with or without "assembly." before them); "notice" is the notice of meeting, whichever the form and
    the call. A notice (`NOTICES`) that is neither done nor planned when its last day has gone by is missed. Refused names
    the rule, what was found, and what stays lawful. Codes: ``meeting.past``, ``call.first``, ``telecom-only``,
    ``calendar.late``, ``calendar.early``, ``calendar.day``, ``calendar.missed``. LawError for an id that no calendar has.
    """
    _in_turn(facts, law, now)
    dates = calendar(facts, law)
    done = _named(done, dates)
    faults = list(_faults(dates, facts, done, now))
    if faults:
        raise _refused(faults, facts, done, law, now)
    trace = Trace(
        tuple(step for due in dates if due.id in done for step in (*due.trace, _compared(due, done[due.id], facts)))
    )
    return Decision(tuple(dates), _principal(dates), _seen(facts, done, now), trace)


def _named(done: Done, dates: list[DateDue]) -> Done:
    """Return the acts under the ids of the calendar; what does not concern this meeting is left out."""
    notice = next((due.id for due in dates if due.id in CONVENING), "")
    named = {name.removeprefix("assembly."): act for name, act in done.items()}
    unknown = sorted(set(named) - {"notice"} - {plan.id for plan in PLANS})
    if unknown:
        raise LawError(
            t(
                "Le calendrier n’a pas d’échéance « {ids} » : employez les identifiants qu’il donne.",
                "The calendar has no date “{ids}”: use the ids that it gives.",
            ).format(ids=", ".join(unknown))
        )
    if "notice" in named:
        named[notice] = named.pop("notice")
    return {due.id: named[due.id] for due in dates if due.id in named}


def _in_turn(facts: MeetingFacts, law: Statutes, now: datetime) -> None:
    """Refuse a meeting that is past, a second call without its first meeting, a distance-only meeting out of the law."""
    if now >= facts.at:
        raise Refused(
            t("L’assemblée du {day} est passée.", "The meeting of {day} is past.").format(day=day_text(facts.day)),
            None,
            "meeting.past",
            facts={**facts.as_data(), "now": now},
            lawful=t("Choisissez un jour à venir.", "Choose a day to come."),
        )
    if facts.call == 2 and facts.form == "sa" and (facts.first_on is None or facts.first_on >= facts.day):
        raise Refused(
            t(
                "Une deuxième convocation suit une première assemblée qui n’a pu délibérer, et rappelle sa date.",
                "A second call follows a first meeting that could not decide, and recalls its date.",
            ),
            facts.rule(law, "assembly.notice.second"),
            "call.first",
            facts=facts.as_data(),
            lawful=t("Indiquez la date de la première assemblée.", "Give the date of the first meeting."),
        )
    if facts.telecom_only:
        _distance_only(facts, facts.rule(law, "assembly.telecom-only"))


def _distance_only(facts: MeetingFacts, rule: Rule) -> None:
    if facts.bound_by(rule) and rule.flag("allowed") and set(facts.bodies) <= set(rule.words("kinds")):
        return
    raise Refused(
        t(
            "Cette assemblée ne peut pas se tenir exclusivement à distance ({cite}).",
            "This meeting may not be held only at a distance ({cite}).",
        ).format(cite=cited(rule)),
        rule,
        "telecom-only",
        facts={**facts.as_data(), "allowed": rule.param.get("allowed", False)},
        lawful=t(
            "Réunissez-la en un lieu, avec participation à distance si les statuts la prévoient (L. 225-107, II).",
            "Hold it in a place, with attendance at a distance if the bylaws provide for it (L. 225-107, II).",
        ),
    )


def _faults(dates: list[DateDue], facts: MeetingFacts, done: Done, now: datetime) -> Iterator[_Fault]:
    for due in dates:
        act = done.get(due.id)
        if act is None and due.id in NOTICES and due.missed(now):
            yield _Fault(due, None)
        elif act is not None and not due.met_by(act, facts.zone):
            yield _Fault(due, act)


def _refused(faults: list[_Fault], facts: MeetingFacts, done: Done, law: Statutes, now: datetime) -> Refused:
    first = faults[0]
    reason = join((_reason(fault, facts.zone) for fault in faults), t(" ; ", "; ")) + "."
    trace = first.due.trace
    if first.done is not None:
        trace += Trace((_compared(first.due, first.done, facts),))
    seen = _seen(facts, done, now)
    seen["faults"] = [{"id": f.due.id, "rule": f.due.rule.id, "due": f.due.at, "done": f.done} for f in faults]
    lawful = _lawful(faults, facts, done, law, now)
    return Refused(reason, first.due.rule, f"calendar.{_code(first)}", facts=seen, trace=trace, lawful=lawful)


def _code(fault: _Fault) -> str:
    if fault.done is None:
        return "missed"
    return {"not-later": "late", "not-earlier": "early", "on": "day"}[fault.due.side]


def _reason(fault: _Fault, zone: str) -> Text:
    due = fault.due
    cite = cited(due.rule)
    limit = _limit_text(due, zone)
    if fault.done is None:
        return t(
            "{label} : la limite du {limit} est passée ({cite})", "{label}: the limit of {limit} has passed ({cite})"
        ).format(label=due.label, limit=limit, cite=cite)
    side = {
        "not-later": t("la loi veut au plus tard le {limit}", "the law wants it by {limit}"),
        "not-earlier": t("la loi ne le permet qu’à partir du {limit}", "the law allows it only from {limit}"),
        "on": t("la loi veut exactement le {limit}", "the law wants it exactly on {limit}"),
    }[due.side].format(limit=limit)
    return t("{label} : le {done}, alors que {side} ({cite})", "{label}: {done}, but {side} ({cite})").format(
        label=due.label, done=_moment(fault.done, zone), side=side, cite=cite
    )


def _lawful(faults: list[_Fault], facts: MeetingFacts, done: Done, law: Statutes, now: datetime) -> Text | None:
    cured = all(fault.done is not None and not fault.due.missed(now) for fault in faults)
    ways = [join((_remedy(fault.due, facts.zone) for fault in faults), t(" et ", " and "))] if cured else []
    earliest = _earliest(facts, done, law, now)
    if earliest:
        held = t("tenir l’assemblée le {day} au plus tôt", "hold the meeting on {day} at the earliest")
        if not all(fault.done for fault in faults):
            held += t(", ce qui manque étant fait aujourd’hui", ", what is missing being done today")
        ways.append(held.format(day=day_text(earliest, weekday=True)))
    return join(ways, t(" ; ou ", "; or ")).capital() + "." if ways else None


def _remedy(due: DateDue, zone: str) -> Text:
    side = {"not-later": t("au plus tard le", "by"), "not-earlier": t("à partir du", "from"), "on": t("le", "on")}[
        due.side
    ]
    return t("{label} : {side} {limit}", "{label}: {side} {limit}").format(
        label=due.label, side=side, limit=_limit_text(due, zone)
    )


def _earliest(facts: MeetingFacts, done: Done, law: Statutes, now: datetime) -> date | None:
    """Return the first later day, at the same hour, on which everything would be lawful, a missed notice going out now."""
    sent_now = {**dict.fromkeys(NOTICES, now), **done}
    shown = local(facts.at, facts.zone)
    for later in range(1, SEARCHED_DAYS + 1):
        try:
            moved = replace(facts, at=instant(shown.date() + timedelta(days=later), shown.time(), facts.zone))
        except CalendarError:
            continue  # the clocks skip that hour that day
        if not list(_faults(calendar(moved, law), moved, sent_now, now)):
            return moved.day
    return None


def _principal(dates: list[DateDue]) -> Rule | None:
    return next((due.rule for due in dates if due.id in CONVENING), None)


def _seen(facts: MeetingFacts, done: Done, now: datetime) -> dict[str, object]:
    return {**facts.as_data(), "now": now, "done": dict(done)}


def _compared(due: DateDue, done: date | datetime, facts: MeetingFacts) -> Step:
    verdict = t("conforme", "lawful") if due.met_by(done, facts.zone) else t("non conforme", "not lawful")
    how = t("comparé à la limite du {limit} : {verdict}", "compared with the limit of {limit}: {verdict}").format(
        limit=_limit_text(due, facts.zone), verdict=verdict
    )
    return Step(due.label, how, done.isoformat())


def _limit_text(due: DateDue, zone: str) -> Text:
    return day_text(due.day, weekday=True) if due.whole_day else _moment(due.at, zone)


def _moment(done: date | datetime, zone: str) -> Text:
    if not isinstance(done, datetime):
        return day_text(done, weekday=True)
    at = local(done, zone)
    return t("{day} à {clock}", "{day} at {clock}").format(
        day=day_text(local_day(done, zone), weekday=True), clock=time_text(at)
    )
