"""What came in, file by file: what became of its rows, and what is known to have been lost on the way."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.law import Text, t
from opposable.systems.traffic.exchange.formats import FORMATS
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.rules.words import FATES
from opposable.systems.traffic.views.base import loss_lines, may
from opposable.web.access import actor_of, visible_or_404
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import timeline_of

KIND = Delivery.Evidence.kind


def state_of_delivery(row: Delivery) -> tuple[str, Text]:
    """Tone and word."""
    return ("due", t("des pertes", "losses")) if row.losses else ("ok", t("sans perte connue", "no known loss"))


def _lossy(rows: QuerySet[Delivery], value: str) -> QuerySet[Delivery]:
    return rows.filter(lost_until__isnull=value != "lost")


DELIVERIES = Listing(
    columns=(
        Column(
            "received",
            t("Reçu le", "Received on"),
            lambda r: r.received_at,
            "instant",
            href=lambda r: r.get_absolute_url(),
        ),
        Column("source", t("Source", "Source"), lambda r: r.source.title),
        Column("name", t("Fichier", "File"), lambda r: r.name),
        Column("read", t("Lues", "Read"), lambda r: r.read, "number"),
        Column("kept", t("Gardées", "Kept"), lambda r: r.kept, "number"),
        Column("rejected", t("Rejetées", "Rejected"), lambda r: r.rejected, "number"),
        Column("state", t("Pertes", "Losses"), state_of_delivery, "state"),
    ),
    filters=(Filter("losses", t("Pertes", "Losses"), (("lost", t("avec des pertes", "with losses")),), _lossy),),
    order=("-received_at", "-pk"),
    export_name="deliveries",
)


def deliveries(request: HttpRequest) -> HttpResponseBase:
    """Every file or batch, the newest first."""
    _here(request)
    rows = Delivery.objects.visible_to(actor_of(request)).select_related("source")
    if may(request, "export", KIND) and (file := DELIVERIES.export(request, rows)):
        return file
    return TemplateResponse(request, "traffic/deliveries.html", {"list": DELIVERIES.page(request, rows)})


def delivery(request: HttpRequest, uid: str) -> HttpResponseBase:
    """One file: its rows, its losses, the segments that it became, its source."""
    _here(request)
    row: Delivery = visible_or_404(Delivery.objects.select_related("source"), request, uid=uid)
    context = {
        "delivery": row,
        "mark": state_of_delivery(row),
        "fates": [(word, getattr(row, name)) for name, word in FATES.items()],
        "form": FORMATS[row.source.format][0] if row.source.format in FORMATS else row.source.format,
        "losses": loss_lines([_with_source(row, one) for one in row.losses]),
        "days": Segment.objects.filter(source=row.source, batch=row.sha256)
        .order_by("day")
        .values_list("day", flat=True)
        .distinct(),
        "history": timeline_of(row.uid),
    }
    return TemplateResponse(request, "traffic/delivery.html", context)


def _with_source(row: Delivery, one: dict[str, Any]) -> dict[str, Any]:
    return {"source": row.source.title, "delivery": row.uid, **one}


def _here(request: HttpRequest) -> None:
    if not may(request, "read", KIND):
        raise Http404
