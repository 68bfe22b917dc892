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
