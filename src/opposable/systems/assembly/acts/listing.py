"""What the company does of a request for the agenda: acknowledged, listed, told to the holders (R. 225-74); and its withdrawal."""

from __future__ import annotations

from datetime import date

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, local_day, t
from opposable.systems.assembly.acts.agenda import take_off
from opposable.systems.assembly.acts.asked import check_matter, listing_rule
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.requests import ACKNOWLEDGE, BEFORE, LIST, refuse_first
from opposable.systems.assembly.models import AgendaRequest, Meeting, Resolution
from opposable.systems.assembly.rules.agenda import agenda_digest
from opposable.systems.assembly.rules.authors import check_withdrawable

NOTIFY = "assembly.agenda.notify"
MEANS = ("post", "electronic")
UNTIL_THE_VOTE = (*BEFORE, "closed", "in-session")


@act(ACKNOWLEDGE, label=t("Accuser réception d’une demande", "Acknowledge a request"))
def acknowledge_request(a: Acting, *, request: AgendaRequest, on: date, by: str) -> AgendaRequest:
    """The chair of the board acknowledged it on a day, by registered letter ("post") or by electronic means (R. 225-74)."""
    a.require("write", request)
    day = local_day(request.received_at, request.meeting.zone)
    faults = (
        (request.acknowledged_on is not None, t("la réception est déjà accusée", "it is already acknowledged")),
        (by not in MEANS, t("écrivez « post » ou « electronic »", "write “post” or “electronic”")),
        (
            not day <= on <= local_day(a.now, request.meeting.zone),
            t("le jour n’est pas entre la réception et aujourd’hui", "the day is not between the reception and today"),
        ),
    )
    refuse_first(faults, "request.acknowledge")
    a.cite(listing_rule(a, request.meeting, request.by))
    request.acknowledged_on, request.acknowledged_by = on, by
    a.record(request)
    duties.close_duty(request, ACKNOWLEDGE, a.now)
    return request


@act(LIST, label=t("Inscrire une demande à l’ordre du jour", "Put a request on the agenda"), receipt=True)
def list_request(
    a: Acting, *, request: AgendaRequest, approved_by_board: bool = False, comment: str = "", matter: str = ""
) -> AgendaRequest:
    """A draft becomes the last resolution of the agenda, a point is announced with it (R. 225-74). The board may comment.

    ``approved_by_board`` decides how a proxy that names no one votes it (L. 225-106); ``matter`` is as for `add_resolution`.
    After the notice the agenda so amended is sealed anew; forms already received keep what they said and answer the new
    resolution by their instruction for new ones.
    """
    a.require("write", request)
    meeting = request.meeting
    require_status(meeting, *BEFORE)
    if request.status != "received":
        raise Refused(
            t(
                "Cette demande n’est pas recevable, ou est déjà inscrite.",
                "This request is not admissible, or is listed already.",
            ),
            None,
            "request.status",
            facts={"status": request.status},
        )
    check_matter(meeting, matter)
    a.cite(listing_rule(a, meeting, request.by))
    request.status, request.listed_at, request.comment = "listed", a.now, comment.strip()[:20_000]
    a.record(request)
    agenda = list(meeting.resolutions.filter(kind="draft").order_by("position"))
    if request.kind == "draft":
        agenda.append(_resolution(request, len(agenda) + 1, approved=approved_by_board, matter=matter))
        a.record(agenda[-1])
    if meeting.status != "draft":
        meeting.agenda_digest = agenda_digest([item.facts() for item in agenda])
        a.part("agenda", [item.state() for item in agenda], keep=Meeting.Evidence.keep)
        _to_be_told(a, meeting, automatic=True)
    a.record(meeting)
    duties.close_duty(request, LIST, a.now)
    return request


def _resolution(request: AgendaRequest, position: int, *, approved: bool, matter: str) -> Resolution:
    return Resolution(
        cell=request.cell,
        meeting=request.meeting,
        position=position,
        title=request.title,
        text=request.text,
        reasons=request.reasons,
        author="committee" if request.by == "committee" else "holders",
        approved_by_board=approved,
        body=request.body,
        matter=matter,
        request=request,
    )


@act(NOTIFY, label=t("Constater l’envoi de l’ordre du jour complété", "Record that the amended agenda was sent"))
def notify_agenda(a: Acting, *, meeting: Meeting, by_mail: int = 0, others: int = 0, note: str = "") -> Meeting:
    """The amended agenda was brought to the holders' knowledge (L. 225-105, 2nd par.): ``by_mail`` messages, the rest by ``note``.

    As long as there are ``others`` and no note, somebody of the company is to say how they were told.
    """
    a.require("write", meeting)
    a.about(meeting)
    a.cite(listing_rule(a, meeting))
    told = {"by_mail": max(0, by_mail), "others": max(0, others), "note": note[:500], "agenda": meeting.agenda_digest}
    a.part("told", told, keep=Meeting.Evidence.keep)
    if others > 0 and not note:
        _to_be_told(a, meeting, automatic=False)
    else:
        duties.close_duty(meeting, NOTIFY, a.now)
    return meeting


def _to_be_told(a: Acting, meeting: Meeting, *, automatic: bool) -> None:
    what = t("Aviser de l’ordre du jour complété · ", "Tell of the amended agenda · ") + meeting.title
    link = f"/assembly/meetings/{meeting.uid}/requests/"
    duties.open_duty(meeting, NOTIFY, what, a.now, rule=listing_rule(a, meeting), link=link, automatic=automatic)


@act("assembly.request.withdraw", label=t("Porter le retrait d’une demande", "Enter the withdrawal of a request"))
def withdraw_request(a: Acting, *, request: AgendaRequest, on: date, reason: str) -> AgendaRequest:
    """All its authors took the request back on a day. Its draft is not put to the vote; after the notice it keeps its number.

    No rule on file speaks of it, and nothing makes a meeting vote what its author no longer presents.
    """
    a.require("write", request)
    meeting = request.meeting
    require_status(meeting, *UNTIL_THE_VOTE)
    today = local_day(a.now, meeting.zone)
    a.why(check_withdrawable(request.status, request.received_at, on, today, meeting.zone))
    row = request.resolutions.select_related("meeting", "cell").filter(withdrawn_at=None).first()
    faults = (
        (not reason.strip(), t("dites ce que les auteurs ont écrit", "say what the authors wrote")),
        (row is not None and row.voted_at is not None, t("le projet est déjà voté", "the draft is already voted")),
    )
    refuse_first(faults, "request.withdraw")
    request.status, request.withdrawn_on, request.withdrawn_reason = "withdrawn", on, reason.strip()[:300]
    a.record(request)
    duties.close_duty(request, LIST, a.now)
    if row is not None:
        row.meeting = meeting
        take_off(a, row, reason)
    return request
