"""Registering a requisition: one long form as the desk reads the paper, and its selectors; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import lazy

from opposable.kernel import clock
from opposable.kernel.models import Account
from opposable.law import PARIS, Refused, Text
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.armour import certificate_pem
from opposable.systems.traffic.acts.cases import paper_digest
from opposable.systems.traffic.acts.members import approvers
from opposable.systems.traffic.models.requisition import CHANNELS
from opposable.systems.traffic.rules.asking import BASES, PROTECTED, REQUESTERS
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.pasting import pasted
from opposable.systems.traffic.rules.selecting import KINDS
from opposable.systems.traffic.views.base import attempt, desk_or_404
from opposable.systems.traffic.views.moments import moment
from opposable.systems.traffic.views.step_forms import CERTIFICATE_FILES
from opposable.web.access import actor_of
from opposable.web.forms import see_other, toast
from opposable.web.language import say

Label = Any
SELECTORS = 3
LARGEST_PAPER, LARGEST_CERTIFICATE = 20 << 20, 1 << 20


def words(fr: str, en: str) -> Label:
    """A label in the language of the page when it is drawn."""
    return lazy(lambda: say(Text(fr, en)), str)()


def _choices(table: Mapping[Any, Text], empty: Text | None = None) -> list[tuple[str, Label]]:
    first = [("", lazy(say, str)(empty))] if empty else []
    return [*first, *((key, lazy(say, str)(label)) for key, label in table.items() if key)]


def _text(fr: str, en: str, most: int, *, required: bool = True, help_text: Label = "") -> forms.CharField:
    return forms.CharField(label=words(fr, en), max_length=most, required=required, help_text=help_text)


def _tick(fr: str, en: str) -> forms.BooleanField:
    return forms.BooleanField(label=words(fr, en), required=False)


NONE = Text("aucune", "none")


class RequisitionForm(forms.Form):
    """Who asks, on which basis, for what, over which period, to whom it goes."""

    authority = _text(
        "Autorité", "Authority", 200, help_text=words("Tribunal, cabinet ou service", "Court, chambers or service")
    )
    organisation = _text(
        "Identifiant de l’autorité",
        "Identifier of the authority",
        80,
        help_text=words("Repris dans la réponse XML", "Goes into the XML answer"),
    )
    requester = forms.ChoiceField(
        label=words("Qualité du demandeur", "Capacity of the requester"), choices=_choices(REQUESTERS)
    )
    person = _text("Nom et grade", "Name and rank", 160)
    unit = _text("Unité", "Unit", 160, required=False)
    reference = _text(
        "Référence",
        "Reference",
        80,
        help_text=words("N° de procès-verbal ou de procédure", "Number of the report or procedure"),
    )
    paper = forms.FileField(
        label=words("L’acte, en fichier", "The act, as a file"),
        required=False,
        help_text=words("Seule son empreinte est gardée ici", "Only its digest is kept here"),
    )
    channel = forms.ChoiceField(label=words("Canal", "Channel"), choices=_choices(CHANNELS), initial="outside")
    basis = forms.ChoiceField(label=words("Fondement", "Basis"), choices=_choices(BASES))
    dated_on = forms.DateField(
        label=words("Datée du", "Dated"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    received_at = moment("Reçue le (heure de Paris)", "Received at (Paris time)")
    due_at = moment("Délai donné par l’acte (heure de Paris)", "Time limit in the act (Paris time)", required=False)
    authorised = _tick(
        "L’autorisation, la commission ou l’ordonnance est jointe", "The authorisation, commission or order is joined"
    )
    offence = _text("Infraction", "Offence", 300, required=False)
    offence_months = forms.IntegerField(
        label=words("Peine encourue, en mois", "Sentence incurred, in months"),
        min_value=0,
        max_value=1200,
        initial=0,
        help_text=words(
            "0 si aucune n’est indiquée ; réclusion : 180 et plus", "0 when none is given; felony: 180 and more"
        ),
    )
    by_network = _tick("Commise par un réseau de communications", "Committed through a communications network")
    author_only = _tick("Pour identifier l’auteur seulement", "Only to identify its author")
    victim_asks = _tick("Terminal de la victime, à sa demande", "The victim’s terminal, at her request")
    missing_person = _tick("Personne disparue", "Missing person")
    protected = forms.ChoiceField(
        label=words("Personne protégée", "Protected person"), choices=_choices(PROTECTED, NONE), required=False
    )
    consent = _tick("Son accord écrit est joint", "Her written consent is joined")
    judge_order = _tick("L’ordonnance du juge des libertés est jointe", "The order of the liberty judge is joined")
    categories = forms.MultipleChoiceField(
        label=words("Données demandées", "Data asked for"),
        choices=_choices(CATEGORIES),
        widget=forms.CheckboxSelectMultiple,
    )
    since = moment("Période : du (heure de Paris)", "Period: from (Paris time)")
    until = moment("au (heure de Paris)", "to (Paris time)")
    more = forms.CharField(
        label=words("Autres critères, un par ligne", "More selectors, one a line"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        max_length=40_000,
        required=False,
        help_text=words(
            "Comme dans l’annexe ou le tableur : 192.0.2.7 4021 14/03/2026 21:07:33 ±2, ou +33612345678, ou abonné ; ab0042."
            " Heure de Paris, sauf décalage écrit. 200 critères en tout.",
            "As in the annex or the spreadsheet: 192.0.2.7 4021 14/03/2026 21:07:33 ±2, or +33612345678, or subscriber ; ab0042."
            " Paris time, unless an offset is written. 200 selectors in all.",
        ),
    )
    network = forms.ChoiceField(
        label=words("Réseau", "Network"),
        choices=[("mobile", words("mobile", "mobile")), ("fixed", words("fixe", "fixed"))],
    )
    electronic = _tick(
        "La demande est venue sous forme électronique, copiable", "The request came in electronic form, to be copied"
    )
    certificate_file = forms.FileField(
        label=words("Certificat de l’autorité, en fichier", "Certificate of the authority, as a file"),
        required=False,
        help_text=CERTIFICATE_FILES,
    )
    certificate = forms.CharField(
        label=words("ou collé (PEM)", "or pasted (PEM)"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        max_length=20_000,
        required=False,
        help_text=words(
            "La réponse est chiffrée pour lui ; il peut venir plus tard",
            "The answer is encrypted to it; it may come later",
        ),
    )
    legal_approver = forms.ChoiceField(label=words("Approbateur juridique", "Legal approver"))
    security_approver = forms.ChoiceField(label=words("Approbateur sûreté", "Security approver"))

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for capacity in ("legal", "security"):
            self.fields[f"{capacity}_approver"].choices = [  # type: ignore[attr-defined]
                (one.uid, one.name) for one in _people(capacity, at)
            ]

    def clean_more(self) -> list[dict[str, str]]:
        """The lines, taken apart."""
        try:
            return pasted(self.cleaned_data["more"])
        except Refused as refused:
            raise forms.ValidationError(say(refused.reason)) from None

    def clean_certificate_file(self) -> Any:
        """A file of reasonable size."""
        given = self.cleaned_data.get("certificate_file")
        if given is not None and given.size > LARGEST_CERTIFICATE:
            raise forms.ValidationError(
                say(Text("Ce fichier n’est pas un certificat.", "This file is no certificate."))
            )
        return given

    def clean_paper(self) -> Any:
        """A file of reasonable size."""
        given = self.cleaned_data.get("paper")
        if given is not None and given.size > LARGEST_PAPER:
            raise forms.ValidationError(say(Text("Le fichier dépasse 20 Mo.", "The file exceeds 20 MB.")))
        return given


class SelectorForm(forms.Form):
    """One selector; a line left empty is not counted."""

    kind = forms.ChoiceField(label=words("Genre", "Kind"), choices=_choices(KINDS, Text("—", "—")), required=False)
    value = _text("Valeur", "Value", 200, required=False)
    port = _text("Port", "Port", 5, required=False)
    at = moment("Instant (Paris)", "Instant (Paris)", required=False)
    tolerance = forms.IntegerField(
        label=words("± secondes", "± seconds"), min_value=0, max_value=99_999, required=False
    )

    def selector(self) -> dict[str, str] | None:
        """As the act takes it; None for an empty line."""
        given = self.cleaned_data
        kind, value = given.get("kind"), given.get("value", "")
        if not kind and not value:
            return None
        if kind != "address":
            return {"kind": kind or "", kind or "value": value}
        at = given.get("at")
        return {
            "kind": "address", "ip": value, "port": given.get("port", ""), "tolerance": str(given.get("tolerance") or 0),
            "at": at.isoformat() if at else "",
        }  # fmt: skip


Selectors = forms.formset_factory(SelectorForm, extra=SELECTORS, max_num=SELECTORS, absolute_max=SELECTORS)


def _people(capacity: str, at: datetime) -> list[Account]:
    return approvers(capacity, at)


def new(request: HttpRequest) -> HttpResponseBase:
    """The form of a new requisition."""
    desk_or_404(request, "write")
    now, refused = clock.now(), None
    posted = request.method == "POST"
    first = {"received_at": now.astimezone(PARIS).replace(tzinfo=None, microsecond=0)}
    form = RequisitionForm(request.POST if posted else None, request.FILES if posted else None, at=now, initial=first)
    lines = Selectors(request.POST if posted else None, prefix="s")
    if posted and form.is_valid() and lines.is_valid():
        receipt, refused = attempt(request, lambda actor: acts.register(actor, **_given(form, lines)))
        if refused is None:
            toast(request, Text("La réquisition est enregistrée.", "The requisition is registered."))
            return see_other(receipt.result.get_absolute_url())
    context = {"form": form, "lines": lines, "refused": refused, "me": actor_of(request).label, "groups": _groups(form)}
    wrong = posted
    return TemplateResponse(request, "traffic/new.html", context, status=422 if wrong else 200)


def _groups(form: RequisitionForm) -> list[tuple[Text, list[forms.BoundField]]]:
    """The fields in the order of the paper."""
    return [(title, [form[name] for name in names]) for title, names in GROUPS]


GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Qui demande", "Who asks"), ("authority", "organisation", "requester", "person", "unit", "reference", "paper", "channel")),
    (
        Text("Sur quel fondement", "On which basis"),
        ("basis", "dated_on", "received_at", "due_at", "offence", "offence_months", "authorised", "by_network", "author_only",
         "victim_asks", "missing_person", "protected", "consent", "judge_order"),
    ),
    (Text("Quelles données", "Which data"), ("categories", "since", "until", "network", "electronic", "more")),
    (
        Text("Qui approuve, à qui répondre", "Who approves, whom to answer"),
        ("legal_approver", "security_approver", "certificate_file", "certificate"),
    ),
)  # fmt: skip


def _given(form: RequisitionForm, lines: Any) -> dict[str, Any]:
    """The typed arguments of the act."""
    given = dict(form.cleaned_data)
    paper, more, file = given.pop("paper"), given.pop("more"), given.pop("certificate_file")
    if file:
        given["certificate"] = certificate_pem(file.read())
    return {
        **given,
        "selectors": [*given_selectors(lines), *more],
        "paper_name": paper.name[:200] if paper else "",
        "paper_sha256": paper_digest(paper.read()) if paper else "",
    }


def given_selectors(lines: Any) -> list[dict[str, str]]:
    """The selectors of the lines that are not empty."""
    return [found for one in lines.forms if (found := one.selector())]
