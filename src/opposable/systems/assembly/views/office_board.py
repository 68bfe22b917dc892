"""«Tableau des assemblées»: each meeting in the lane of its stage; a card moves by the act of its next step, never by hand."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from opposable.kernel import clock
from opposable.law.text import Text, t
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.views.office_base import can, seen
from opposable.systems.assembly.views.office_record import meeting_url
from opposable.systems.assembly.views.office_words import MEETING_STATES
from opposable.web import board
from opposable.web.access import some_or_404

MOST = 300
MINUTED_FOR = timedelta(days=400)
"""Meetings whose minutes are signed stay on the board a little more than a year."""
STAGES = ("draft", "convened", "open", "closed", "in-session", "held", "minuted")
NEXT: Mapping[str, tuple[Text, str]] = {
    "draft": (t("Ordre du jour", "Agenda"), "agenda"),
    "convened": (t("Convocations", "Notices"), "notices"),
    "open": (t("Suivre la participation", "Follow the turnout"), "turnout"),
    "closed": (t("Préparer la séance", "Prepare the session"), "session"),
    "in-session": (t("Conduire la séance", "Run the session"), "session"),
    "held": (t("Dresser le procès-verbal", "Draw up the minutes"), "documents"),
}
"""Where one goes next from each stage."""


def meetings_board(request: HttpRequest) -> HttpResponse:
    """The meetings that the person may read, by stage; the lane of what is signed leads to the list of all."""
    some_or_404(request, Meeting.Evidence.kind)
    now = clock.now()
    on_agenda = Count("every_resolution", filter=Q(every_resolution__position__gt=0))
    rows = seen(request, Meeting.objects.select_related("company", "cell").annotate(count=on_agenda))
    rows = rows.filter(~Q(status="minuted") | Q(at__gte=now - MINUTED_FOR), status__in=STAGES)
    lanes = [_lane(stage) for stage in STAGES]
    dealt = board.deal(lanes, rows.order_by("at", "pk")[:MOST], lambda row: row.status, lambda row: _card(request, row))
    return TemplateResponse(request, "assembly/office/board.html", {"lanes": dealt})


def _lane(stage: str) -> board.Lane:
    tone, label = MEETING_STATES[stage]
    href = f"{reverse('assembly:meetings')}?status={stage}"
    return board.Lane(stage, label.capital(), "" if tone == "info" else tone, href)


def _card(request: HttpRequest, row: Meeting) -> board.Card:
    label, name = NEXT.get(row.status, (None, ""))
    may = label is not None and can(request, "write", Meeting.Evidence.kind, row.cell)
    words = t("{company} · {n} résolutions", "{company} · {n} resolutions")
    return board.Card(
        row.title,
        meeting_url("meeting", row),
        at=row.at,
        what=words.format(company=row.company.name, n=row.count),  # type: ignore[attr-defined] # annotated above
        moves=[board.Move(label, meeting_url(name, row))] if may and label else (),
    )
