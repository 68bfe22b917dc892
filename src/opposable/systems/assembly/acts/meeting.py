"""Acts that prepare a meeting: drafting, resolutions, convening, opening and closing the vote."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.clock import utc
from opposable.law import Refused, t
from opposable.systems.assembly.models import Company, Entitlement, Form, Holder, Mailing, Meeting, Resolution, Voter
from opposable.systems.assembly.models.meeting import STATUSES
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.agenda import agenda_digest
from opposable.systems.assembly.rules.forms import changes, reception
from opposable.systems.assembly.rules.register import lots_at
from opposable.systems.assembly.rules.weights import Snapshot, snapshot

DATE_DUTY = "assembly.due."
LOGIN_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@act("assembly.meeting.draft", label=t("Préparer une assemblée", "Draft a meeting"))
def draft_meeting(
    a: Acting,
    *,
    company: Company,
    kind: str,
    at: datetime,
    place: str,
    call: int = 1,
    first_meeting: Meeting | None = None,
    signature_level: str = "simple",
) -> Meeting:
    """A meeting in preparation. A second call takes over the agenda of the first, which stays frozen."""
    a.require("write", kind=Meeting.Evidence.kind, cell=company.cell)
    meeting = Meeting(
        cell=company.cell,
        company=company,
        kind=kind,
        at=at,
        place=place,
        call=call,
        first_meeting=first_meeting,
        signature_level=signature_level,
        zone=company.zone,
    )
    a.record(meeting)
    if first_meeting is not None:
        a.record_many(_copied(meeting, first_meeting))
    return meeting


def _copied(meeting: Meeting, first: Meeting) -> list[Resolution]:
    names = ("position", "title", "text", "reasons", "author", "approved_by_board", "body", "kind", "excluded")
    return [
        Resolution(cell=meeting.cell, meeting=meeting, **{name: getattr(item, name) for name in names})
        for item in first.resolutions.filter(kind="draft")
    ]


@act("assembly.meeting.change", label=t("Modifier une assemblée en préparation", "Change a drafted meeting"))
def change_meeting(
    a: Acting, *, meeting: Meeting, at: datetime | None = None, place: str = "", signature_level: str = ""
) -> Meeting:
    """Day, place or signature level, as long as the meeting is not convened."""
    a.require("write", meeting)
    require_status(meeting, "draft")
    meeting.at = at or meeting.at
    meeting.place = place or meeting.place
    meeting.signature_level = signature_level or meeting.signature_level
    a.record(meeting)
    return meeting


@act("assembly.resolution.add", label=t("Ajouter une résolution", "Add a resolution"))
def add_resolution(
    a: Acting,
    *,
    meeting: Meeting,
    title: str,
    text: str,
    body: str,
    reasons: str = "",
    author: str = "board",
    approved_by_board: bool = True,
) -> Resolution:
    """A draft resolution at the end of the agenda. On a second call the agenda stays that of the first (L. 225-105)."""
    a.require("write", meeting)
    require_status(meeting, "draft")
    if meeting.call == 2 and meeting.first_meeting_id:
        rule = a.law("assembly.agenda.second-call", meeting.day)
        raise Refused(
            t("L’ordre du jour ne change pas sur deuxième convocation.", "The agenda does not change on second call."),
            rule,
            "agenda.frozen",
        )
    resolution = Resolution(
        cell=meeting.cell,
        meeting=meeting,
        position=meeting.resolutions.count() + 1,
        title=title,
        text=text,
        reasons=reasons,
        author=author,
        approved_by_board=approved_by_board,
        body=body,
    )
    if body not in meeting.bodies:
        raise Refused(
            t(
                "Cette assemblée ne peut pas prendre une résolution de ce genre.",
                "This meeting cannot pass a resolution of that kind.",
            ),
            None,
            "resolution.body",
            facts={"body": body, "meeting": meeting.kind},
        )
    a.record(resolution)
    return resolution


@act("assembly.resolution.change", label=t("Modifier une résolution", "Change a resolution"))
def change_resolution(
    a: Acting,
    *,
    resolution: Resolution,
    title: str = "",
    text: str = "",
    reasons: str = "",
    excluded: list[str] | None = None,
    excluded_reason: str = "",
) -> Resolution:
    """Wording before the notice; afterwards only who may not vote it (related agreements), and why."""
    a.require("write", resolution)
    if title or text or reasons:
        require_status(resolution.meeting, "draft")
        resolution.title, resolution.text = title or resolution.title, text or resolution.text
        resolution.reasons = reasons or resolution.reasons
    if excluded is not None:
        resolution.excluded, resolution.excluded_reason = sorted(excluded), excluded_reason
    a.record(resolution)
    return resolution


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
    notice = notice_at or a.now
    facts = meeting_facts(meeting)
    dates = _check(a, facts, notice)
    meeting.status, meeting.notice_at = "convened", notice
    meeting.agenda_digest = agenda_digest([item.facts() for item in agenda])
    meeting.remote_until = reception.limit_of(
        a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone
    ).value.at
    meeting.record_at = convening.record_at(facts, a.statutes).value
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
    holders = Holder.objects.filter(company=meeting.company, ended=False).select_related("company", "cell")
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
        if due.actor == "company" and due.at > a.now and due.id not in (*convening.NOTICES, "record-date"):
            title = due.label + t(" · ", " · ") + meeting.title
            name = f"{DATE_DUTY}{due.id}"
            duties.open_duty(meeting, name, title, due.at, rule=due.rule, trace=due.trace.as_data(), link=link)
    for name, verb, at in (
        ("assembly.entitlements.fix", t("Arrêter les droits de vote", "Fix the votes"), meeting.record_at),
        ("assembly.vote.close", t("Clore le vote à distance", "Close remote voting"), meeting.remote_until),
    ):
        if at:
            duties.open_duty(meeting, name, verb + t(" · ", " · ") + meeting.title, at, link=link, automatic=True)


@act("assembly.date.done", label=t("Constater qu’une échéance est tenue", "Record that a date was met"))
def meet_date(a: Acting, *, meeting: Meeting, date_id: str, note: str = "") -> Meeting:
    """What was due by ``date_id`` of the calendar ("holders.list"…) is done; ``note`` says how. Late or not is in the act."""
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
    a.about(meeting)
    a.cite(due.rule)
    a.part(
        "done",
        {"date": date_id, "due_at": utc(due.at), "late": due.missed(a.now), "note": note},
        keep=Meeting.Evidence.keep,
    )
    duties.close_duty(meeting, f"{DATE_DUTY}{date_id}", a.now)
    return meeting


@act("assembly.mailing.record", label=t("Porter les envois au dossier", "Record messages sent"), api=False)
def record_mailings(a: Acting, *, meeting: Meeting, sent: Sequence[dict[str, Any]]) -> list[Mailing]:
    """What was sent to whom, and what the mail server answered: one row a message (holder, purpose, address, message_id, …)."""
    a.require("write", meeting)
    rows = [Mailing(cell=meeting.cell, meeting=meeting, at=a.now, **item) for item in sent]
    a.about(meeting)
    a.record_many(rows)
    return rows


@act("assembly.vote.open", label=t("Ouvrir le site de vote", "Open the voting site"), receipt=True)
def open_voting(a: Acting, *, meeting: Meeting) -> Meeting:
    """Open the voting site. Refused when the bylaws do not allow electronic votes, or the simple signature without describing it.

    Votes are weighed provisionally on the register of the day; the record date fixes them.
    """
    a.require("write", meeting)
    require_status(meeting, "convened")
    facts = meeting.company.facts()
    a.why(convening.site_may_open(meeting_facts(meeting), meeting.signature_level, a.statutes, meeting.day))
    meeting.status, meeting.opened_at = "open", a.now
    a.record(meeting)
    _write_entitlements(a, meeting, compute_snapshot(a, meeting, facts, a.now), first=True)
    return meeting


def compute_snapshot(a: Acting, meeting: Meeting, company: Any, instant: datetime) -> Snapshot:
    """The votes of every holder as the register stands at an instant."""
    lots = [lot for holder in _holders(meeting) for lot in holder.lot_facts()]
    movements = [transfer.facts() for transfer in meeting.company.transfers.select_related("taker")]
    standing = lots_at(a.statutes, company, lots, movements, instant)
    return snapshot(a.statutes, meeting.day, company, standing, instant, zone=meeting.zone)


def _holders(meeting: Meeting) -> list[Holder]:
    return list(Holder.objects.filter(company=meeting.company).select_related("company", "cell"))


def _write_entitlements(a: Acting, meeting: Meeting, taken: Snapshot, *, first: bool = False) -> list[Entitlement]:
    """New and changed entitlements. Returns those that changed."""
    holders = {holder.uid: holder for holder in _holders(meeting)}
    known = (
        {}
        if first
        else {item.holder.uid: item for item in meeting.entitlements.select_related("holder", "meeting", "cell")}
    )
    changed = []
    for entitled in taken.entitlements:
        holder, voice = entitled.value.holder, entitled.value.voice
        row = known.pop(holder, None) or Entitlement(cell=meeting.cell, meeting=meeting, holder=holders[holder])
        if row._state.adding or row.voice() != voice:
            _set_voice(row, voice, entitled.trace.as_data())
            changed.append(row)
    for row in known.values():
        if row.votes_ordinary or row.votes_extraordinary:
            _set_voice(row, type(row.voice())(), [])
            changed.append(row)
    a.record_many(changed)
    return changed


def _set_voice(row: Entitlement, voice: Any, why: list[Any]) -> None:
    row.shares_ordinary, row.votes_ordinary = voice.ordinary.shares, voice.ordinary.votes
    row.shares_extraordinary, row.votes_extraordinary = voice.extraordinary.shares, voice.extraordinary.votes
    row.why = why


@act("assembly.entitlements.fix", label=t("Arrêter les droits de vote", "Fix the votes at the record date"))
def fix_entitlements(a: Acting, *, meeting: Meeting) -> Meeting:
    """At the record date: the register of that instant gives the votes; forms received before are amended or voided accordingly.

    R. 22-10-28, IV: a transfer before the record date changes the vote already given; one after it does not.
    """
    a.require("write", meeting)
    if meeting.record_at is None or a.now < meeting.record_at:
        raise Refused(
            t("La date d’enregistrement n’est pas atteinte.", "The record date is not reached."),
            a.law("assembly.record-date.unlisted", meeting.day, meeting.company.layers()),
            "record-date.early",
        )
    a.about(meeting)
    changed = _write_entitlements(a, meeting, compute_snapshot(a, meeting, meeting.company.facts(), meeting.record_at))
    if not meeting.entitlements_fixed_at:
        meeting.entitlements_fixed_at = a.now
    a.record(meeting)
    _amend_forms(a, meeting, meeting.record_at, {row.holder_id: row for row in changed})
    duties.close_duty(meeting, "assembly.entitlements.fix", a.now)
    return meeting


def _amend_forms(a: Acting, meeting: Meeting, record_at: datetime, changed: dict[int, Entitlement]) -> None:
    agenda = tuple(item.facts() for item in meeting.resolutions.filter(kind="draft").order_by("position"))
    rule = a.law("assembly.transfer.after-vote", meeting.day)
    just_before = record_at - timedelta(microseconds=1)  # what changed since the form came, changed before it
    forms = Form.objects.filter(meeting=meeting, holder__in=list(changed), status="counted", mode="vote")
    for form in forms.select_related("meeting", "holder", "cell"):
        after = changes.after_transfer(
            rule,
            agenda,
            form.marks,
            changed[form.holder_id].voice(),
            sold_at=just_before,
            record_at=record_at,
        )
        if after.value.status != "counted":
            form.status = after.value.status
            form.choices = [list(mark) if mark else None for mark in after.value.choices]
            a.why(after)
            a.record(form)


@act("assembly.vote.close", label=t("Clore le vote à distance", "Close remote voting"), receipt=True)
def close_voting(a: Acting, *, meeting: Meeting) -> Meeting:
    """Mark remote voting as over. It changes no right: each form is judged by its own instant."""
    a.require("write", meeting)
    require_status(meeting, "open")
    limit = reception.limit_of(a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone)
    if limit.value.allows(a.now):
        raise Refused(
            t("Le vote à distance n’est pas terminé.", "Remote voting is not over."),
            limit.rule,
            "vote.early",
            trace=limit.trace,
        )
    a.why(limit)
    meeting.status, meeting.closed_at = "closed", a.now
    a.record(meeting)
    duties.close_duty(meeting, "assembly.vote.close", a.now)
    return meeting


@act("assembly.meeting.cancel", label=t("Annuler l’assemblée", "Cancel the meeting"))
def cancel_meeting(a: Acting, *, meeting: Meeting, reason: str) -> Meeting:
    """Before it is held. What was received stays on file."""
    a.require("write", meeting)
    require_status(meeting, "draft", "convened", "open", "closed")
    meeting.status = "cancelled"
    duties.close_all(meeting, a.now)
    a.part("reason", reason, keep=Meeting.Evidence.keep)
    a.record(meeting)
    return meeting


def require_status(meeting: Meeting, *allowed: str) -> None:
    """Refuse an act that does not belong to this stage of the meeting."""
    if meeting.status not in allowed:
        names = dict(STATUSES)
        raise Refused(
            t(
                "L’assemblée est « {status} » : cet acte n’est plus, ou pas encore, possible.",
                "The meeting is “{status}”: this act is no longer, or not yet, possible.",
            ).format(status=names[meeting.status]),
            None,
            "meeting.status",
            facts={"status": meeting.status, "allowed": list(allowed)},
        )
