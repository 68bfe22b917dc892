"""The day of the meeting: opening, the door, quorum as it stands, incidents, resolutions put to the vote, the end."""

from typing import Any

from django import forms
from django.db.models import Sum
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.law import Refused
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import (
    Attendance,
    Incident,
    LiveVote,
    Meeting,
    Resolution,
    Result,
)
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    form_answer,
    meeting_or_404,
    perform,
    refusal_of,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_calendar import notice_lines, standing
from opposable.systems.assembly.views.office_fields import choices, long_text
from opposable.systems.assembly.views.office_hall import Room
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import BODY_WORDS, RESOLUTION_KINDS
from opposable.web.forms import toast

FOUND = 12
ROOM_SHOWN = 200


class OpeningForm(forms.Form):
    """The bureau (R. 225-100, R. 225-101)."""

    chair = forms.CharField(label=words("Président de séance", "Chair"), max_length=120)
    first = forms.CharField(label=words("Premier scrutateur", "First scrutineer"), max_length=120, required=False)
    second = forms.CharField(
        label=words("Second scrutateur", "Second scrutineer"),
        help_text=words(
            "les deux membres disposant du plus de voix et qui acceptent (art. R. 225-101)",
            "the two members with the most votes who accept (art. R. 225-101)",
        ),
        max_length=120,
        required=False,
    )
    secretary = forms.CharField(label=words("Secrétaire", "Secretary"), max_length=120)


class IncidentForm(forms.Form):
    """What must go into the minutes (R. 225-99)."""

    text = long_text(words("Ce qui s’est passé", "What happened"), rows=2)


class BringForm(forms.Form):
    """A resolution that comes up in session."""

    kind = forms.ChoiceField(
        label=words("Nature", "Nature"),
        choices=choices((key, label.capital()) for key, label in RESOLUTION_KINDS.items() if key != "draft"),
    )
    subject = forms.ChoiceField(
        label=words("Objet", "Subject"),
        help_text=words(
            "hors de l’ordre du jour, l’assemblée ne peut que révoquer et remplacer des administrateurs (art. L. 225-105)",
            "off its agenda the meeting may only remove and replace directors (art. L. 225-105)",
        ),
        choices=choices(
            (
                ("", t("amendement d’un projet", "amendment of a draft")),
                ("remove-director", t("révoquer un administrateur", "remove a director")),
                ("replace-director", t("remplacer un administrateur", "replace a director")),
                ("other", t("autre chose", "something else")),
            )
        ),
        required=False,
    )
    title = forms.CharField(label=words("Titre", "Title"), max_length=200)
    text = long_text(words("Texte", "Text"))
    body = forms.ChoiceField(label=words("Délibération", "Business"))

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = choices((body, BODY_WORDS[body]) for body in meeting.bodies)
        self.fields["body"].choices = options  # type: ignore[attr-defined]


def session(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The bureau's screen: quorum of each body now, resolutions and their votes, incidents. htmx asks for the quorum alone."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Attendance.Evidence.kind, meeting.cell)
    now = clock.now()
    room = Room(meeting, now)
    if getattr(request, "htmx", False):
        return TemplateResponse(request, "assembly/office/_quorum.html", _quorum(room))
    return _session_page(request, meeting, room)


def _quorum(room: Room) -> dict[str, Any]:
    """The quorum and the room in figures."""
    sitting = room.meeting.status == "in-session"
    lines = [
        {"label": label, "quorum": found.value, "why": why_in_words(found, facts=False)}
        for label, found in (room.quorums() if sitting else ())
    ]
    return {"meeting": room.meeting, "quorums": lines, "people": len(room.people) if sitting else 0, "now": room.now}


def _session_page(
    request: HttpRequest, meeting: Meeting, room: Room, refused: Refused | None = None, **given: Any
) -> TemplateResponse:
    rows = room.resolutions
    context = {
        **record(request, meeting, "session", seal=False),
        **_quorum(room),
        "notice": () if meeting.started_at else notice_lines(standing(meeting, room.now)),
        "resolutions": _with_votes(meeting, rows),
        "unvoted": [row.position for row in rows if row.voted_at is None and row.withdrawn_at is None],
        "incidents": list(meeting.incidents.order_by("pk")),
        "came": meeting.attendances.count() if meeting.ended_at else 0,
        "opening": OpeningForm(),
        "incident": IncidentForm(),
        **allowed(request, meeting),
        **given,
        "refusal": refusal_of(refused),
        "bodies": BODY_WORDS,
    }
    wrong = refused is not None or any(form.is_bound for form in given.values())
    return TemplateResponse(request, "assembly/office/session.html", context, status=422 if wrong else 200)


def allowed(request: HttpRequest, meeting: Meeting) -> dict[str, bool]:
    """What the person may do in session; buttons are shown accordingly."""
    cell, sitting = meeting.cell, meeting.status == "in-session"
    return {
        "may_open": can(request, "write", Attendance.Evidence.kind, cell)
        and meeting.status in ("convened", "open", "closed"),
        "may_admit": sitting and can(request, "write", Attendance.Evidence.kind, cell),
        "may_vote": sitting and can(request, "write", LiveVote.Evidence.kind, cell),
        "may_report": sitting and can(request, "write", Incident.Evidence.kind, cell),
        "may_bring": sitting and can(request, "write", LiveVote.Evidence.kind, cell),
        "may_end": sitting and can(request, "approve", Result.Evidence.kind, cell),
    }


def _with_votes(meeting: Meeting, rows: list[Resolution]) -> list[dict[str, Any]]:
    """Each resolution with the votes cast in the room so far. One query for all."""
    sums = {
        item["resolution"]: item
        for item in LiveVote.objects.filter(resolution__meeting=meeting)
        .values("resolution")
        .annotate(for_=Sum("votes_for"), against=Sum("votes_against"), abstain=Sum("votes_abstain"))
        .order_by()
    }
    return [{"row": row, "votes": sums.get(row.pk)} for row in rows]


@require_POST
def open_session(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Open the session with its bureau."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Attendance.Evidence.kind, meeting.cell)
    form = OpeningForm(request.POST)
    refused = None
    if form.is_valid():
        found = form.cleaned_data
        _, refused = attempt(
            request,
            lambda actor: acts.open_session(
                actor,
                meeting=meeting,
                chair=found["chair"],
                secretary=found["secretary"],
                scrutineers=[name for name in (found["first"], found["second"]) if name],
            ),
        )
        if refused is None:
            toast(request, t("La séance est ouverte.", "The session is open."))
            return see_other(meeting_url("session", meeting))
        meeting.refresh_from_db()
    return _session_page(request, meeting, Room(meeting, clock.now()), refused, opening=form)


@require_POST
def report(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Report an incident."""
    meeting = meeting_or_404(request, uid)
    form = IncidentForm(request.POST)
    if not form.is_valid():
        return _session_page(request, meeting, Room(meeting, clock.now()), incident=form)
    text = form.cleaned_data["text"]
    return perform(
        request,
        lambda actor: acts.report_incident(actor, meeting=meeting, text=text),
        done=t("L’incident est consigné.", "The incident is on record."),
        to=meeting_url("session", meeting),
    )


def bring(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Bring up an amendment, or what may be decided off the agenda."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", LiveVote.Evidence.kind, meeting.cell)
    form = BringForm(request.POST if request.method == "POST" else None, meeting=meeting)
    refused = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        _, refused = attempt(request, lambda actor: acts.bring_resolution(actor, meeting=meeting, **given))
        if refused is None:
            toast(request, t("La résolution est mise aux voix.", "The resolution is put to the vote."))
            return see_other(meeting_url("session", meeting))
    return form_answer(
        request, "assembly/office/bring.html", record(request, meeting, "session", seal=False), form, refused
    )


@require_POST
def end(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Close the session and declare the results."""
    meeting = meeting_or_404(request, uid)
    meeting_results = meeting_url("results", meeting)
    _, refused = attempt(request, lambda actor: acts.end_session(actor, meeting=meeting))
    if refused is not None:
        meeting.refresh_from_db()
        return _session_page(request, meeting, Room(meeting, clock.now()), refused)
    toast(
        request,
        t("La séance est levée, les résultats sont proclamés.", "The session is closed, the results are declared."),
    )
    return see_other(meeting_results)
