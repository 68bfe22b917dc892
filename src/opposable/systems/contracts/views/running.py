"""The terms of a draft, and the plan to leave a contract that runs: what comes back, in which format, and its trials."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from opposable.kernel import clock
from opposable.law import Refused, local_day, t
from opposable.systems.contracts import acts
from opposable.systems.contracts.acts.drafting import placed_text
from opposable.systems.contracts.models import Contract, ContractVersion
from opposable.systems.contracts.models.contract import FLAGS
from opposable.systems.contracts.views.register import TermsForm, newest
from opposable.systems.contracts.views.shown import can_of, deadlines_of, keeping_of, text_erased
from opposable.web.access import actor_of, visible_or_404
from opposable.web.forms import day_input, form_page, see_other, toast, words
from opposable.web.register import story_of

POINTS = {"data", "handover", "exit", "return"}
"""Points of the rules that speak of leaving."""


def _writable(request: HttpRequest, uid: str) -> tuple[Contract, ContractVersion, bool]:
    row: Contract = visible_or_404(Contract.objects.select_related("party", "cell"), request, uid=uid)
    version = newest(row)
    return row, version, can_of(request, version)["write"]


def terms(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Change the terms of a contract that has not left."""
    row, version, can = _writable(request, uid)
    if not can or version.number > 1 or version.stage not in ("draft", "submitted"):
        raise Http404
    form, refused = TermsForm(request.POST or None, initial=_terms(row)), None
    if form.is_bound and form.is_valid():
        said = dict(form.cleaned_data)
        flags, cents = dict.fromkeys(said.pop("flags"), True), said.pop("amount") * 100
        try:
            acts.set_terms(actor_of(request), contract=row, flags=flags, amount_cents=cents, **said)
        except Refused as error:
            refused = error
        else:
            toast(request, t("C’est fait.", "Done."))
            return redirect("contracts:contract", uid)
    return form_page(request, "contracts/terms.html", form, {"contract": row, "version": version}, refused=refused)


def _terms(row: Contract) -> dict[str, Any]:
    names = ("title", "starts_on", "months", "renewal_months", "notice_months", "notice_days")
    flags = [name for name, on in row.flags.items() if on and name in FLAGS]
    return {**{name: getattr(row, name) for name in names}, "amount": row.amount_cents // 100, "flags": flags}


class PlanForm(forms.Form):
    """What comes back, how, with whose help."""

    returned = forms.CharField(
        label=words("Ce qui revient : données, réglages, droits", "What comes back: data, settings, rights"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    data_format = forms.CharField(
        label=words("Dans quel format, avec quelle documentation", "In which format, with which documentation"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
    assistance = forms.CharField(
        label=words("Avec l’aide de qui, combien de temps, à quel prix", "With whose help, how long, at which price"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    test_on = forms.DateField(label=words("À essayer le", "To be tried on"), widget=day_input())


class TrialForm(forms.Form):
    """One trial of the plan."""

    tried_on = forms.DateField(label=words("Essayé le", "Tried on"), widget=day_input())
    worked = forms.ChoiceField(
        label=words("Ce qui est revenu a servi", "What came back served"),
        choices=[("yes", words("oui", "yes")), ("no", words("non", "no"))],
        widget=forms.RadioSelect,
    )
    found = forms.CharField(
        label=words("Ce que l’essai a montré", "What the trial showed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    next_on = forms.DateField(label=words("Prochain essai", "Next trial"), widget=day_input(), required=False)


def leaving(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The plan to leave: what the text promises of it, the days that matter, the plan, its trials."""
    row, version, can = _writable(request, uid)
    posted = request.POST if can and request.method == "POST" else None
    plan = PlanForm(posted if posted and "plan" in posted else None, initial=_plan(row))
    trial = TrialForm(posted if posted and "trial" in posted else None, prefix="trial")
    form, refused = (trial if trial.is_bound else plan), None
    if form.is_bound and form.is_valid():
        try:
            _record(request, row, form)
        except Refused as error:
            refused = error
            row.refresh_from_db()
        else:
            toast(request, t("C’est fait.", "Done."))
            return see_other(request.path)
    day = local_day(clock.now())
    text = () if text_erased(version) else placed_text(row, max(day, version.effective_on), version)
    context = {
        "contract": row,
        "plan": row.reversibility,
        "trials": [(date.fromisoformat(one["on"]), one) for one in reversed(row.reversibility.get("trials", []))],
        "test_on": _day(row.reversibility.get("test_on")),
        "clauses": [one for one in text if POINTS & {cover.point for cover in one.clause.covers}],
        "deadlines": deadlines_of(version, day),
        "keeping": keeping_of(day) if row.erased else None,
        "plan_form": plan,
        "trial_form": trial,
        "can": can,
        "history": story_of([row.uid]),
    }
    return form_page(request, "contracts/leaving.html", form, context, refused=refused)


def _record(request: HttpRequest, row: Contract, form: forms.Form) -> None:
    said = dict(form.cleaned_data)
    if isinstance(form, TrialForm):
        acts.try_reversibility(actor_of(request), contract=row, **{**said, "worked": said["worked"] == "yes"})
    else:
        acts.plan_reversibility(actor_of(request), contract=row, data=said.pop("returned"), **said)


def _plan(row: Contract) -> dict[str, Any]:
    plan = row.reversibility
    found = {"returned": plan.get("data"), "data_format": plan.get("format"), "assistance": plan.get("assistance")}
    return {**found, "test_on": _day(plan.get("test_on"))}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
