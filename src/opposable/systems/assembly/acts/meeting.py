"""Acts that draft a meeting, and the one that cancels it."""

from __future__ import annotations

from datetime import datetime

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts import again
from opposable.systems.assembly.models import Company, Meeting
from opposable.systems.assembly.models.meeting import STATUSES


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
    isin: str = "",
    like: Meeting | None = None,
) -> Meeting:
    """A meeting in preparation. A second call takes over what the first could not decide, and nothing else (L. 225-105).

    ``first_meeting`` makes it a second call (``call`` may be left out): refused when that meeting decided everything, is not
    held, or is of another company. After a second meeting without a quorum it is that meeting put off, within two months.
    ``isin``: the class of shares that a special meeting brings together. ``like``: a meeting of the same company, one that was
    put off, whose agenda is taken over; it stays open to change until the notice.
    """
    a.require("write", kind=Meeting.Evidence.kind, cell=company.cell)
    left = again.undecided_of(a, company, first_meeting, kind, at, call)
    again.check_class(a, company, kind, isin, at)
    meeting = Meeting(
        cell=company.cell,
        company=company,
        kind=kind,
        at=at,
        place=place,
        call=2 if first_meeting else call,
        isin=isin,
        first_meeting=first_meeting,
        signature_level=signature_level,
        zone=company.zone,
    )
    a.record(meeting)
    a.record_many(again.copied(meeting, left or again.agenda_like(a, meeting, like)))
    return meeting


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


CANCEL, TELL = "assembly.meeting.cancel", "assembly.cancellation.notify"
MESSAGE = "message"
"""The part that holds what the cancelling act has written to the holders, in the company's own words."""


@act(CANCEL, label=t("Annuler l’assemblée", "Cancel the meeting"))
def cancel_meeting(a: Acting, *, meeting: Meeting, reason: str, message: str = "") -> Meeting:
    """Before it is held. What was received stays on file; who was convened is to be told (`notify_cancellation`).

    ``message``: what the holders are told besides; the reason itself is for the file.
    """
    a.require("write", meeting)
    require_status(meeting, "draft", "convened", "open", "closed")
    meeting.status = "cancelled"
    for row in (meeting, *meeting.requests.all()):
        duties.close_all(row, a.now)
    a.part("reason", reason, keep=Meeting.Evidence.keep)
    if message.strip():
        a.part(MESSAGE, message.strip()[:2_000], keep=Meeting.Evidence.keep)
    a.record(meeting)
    if meeting.notice_at is not None:
        _to_be_told(a, meeting, automatic=True)
    return meeting


@act(TELL, label=t("Constater que l’annulation est dite", "Record that the cancellation was told"))
def notify_cancellation(a: Acting, *, meeting: Meeting, by_mail: int = 0, others: int = 0, note: str = "") -> Meeting:
    """Who was convened knows that the meeting is not held: ``by_mail`` messages of ours, the ``others`` as ``note`` says.

    As long as there are others and no note, somebody of the company is to say how they were told. No rule on file says how.
    """
    a.require("write", meeting)
    a.about(meeting)
    require_status(meeting, "cancelled")
    note = note.strip()[:500]
    if by_mail < 1 and others < 1 and not note:
        said = t("Dites comment les titulaires ont été prévenus.", "Say how the holders were told.")
        raise Refused(said, None, "cancellation.note")
    told = {"by_mail": max(0, by_mail), "others": max(0, others), "note": note}
    a.part("told", told, keep=Meeting.Evidence.keep)
    if others > 0 and not note:
        _to_be_told(a, meeting, automatic=False)
    else:
        duties.close_duty(meeting, TELL, a.now)
    return meeting


def _to_be_told(a: Acting, meeting: Meeting, *, automatic: bool) -> None:
    what = t("Prévenir de l’annulation · ", "Tell of the cancellation · ") + meeting.title
    link = f"/assembly/meetings/{meeting.uid}/"
    duties.open_duty(meeting, TELL, what, a.now, link=link, automatic=automatic, asap=True)


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
