"""The documents of a meeting: what is on file, what may be drawn up at this stage, who certifies and signs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel.actors import Actor
from opposable.kernel.documents import DocumentErased, read
from opposable.kernel.models import Document
from opposable.law.text import Text, t
from opposable.systems.assembly.acts import after
from opposable.systems.assembly.models import Attendance, Meeting, Result
from opposable.systems.assembly.rules.documents import CAPACITIES, CERTIFIERS, members
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    form_answer,
    meeting_or_404,
    note_reading,
    perform,
    require,
    see_other,
    seen,
    words,
)
from opposable.systems.assembly.views.office_fields import choices, long_text
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.web.forms import toast

CONVENED = ("convened", "open", "closed", "in-session", "held", "minuted")


class NoticeForm(forms.Form):
    """What the register does not know of the notice of meeting (R. 225-66)."""

    registry = forms.CharField(label=words("Ville du greffe (RCS)", "Town of the registry (RCS)"), max_length=80)
    forms_at = forms.CharField(
        label=words("Où se procurer les formulaires", "Where forms are had"), max_length=200, required=False
    )
    questions_to = forms.CharField(
        label=words("Adresse des questions écrites", "Address for written questions"), max_length=200, required=False
    )


class MinutesForm(forms.Form):
    """What only people know of the minutes (R. 225-106)."""

    debates = long_text(words("Résumé des débats", "Summary of the debates"), rows=8)
    documents_submitted = long_text(
        words("Autres documents et rapports soumis", "Other documents and reports submitted"),
        words(
            "un par ligne ; la feuille, les formulaires et les pouvoirs y sont déjà",
            "one a line; the sheet, forms and proxies are there already",
        ),
        required=False,
        rows=3,
    )
    convening = forms.CharField(
        label=words("Mode de convocation", "How it was convened"),
        help_text=words("vide : ce que le dossier en sait", "empty: what the record knows of it"),
        max_length=300,
        required=False,
    )
    original = forms.ChoiceField(
        label=words("L’original", "The original"),
        choices=choices(
            (
                ("paper", t("le papier, signé à la main", "on paper, signed by hand")),
                (
                    "electronic",
                    t("le fichier, signature au moins avancée", "the file, signed at least at the advanced level"),
                ),
            )
        ),
    )

    def clean_documents_submitted(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["documents_submitted"].splitlines() if line.strip()]


class ExtractForm(forms.Form):
    """A certified extract (R. 225-108)."""

    resolutions = forms.TypedMultipleChoiceField(
        label=words("Résolutions", "Resolutions"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    certified_by = forms.ChoiceField(label=words("Certifié par", "Certified by"), choices=choices(CERTIFIERS))
    name = forms.CharField(label=words("Nom", "Name"), max_length=120)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = meeting.resolutions.order_by("position").values_list("position", "title")
        options = [(position, f"{position} · {title}") for position, title in rows]
        self.fields["resolutions"].choices = options  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """One member of the bureau signs the minutes, in his capacity."""

    capacity = forms.ChoiceField(label=words("En qualité de", "As"))
    means = forms.ChoiceField(
        label=words("Comment", "How"),
        choices=choices(
            (
                ("electronic", t("par cet acte", "by this act")),
                ("hand", t("à la main, sur le papier : je le constate", "by hand on the paper: I enter it")),
            )
        ),
    )

    def __init__(self, *args: Any, waiting: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["capacity"].choices = waiting  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Paper:
    """A document that may be drawn up: at which stages, by which act, with which form (None: one button)."""

    name: str
    kind: str
    label: Text
    stages: tuple[str, ...]
    issue: Callable[..., Any]
    form: type[forms.Form] | None = None
    listed: bool = False
    needs: str = Meeting.Evidence.kind
    """The kind that one must be able to write to draw it up."""


PAPERS: Mapping[str, Paper] = {
    paper.name: paper
    for paper in (
        Paper(
            "notice",
            "assembly.notice",
            t("Avis de convocation", "Notice of meeting"),
            CONVENED,
            after.issue_notice,
            NoticeForm,
        ),
        Paper(
            "form",
            "assembly.paper-form",
            t("Formulaire de vote papier", "Paper voting form"),
            CONVENED,
            after.issue_form,
        ),
        Paper(
            "sheet",
            "assembly.sheet",
            t("Feuille de présence", "Attendance sheet"),
            ("in-session", "held"),
            after.issue_sheet,
            needs=Attendance.Evidence.kind,
        ),
        Paper(
            "minutes", "assembly.minutes", t("Procès-verbal", "Minutes"), ("held",), after.issue_minutes, MinutesForm
        ),
        Paper(
            "publication",
            "assembly.publication",
            t("Résultat des votes à publier", "Results to publish"),
            ("held", "minuted"),
            after.publish_results,
            listed=True,
        ),
    )
}


@dataclass(frozen=True)
class Line:
    """A document on file, and what may still be done with it."""

    row: Document
    certify: bool = False
    sign: tuple[str, ...] = ()
    extract: bool = False

    @property
    def signatures(self) -> list[tuple[Text, str]]:
        """Who signed, by capacity and instant."""
        return [(_capacity(one["as"]), one.get("at", "")) for one in self.row.signed_by if one["as"] != "seal"]


def _capacity(name: str) -> Text:
    known = {**CAPACITIES, **CERTIFIERS, "bureau": t("le bureau", "the bureau")}
    return known.get(name, t(name, name))


def documents(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Every document about the meeting that the person may read, and what may be drawn up now."""
    meeting = meeting_or_404(request, uid)
    rows = list(seen(request, Document.objects.filter(subject=meeting.uid)).order_by("-issued_at", "-pk")[:100])
    may_approve = can(request, "approve", Result.Evidence.kind, meeting.cell)
    context = {
        **record(request, meeting, "documents"),
        "lines": [_line(row, rows, meeting, may_approve=may_approve) for row in rows],
        "papers": [paper for paper in PAPERS.values() if _may_issue(request, paper, meeting)],
    }
    return TemplateResponse(request, "assembly/office/documents.html", context)


def _may_issue(request: HttpRequest, paper: Paper, meeting: Meeting) -> bool:
    if not can(request, "write", paper.needs, meeting.cell):
        return False
    return meeting.status in paper.stages and (meeting.company.listed or not paper.listed)


def _line(row: Document, rows: list[Document], meeting: Meeting, *, may_approve: bool) -> Line:
    last = not any(other.kind == row.kind and other.version > row.version for other in rows)
    done = {one["as"] for one in row.signed_by}
    if not (may_approve and last):
        return Line(row)
    waiting = tuple(name for name in members(meeting.bureau) if name not in done)
    return Line(
        row,
        certify=row.kind == "assembly.sheet" and "bureau" not in done and meeting.status in ("in-session", "held"),
        sign=waiting if row.kind == "assembly.minutes" and meeting.status == "held" else (),
        extract=row.kind == "assembly.minutes" and meeting.status == "minuted",
    )


def issue(request: HttpRequest, uid: str, name: str) -> HttpResponseBase:
    """Draw up a document: a form for what only people know, then the act."""
    meeting = meeting_or_404(request, uid)
    paper = PAPERS.get(name)
    if paper is None:
        raise Http404
    require(request, "write", paper.needs, meeting.cell)
    made = paper.form or forms.Form
    form = made(request.POST if request.method == "POST" else None)
    refused = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        receipt, refused = attempt(request, lambda actor: paper.issue(actor, meeting=meeting, **given))
        if refused is None:
            return _issued(request, meeting, receipt.result)
    context = {**record(request, meeting, "documents", seal=False), "paper": paper}
    return form_answer(request, "assembly/office/document.html", context, form, refused)


def _issued(request: HttpRequest, meeting: Meeting, document: Document) -> HttpResponseBase:
    """Seal what is owed a seal (it asks an outside authority: never inside the act), and say so."""
    if document.kind in ("assembly.notice", "assembly.publication", "assembly.extract"):
        after.sealed(document)
    toast(request, t("Le document est établi.", "The document is drawn up."))
    return see_other(meeting_url("documents", meeting))


def _document(request: HttpRequest, uid: str, document_uid: str) -> tuple[Meeting, Document]:
    meeting = meeting_or_404(request, uid)
    rows = seen(request, Document.objects.filter(subject=meeting.uid).select_related("cell"))
    return meeting, get_object_or_404(rows, uid=document_uid)


def download(request: HttpRequest, uid: str, document_uid: str) -> HttpResponseBase:
    """The PDF, as signed when it is. The reading is noted; 404 once retention has erased it."""
    _, row = _document(request, uid, document_uid)
    try:
        data = read(row)
    except DocumentErased:
        raise Http404 from None
    note_reading(request, row, "document")
    response = HttpResponse(data, content_type="application/pdf")
    name = f"{row.kind.rpartition('.')[2]}-{row.issued_at:%Y%m%d}-v{row.version}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def certify(request: HttpRequest, uid: str, document_uid: str) -> HttpResponseBase:
    """The bureau certifies the attendance sheet. Refused once someone has come or left since."""
    meeting, row = _document(request, uid, document_uid)

    def act(actor: Actor) -> None:
        after.sealed(after.certify_sheet(actor, sheet=row).result)

    said = t("La feuille de présence est certifiée.", "The attendance sheet is certified.")
    return perform(request, act, done=said, to=meeting_url("documents", meeting))


def sign(request: HttpRequest, uid: str, document_uid: str) -> HttpResponseBase:
    """A member of the bureau signs the minutes; with the last signature the meeting is «minuted»."""
    meeting, row = _document(request, uid, document_uid)
    require(request, "approve", Result.Evidence.kind, meeting.cell)
    names, done = members(meeting.bureau), {one["as"] for one in row.signed_by}
    waiting = [(key, words(*_signer(key, name))) for key, name in names.items() if key not in done]
    form = SignForm(request.POST if request.method == "POST" else None, waiting=waiting)
    refused = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        _, refused = attempt(request, lambda actor: after.sign_minutes(actor, minutes=row, **given))
        if refused is None:
            toast(request, t("La signature est portée au procès-verbal.", "The signature is entered on the minutes."))
            return see_other(meeting_url("documents", meeting))
    context = {**record(request, meeting, "documents", seal=False), "document": row}
    return form_answer(request, "assembly/office/sign.html", context, form, refused)


def _signer(capacity: str, name: str) -> tuple[str, str]:
    label = _capacity(capacity)
    return f"{label.fr} : {name}", f"{label.en}: {name}"


def extract(request: HttpRequest, uid: str, document_uid: str) -> HttpResponseBase:
    """A certified extract of the signed minutes."""
    meeting, row = _document(request, uid, document_uid)
    require(request, "approve", Result.Evidence.kind, meeting.cell)
    form = ExtractForm(request.POST if request.method == "POST" else None, meeting=meeting)
    refused = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        receipt, refused = attempt(request, lambda actor: after.issue_extract(actor, minutes=row, **given))
        if refused is None:
            return _issued(request, meeting, receipt.result)
    paper = {"label": t("Extrait certifié conforme", "Certified extract")}
    context = {**record(request, meeting, "documents", seal=False), "paper": paper}
    return form_answer(request, "assembly/office/document.html", context, form, refused)
