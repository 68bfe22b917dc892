"""What is done about a risk: treatment, actions, acceptance of what remains."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.kernel import decisions
from opposable.law import t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.deciding import acceptance_text
from opposable.systems.isms.models import Control, Scenario, Scope, TreatmentAction
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.views.base import (
    NamesField,
    choices,
    day_field,
    form_page,
    ids_field,
    long_text,
    perform,
    scope_or_404,
    words,
)
from opposable.systems.isms.views.risks import scenario_or_404
from opposable.web.language import say


class TreatForm(forms.Form):
    """What is done about the risk."""

    option = forms.ChoiceField(
        label=words("Traitement", "Treatment"), choices=choices(OPTIONS), widget=forms.RadioSelect
    )
    plan = long_text(words("Comment", "How"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cites"] = ids_field(scope)
        known = dict(Control.objects.filter(scope=scope).values_list("ref", "uid"))
        self.fields["controls"] = NamesField(
            known=known,
            label=words("Mesures, une référence par ligne", "Controls, one reference a line"),
            required=False,
        )


def treat_risk(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = scenario_or_404(request, slug, uid)
    initial = {"option": found.option, "plan": found.plan, "cites": found.requirements, "controls": found.controls}
    form = TreatForm(request.POST if request.method == "POST" else None, scope=scope, initial=initial)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.treat_scenario(actor, scenario=found, **form.cleaned_data),
        heading=t("Traiter R{n}", "Treat R{n}").format(n=found.number),
        button=t("Décider", "Decide"),
        done=t("Le traitement est décidé.", "The treatment is decided."),
        kind=Scenario.Evidence.kind,
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


class ActionForm(forms.Form):
    """An action of the treatment plan."""

    title = forms.CharField(label=words("Action", "Action"), max_length=200)
    owner = forms.CharField(label=words("Qui", "Who"), max_length=120)
    due_on = day_field(words("Pour le", "Due on"))
    cost = forms.IntegerField(
        label=words("Coût en euros", "Cost in euros"), min_value=0, max_value=10**9, required=False
    )


def new_action(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = scenario_or_404(request, slug, uid)
    form = ActionForm(request.POST if request.method == "POST" else None)

    def call(actor: Any) -> Any:
        given = form.cleaned_data
        return acts.add_action(
            actor,
            scenario=found,
            title=given["title"],
            owner=given["owner"],
            due_on=given["due_on"],
            cost_cents=100 * (given["cost"] or 0),
        )

    return form_page(
        request,
        scope,
        "risks",
        form,
        call,
        heading=t("Prévoir une action", "Plan an action"),
        button=t("Prévoir", "Plan"),
        done=t("L’action est prévue ; elle figure aux échéances.", "The action is planned; it is among the duties."),
        kind=TreatmentAction.Evidence.kind,
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


@require_POST
def action_done(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    rows = TreatmentAction.objects.select_related("scenario__campaign__scope", "cell")
    action = get_object_or_404(rows, uid=uid, scenario__campaign__scope=scope)
    return perform(
        request,
        scope,
        lambda actor: acts.advance_action(actor, action=action, status="done", progress=100),
        done=t("L’action est faite.", "The action is done."),
        to=action.get_absolute_url(),
    )


class AcceptForm(forms.Form):
    """The words that are accepted, and the digest of what was read."""

    text = long_text(words("Texte de la décision", "Text of the decision"))
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


def accept_risk(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Accept what remains, on the state shown on this very page."""
    scope, found = scenario_or_404(request, slug, uid)
    method = found.campaign.method.read
    initial = {"text": say(acceptance_text(found)), "seen": decisions.state_digest(found)}
    form = AcceptForm(request.POST if request.method == "POST" else None, initial=initial)
    return form_page(
        request,
        scope,
        "risks",
        form,
        lambda actor: acts.accept_risk(
            actor, scenario=found, text=form.cleaned_data["text"], seen=form.cleaned_data["seen"]
        ),
        heading=t("Accepter ce qui reste de R{n}", "Accept what remains of R{n}").format(n=found.number),
        button=t("Accepter sur cet état exact", "Accept on this exact state"),
        done=t(
            "Le risque résiduel est accepté, jusqu’à son terme ou à son premier changement.",
            "The residual risk is accepted, until it expires or first changes.",
        ),
        note=t(
            "La décision devient périmée d’elle-même dès que le risque change.",
            "The decision goes stale by itself as soon as the risk changes.",
        ),
        kind=Scenario.Evidence.kind,
        verb="approve",
        template="accept",
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
        row=found,
        now_name=method.name(found.now),
        now_tone=method.tone(found.now),
        option=OPTIONS.get(found.option),
        digest=decisions.state_digest(found),
    )
