"""The risk register: list, record, rating."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from opposable.kernel import clock, decisions
from opposable.kernel.models import Decision
from opposable.law import Text, local_day, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import ACCEPT, current_campaign
from opposable.systems.isms.models import Asset, Scenario, Scope, Threat, Vulnerability
from opposable.systems.isms.models.risk import ACTION_STATES, RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.method import ACCEPTORS, Method
from opposable.systems.isms.rules.referential import referential
from opposable.systems.isms.views.base import (
    NamesField,
    can,
    choices,
    form_page,
    listed,
    long_text,
    page,
    scope_or_404,
    see_other,
    url,
    words,
)
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import timeline_of

NONE = t("aucun", "none")
UNDECIDED = t("non décidé", "undecided")


def register(scope: Scope, method: Method) -> Listing:
    """The list of a campaign's risks, levels in the words of its method."""

    def level(value: int | None) -> tuple[str, Text] | None:
        return (method.tone(value), method.name(value)) if value else None

    levels = [(str(n), one.label.capital()) for n, one in enumerate(method.levels, 1)]
    options = [*((key, label.capital()) for key, label in OPTIONS.items()), ("none", UNDECIDED.capital())]
    return Listing(
        columns=(
            Column("number", t("N°", "No"), lambda row: f"R{row.number}", href=lambda row: url("risk", scope, row.uid)),
            Column("title", t("Risque", "Risk"), lambda row: row.title, href=lambda row: url("risk", scope, row.uid)),
            Column("level", t("Niveau", "Level"), lambda row: level(row.level) or ("info", method.name(None)), "state"),
            Column("option", t("Traitement", "Treatment"), lambda row: OPTIONS.get(row.option, UNDECIDED)),
            Column("owner", t("Propriétaire", "Owner"), lambda row: row.owner or "–"),
            Column("requirements", t("Annexe A", "Annex A"), lambda row: " ".join(row.requirements), default=False),
            Column("inherent", RATINGS["inherent"].capital(), lambda row: level(row.inherent), "state", default=False),
            Column("current", RATINGS["current"].capital(), lambda row: level(row.current), "state", default=False),
            Column("target", RATINGS["target"].capital(), lambda row: level(row.target), "state", default=False),
            Column("residual", RATINGS["residual"].capital(), lambda row: level(row.residual), "state", default=False),
        ),
        filters=(
            Filter("level", t("Niveau", "Level"), levels, lambda rows, value: rows.filter(level=int(value))),
            Filter(
                "option",
                t("Traitement", "Treatment"),
                options,
                lambda rows, value: rows.filter(option="" if value == "none" else value),
            ),
        ),
        order=("-level", "number", "pk"),
        search=lambda rows, given: rows.filter(Q(title__icontains=given) | Q(owner__icontains=given)),
        export_name="risks",
    )


def risks(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The register of the running campaign (or of the one that the address names)."""
    scope = scope_or_404(request, slug)
    campaigns = list(scope.campaigns.select_related("method").order_by("-opened_on", "-pk"))
    wanted = next((one for one in campaigns if one.uid == request.GET.get("campaign")), None)
    campaign = wanted or current_campaign(scope)
    if campaign is None:
        return page(request, "risks", scope, "risks", campaign=None, campaigns=[])
    method = campaign.method.read
    rows: QuerySet[Any] = campaign.scenarios.filter(withdrawn=False)
    found, download = listed(request, register(scope, method), rows, Scenario.Evidence.kind, scope.cell)
    if download:
        return download
    return page(
        request,
        "risks",
        scope,
        "risks",
        campaign=campaign,
        campaigns=campaigns,
        list=found,
        heat=heat(rows, method),
        may_add=campaign.closed_on is None and can(request, "write", Scenario.Evidence.kind, scope.cell),
    )


def heat(rows: QuerySet[Any], method: Method) -> list[tuple[Text, str, int]]:
    """How many risks at each level, the highest first: (name, tone, how many)."""
    counted: dict[int, int] = {}
    for level in rows.order_by().values_list("level", flat=True):
        counted[level] = counted.get(level, 0) + 1
    found = [(method.name(n), method.tone(n), counted.get(n, 0)) for n in range(len(method.levels), 0, -1)]
    return [*found, (method.name(None), "info", counted[0])] if counted.get(0) else found


class ScenarioForm(forms.Form):
    """A scenario in words, with what it touches."""

    title = forms.CharField(label=words("Ce qui peut arriver", "What may happen"), max_length=240)
    owner = forms.CharField(label=words("Propriétaire du risque", "Risk owner"), max_length=120, required=False)
    consequences = long_text(words("Conséquences", "Consequences"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(Asset.objects.filter(scope=scope, withdrawn=False).values_list("name", "uid"))
        self.fields["assets"] = NamesField(
            known=known, label=words("Biens touchés, un par ligne", "Assets touched, one a line"), required=False
        )
        for name, model, label in (
            ("threat", Threat, words("Menace", "Threat")),
            ("vulnerability", Vulnerability, words("Vulnérabilité", "Vulnerability")),
        ):
            options = {one.uid: one.label for one in model.objects.order_by("code")}
            self.fields[name] = forms.ChoiceField(label=label, choices=choices(options, NONE), required=False)

    def clean_threat(self) -> Threat | None:
        return Threat.objects.filter(uid=self.cleaned_data["threat"]).select_related("cell").first()

    def clean_vulnerability(self) -> Vulnerability | None:
        return Vulnerability.objects.filter(uid=self.cleaned_data["vulnerability"]).select_related("cell").first()


def new_risk(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    campaign = current_campaign(scope)
    if campaign is None:
        return see_other(url("risks", scope))
    form = ScenarioForm(request.POST if request.method == "POST" else None, scope=scope)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.add_scenario(actor, campaign=campaign, **form.cleaned_data),
        heading=t("Inscrire un risque", "Enter a risk"),
        button=t("Inscrire", "Enter"),
        done=t("Le risque est inscrit.", "The risk is entered."),
        kind=Scenario.Evidence.kind,
        to=lambda row: url("risk", scope, row.uid),
        back=url("risks", scope),
    )


def scenario_or_404(request: HttpRequest, slug: str, uid: str) -> tuple[Scope, Scenario]:
    scope = scope_or_404(request, slug)
    rows = Scenario.objects.select_related(
        "campaign__method", "campaign__scope", "campaign__cell", "cell", "threat", "vulnerability"
    )
    found: Scenario = get_object_or_404(rows, uid=uid, campaign__scope=scope)
    return scope, found


def risk(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """The record: the scenario, its ratings, its treatment, who accepted what remains, on which state."""
    scope, found = scenario_or_404(request, slug, uid)
    method = found.campaign.method.read
    made = list(Decision.objects.filter(subject=found.uid, act=ACCEPT).order_by("-pk"))
    held = decisions.standings(made[:1])
    last = made[0] if made else None
    acceptor = ACCEPTORS.get(method.levels[found.now - 1].acceptor) if found.now else None
    open_ = found.campaign.closed_on is None
    return page(
        request,
        "risk",
        scope,
        "risks",
        row=found,
        method=method,
        open=open_,
        method_name=found.campaign.method,
        ratings=[
            (RATINGS[one.kind], one, method.tone(one.level), method.name(one.level), _steps(method, one.values))
            for one in found.ratings.order_by("-pk")
        ],
        levels=[
            (RATINGS[key], method.tone(getattr(found, key)), method.name(getattr(found, key)), getattr(found, key))
            for key in RATINGS
        ],
        option=OPTIONS.get(found.option),
        assets=scope.assets.filter(uid__in=found.assets).order_by("name"),
        controls=scope.controls.filter(uid__in=found.controls).order_by("ref"),
        requirements=[(one, referential(scope.edition).label(one)) for one in found.requirements],
        actions=[(one, ACTION_STATES[one.status]) for one in found.actions.order_by("due_on", "pk")],
        today=local_day(clock.now()),
        decision=last,
        standing=held[last.uid] if last else None,
        acceptor=acceptor,
        now_name=method.name(found.now),
        now_tone=method.tone(found.now),
        may_be_accepted=bool(found.now) and method.levels[(found.now or 1) - 1].acceptor != "nobody",
        wants_acceptance=bool(found.now and found.option and not method.acceptable(found.now)),
        history=timeline_of(found.uid),
        may_work=open_ and can(request, "write", Scenario.Evidence.kind, scope.cell),
        may_accept=can(request, "approve", Scenario.Evidence.kind, scope.cell),
    )


def _steps(method: Method, values: dict[str, int]) -> list[tuple[Text, int, Text]]:
    """Each scale of a rating: its name, the step, the step's name."""
    return [(axis.label, values[axis.key], axis.step(values[axis.key])) for axis in method.axes if axis.key in values]


def change_risk(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = scenario_or_404(request, slug, uid)
    initial = {
        "title": found.title,
        "owner": found.owner,
        "consequences": found.consequences,
        "assets": found.assets,
        "threat": found.threat.uid if found.threat else "",
        "vulnerability": found.vulnerability.uid if found.vulnerability else "",
    }
    form = ScenarioForm(request.POST if request.method == "POST" else None, scope=scope, initial=initial)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.change_scenario(actor, scenario=found, **form.cleaned_data),
        heading=t("Modifier R{n}", "Change R{n}").format(n=found.number),
        button=t("Enregistrer", "Save"),
        done=t("Le risque est à jour.", "The risk is up to date."),
        kind=Scenario.Evidence.kind,
        note=t(
            "Une acceptation donnée sur l’état actuel deviendra périmée.",
            "An acceptance given on the present state will become stale.",
        ),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


class RateForm(forms.Form):
    """One rating: its kind, a step on each scale of the method, the reason."""

    def __init__(self, *args: Any, method: Method, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method = method
        self.fields["kind"] = forms.ChoiceField(
            label=words("Cotation", "Rating"), choices=choices(RATINGS), initial="current"
        )
        for axis in method.axes:
            steps = {str(n): t("{n} · {s}", "{n} · {s}").format(n=n, s=step) for n, step in axis.numbered}
            self.fields[f"axis-{axis.key}"] = forms.ChoiceField(
                label=words(axis.label.fr, axis.label.en), choices=choices(steps), widget=forms.RadioSelect
            )
        self.fields["reason"] = long_text(
            words("Raison", "Reason"), words("ce qui fait dire cela aujourd’hui", "what makes one say so today")
        )

    @property
    def values(self) -> dict[str, int]:
        return {axis.key: int(self.cleaned_data[f"axis-{axis.key}"]) for axis in self.method.axes}


def rate_risk(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = scenario_or_404(request, slug, uid)
    form = RateForm(request.POST if request.method == "POST" else None, method=found.campaign.method.read)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.rate_scenario(
            actor,
            scenario=found,
            kind=form.cleaned_data["kind"],
            values=form.values,
            reason=form.cleaned_data["reason"],
        ),
        heading=t("Coter R{n}", "Rate R{n}").format(n=found.number),
        button=t("Coter", "Rate"),
        done=t("La cotation est inscrite, les précédentes restent.", "The rating is entered, the earlier ones stay."),
        kind=Scenario.Evidence.kind,
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )
