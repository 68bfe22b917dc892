"""Files for a program: the evidence of an object, and a document as the PDF it is. Who does not see the object finds nothing: 404."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from opposable.kernel import clock, evidence
from opposable.kernel.documents import DocumentErased, files
from opposable.kernel.faults import Fault
from opposable.kernel.models import Document, Reading, Recorded
from opposable.kernel.sealing_service import sealed_first
from opposable.web.api import actor_of, models, visible

router = Router(tags=["objects"])


class Said(Schema):
    """Why there is no file, in both languages."""

    detail: dict[str, str]


@router.get("/objects/{kind}/{uid}/bundle.asice", response={422: Said}, summary="The evidence of an object")
def take_bundle(request: HttpRequest, kind: str, uid: str) -> Any:
    """Its acts with their parts, proofs, tokens and rules, and three ways to check them (ASiC-E). Noted as a reading."""
    model = models().get(kind)
    if model is None:
        raise Http404
    row = visible(actor_of(request), model, uid)
    try:
        sealed_first()
        with tempfile.TemporaryDirectory() as folder:
            data = evidence.write_bundle(row.uid, Path(folder) / "case.asice").read_bytes()
    except Fault as fault:
        return Status(422, {"detail": fault.text.as_data()})
    return _given(request, row, data, "application/vnd.etsi.asic-e+zip", "bundle")


@router.get("/objects/kernel.document/{uid}/document.pdf", response={422: Said}, summary="A document")
def take_document(request: HttpRequest, uid: str) -> Any:
    """The PDF, as signed when it is; minutes, attendance sheet, notice. Noted as a reading; 404 once it was erased on its day."""
    row = visible(actor_of(request), Document, uid)
    assert isinstance(row, Document)
    try:
        data = files.read(row)
    except DocumentErased:
        raise Http404 from None
    except Fault as fault:
        return Status(422, {"detail": fault.text.as_data()})
    return _given(request, row, data, "application/pdf", "document")


def _given(request: HttpRequest, row: Recorded, data: bytes, kind: str, what: str) -> HttpResponse:
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=row.uid, what=what)
    return HttpResponse(data, content_type=kind, headers={"Cache-Control": "no-store"})
