"""What the pages of the voting site share: which meeting, where it stands, how a page answers."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import PARIS, Decision, LawError, Refused, Rule, Text, t
from opposable.law.text import LANGUAGES
from opposable.systems.assembly.acts import known
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.exchange.addresses import SHORT
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.forms import reception
from opposable.systems.assembly.rules.register import Company
from opposable.systems.assembly.views.company_words import speak_of
from opposable.systems.assembly.views.identification_session import Access
from opposable.web.format import legal_date_text, legal_time_text, utc_text
from opposable.web.language import current

VISIBLE = ("convened", "open", "closed", "in-session", "held", "minuted", "cancelled")
OVER = ("held", "minuted")
_SHORT = re.compile(r"[0-9a-f]{8,32}", re.ASCII)
View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """A page of the voting site: not for search engines."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow, noarchive")
        return response

    return answered


def meeting_or_404(short: str) -> Meeting:
    """The meeting whose identifier begins so. A draft is nobody's business yet."""
    rows = Meeting.objects.select_related("company", "cell").filter(status__in=VISIBLE)
    found = list(rows.filter(uid__startswith=short)[:2]) if _SHORT.fullmatch(short) else []
    if len(found) != 1:
        raise Http404
    return found[0]


def address(name: str, meeting: Meeting) -> str:
    """The address of a page of a meeting."""
    return reverse(f"vote:{name}", args=[meeting.uid[:SHORT]])


def see_other(where: str) -> HttpResponseRedirect:
    """303: after a POST, the page to look at."""
    response = HttpResponseRedirect(where)
    response.status_code = 303
    return response


@dataclass(frozen=True)
class Deadline:
    """The limit as the banner says it: today, tomorrow or a date, in Paris time; and in the meeting's own time if it has another."""

    at: datetime
    past: bool
    zone: str

    @property
    def utc(self) -> str:
        return utc_text(self.at)

    @property
    def words(self) -> Text:
        local, today = self.at.astimezone(PARIS), clock.now().astimezone(PARIS).date()
        near = {0: t("aujourd’hui", "today"), 1: t("demain", "tomorrow")}.get((local.date() - today).days)
        day = near or Text(*(legal_date_text(local.date(), lang) for lang in LANGUAGES))
        said = CLOSED if self.past else CLOSES
        return said.format(day=day, hour=f"{local:%H:%M}")

    @property
    def elsewhere(self) -> str:
        """The same instant in the legal time of an overseas company."""
        if self.zone == PARIS.key:
            return ""
        return legal_time_text(self.at, current(), "short", self.zone)


CLOSES = t("Clôture {day} à {hour}, heure de Paris", "Closes {day} at {hour}, Paris time")
CLOSED = t("Vote à distance clos {day} à {hour}, heure de Paris", "Remote voting closed {day} at {hour}, Paris time")


@dataclass(frozen=True)
class Stage:
    """Where remote voting stands: ``name`` is refused, waiting, open, over or cancelled. It informs; the act decides."""

    name: str
    limit: Decision[reception.Limit]
    zone: str
    refused: Refused | None = None

    @property
    def open(self) -> bool:
        return self.name == "open"

    @property
    def deadline(self) -> Deadline:
        """The limit in words."""
        return Deadline(self.limit.value.at, self.name == "over", self.zone)


def stage_of(meeting: Meeting, company: Company | None = None) -> Stage:
    """Read from the meeting and the clock; for a site that is not open yet, the law is asked whether it may be."""
    company = company or known.standing(meeting).company
    limit = reception.limit_of(law(), company, meeting.day, "electronic", meeting.zone)
    zone = meeting.zone
    if meeting.status == "cancelled":
        return Stage("cancelled", limit, zone)
    now = clock.now()
    if meeting.opened_at and meeting.opened_at <= now:
        return Stage("open" if limit.value.allows(now) and meeting.status == "open" else "over", limit, zone)
    try:
        convening.site_may_open(meeting_facts(meeting), meeting.signature_level, law(), meeting.day)
    except Refused as refused:
        return Stage("refused", limit, zone, refused)
    except LawError as unknown:
        return Stage("refused", limit, zone, Refused(unknown.text, None, "site.no-rule"))
    return Stage("waiting", limit, zone)


def show(
    request: HttpRequest, template: str, meeting: Meeting, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page about a meeting: its name, the limit and the countdown come with it."""
    given = dict(context or {})
    company = known.standing(meeting).company
    speak_of(meeting.company, meeting.day, lambda: company)
    if "stage" not in given:
        given["stage"] = stage_of(meeting, company)
    shared = {
        "meeting": meeting,
        "company": meeting.company,
        "devoted": _devoted(company, meeting),
        "limit": given["stage"].limit,
        "deadline": given["stage"].deadline,
        "by_telephone": bool(settings.CONFIG.sms),
        "paths": {name: address(name, meeting) for name in PATHS},
    }
    return render(request, f"assembly/vote/{template}.html", {**shared, **given}, status=status)


DEVOTED = "assembly.site.dedicated"


def _devoted(company: Company, meeting: Meeting) -> Rule | None:
    """The rule that wants a site for nothing but the vote, at the foot of its pages."""
    try:
        return company.rule(law(), DEVOTED, meeting.day)
    except LawError:
        return None


def not_ready(request: HttpRequest, access: Access) -> HttpResponse:
    """503: a document or a bundle cannot be made now; what was received is safe, and the page says so."""
    return show(request, "not-ready", access.meeting, {"access": access}, 503)


PATHS = (
    "meeting",
    "identify",
    "code",
    "form",
    "check",
    "send",
    "mine",
    "means",
    "leave",
    "passkey",
    "annexes",
    "confirm",
)
