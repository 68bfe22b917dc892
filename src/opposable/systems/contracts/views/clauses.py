"""The clause library, and the page where one clause of a text is written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Refused, local_day
from opposable.systems.contracts import acts
from opposable.systems.contracts.models import ClauseModel, ContractVersion, TemplateModel
from opposable.systems.contracts.models.contract import read_clause
from opposable.systems.contracts.rules.points import label_of
from opposable.systems.contracts.views.shown import can_of
from opposable.web.access import actor_of, some_or_404, visible_or_404
from opposable.web.forms import form_page, words


class ClauseForm(forms.Form):
    """The words of a clause. The words that cover each point are given one a line: ``point = words``."""

    title = forms.CharField(label=words("Titre", "Title"), max_length=200)
    text = forms.CharField(label=words("Texte", "Text"), widget=forms.Textarea(attrs={"rows": 12}), max_length=50_000)
    covers = forms.CharField(
        label=words(
            "Points couverts, un par ligne : point = mots du texte",
            "Points covered, one a line: point = words of the text",
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        max_length=20_000,
    )
    reason = forms.CharField(
        label=words("Motif de l’écart au modèle", "Reason for leaving the model"), required=False, max_length=1000
    )
    waives = forms.CharField(
        label=words("Points laissés de côté, séparés par des espaces", "Points left out, separated by spaces"),
        required=False,
        max_length=500,
    )

    def clean_covers(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["covers"].splitlines():
            point, mark, quote = line.partition("=")
            if line.strip() and not (mark and point.strip() and quote.strip()):
                raise forms.ValidationError(
                    words("Écrivez : point = mots du texte.", "Write: point = words of the text.")
                )
            if line.strip():
                found[point.strip()] = quote.strip()
        return found

    def clean_waives(self) -> list[str]:
        return str(self.cleaned_data["waives"]).split()


def library(request: HttpRequest) -> HttpResponse:
    """Every clause in its latest version, with the rule that asks for it, and the templates."""
    some_or_404(request, ClauseModel.Evidence.kind)
    rows = ClauseModel.objects.visible_to(actor_of(request)).order_by("key", "-version")
    latest: dict[str, ClauseModel] = {}
    for one in rows[:2000]:
        latest.setdefault(one.key, one)
    today = local_day(clock.now())
    lines = [
        (
            one,
            [(label_of(point), quote) for point, quote in one.covers.items()],
            law().find(one.mandatory_for, today) if one.mandatory_for else None,
        )
        for one in latest.values()
    ]
    templates = TemplateModel.objects.visible_to(actor_of(request)).order_by("kind", "-version")
    return render(request, "contracts/library.html", {"lines": lines, "templates": templates})


def clause(request: HttpRequest, uid: str, ref: str) -> HttpResponse:
    """Write one clause; ``new`` is the one after the last."""
    rows = ContractVersion.objects.select_related("contract__party", "cell", "document")
    version: ContractVersion = visible_or_404(rows, request, uid=uid)
    if not can_of(request, version)["write"] or version.number > 1:
        raise Http404
    old = next((read_clause(one) for one in version.clauses if one["ref"] == ref), None)
    number = str(len(version.clauses) + 1) if ref == "new" else ref
    if old is None and ref != "new":
        raise Http404
    form, refused = ClauseForm(request.POST or None, initial=_initial(old)), None
    if request.method == "POST" and form.is_valid():
        try:
            acts.put_clause(actor_of(request), version=version, ref=number, **form.cleaned_data)
        except Refused as error:
            refused = error
        else:
            return redirect("contracts:contract", version.contract.uid)
    context = {"version": version, "ref": number, "old": old, "fallback": _fallback(old)}
    return form_page(request, "contracts/clause.html", form, context, refused=refused)


def _fallback(old: Any) -> list[str]:
    """What may be conceded instead of the library's words, in the version that the clause came from."""
    key, _, number = (old.model if old else "").partition("@")
    found = ClauseModel.objects.filter(key=key, version=number).first() if number.isdecimal() else None
    return list(found.fallback) if found else []


def _initial(old: Any) -> dict[str, str]:
    if old is None:
        return {}
    covers = "\n".join(f"{one.point} = {one.quote}" for one in old.covers)
    return {
        "title": old.title,
        "text": old.text,
        "covers": covers,
        "reason": old.reason,
        "waives": " ".join(old.waives),
    }
