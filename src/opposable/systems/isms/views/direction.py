"""Objectives with their measures, and the management review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from opposable.kernel import clock
from opposable.law import local_day, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.direction import inputs_of
from opposable.systems.isms.models import ManagementReview, Measure, Objective
from opposable.systems.isms.views.base import (
    can,
    choices,
    day_field,
    form_page,
    long_text,
    page,
    scope_or_404,
    url,
    words,
)
from opposable.systems.isms.views.ring import line_svg

# ---- objectives ------------------------------------------------------------------------------------------------------


def objectives(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Each objective with its measures, drawn and written."""
    scope = scope_or_404(request, slug)
    today = local_day(clock.now())
    measures: dict[int, list[Measure]] = {}
    for one in Measure.objects.filter(objective__scope=scope).order_by("on", "pk"):
        measures.setdefault(one.objective_id, []).append(one)
    rows = []
    for row in scope.objectives.order_by("due_on", "pk"):
        mine = measures.get(row.pk, [])
        last = mine[-1] if mine else None
        tone, word = (
            ("info", t("pas encore mesuré", "not measured yet"))
            if last is None
            else ("ok", t("atteint", "met"))
            if row.met(last.value)
            else ("due", t("pas atteint", "not met"))
        )
        next_on = (last.on if last else scope.started_on) + timedelta(days=row.every_days)
        rows.append(
            {
                "row": row,
                "last": last,
                "tone": tone,
                "word": word,
                "measures": mine[::-1][:12],
                "svg": line_svg([one.value for one in mine[-24:]], row.target, at_least=row.at_least),
                "next": next_on,
                "late": next_on < today,
            }
        )
    return page(
        request,
        "objectives",
        scope,
        "objectives",
        rows=rows,
        may_set=can(request, "write", Objective.Evidence.kind, scope.cell),
    )


class ObjectiveForm(forms.Form):
    """Measurable: indicator, target, who, until when, how often."""

    title = forms.CharField(label=words("Objectif", "Objective"), max_length=200)
    indicator = forms.CharField(label=words("Indicateur", "Indicator"), max_length=200)
    unit = forms.CharField(
        label=words("Unité", "Unit"),
        max_length=20,
        help_text=words("comme jours, %, incidents", "such as days, %, incidents"),
    )
    target = forms.IntegerField(label=words("Cible", "Target"), min_value=-(10**12), max_value=10**12)
    way = forms.ChoiceField(
        label=words("La cible est", "The target is"),
        choices=choices({"least": t("un minimum", "a minimum"), "most": t("un maximum", "a maximum")}),
    )
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120)
    due_on = day_field(words("À atteindre le", "To be met on"))
    every_days = forms.IntegerField(
        label=words("Mesuré tous les (jours)", "Measured every (days)"), min_value=1, max_value=3660, initial=90
    )


def new_objective(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = ObjectiveForm(request.POST if request.method == "POST" else None)

    def call(actor: Any) -> Any:
        given = dict(form.cleaned_data)
        return acts.set_objective(actor, scope=scope, at_least=given.pop("way") == "least", **given)

    return form_page(
        request,
        scope,
        "objectives",
        form,
        call,
        heading=t("Fixer un objectif", "Set an objective"),
        button=t("Fixer", "Set"),
        kind=Objective.Evidence.kind,
        done=t("L’objectif est fixé.", "The objective is set."),
        to=url("objectives", scope),
        back=url("objectives", scope),
    )


class MeasureForm(forms.Form):
    """A value, and where it was read."""

    value = forms.IntegerField(label=words("Valeur", "Value"), min_value=-(10**12), max_value=10**12)
    source = forms.CharField(label=words("Où elle a été lue", "Where it was read"), max_length=200)


def new_measure(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    found = get_object_or_404(Objective.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    form = MeasureForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "objectives",
        form,
        lambda actor: acts.measure(actor, objective=found, **form.cleaned_data),
        heading=t("Mesurer : {name}", "Measure: {name}").format(name=found.indicator),
        button=t("Inscrire", "Enter"),
        kind=Measure.Evidence.kind,
        done=t("La mesure est inscrite.", "The measure is entered."),
        to=url("objectives", scope),
        back=url("objectives", scope),
    )


# ---- management review -----------------------------------------------------------------------------------------------


def reviews(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The reviews held, the newest first."""
    scope = scope_or_404(request, slug)
    return page(
        request,
        "reviews",
        scope,
        "reviews",
        rows=list(scope.reviews.order_by("-on", "-pk")),
        may_hold=can(request, "approve", ManagementReview.Evidence.kind, scope.cell),
    )


UNKNOWN = words("le registre n’en sait rien : écrivez-le", "the register knows nothing of it: write it")


class ReviewForm(forms.Form):
    """The minutes: who was there, a remark on each input, what was decided."""

    present = forms.CharField(label=words("Présents", "Present"), max_length=300)

    def __init__(self, *args: Any, inputs: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inputs = inputs
        for n, one in enumerate(inputs):
            known = [one["text"][lang].replace("\n", " · ") for lang in ("fr", "en")]
            self.fields[f"input-{n}"] = long_text(
                words(one["fr"], one["en"]),
                words(*known) if known[0] else UNKNOWN,
                required=False,
                rows=2,
            )
        self.fields["decisions"] = long_text(words("Décisions", "Decisions"), rows=5)
        self.fields["next_on"] = day_field(words("Prochaine revue", "Next review"))

    def given(self) -> dict[str, Any]:
        found = self.cleaned_data
        remarks = {one["fr"]: found[f"input-{n}"] for n, one in enumerate(self.inputs) if found[f"input-{n}"]}
        return {
            "present": found["present"],
            "decisions": found["decisions"],
            "next_on": found["next_on"],
            "remarks": remarks,
        }


def hold(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    today = local_day(clock.now())
    initial = {"next_on": today + timedelta(days=365)}
    form = ReviewForm(
        request.POST if request.method == "POST" else None, inputs=inputs_of(scope, today, clock.now()), initial=initial
    )
    return form_page(
        request,
        scope,
        "reviews",
        form,
        lambda actor: acts.hold_review(actor, scope=scope, **form.given()),
        heading=t("Tenir la revue de direction", "Hold the management review"),
        button=t("Arrêter le compte rendu", "Settle the minutes"),
        note=t(
            "Sous chaque donnée d’entrée, ce que le registre en sait aujourd’hui ; il est figé avec le compte rendu.",
            "Under each input, what the register knows of it today; it is frozen with the minutes.",
        ),
        kind=ManagementReview.Evidence.kind,
        verb="approve",
        done=t("La revue est tenue.", "The review is held."),
        to=url("reviews", scope),
        back=url("reviews", scope),
    )
