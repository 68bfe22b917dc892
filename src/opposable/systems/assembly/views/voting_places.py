"""The voting site before anyone is identified: which meeting, until when, what is voted, and by which law."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opposable.kernel.system import law
from opposable.law import LawError, Rule
from opposable.systems.assembly.acts.forms import agenda_of
from opposable.systems.assembly.models import Company, Meeting
from opposable.systems.assembly.views.company_words import speak_of
from opposable.systems.assembly.views.identification_session import access_of
from opposable.systems.assembly.views.office_table import published_by, table_file
from opposable.systems.assembly.views.voting_base import (
    DEVOTED,
    OVER,
    address,
    meeting_or_404,
    page,
    see_other,
    show,
    stage_of,
)
from opposable.web.ratelimit import Rate, limited

SHOWN = 20


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    """The meeting, when one alone is open; else those that are."""
    rows = Meeting.objects.select_related("company", "cell").filter(status="open").order_by("at")
    found = list(rows[:SHOWN])
    if len(found) == 1:
        return see_other(address("meeting", found[0]))
    listed = [(meeting, address("meeting", meeting), stage_of(meeting)) for meeting in found]
    return render(request, "assembly/vote/home.html", {"listed": listed})


@require_safe
@page
def landing(request: HttpRequest, short: str) -> HttpResponse:
    """One meeting. A site that may not open says which article stands in the way."""
    meeting = meeting_or_404(short)
    context = {
        "agenda": agenda_of(meeting),
        "site_rule": _rule(meeting, DEVOTED),
        "signature": _rule(meeting, "assembly.form.signature"),
        "access": access_of(request, meeting),
        "over": meeting.status in OVER,
        "table": published_by(meeting) if meeting.status in OVER else None,
    }
    return show(request, "meeting", meeting, context)


@require_safe
@page
@limited("vote-table", address=Rate(10, 60), methods=("GET",))
def table(request: HttpRequest, short: str) -> HttpResponse:
    """The table of a held meeting, for everybody: it adds up to the results, and names no one."""
    return table_file(meeting_or_404(short))


def _rule(meeting: Meeting, rule_id: str) -> Rule | None:
    try:
        return meeting.company.facts().rule(law(), rule_id, meeting.day)
    except LawError:
        return None


@require_safe
@page
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was done so that everyone may vote here, and to whom to say what is missing."""
    return render(request, "assembly/vote/accessibility.html", _about(request))


@require_safe
@page
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of a voter, why, how long, and who sees it."""
    return render(request, "assembly/vote/privacy.html", _about(request))


def _about(request: HttpRequest) -> dict[str, Any]:
    """What the page says of a company: the one of whoever is identified, of the meeting he comes from, or of every meeting."""
    meeting, others = _spoken_of(request)
    if meeting is None:
        return {"company": None, "companies": others, "back": "/"}
    speak_of(meeting.company, meeting.day)
    named = {name: _rule(meeting, rule_id) for name, rule_id in CITED.items()}
    return {"company": meeting.company, "back": address("meeting", meeting), "meeting": meeting, **named}


def _spoken_of(request: HttpRequest) -> tuple[Meeting | None, list[Company]]:
    """The meeting, or None and the companies of those that are open: the first one that comes is not everybody's."""
    if access := access_of(request):
        return access.meeting, []
    if short := request.GET.get("m", ""):
        return meeting_or_404(short), []
    rows = list(Meeting.objects.select_related("company", "cell").filter(status="open").order_by("at")[:SHOWN])
    companies = {row.company_id: row.company for row in rows}
    return (rows[0], []) if len(companies) == 1 else (None, list(companies.values()))


CITED = {
    "devoted": DEVOTED,
    "received": "assembly.form.received-content",
    "kept": "assembly.keeping.access",
    "limit_rule": "assembly.form.deadline-electronic",
}
"""The rules that the two pages about the site cite."""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """No page of this site is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")
