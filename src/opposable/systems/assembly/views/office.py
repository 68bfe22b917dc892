"""The first page of the office: the meetings, the next ones first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Duty
from opposable.law import local
from opposable.law.text import Text, t
from opposable.systems.assembly.models import Company, Meeting
from opposable.systems.assembly.views.office_base import seen, without_exports
from opposable.systems.assembly.views.office_record import meeting_url
from opposable.systems.assembly.views.office_words import CALL_WORDS, KIND_WORDS, MEETING_STATES
from opposable.web.access import grants_of, paths, some_or_404
from opposable.web.listing import Column, Filter, Listing

COMING = ("draft", "convened", "open", "closed", "in-session")
SHOWN = 12


def _search(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
    return rows.filter(Q(company__name__icontains=given) | Q(place__icontains=given) | Q(uid__startswith=given))


MEETINGS = Listing(
    columns=(
        Column("title", t("Assemblée", "Meeting"), lambda row: row.title, href=lambda row: meeting_url("meeting", row)),
        Column("company", t("Société", "Company"), lambda row: row.company.name),
        Column("at", t("Jour et heure", "Day and hour"), lambda row: row.at, "instant"),
        Column("call", t("Convocation", "Call"), lambda row: CALL_WORDS[row.call]),
        Column("resolutions", t("Résolutions", "Resolutions"), lambda row: row.count, "number"),
        Column("place", t("Lieu", "Place"), lambda row: row.place, default=False),
        Column("state", t("État", "State"), lambda row: MEETING_STATES[row.status], "state"),
    ),
    filters=(
        Filter(
            "status",
            t("État", "State"),
            [(key, label) for key, (_, label) in MEETING_STATES.items()],
            lambda rows, value: rows.filter(status=value),
        ),
        Filter("kind", t("Genre", "Kind"), list(KIND_WORDS.items()), lambda rows, value: rows.filter(kind=value)),
    ),
    order=("-at", "-pk"),
    search=_search,
    size=25,
    export_name="meetings",
)


@dataclass(frozen=True)
class Coming:
    """A meeting to come, with the next date that the law sets for it."""

    meeting: Meeting
    due: Duty | None

    @property
    def title(self) -> Text:
        return self.meeting.title

    @property
    def mark(self) -> tuple[str, Text]:
        return MEETING_STATES[self.meeting.status]

    @property
    def due_title(self) -> Text:
        """What is due, without the name of the meeting that follows it."""
        names = (self.due.title_fr, self.due.title_en) if self.due else ("", "")
        return Text(*(name.partition(" · ")[0] for name in names))

    @property
    def due_day(self) -> date | None:
        """The last day, for what is due before midnight; None for a date with an hour."""
        if self.due is None:
            return None
        last = local(self.due.due_at, self.meeting.zone)
        return (last - timedelta(microseconds=1)).date() if last.time() == time(0) else None


def _coming(rows: QuerySet[Any], now: datetime) -> list[Coming]:
    meetings = list(rows.filter(status__in=COMING).order_by("at", "pk")[:SHOWN])
    dues = Duty.objects.filter(obj__in=[row.uid for row in meetings], closed_at=None, due_at__gte=now)
    first: dict[str, Duty] = {}
    for due in dues.order_by("due_at", "pk"):
        first.setdefault(due.obj, due)
    return [Coming(row, first.get(row.uid)) for row in meetings]


def meetings(request: HttpRequest) -> HttpResponseBase:
    """«Assemblées»: those to come, the nearest first, each with its next legal date; then all, by filter and search."""
    some_or_404(request, Meeting.Evidence.kind)
    rows = seen(
        request,
        Meeting.objects.select_related("company").annotate(
            count=Count("every_resolution", filter=Q(every_resolution__position__gt=0))
        ),
    )
    held = grants_of(request)
    may_export = bool(paths(held, Meeting.Evidence.kind, "export"))
    if may_export and (download := MEETINGS.export(request, rows)):
        return download
    page = MEETINGS.page(request, rows)
    first_page = not (page.filtered or request.GET.get("after") or request.GET.get("before"))
    now = clock.now()
    context = {
        "list": page if may_export else without_exports(page),
        "coming": _coming(rows, now) if first_page else [],
        "may_draft": bool(paths(held, Meeting.Evidence.kind, "write")),
        "now": now,
    }
    return TemplateResponse(request, "assembly/office/meetings.html", context)


COMPANIES = Listing(
    columns=(
        Column("name", t("Société", "Company"), lambda row: row.name, href=lambda row: company_url("company", row)),
        Column("siren", t("SIREN", "SIREN"), lambda row: row.siren),
        Column("form", t("Forme", "Form"), lambda row: row.get_form_display()),
        Column("listed", t("Cotée", "Listed"), lambda row: t("oui", "yes") if row.listed else t("non", "no")),
        Column("shares", t("Actions", "Shares"), lambda row: row.shares, "number"),
        Column("meetings", t("Assemblées", "Meetings"), lambda row: row.count, "number"),
    ),
    order=("name", "pk"),
    search=lambda rows, given: rows.filter(Q(name__icontains=given) | Q(siren__startswith=given.replace(" ", ""))),
    export_name="companies",
)


def company_url(name: str, company: Company, *args: object) -> str:
    """The address of a page of a company."""
    return reverse(f"assembly:{name}", args=[company.slug, *args])


def companies(request: HttpRequest) -> HttpResponseBase:
    """«Sociétés»: those that the person may read."""
    some_or_404(request, Company.Evidence.kind)
    rows = seen(request, Company.objects.annotate(count=Count("meetings")))
    kinds: Sequence[str] = paths(grants_of(request), Company.Evidence.kind, "export")
    if kinds and (download := COMPANIES.export(request, rows)):
        return download
    page = COMPANIES.page(request, rows)
    context = {
        "list": page if kinds else without_exports(page),
        "may_create": "/" in paths(grants_of(request), Company.Evidence.kind, "write"),
    }
    return TemplateResponse(request, "assembly/office/companies.html", context)
