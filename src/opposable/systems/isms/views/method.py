"""The method of assessment, its versions, and the campaigns that used them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.law import Text, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.models import Campaign, Method, Scope
from opposable.systems.isms.rules import method as rules
from opposable.systems.isms.rules.method import ACCEPTORS
from opposable.systems.isms.views.base import (
    can,
    choices,
    form_page,
    page,
    perform,
    scope_or_404,
    see_other,
    url,
    words,
)

FORMULAS = {
    "product": t("produit des degrés", "product of the steps"),
    "sum": t("somme des degrés", "sum of the steps"),
    "max": t("degré le plus haut", "highest step"),
}
FREE = t("personne n’a à l’accepter", "nobody has to accept it")


def method(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The last version in full; the earlier ones; the campaigns."""
    scope = scope_or_404(request, slug)
    versions = list(scope.methods.order_by("-version"))
    wanted = next(
        (one for one in versions if str(one.version) == request.GET.get("version")), versions[0] if versions else None
    )
    campaigns = list(scope.campaigns.select_related("method").order_by("-opened_on", "-pk"))
    read = wanted.read if wanted else None
    return page(
        request,
        "method",
        scope,
        "risks",
        versions=versions,
        shown=wanted,
        read=read,
        campaigns=campaigns,
        grid=grid_of(read) if read and read.grid else None,
        formula=FORMULAS.get(read.formula) if read else None,
        levels=[(one.label, ACCEPTORS.get(one.acceptor, FREE), read.tone(n)) for n, one in enumerate(read.levels, 1)]
        if read
        else [],
        locked=bool(wanted and any(one.method_id == wanted.pk for one in campaigns)),
        open=any(one.closed_on is None for one in campaigns),
        may_set=can(request, "write", Method.Evidence.kind, scope.cell),
    )


def grid_of(read: rules.Method) -> list[tuple[Text, list[tuple[Text, str]]]]:
    """The grid for a table: rows from the highest step down, cells as (name of the level, tone)."""
    rows = [
        (step, [(read.name(cell), read.tone(cell)) for cell in row])
        for step, row in zip(read.axes[0].steps, read.grid, strict=True)
    ]
    return rows[::-1]


class MethodForm(forms.Form):
    """A method that is ready, and how long an acceptance holds."""

    name = forms.CharField(label=words("Nom de la méthode", "Name of the method"), max_length=120)
    preset = forms.ChoiceField(
        label=words("Modèle", "Model"),
        choices=choices({key: label for key, (label, _) in PRESETS.items()}),
        widget=forms.RadioSelect,
        help_text=words(
            "Une méthode toute autre s’envoie par l’API : ses échelles, sa grille ou sa formule sont des données.",
            "Any other method is sent through the API: its scales, its grid or formula are data.",
        ),
    )
    valid_months = forms.IntegerField(
        label=words("Une acceptation vaut (mois)", "An acceptance holds for (months)"),
        min_value=1,
        max_value=60,
        initial=12,
    )
    four_eyes = forms.BooleanField(
        label=words("Qui a écrit le risque ne l’accepte pas", "Whoever wrote the risk does not accept it"),
        required=False,
        initial=True,
    )

    def method(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {**PRESETS[given["preset"]][1], "valid_months": given["valid_months"], "four_eyes": given["four_eyes"]}


def new_method(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = MethodForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.add_method(actor, scope=scope, name=form.cleaned_data["name"], data=form.method()),
        heading=t("Fixer une méthode", "Set a method"),
        button=t("Fixer", "Set"),
        kind=Method.Evidence.kind,
        note=t(
            "Dès qu’une campagne s’en sert, elle ne change plus ; une nouvelle version ouvre une nouvelle campagne.",
            "Once a campaign uses it, it does not change; a new version opens a new campaign.",
        ),
        done=t("La méthode est fixée.", "The method is set."),
        to=url("method", scope),
        back=url("method", scope),
    )


class CampaignForm(forms.Form):
    """A campaign is named and begins today."""

    name = forms.CharField(
        label=words("Nom de la campagne", "Name of the campaign"),
        max_length=120,
        help_text=words("comme « 2027 »", "such as “2027”"),
    )


def new_campaign(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    last = scope.methods.select_related("scope", "cell").order_by("-version").first()
    if last is None:
        return see_other(url("method", scope))
    form = CampaignForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.open_campaign(actor, method=last, name=form.cleaned_data["name"]),
        heading=t("Ouvrir une campagne", "Open a campaign"),
        button=t("Ouvrir", "Open"),
        kind=Campaign.Evidence.kind,
        done=t("La campagne est ouverte.", "The campaign is open."),
        to=url("risks", scope),
        back=url("method", scope),
    )


@require_POST
def close_campaign(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope: Scope = scope_or_404(request, slug)
    found = get_object_or_404(Campaign.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    return perform(
        request,
        scope,
        lambda actor: acts.close_campaign(actor, campaign=found),
        done=t("La campagne est fermée.", "The campaign is closed."),
        to=url("method", scope),
    )
