"""Controlled documents: the text of a version, its approval, its acceptance by those it is for, and its PDF."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from opposable.kernel import clock, controlled
from opposable.kernel.approvals import gate
from opposable.kernel.decisions import state_digest
from opposable.kernel.documents import files
from opposable.kernel.models import ApprovalCase, ControlledDocument, DocumentVersion
from opposable.law import Refused, t
from opposable.web.access import actor_of, grants_of, paths, visible_or_404
from opposable.web.forms import see_other, toast
from opposable.web.register import Entry, story_of
from opposable.web.views.new_document import KINDS, may_write

STATES = {
    "draft": ("info", t("brouillon", "draft")),
    "review": ("due", t("en relecture", "in review")),
    "approved": ("ok", t("approuvée, à publier", "approved, to be published")),
    "published": ("ok", t("publiée", "published")),
    "withdrawn": ("info", t("retirée", "withdrawn")),
}


def documents(request: HttpRequest) -> HttpResponse:
    """Every document that the person may read, with its present version."""
    rows = ControlledDocument.objects.visible_to(actor_of(request)).order_by("kind", "title")
    lines = []
    for row in rows[:500]:
        last = row.versions.order_by("-number")[0]  # a document is born with its first version
        lines.append((row, KINDS.get(row.kind), last, STATES[last.stage], controlled.present_version(row)))
    return render(request, "web/pages/documents.html", {"lines": lines, "can": may_write(request)})


def version(request: HttpRequest, uid: str) -> HttpResponse:
    """One version: whoever is asked accepts it here; whoever keeps it sends it to approval and publishes it."""
    rows = DocumentVersion.objects.select_related("document__cell", "cell", "issued")
    row: DocumentVersion = visible_or_404(rows, request, uid=uid)
    refused = None
    if request.method == "POST":
        try:
            shown = _act(request, row)
        except Refused as error:
            refused = error
            row.refresh_from_db()
        else:
            toast(request, t("C’est enregistré.", "It is recorded."))
            return see_other(reverse("web:document", args=[shown.uid]))
    context = _context(request, row)
    return render(request, "web/pages/document.html", {**context, "refused": refused}, status=422 if refused else 200)


def _act(request: HttpRequest, row: DocumentVersion) -> DocumentVersion:
    """What the button asks. Returns the version to show next: another one when the text of what is in force is taken up again."""
    actor = actor_of(request)
    if "accept" in request.POST:
        controlled.accept(actor, version=row, seen=request.POST.get("seen", ""))
    elif "submit" in request.POST:
        controlled.submit(actor, version=row)
    elif "publish" in request.POST:
        controlled.publish(actor, version=row)
    elif "withdraw" in request.POST:
        controlled.withdraw(actor, version=row)
    elif "review" in request.POST:
        controlled.review(actor, document=row.document)
    elif "body" in request.POST:
        given = {"body": request.POST["body"], "change": request.POST.get("change", "")}
        drafted: DocumentVersion = controlled.draft(actor, document=row.document, **given).result
        return drafted
    else:
        raise Http404
    return row


def _context(request: HttpRequest, row: DocumentVersion) -> dict[str, object]:
    kind = ControlledDocument.Evidence.kind
    can = {
        verb: any(row.cell.path.startswith(path) for path in paths(grants_of(request), kind, verb))
        for verb in ("read", "write", "approve")
    }
    door = gate(row, row.document.flow, clock.now()) if row.stage == "review" else None
    done, asked = controlled.rate(row)
    return {
        "version": row,
        "document": row.document,
        "blocks": controlled.blocks_of(row.body),
        "digest": state_digest(row),
        "state": STATES["approved" if door and door.open else row.stage],
        "gate": door,
        "can": can,
        "last": not row.document.versions.filter(number__gt=row.number).exists(),
        "asked": row.acknowledgements.filter(account__uid=actor_of(request).uid).first(),
        "done": done,
        "of": asked,
        "versions": row.document.versions.order_by("-number") if can["read"] else [],
        "history": _story(row) if can["read"] else [],
    }


def _story(row: DocumentVersion) -> list[Entry]:
    """From the first draft on, with what its approvers said."""
    return story_of([row.uid, *ApprovalCase.objects.filter(subject=row.uid).values_list("uid", flat=True)])


def document_file(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The PDF of a published version."""
    rows = DocumentVersion.objects.select_related("issued", "document")
    row: DocumentVersion = visible_or_404(rows, request, uid=uid)
    if row.issued is None:
        raise Http404
    answer = FileResponse([files.read(row.issued)], content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{row.document.key}-v{row.number}.pdf"'
    return answer
