"""Acts of the meeting itself: opening, who comes and goes, votes in the room, incidents, the end and the results."""

from __future__ import annotations

from typing import Any

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts.asked import check_matter
from opposable.systems.assembly.acts.counting import COUNTED, Counting
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.proving import require_examinable
from opposable.systems.assembly.acts.room import RoomCounting, VoterCounting
from opposable.systems.assembly.models import Attendance, Holder, Incident, LiveVote, Meeting, Resolution, Result
from opposable.systems.assembly.rules import session
from opposable.systems.assembly.rules.forms.reception import limit_of


@act("assembly.session.open", label=t("Ouvrir la séance", "Open the session"))
def open_session(a: Acting, *, meeting: Meeting, chair: str, secretary: str, scrutineers: list[str]) -> Meeting:
    """The bureau is formed (R. 225-100, R. 225-101): a chair, two scrutineers where two accept, a secretary."""
    a.require("write", kind=Attendance.Evidence.kind, cell=meeting.cell)
    a.about(meeting)
    require_status(meeting, "convened", "open", "closed")
    if a.now < meeting.at:
        raise Refused(
            t("L’heure de l’assemblée n’est pas venue.", "The hour of the meeting has not come."), None, "session.early"
        )
    if meeting.status == "open":
        a.why(limit_of(a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone))
        meeting.closed_at = a.now
    a.cite(meeting.company.facts().rule(a.statutes, "assembly.bureau", meeting.day))
    meeting.status, meeting.started_at = "in-session", a.now
    meeting.bureau = {"chair": chair, "secretary": secretary, "scrutineers": scrutineers}
    a.record(meeting)
    for name in ("assembly.vote.close", "assembly.entitlements.fix"):
        duties.close_duty(meeting, name, a.now)
    return meeting


@act("assembly.attendance.arrive", label=t("Admettre à l’assemblée", "Admit to the meeting"))
def admit(a: Acting, *, meeting: Meeting, holder: Holder | None = None, person: str = "") -> Attendance:
    """A holder, or a proxy who holds no share, comes in. Whoever already voted is refused to vote again (R. 22-10-28, III)."""
    a.require("write", kind=Attendance.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    a.about(meeting)
    if holder is not None:
        admitted = session.admit(a.statutes, meeting.day, meeting.company.facts(), _arrival(meeting, holder))
        a.why(admitted)
        if admitted.value.replaces:
            _supersede(a, meeting, holder)
    attendance = Attendance(
        cell=meeting.cell,
        meeting=meeting,
        holder=holder,
        person=person,
        capacity="present" if holder else "proxy",
        arrived_at=a.now,
    )
    a.record(attendance)
    return attendance


def _supersede(a: Acting, meeting: Meeting, holder: Holder) -> None:
    """The bylaws let him come after all: what he had sent gives way to his presence."""
    for form in meeting.forms.filter(holder=holder, status__in=COUNTED).select_related("meeting", "holder", "cell"):
        form.status = "superseded"
        a.record_before(form)


def _arrival(meeting: Meeting, holder: Holder) -> session.Arrival:
    rights = meeting.entitlements.filter(holder=holder).first()
    form = meeting.forms.filter(holder=holder, status__in=COUNTED).first()
    return session.Arrival(
        holder.uid,
        rights.voice() if rights else None,
        chosen=None if form is None else "vote" if form.mode == "vote" else "proxy",
        there=meeting.attendances.filter(holder=holder, left_at=None).exists(),
    )


@act("assembly.attendance.leave", label=t("Constater un départ", "Record a departure"))
def leave(a: Acting, *, attendance: Attendance) -> Attendance:
    """Someone leaves: he, and those he represents, are out of the quorum of what is voted later."""
    a.require("write", attendance)
    if attendance.left_at:
        raise Refused(t("Ce départ est déjà constaté.", "This departure is already recorded."), None, "attendance.left")
    attendance.left_at = a.now
    a.record(attendance)
    return attendance


@act(
    "assembly.resolution.bring", label=t("Mettre aux voix une résolution de séance", "Bring up a resolution in session")
)
def bring_resolution(
    a: Acting,
    *,
    meeting: Meeting,
    title: str,
    text: str,
    body: str,
    kind: str,
    subject: str = "",
    author: str = "holders",
    matter: str = "",
) -> Resolution:
    """An amendment, or what the law lets a meeting decide off its agenda (L. 225-105): revoking and replacing directors.

    ``matter`` as for `add_resolution`: an amendment to the allocation of profits is of that matter too.
    """
    a.require("write", kind=LiveVote.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    a.about(meeting)
    check_matter(meeting, matter)
    resolution = Resolution(
        cell=meeting.cell,
        meeting=meeting,
        position=meeting.resolutions.count() + 1,
        title=title,
        text=text,
        body=body,
        kind=kind,
        matter=matter,
        author=author,
        approved_by_board=author == "board",
    )
    a.why(session.check_subject(a.law("assembly.agenda.closed", meeting.day), resolution.facts(), subject))
    a.record(resolution)
    a.record(meeting)  # two brought up at once take their places one after the other
    return resolution


@act("assembly.live-vote.cast", label=t("Voter en séance", "Vote in session"))
def cast(a: Acting, *, resolution: Resolution, holder: Holder, votes: dict[str, Any]) -> LiveVote:
    """The votes of one holder in the room, or represented there, on one resolution: {"for": n, "against": n, "abstain": n}."""
    meeting = resolution.meeting
    a.require("write", kind=LiveVote.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    a.about(resolution)
    _require_unvoted(resolution)
    there = VoterCounting(meeting, a.statutes, holder).attendances
    choice = session.live_choice(resolution.facts(), holder.uid, there, a.now, votes)
    vote = resolution.live_votes.filter(holder=holder).select_related("cell").first()
    vote = vote or LiveVote(cell=meeting.cell, resolution=resolution, holder=holder)
    vote.votes_for, vote.votes_against, vote.votes_abstain = choice.value
    vote.at = a.now
    a.record(vote)
    return vote


@act("assembly.resolution.close", label=t("Clore le vote d’une résolution", "Close the vote on a resolution"))
def close_resolution(a: Acting, *, resolution: Resolution) -> Resolution:
    """The instant at which presence is looked at, for the quorum and for who counts."""
    meeting = resolution.meeting
    a.require("write", kind=LiveVote.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    _require_unvoted(resolution)
    require_examinable(a, resolution)
    resolution.voted_at = a.now
    a.why(RoomCounting(meeting, a.statutes).quorum_on(resolution.facts(), a.now))
    a.record(resolution)
    return resolution


def _require_unvoted(resolution: Resolution) -> None:
    if resolution.withdrawn_at:
        raise Refused(t("Cette résolution est retirée.", "This resolution is withdrawn."), None, "resolution.withdrawn")
    if resolution.voted_at:
        raise Refused(
            t("Le vote de cette résolution est clos.", "The vote on this resolution is closed."),
            None,
            "resolution.closed",
        )


@act("assembly.incident.report", label=t("Porter un incident", "Report an incident"))
def report_incident(a: Acting, *, meeting: Meeting, text: str) -> Incident:
    """What must go into the minutes (R. 225-99 for the means of telecommunication)."""
    a.require("write", kind=Incident.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    a.about(meeting)
    incident = Incident(cell=meeting.cell, meeting=meeting, at=a.now, text=text)
    a.record(incident)
    return incident


@act(
    "assembly.session.end",
    label=t("Lever la séance et proclamer les résultats", "Close the session and declare the results"),
    receipt=True,
)
def end_session(a: Acting, *, meeting: Meeting) -> list[Result]:
    """Count, decide and declare every resolution. Refused while one has not been put to the vote."""
    a.require("approve", kind=Result.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session")
    counting = Counting(meeting, a.statutes)
    waiting = [row.position for row in counting.rows if row.voted_at is None and row.withdrawn_at is None]
    if waiting:
        raise Refused(
            t(
                "Des résolutions n’ont pas été mises aux voix : {n}.", "Resolutions have not been put to the vote: {n}."
            ).format(n=", ".join(map(str, waiting))),
            None,
            "session.unvoted",
            lawful=t("Closez le vote de chacune d’abord.", "Close the vote on each of them first."),
        )
    declared = [_result(a, counting, n) for n, row in enumerate(counting.rows) if row.withdrawn_at is None]
    meeting.status, meeting.ended_at = "held", a.now
    a.record(meeting)
    duties.close_all(meeting, a.now, due_by=a.now)
    a.record_many(declared)
    return declared


def _result(a: Acting, counting: Counting, n: int) -> Result:
    decision = counting.declared[n]
    a.why(decision)
    figures = {
        **decision.value.as_data(),
        "trace": decision.trace.as_data(),
        "published": counting.published[n].value.as_data() if counting.meeting.company.listed else None,
    }
    row = counting.rows[n]
    return Result(cell=row.cell, resolution=row, adopted=decision.value.adopted, figures=figures, at=a.now)
