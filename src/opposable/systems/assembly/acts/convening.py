"""Acts that convene a meeting: the notice, the dates it sets, the accesses to the voting site, what was sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from opposable.kernel import anchors, duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.clock import utc
from opposable.kernel.models import Duty
from opposable.law import Refused, day_text, instant, local_day, t
from opposable.systems.assembly.acts import again
from opposable.systems.assembly.acts.asked import require_none_waiting
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.models import Holder, Mailing, Meeting, Voter
from opposable.systems.assembly.rules import convening, session
from opposable.systems.assembly.rules.agenda import agenda_digest
from opposable.systems.assembly.rules.convening import consent
from opposable.systems.assembly.rules.forms import reception

DATE_DUTY = "assembly.due."
LOGIN_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@act("assembly.meeting.convene", label=t("Convoquer l’assemblée", "Convene the meeting"))
def convene(a: Acting, *, meeting: Meeting, notice_at: datetime | None = None) -> Meeting:
    """Freeze the agenda and send the notice at ``notice_at`` (default: now). An unlawful calendar is refused with its rule.

    Opens the duties of every date that the law computes, and gives each holder an access to the voting site.
    """
    a.require("write", meeting)
    require_status(meeting, "draft")
    agenda = list(meeting.resolutions.order_by("position"))
    if not agenda:
        raise Refused(t("L’ordre du jour est vide.", "The agenda is empty."), None, "agenda.empty")
    require_none_waiting(a, meeting)
    notice = notice_at or a.now
    facts = meeting_facts(meeting)
    dates = _check(a, facts, notice)
    meeting.status, meeting.notice_at = "convened", notice
    meeting.agenda_digest = agenda_digest([item.facts() for item in agenda])
    meeting.remote_until = reception.limit_of(
        a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone
    ).value.at
    meeting.record_at = convening.record_at(facts, a.statutes).value
    if meeting.first_meeting is not None and meeting.company.form == "sa":
        rule = a.law("assembly.agenda.second-call", meeting.day)
        left = again.digest_left(meeting)
        a.why(session.second_call(rule, undecided=len(agenda), first_agenda=left, agenda=meeting.agenda_digest))
    a.part("agenda", [item.state() for item in agenda], keep=Meeting.Evidence.keep)
    a.record(meeting)
    a.record_many(_voters(meeting))
    _open_duties(a, meeting, dates)
    return meeting


def _check(a: Acting, facts: convening.MeetingFacts, notice: datetime) -> tuple[convening.DateDue, ...]:
    """The calendar, with every notice that binds this company given at the instant of ours: one publication serves them all."""
    bound = {due.id for due in convening.calendar(facts, a.statutes)}
    checked = convening.check_calendar(
        facts, {id_: notice for id_ in convening.NOTICES if id_ in bound}, a.statutes, a.now
    )
    a.why(checked)
    return checked.value


def meeting_facts(meeting: Meeting) -> convening.MeetingFacts:
    """What the calendar rules need to know of a meeting."""
    company, first = meeting.company, meeting.first_meeting
    return convening.MeetingFacts(
        form=company.form,
        listed=company.listed,
        kind=meeting.kind,
        at=meeting.at,
        call=meeting.call,
        first_on=first.day if first else None,
        zone=meeting.zone,
        bylaws=company.layers(),
    )


def _voters(meeting: Meeting) -> list[Voter]:
    holders = Holder.objects.filter(company=meeting.company, ended=False).only("uid").order_by("pk")
    known = set(meeting.voters.values_list("holder_id", flat=True))
    return [
        Voter(cell=meeting.cell, meeting=meeting, holder=holder, login=new_login())
        for holder in holders
        if holder.pk not in known
    ]


def new_login() -> str:
    """Eight letters and digits that are not mistaken for each other, in two groups: 39 bits, and the code besides."""
    drawn = "".join(secrets.choice(LOGIN_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def _open_duties(a: Acting, meeting: Meeting, dates: Sequence[convening.DateDue]) -> None:
    """What the company must still do. The limits that bind the holders are on the meeting's calendar, they are no duty of ours."""
    link = f"/assembly/meetings/{meeting.uid}/"
    for due in dates:
        if due.actor == "company" and due.at > a.now and due.id != "record-date":
            title = due.label + t(" · ", " · ") + meeting.title
            name = f"{DATE_DUTY}{due.id}"
            duties.open_duty(meeting, name, title, due.at, rule=due.rule, trace=due.trace.as_data(), link=link)
    for name, verb, at in (
        ("assembly.entitlements.fix", t("Arrêter les droits de vote", "Fix the votes"), meeting.record_at),
        ("assembly.vote.close", t("Clore le vote à distance", "Close remote voting"), meeting.remote_until),
    ):
        if at:
            duties.open_duty(meeting, name, verb + t(" · ", " · ") + meeting.title, at, link=link, automatic=True)
    if meeting.remote_until:
        anchors.anchor_at(
            meeting, meeting.remote_until, t("Horodater la clôture du vote", "Time-stamp the close of the vote")
        )


@act("assembly.date.done", label=t("Constater qu’une échéance est tenue", "Record that a date was met"))
def meet_date(a: Acting, *, meeting: Meeting, date_id: str, note: str = "", on: date | None = None) -> Meeting:
    """What was due by ``date_id`` of the calendar ("holders.list"…) was done ``on`` a day (default: now); ``note`` says how.

    The notice is one of them: `convene` fixes it, it runs from the day on which it left or was published (R. 225-69).
    Lawful or not is in the act: what was done is recorded, also too late. Saying it again corrects the day, and ``note`` says
    why; what was said first stays in the log.
    """
    a.require("write", meeting)
    due = next((item for item in convening.calendar(meeting_facts(meeting), a.statutes) if item.id == date_id), None)
    if due is None:
        raise Refused(
            t("Le calendrier n’a pas cette échéance : {id}.", "The calendar has no such date: {id}.").format(
                id=date_id
            ),
            None,
            "date.unknown",
        )
    today = local_day(a.now, meeting.zone)
    day = on or today
    if day > today:
        said = t(
            "Ce jour n’est pas venu : on ne constate que ce qui est fait.",
            "That day has not come: only what is done is recorded.",
        )
        raise Refused(said, None, "date.day", facts={"on": day, "today": today})
    if due.side == "on" and day < due.day:
        said = t("Cela se fait exactement le {day}.", "This is done exactly on {day}.").format(
            day=day_text(due.day, weekday=True)
        )
        raise Refused(said, due.rule, "date.early", facts={"on": day, "due": due.day}, trace=due.trace)
    before = _said_before(meeting, date_id)
    if before is not None and not note.strip():
        said = t(
            "Cette échéance est déjà dite : écrivez pourquoi vous la corrigez.",
            "This date was told already: write why you correct it.",
        )
        raise Refused(said, None, "date.again", facts={"on": before})
    met = due.met_by(a.now if day == today else day, meeting.zone)
    a.about(meeting)
    a.cite(due.rule)
    told = {"date": date_id, "due_at": utc(due.at), "on": day.isoformat(), "lawful": met, "note": note}
    if before is not None:
        told["corrects"] = before.isoformat()
    a.part("done", told, keep=Meeting.Evidence.keep)
    at = a.now if day == today else instant(day, time(), meeting.zone)
    duties.close_duty(meeting, f"{DATE_DUTY}{date_id}", at, again=True)
    return meeting


def _said_before(meeting: Meeting, date_id: str) -> date | None:
    """The day on which somebody said that it was done; what the end of the session closed, nobody said."""
    duty = Duty.objects.filter(obj=meeting.uid, act=f"{DATE_DUTY}{date_id}").first()
    at = duty.closed_at if duty else None
    return None if at is None or at == meeting.ended_at else local_day(at, meeting.zone)


@act("assembly.mailing.record", label=t("Porter les envois au dossier", "Record messages sent"), api=False)
def record_mailings(a: Acting, *, meeting: Meeting, sent: Sequence[dict[str, Any]]) -> list[Mailing]:
    """What was sent to whom, and what the mail server answered: one row a message (holder, purpose, address, message_id, …)."""
    a.require("write", meeting)
    rows = [Mailing(cell=meeting.cell, meeting=meeting, at=a.now, **item) for item in sent]
    a.about(meeting)
    if any(item["purpose"] == "notice" for item in sent):
        a.cite(meeting.company.facts().rule(a.statutes, consent.RULES[meeting.company.form], meeting.day))
    a.record_many(rows)
    return rows
