"""Acts that draft a meeting, and the one that cancels it."""

from __future__ import annotations

from datetime import datetime

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.models import Company, Meeting, Resolution
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
