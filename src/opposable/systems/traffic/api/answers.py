"""The answer to a requisition for a program: composed, signed and encrypted at one call, then taken away with its papers.

All else of a case is an act (``POST /api/acts/traffic.requisition.register`` and so on). Who is not in the case finds nothing: 404.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from opposable.kernel import clock
from opposable.kernel.documents import files
from opposable.kernel.faults import Fault
from opposable.kernel.models import Document
from opposable.kernel.models.access import may
from opposable.systems.traffic.api.cases import case_of, note
from opposable.systems.traffic.exchange.answer.compose import make_answer, sealed_file
from opposable.systems.traffic.models import Answer, Requisition
from opposable.web.api import Denied, Thing, actor_of, thing_of

router = Router()
PAPERS = {"letter": "traffic.answer", "invoice": "traffic.invoice"}


class Said(Schema):
    """Why nothing was done, in both languages."""

    detail: dict[str, str]


@router.post(
    "/requisitions/{uid}/answer",
    response={200: Thing, 409: Denied, 422: Said},
    summary="Compose, sign and encrypt the answer",
    operation_id="traffic_answer_make",
)
def make(request: HttpRequest, uid: str) -> Any:
    """Once everything was read and the extraction is closed. 422: no certificate that can be used, no time-stamp; nothing has left then."""
    case = case_of(request, uid)
    try:
        return thing_of(make_answer(actor_of(request), requisition=case))
    except Fault as fault:
        return Status(422, {"detail": fault.text.as_data()})


@router.get("/requisitions/{uid}/answer.p7m", summary="The encrypted answer", operation_id="traffic_answer_file")
def take(request: HttpRequest, uid: str) -> HttpResponse:
    """As it goes to the authority (CMS)."""
    case = case_of(request, uid)
    found = Answer.objects.filter(requisition=case).first()
    data = (
        sealed_file(found)
        if found and may(actor_of(request), "export", Answer.Evidence.kind, case.cell, clock.now())
        else None
    )
    if data is None:
        raise Http404
    return _given(request, case, data, "application/pkcs7-mime", "answer")


@router.get(
    "/requisitions/{uid}/{name}.pdf",
    summary="The letter or the statement of costs",
    operation_id="traffic_answer_paper",
)
def paper(request: HttpRequest, uid: str, name: str) -> HttpResponse:
    """``letter`` or ``invoice``, in PDF."""
    case = case_of(request, uid)
    document = Document.objects.filter(subject=case.uid, kind=PAPERS.get(name, "")).order_by("-version").first()
    if document is None or not may(actor_of(request), "read", Answer.Evidence.kind, case.cell, clock.now()):
        raise Http404
    return _given(request, case, files.read(document), "application/pdf", name)


def _given(request: HttpRequest, case: Requisition, data: bytes, kind: str, what: str) -> HttpResponse:
    """Taking a file of a case away is noted, as on the pages."""
    note(request, case, what)
    answer = HttpResponse(data, content_type=kind)
    answer["Cache-Control"] = "no-store"
    return answer
