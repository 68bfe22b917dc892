"""The pages of the office on the main site."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.law import t
from opposable.systems.assembly.models import Meeting
from opposable.web.access import actor_of
from opposable.web.listing import Column, Listing

MEETINGS = Listing(
    columns=(
        Column("at", t("Jour et heure", "Day and hour"), lambda row: row.at, "instant"),
        Column("company", t("Société", "Company"), lambda row: row.company.name),
        Column("place", t("Lieu", "Place"), lambda row: row.place),
    ),
    order=("-at", "-pk"),
    export_name="meetings",
)


@login_required
def meetings(request: HttpRequest) -> HttpResponseBase:
    """«Assemblées»."""
    rows = Meeting.objects.visible_to(actor_of(request)).select_related("company")
    context = {"list": MEETINGS.page(request, rows)}
    return MEETINGS.export(request, rows) or TemplateResponse(request, "assembly/office/meetings.html", context)
