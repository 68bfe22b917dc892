"""Requests for the agenda: those received, one being entered, and what the company does of each."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.kernel.models import Act, Duty
from opposable.kernel.system import law
from opposable.law import Decision, LawError, Refused, local, local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.listing import NOTIFY
from opposable.systems.assembly.models import AgendaRequest, Meeting
from opposable.systems.assembly.rules import authors as askers, requests as rules
from opposable.systems.assembly.rules.convening import DateDue, calendar
from opposable.systems.assembly.views.office_agenda import matters_of
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    form_answer,
    meeting_or_404,
    perform,
    refusal_page,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_fields import choices, day_field, hour_field, legal_instant, long_text
from opposable.systems.assembly.views.office_forms import whys_of
from opposable.systems.assembly.views.office_paper import LARGEST
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_words import ASKER_WORDS, BODY_WORDS, REQUEST_KINDS, REQUEST_STATES
from opposable.web.forms import toast
from opposable.web.register import entries_of

KIND = AgendaRequest.Evidence.kind
TAKES = ("draft", "convened", "open")
BEFORE_VOTE = (*TAKES, "closed", "in-session")


def digest_of(file: Any) -> str:
    """The SHA-256 of a file; the file itself is not kept."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def certificate_field() -> forms.FileField:
    return forms.FileField(
        label=words("Attestations d’inscription en compte", "Certificates of entry in an account"),
        help_text=words(
            "un fichier pour tous les auteurs ; son empreinte est gardée, pas le fichier",
            "one file for all authors; its digest is kept, not the file",
        ),
        required=False,
    )


class RequestForm(forms.Form):
    """A request as it came. What its authors hold is read in the register."""

    title = forms.CharField(label=words("Titre", "Title"), max_length=200)
    text = long_text(words("Texte du projet de résolution", "Text of the draft resolution"), required=False, rows=6)
    reasons = long_text(words("Exposé des motifs", "Reasons"), required=False)
    candidate = forms.BooleanField(
        label=words("Présente un candidat au conseil", "Puts up a candidate for the board"), required=False
    )
    about_candidate = long_text(
        words("Renseignements sur le candidat", "Information on the candidate"),
        words("art. R. 225-83, 5°", "art. R. 225-83, 5°"),
        required=False,
        rows=3,
    )
    on_behalf = forms.CharField(
        label=words("Nom de l’association ou du comité", "Name of the association or council"),
        max_length=200,
        required=False,
    )
    statutes_on = day_field(
        words("Statuts de l’association communiqués le", "Association’s statutes communicated on"),
        words(
            "à la société et à l’Autorité des marchés financiers",
            "to the company and to the Autorité des marchés financiers",
        ),
        required=False,
    )
    authors = long_text(
        words("Auteurs, ou membres de l’association", "Authors, or members of the association"),
        words(
            "une référence de compte par ligne ; aucune pour le comité",
            "one account reference a line; none for the council",
        ),
        required=False,
        rows=3,
    )
    certificate = certificate_field()
    sent_on = day_field(
        words("Envoyée le", "Sent on"),
        words("cachet de la poste, ou date du message", "postmark, or date of the message"),
    )
    day = day_field(words("Reçue le", "Received on"))
    hour = hour_field(words("à", "at"))

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        kinds = forms.ChoiceField(label=words("Demande", "Request"), choices=choices(REQUEST_KINDS))
        bodies = [(body, BODY_WORDS[body]) for body in meeting.bodies]
        body = forms.ChoiceField(label=words("Délibération", "Business"), choices=choices(bodies))
        by = forms.ChoiceField(label=words("Demandée par", "Asked by"), choices=choices(ASKER_WORDS), initial="holders")
        self.fields = {"by": by, "kind": kinds, "body": body, **self.fields}

    def clean_certificate(self) -> str:
        file = self.cleaned_data["certificate"]
        if not file:
            return ""
        if file.size > LARGEST:
            raise forms.ValidationError(words("20 Mo au plus.", "20 MB at most."))
        return digest_of(file)

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["received_at"] = legal_instant(self, "day", "hour", self.meeting.zone)
        return self.cleaned_data

    def content(self) -> dict[str, Any]:
        """As `acts.receive_request` takes it."""
        found = self.cleaned_data
        refs = [ref.strip() for ref in found["authors"].splitlines() if ref.strip()]
        names = (
            "by", "on_behalf", "statutes_on", "kind", "title", "body", "text", "reasons", "candidate", "about_candidate",
            "sent_on", "received_at",
        )  # fmt: skip
        authors = [{"account": ref, "certificate": found.get("certificate", "")} for ref in refs]
        return {**{name: found[name] for name in names}, "authors": authors}


def requests(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Every request of the meeting, admissible or not, and until when they may come."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", KIND, meeting.cell)
    context = {
        **record(request, meeting, "resolutions"),
        "rows": [(row, REQUEST_STATES[row.status], REQUEST_KINDS[row.kind]) for row in meeting.requests.all()],
        "may_enter": _may(request, meeting) and meeting.status in TAKES,
        "limit": _limit(meeting),
        "council": _council_limit(meeting),
        "to_tell": _may(request, meeting) and _untold(meeting),
    }
    return TemplateResponse(request, "assembly/office/requests.html", context)


def _may(request: HttpRequest, meeting: Meeting) -> bool:
    return can(request, "write", KIND, meeting.cell)


def _untold(meeting: Meeting) -> bool:
    """Holders were convened with an agenda that is no longer the meeting's, and not all were told yet."""
    return Duty.objects.filter(obj=meeting.uid, act=NOTIFY, closed_at=None).exists()


def _limit(meeting: Meeting) -> Any:
    """The line of the calendar, with its rule and arithmetic."""
    try:
        dates = calendar(acts.request_facts(meeting), law())
    except LawError:
        return None
    return _line(next((due for due in dates if due.id in rules.LINES[meeting.company.form]), None))


def _council_limit(meeting: Meeting) -> Decision[Any] | None:
    """Until when the works council may send its drafts, where its article says so."""
    try:
        rule = meeting.company.facts().rule(law(), askers.COMMITTEE, meeting.day)
        found = askers.committee_limit(rule, acts.request_facts(meeting))
    except LawError:
        return None
    return found if found.value is not None else None


def _line(due: DateDue | None) -> Decision[DateDue] | None:
    """A date with its rule and arithmetic, as the page says why."""
    return Decision(due, due.rule, {}, due.trace) if due is not None else None


def enter(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Enter one request. Whether it binds the company is the act's to say."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", KIND, meeting.cell)
    now: datetime = local(clock.now(), meeting.zone)
    start = {"sent_on": now.date(), "day": now.date(), "hour": now.time().replace(second=0, microsecond=0)}
    posted = request.method == "POST"
    form = RequestForm(
        request.POST if posted else None, request.FILES if posted else None, meeting=meeting, initial=start
    )
    refused = None
    if form.is_bound and form.is_valid():
        content = form.content()
        receipt, refused = attempt(request, lambda actor: acts.receive_request(actor, meeting=meeting, **content))
        if refused is None:
            said = ON_FILE if receipt.result.status == "received" else NOT_ADMISSIBLE
            toast(request, said)
            return see_other(meeting_url("request", meeting, receipt.result.uid))
    limits = {"limit": _limit(meeting), "council": _council_limit(meeting)}
    context = {**record(request, meeting, "resolutions"), **limits}
    return form_answer(request, "assembly/office/request_new.html", context, form, refused)


ON_FILE = t("La demande est recevable.", "The request is admissible.")
NOT_ADMISSIBLE = t("La demande est au dossier comme refusée.", "The request is on file as refused.")


def request_or_404(request: HttpRequest, uid: str, request_uid: str, verb: str = "read") -> AgendaRequest:
    meeting = meeting_or_404(request, uid)
    require(request, verb, KIND, meeting.cell)
    found: AgendaRequest = get_object_or_404(meeting.requests.select_related("cell"), uid=request_uid)
    found.meeting = meeting
    return found


def one(request: HttpRequest, uid: str, request_uid: str) -> HttpResponseBase:
    """One request: who asks, what was decided and why, what is still to be done of it."""
    return _page(request, request_or_404(request, uid, request_uid))


def _page(request: HttpRequest, row: AgendaRequest) -> TemplateResponse:
    meeting = row.meeting
    history = entries_of(Act.objects.filter(obj=row.uid).select_related("leaf").order_by("-pk"), whys=True)
    received = next((entry for entry in history if entry.act.seq == 1), None)
    names = dict(meeting.company.holders.filter(uid__in=[a["uid"] for a in row.authors]).values_list("uid", "name"))
    may = _may(request, meeting)
    proof = rules.proof_date(law(), meeting_facts(meeting)) if row.status == "listed" and row.certified else None
    context = {
        **record(request, meeting, "resolutions", seal=False),
        "row": row,
        "state_mark": REQUEST_STATES[row.status],
        "kind_words": REQUEST_KINDS[row.kind],
        "asker": dict(ASKER_WORDS)[row.by],
        "body_words": BODY_WORDS[row.body],
        "authors": [(author, names.get(author["uid"], "")) for author in row.authors],
        "received": received,
        "whys": whys_of(received),
        "history": history,
        "today": local_day(clock.now(), meeting.zone),
        "may_acknowledge": may and row.status in ("received", "listed", "withdrawn") and row.acknowledged_on is None,
        "may_withdraw": may and row.status in ("received", "listed") and meeting.status in BEFORE_VOTE,
        "may_list": may and row.status == "received" and meeting.status in TAKES,
        "proof": _line(proof),
        "matters": matters_of(meeting),
        "may_prove": may and proof is not None and row.proved_at is None and clock.now() >= proof.at,
        "listed_as": row.resolutions.first() if row.status in ("listed", "lapsed", "withdrawn") else None,
    }
    return TemplateResponse(request, "assembly/office/request.html", context)


def _do(request: HttpRequest, row: AgendaRequest, call: Callable[..., Any], said: Any) -> HttpResponseBase:
    return perform(request, call, done=said, to=meeting_url("request", row.meeting, row.uid))


@require_POST
def acknowledge(request: HttpRequest, uid: str, request_uid: str) -> HttpResponseBase:
    """The reception was acknowledged to its authors."""
    row = request_or_404(request, uid, request_uid, "write")
    on, wrong = _day(request)
    if wrong is not None:
        return refusal_page(request, wrong, back=meeting_url("request", row.meeting, row.uid))
    by = request.POST.get("by", "")[:12]
    said = t("L’accusé de réception est porté.", "The acknowledgement is entered.")
    return _do(request, row, lambda actor: acts.acknowledge_request(actor, request=row, on=on, by=by), said)


def _day(request: HttpRequest) -> tuple[Any, Any]:
    field = day_field("")
    try:
        return field.clean(request.POST.get("on", "")), None
    except forms.ValidationError:
        return None, Refused(t("Ce n’est pas une date.", "This is not a date."), None, "request.acknowledge")


@require_POST
def put(request: HttpRequest, uid: str, request_uid: str) -> HttpResponseBase:
    """Put it on the agenda, with what the board says of it."""
    row = request_or_404(request, uid, request_uid, "write")
    said_of: dict[str, Any] = {
        "approved_by_board": request.POST.get("approved") == "yes",
        "comment": request.POST.get("comment", ""),
        "matter": request.POST.get("matter", "")[:12],
    }
    said = t("La demande est inscrite à l’ordre du jour.", "The request is on the agenda.")
    return _do(
        request,
        row,
        lambda actor: acts.list_request(actor, request=row, **said_of),
        said,
    )


@require_POST
def prove(request: HttpRequest, uid: str, request_uid: str) -> HttpResponseBase:
    """The second certificate, one file for all the authors."""
    row = request_or_404(request, uid, request_uid, "write")
    file = request.FILES.get("certificate")
    digest = digest_of(file) if file and (file.size or 0) <= LARGEST else ""
    given = {author["ref"]: digest for author in row.authors if digest}
    said = t("L’attestation est portée.", "The certificate is entered.")
    return _do(request, row, lambda actor: acts.prove_request(actor, request=row, certificates=given), said)


@require_POST
def withdrawn(request: HttpRequest, uid: str, request_uid: str) -> HttpResponseBase:
    """Its authors took it back."""
    row = request_or_404(request, uid, request_uid, "write")
    on, wrong = _day(request)
    if wrong is not None:
        return refusal_page(request, wrong, back=meeting_url("request", row.meeting, row.uid))
    reason = request.POST.get("reason", "")
    said = t("Le retrait est porté.", "The withdrawal is entered.")
    return _do(request, row, lambda actor: acts.withdraw_request(actor, request=row, on=on, reason=reason), said)


@require_POST
def told(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The holders were told by other means than our e-mails."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", KIND, meeting.cell)
    note = request.POST.get("note", "").strip()
    return perform(
        request,
        lambda actor: acts.notify_agenda(actor, meeting=meeting, note=note),
        done=t("C’est noté au dossier.", "It is on record."),
        to=meeting_url("requests", meeting),
    )
