"""The inbox of the legal desk: the cases that the person is in, and nothing of the others."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from opposable.law import t
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.models.requisition import OPEN
from opposable.systems.traffic.rules.asking import BASES
from opposable.systems.traffic.views.base import desk_or_404, may, state_of
from opposable.systems.traffic.views.search import named
from opposable.web.access import actor_of
from opposable.web.listing import Column, Filter, Listing
from opposable.web.shell import first_page


def _search(rows: QuerySet[Requisition], words: str) -> QuerySet[Requisition]:
    return rows.filter(named(words))


INBOX = Listing(
    columns=(
        Column("reference", t("Référence", "Reference"), lambda r: r.reference, href=lambda r: r.get_absolute_url()),
        Column("authority", t("Autorité", "Authority"), lambda r: r.authority),
        Column("basis", t("Fondement", "Basis"), lambda r: next(v for k, v in BASES.items() if k == r.basis)),
        Column("received", t("Reçue", "Received"), lambda r: r.received_at, "instant"),
        Column("due", t("Délai", "Due"), lambda r: r.due_at, "instant"),
        Column("code", t("Code", "Code"), lambda r: r.code),
        Column("state", t("État", "State"), state_of, "state"),
    ),
    filters=(
        Filter(
            "open",
            t("Dossiers", "Cases"),
            (("yes", t("à répondre", "to be answered")), ("no", t("clos", "closed"))),
            lambda rows, value: rows.filter(status__in=OPEN) if value == "yes" else rows.exclude(status__in=OPEN),
        ),
    ),
    order=("-received_at", "-pk"),
    search=_search,
    export_name="requisitions",
)


def home(request: HttpRequest) -> HttpResponseBase:
    """The first page of the system that the person may see: the desk's is not the operator's."""
    place = first_page(request, "traffic")
    if place is None:
        raise Http404
    return redirect(place)


def inbox(request: HttpRequest) -> HttpResponseBase:
    """The cases of the person, the newest first."""
    desk_or_404(request)
    rows = Requisition.objects.visible_to(actor_of(request))
    may_export = may(request, "export", Requisition.Evidence.kind)
    if may_export and (file := INBOX.export(request, rows)):
        return file
    page = INBOX.page(request, rows)
    context = {
        "list": page if may_export else replace(page, exports=()),
        "may_register": may(request, "write", "traffic.desk"),
        "new": reverse("traffic:new"),
    }
    return TemplateResponse(request, "traffic/inbox.html", context)
