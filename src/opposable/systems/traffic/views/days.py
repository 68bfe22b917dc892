"""The days of the store: what each holds and until when; and of those that are over, the proof of their erasure."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.kernel.documents import files
from opposable.kernel.models import Document
from opposable.law import Text, day_text, local_day, t
from opposable.systems.traffic.acts.attesting import ERASE, SEAL, erased_of, index_of, is_gone, proof_of
from opposable.systems.traffic.acts.losses import lost_on
from opposable.systems.traffic.exchange.erasure_proof import make_proof, write_proof_bundle
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.rules.words import family_words, store_words
from opposable.systems.traffic.views.base import attempt, download, loss_lines, may, perform, refusal_page
from opposable.web.access import actor_of
from opposable.web.listing import Column, Filter, Listing

KIND = Segment.Evidence.kind


def _state(row: Segment) -> tuple[str, Text]:
    if row.erased_at:
        return "info", t("effacé", "erased")
    if row.until <= local_day(clock.now()):  # nothing reads it any more, whether or not a tick has come
        return "due", t("à son terme", "at its end")
    return "ok", t("conservé", "kept")


def _gone(rows: QuerySet[Segment], value: str) -> QuerySet[Segment]:
    return rows.filter(erased_at__isnull=value == "kept")


DAYS = Listing(
    columns=(
        Column(
            "day",
            t("Jour", "Day"),
            lambda r: r.day,
            "date",
            href=lambda r: reverse("traffic:day", args=[r.day.isoformat()]),
        ),
        Column("store", t("Magasin", "Store"), lambda r: store_words(r.store)),
        Column("family", t("Données", "Data"), lambda r: family_words(r.family)),
        Column("rows", t("Lignes", "Rows"), lambda r: r.rows, "number"),
        Column("until", t("Jusqu’au (exclu)", "Until (exclusive)"), lambda r: r.until, "date"),
        Column("state", t("État", "State"), _state, "state"),
    ),
    filters=(
        Filter(
            "there",
            t("Segments", "Segments"),
            (("kept", t("conservés", "kept")), ("gone", t("effacés", "erased"))),
            _gone,
        ),
    ),
    order=("-day", "-pk"),
    export_name="segments",
)


def days(request: HttpRequest) -> HttpResponseBase:
    """Every segment, the newest day first."""
    _here(request)
    rows = Segment.objects.visible_to(actor_of(request))
    if may(request, "export", KIND) and (file := DAYS.export(request, rows)):
        return file
    return TemplateResponse(request, "traffic/days.html", {"list": DAYS.page(request, rows)})


def day(request: HttpRequest, on: str) -> HttpResponseBase:
    """One day: what is kept of it, what was erased and by which act, the proof."""
    _here(request)
    found = _day(on)
    rows = Segment.objects.visible_to(actor_of(request)).filter(day=found).select_related("source")
    context = {
        "day": found,
        "day_words": day_text(found),
        "lines": [_line(one) for one in rows.order_by("store", "family", "pk")],
        "losses": loss_lines(lost_on(found)),
        "erased": bool(erased_of(found)),
        "document": proof_of(found),
        "may_prove": may(request, "export", KIND),
    }
    return TemplateResponse(request, "traffic/day.html", context)


def _line(one: Segment) -> dict[str, Any]:
    return {
        "segment": one,
        "store": store_words(one.store),
        "family": family_words(one.family),
        "state": _state(one),
        "sealed": index_of(one, SEAL),
        "erased": index_of(one, ERASE) if one.erased_at else None,
        "left": bool(one.erased_at) and not is_gone(one),
    }


@require_POST
def prove(request: HttpRequest, on: str) -> HttpResponseBase:
    """Issue and seal the proof of a day."""
    _here(request)
    found = _day(on)
    to = reverse("traffic:day", args=[found.isoformat()])
    done = t("La preuve est établie et scellée.", "The proof is issued and sealed.")
    return perform(request, lambda actor: make_proof(actor, found), done=done, to=to)


def proof_file(request: HttpRequest, on: str, form: str) -> HttpResponse:
    """The proof as a signed PDF, or the bundle of its acts."""
    _here(request, "export")
    found = _day(on)
    if form not in {"pdf", "asice"}:
        raise Http404
    document = proof_of(found)
    if document is None:
        raise Http404
    name = f"effacement-{found.isoformat()}.{form}"
    if form == "pdf":
        return download(files.read(document), "application/pdf", name)
    data, refused = attempt(request, lambda _: _bundle(document, found))
    if refused is not None:
        return refusal_page(request, refused, back=reverse("traffic:day", args=[found.isoformat()]))
    return download(data, "application/vnd.etsi.asic-e+zip", name)


def _bundle(document: Document, found: date) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_proof_bundle(document, found, Path(folder) / "proof.asice").read_bytes()


def _here(request: HttpRequest, verb: str = "read") -> None:
    if not may(request, verb, KIND):
        raise Http404


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
