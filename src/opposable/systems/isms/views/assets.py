"""Assets with what they stand on, and the organisation's own controls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from opposable.law import t
from opposable.systems.isms import acts
from opposable.systems.isms.models import Asset, Control, Scenario, Scope
from opposable.systems.isms.models.risk import ASSET_KINDS, CONTROL_STATES
from opposable.systems.isms.rules.graph import below, inherited
from opposable.systems.isms.rules.referential import referential
from opposable.systems.isms.views.base import (
    NamesField,
    can,
    choices,
    form_page,
    ids_field,
    listed,
    long_text,
    page,
    scope_or_404,
    url,
    words,
)
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import timeline_of

NEEDS = {
    "confidentiality": t("confidentialité", "confidentiality"),
    "integrity": t("intégrité", "integrity"),
    "availability": t("disponibilité", "availability"),
}
STEPS = {
    "0": t("aucun", "none"),
    "1": t("faible", "low"),
    "2": t("moyen", "medium"),
    "3": t("fort", "high"),
    "4": t("vital", "vital"),
}
TONES = {"implemented": "ok", "partial": "due", "planned": "due", "retired": "info"}


def _assets(scope: Scope) -> Listing:
    return Listing(
        columns=(
            Column("name", t("Bien", "Asset"), lambda row: row.name, href=lambda row: url("asset", scope, row.uid)),
            Column("kind", t("Nature", "Kind"), lambda row: ASSET_KINDS[row.kind]),
            Column("owner", t("Responsable", "Owner"), lambda row: row.owner or "–"),
            Column("c", t("C", "C"), lambda row: row.confidentiality, "number"),
            Column("i", t("I", "I"), lambda row: row.integrity, "number"),
            Column("a", t("D", "A"), lambda row: row.availability, "number"),
        ),
        filters=(
            Filter(
                "kind",
                t("Nature", "Kind"),
                [(key, label.capital()) for key, label in ASSET_KINDS.items()],
                lambda rows, value: rows.filter(kind=value),
            ),
        ),
        order=("name", "pk"),
        search=lambda rows, given: rows.filter(Q(name__icontains=given) | Q(owner__icontains=given)),
        export_name="assets",
    )


def assets(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What has to be protected, with its needs of confidentiality, integrity and availability."""
    scope = scope_or_404(request, slug)
    found, download = listed(
        request, _assets(scope), scope.assets.filter(withdrawn=False), Asset.Evidence.kind, scope.cell
    )
    if download:
        return download
    return page(
        request, "assets", scope, "assets", list=found, may_add=can(request, "write", Asset.Evidence.kind, scope.cell)
    )


class AssetForm(forms.Form):
    """An asset, its needs, what it stands on."""

    name = forms.CharField(label=words("Nom", "Name"), max_length=160)
    kind = forms.ChoiceField(label=words("Nature", "Kind"), choices=choices(ASSET_KINDS))
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120, required=False)
    confidentiality = forms.ChoiceField(
        label=words("Besoin de confidentialité", "Need of confidentiality"), choices=choices(STEPS), initial="0"
    )
    integrity = forms.ChoiceField(
        label=words("Besoin d’intégrité", "Need of integrity"), choices=choices(STEPS), initial="0"
    )
    availability = forms.ChoiceField(
        label=words("Besoin de disponibilité", "Need of availability"), choices=choices(STEPS), initial="0"
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(scope.assets.filter(withdrawn=False).values_list("name", "uid"))
        self.fields["depends_on"] = NamesField(
            known=known,
            required=False,
            label=words("Il s’appuie sur, un bien par ligne", "It stands on, one asset a line"),
        )

    def given(self) -> dict[str, Any]:
        return {**self.cleaned_data, **{name: int(self.cleaned_data[name]) for name in NEEDS}}


def new_asset(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = AssetForm(request.POST if request.method == "POST" else None, scope=scope)
    return form_page(
        request,
        scope,
        "assets",
        form,
        lambda actor: acts.add_asset(actor, scope=scope, **form.given()),
        heading=t("Inscrire un bien", "Enter an asset"),
        button=t("Inscrire", "Enter"),
        kind=Asset.Evidence.kind,
        done=t("Le bien est inscrit.", "The asset is entered."),
        to=lambda row: url("asset", scope, row.uid),
        back=url("assets", scope),
    )


def asset(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """One asset: its own needs, those it inherits, what it carries and stands on, its risks. The page an authority may ask for."""
    scope = scope_or_404(request, slug)
    found = get_object_or_404(Asset.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    rows = {row.uid: row for row in scope.assets.filter(withdrawn=False)}
    graph = {key: row.depends_on for key, row in rows.items()}
    needs = inherited(graph, {key: row.needs for key, row in rows.items()}).get(found.uid, found.needs)
    risks = [
        row
        for row in Scenario.objects.filter(campaign__scope=scope, withdrawn=False).select_related("campaign__method")
        if found.uid in row.assets
    ]
    methods = {row.campaign.method_id: row.campaign.method.read for row in risks}
    return page(
        request,
        "asset",
        scope,
        "assets",
        row=found,
        kind_word=ASSET_KINDS[found.kind],
        needs=[
            (label, own, whole, STEPS[str(whole)])
            for label, own, whole in zip(NEEDS.values(), found.needs, needs, strict=True)
        ],
        stands_on=[rows[one] for one in below(graph, found.uid) if one in rows],
        carries=[row for key, row in rows.items() if found.uid in below(graph, key)],
        risks=[
            (row, methods[row.campaign.method_id].tone(row.now), methods[row.campaign.method_id].name(row.now))
            for row in risks
        ],
        history=timeline_of(found.uid),
        may_work=can(request, "write", Asset.Evidence.kind, scope.cell),
    )


def change_asset(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    found = get_object_or_404(Asset.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    initial = {name: getattr(found, name) for name in ("name", "kind", "owner", "depends_on", *NEEDS)}
    form = AssetForm(request.POST if request.method == "POST" else None, scope=scope, initial=initial)
    return form_page(
        request,
        scope,
        "assets",
        form,
        lambda actor: acts.change_asset(actor, asset=found, **form.given()),
        heading=t("Modifier « {name} »", "Change “{name}”").format(name=found.name),
        button=t("Enregistrer", "Save"),
        kind=Asset.Evidence.kind,
        done=t("Le bien est à jour.", "The asset is up to date."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


# ---- own controls ----------------------------------------------------------------------------------------------------


def _controls(scope: Scope) -> Listing:
    return Listing(
        columns=(
            Column(
                "ref", t("Référence", "Reference"), lambda row: row.ref, href=lambda row: url("control", scope, row.uid)
            ),
            Column(
                "title", t("Mesure", "Control"), lambda row: row.title, href=lambda row: url("control", scope, row.uid)
            ),
            Column("status", t("État", "Status"), lambda row: (TONES[row.status], CONTROL_STATES[row.status]), "state"),
            Column("owner", t("Responsable", "Owner"), lambda row: row.owner or "–"),
            Column("requirements", t("Annexe A", "Annex A"), lambda row: " ".join(row.requirements)),
        ),
        filters=(
            Filter(
                "status",
                t("État", "Status"),
                [(key, label.capital()) for key, label in CONTROL_STATES.items()],
                lambda rows, value: rows.filter(status=value),
            ),
        ),
        order=("ref", "pk"),
        search=lambda rows, given: rows.filter(Q(title__icontains=given) | Q(ref__istartswith=given)),
        export_name="controls",
    )


def controls(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The organisation's own controls."""
    scope = scope_or_404(request, slug)
    found, download = listed(request, _controls(scope), scope.controls.all(), Control.Evidence.kind, scope.cell)
    if download:
        return download
    return page(
        request,
        "controls",
        scope,
        "controls",
        list=found,
        may_add=can(request, "write", Control.Evidence.kind, scope.cell),
    )


class ControlForm(forms.Form):
    """A control of the organisation's own."""

    title = forms.CharField(label=words("Ce que fait la mesure", "What the control does"), max_length=200)
    status = forms.ChoiceField(label=words("État", "Status"), choices=choices(CONTROL_STATES))
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120, required=False)
    text = long_text(words("Description", "Description"), required=False)

    def __init__(self, *args: Any, scope: Scope, fresh: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fresh:
            ref = forms.CharField(
                label=words("Référence", "Reference"), max_length=20, help_text=words("comme M-12", "such as M-12")
            )
            self.fields = {"ref": ref, **self.fields}
        self.fields["requirements_met"] = ids_field(scope)


def new_control(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = ControlForm(request.POST if request.method == "POST" else None, scope=scope, fresh=True)
    return form_page(
        request,
        scope,
        "controls",
        form,
        lambda actor: acts.add_control(actor, scope=scope, **form.cleaned_data),
        heading=t("Inscrire une mesure", "Enter a control"),
        button=t("Inscrire", "Enter"),
        kind=Control.Evidence.kind,
        done=t("La mesure est inscrite.", "The control is entered."),
        to=url("controls", scope),
        back=url("controls", scope),
    )


def control(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    found = get_object_or_404(Control.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    book = referential(scope.edition)
    risks = [
        row
        for row in Scenario.objects.filter(campaign__scope=scope, withdrawn=False).only(
            "uid", "number", "title", "controls", "campaign_id"
        )
        if found.uid in row.controls
    ]
    return page(
        request,
        "control",
        scope,
        "controls",
        row=found,
        tone=TONES[found.status],
        status_word=CONTROL_STATES[found.status],
        requirements=[(one, book.label(one)) for one in found.requirements],
        risks=risks,
        history=timeline_of(found.uid),
        may_work=can(request, "write", Control.Evidence.kind, scope.cell),
    )


def change_control(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    found = get_object_or_404(Control.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    initial = {
        "title": found.title,
        "status": found.status,
        "owner": found.owner,
        "text": found.text,
        "requirements_met": found.requirements,
    }
    form = ControlForm(request.POST if request.method == "POST" else None, scope=scope, initial=initial)
    return form_page(
        request,
        scope,
        "controls",
        form,
        lambda actor: acts.change_control(actor, control=found, **form.cleaned_data),
        heading=t("Modifier {ref}", "Change {ref}").format(ref=found.ref),
        button=t("Enregistrer", "Save"),
        kind=Control.Evidence.kind,
        done=t("La mesure est à jour.", "The control is up to date."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )
