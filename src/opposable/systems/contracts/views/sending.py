"""Files of a contract: the PDF that was approved, the evidence, the matrix, signed files that come back, proof files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from opposable.kernel import clock
from opposable.kernel.documents import files
from opposable.kernel.faults import Fault
from opposable.kernel.models import Reading
from opposable.law import Refused, local_day, t
from opposable.systems.contracts.exchange import proof, signed
from opposable.systems.contracts.models import ContractVersion, SignatureProof
from opposable.systems.contracts.views.shown import can_of, context_of, rows_of, text_erased
from opposable.web.access import actor_of, visible_or_404
from opposable.web.export import export_response
from opposable.web.language import current, say

ROOTS_LIMIT = 200_000
COLUMNS = (
    t("règle", "rule"),
    t("référence", "citation"),
    t("force", "strength"),
    t("point", "point"),
    t("état", "state"),
    t("article", "clause"),
    t("ligne", "line"),
    t("mots du texte", "words of the text"),
    t("motif", "reason"),
)


def _version(request: HttpRequest, uid: str) -> ContractVersion:
    rows = ContractVersion.objects.select_related("contract__party", "cell", "document")
    found: ContractVersion = visible_or_404(rows, request, uid=uid)
    return found


def text_file(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The PDF that is approved and sent, byte for byte; with ``?signed``, the same with our seal appended."""
    version = _version(request, uid)
    if version.document is None:
        raise Http404
    try:
        data = files.read(version.document, signed="signed" in request.GET and bool(version.document.signed_sha256))
    except Fault as fault:
        raise Http404(fault.text.en) from fault
    answer = FileResponse([data], content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{version.contract.ref}-v{version.number}.pdf"'
    return answer


def bundle_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The evidence of the whole story of a text."""
    version = _version(request, uid)
    if not can_of(request, version)["export"]:
        raise Http404
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=version.uid, what="bundle")
    try:
        with tempfile.TemporaryDirectory(prefix="opposable-") as folder:
            data = proof.write(version, Path(folder) / "bundle.asice").read_bytes()
    except Fault as fault:
        refused = Refused(fault.text, None, "evidence.fault")
        return render(
            request, "contracts/contract.html", {**context_of(request, version), "refused": refused}, status=422
        )
    answer = HttpResponse(data, content_type="application/vnd.etsi.asic-e+zip")
    answer["Content-Disposition"] = f'attachment; filename="{version.contract.ref}-v{version.number}.asice"'
    return answer


def matrix_file(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The clause matrix as a workbook."""
    version = _version(request, uid)
    if not can_of(request, version)["export"] or text_erased(version):
        raise Http404
    header = [say(one) for one in COLUMNS]
    rows = [
        [
            say(row.line.rule.label),
            " ; ".join(row.line.rule.cite),
            say(row.strength),
            say(cell.label),
            say(label),
            cell.ref,
            cell.line,
            cell.quote,
            cell.reason,
        ]
        for row in rows_of(version, local_day(clock.now()))
        for cell, _, label in row.cells
    ]
    return export_response("xlsx", f"{version.contract.ref}-matrix", header, rows, current())


def signed_file(request: HttpRequest, uid: str) -> HttpResponse:
    """File a signed PDF that came back, once it was checked against what left."""
    version = _version(request, uid)
    if not can_of(request, version)["write"] or request.method != "POST":
        raise Http404
    file, roots = request.FILES.get("file"), request.FILES.get("roots")
    pdf = file.read(signed.LIMIT + 1) if file else b""
    trusted = [roots.read(ROOTS_LIMIT)] if roots else []
    try:
        side = "us" if request.POST.get("side") == "us" else "them"
        signed.file_signed(actor_of(request), version, pdf, side=side, roots=trusted, tsa_roots=trusted)
    except Refused as refused:
        context = {**context_of(request, version), "refused": refused}
        return render(request, "contracts/contract.html", context, status=422)
    return redirect("contracts:contract", version.contract.uid)


def _signature(request: HttpRequest, uid: str) -> SignatureProof:
    rows = SignatureProof.objects.select_related("version__contract__party", "version__cell", "version__document")
    found: SignatureProof = visible_or_404(rows, request, uid=uid)
    return found


def signed_copy(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The signed PDF that came back, as it came."""
    filed = _signature(request, uid)
    if filed.how != "imported":
        raise Http404
    try:
        data = signed.copy_of(filed)
    except Fault as fault:
        context = {**context_of(request, filed.version), "refused": Refused(fault.text, None, "signature.kept")}
        return render(request, "contracts/contract.html", context, status=422)
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=filed.uid, what="signed")
    answer = FileResponse([data], content_type="application/pdf")
    answer["Content-Disposition"] = (
        f'inline; filename="{filed.version.contract.ref}-v{filed.version.number}-signed-{filed.sha256[:8]}.pdf"'
    )
    return answer


def proof_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The proof file of a signature: how it was made or checked, and of which bytes."""
    row = _signature(request, uid)
    return JsonResponse({"kind": row.Evidence.kind, "uid": row.uid, "head": row.head, **row.state()})
