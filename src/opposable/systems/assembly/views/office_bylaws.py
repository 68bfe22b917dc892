"""Entering a clause of the bylaws on a rule of law: one field a value that the rule lets it change."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Refused, Rule, local_day
from opposable.law.text import Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Company
from opposable.systems.assembly.rules.register import concerned
from opposable.systems.assembly.views.office import company_url
from opposable.systems.assembly.views.office_base import (
    attempt,
    company_or_404,
    form_answer,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_company import company_tabs, open_names, value_words
from opposable.systems.assembly.views.office_fields import day_field, hour_field, long_text
from opposable.systems.assembly.views.office_words import PARAM_VALUES, PARAM_WORDS
from opposable.web.forms import toast
from opposable.web.language import say

UNCHANGED = words("comme la loi", "as the law says")
DIRECTIONS: Mapping[str, Any] = {
    "lower": words("la loi laisse seulement baisser cette valeur", "the law lets this value only go down"),
    "higher": words("la loi laisse seulement relever cette valeur", "the law lets this value only go up"),
    "fewer": words("la loi laisse seulement retirer des éléments", "the law lets only take items off"),
    "more": words("la loi laisse seulement ajouter des éléments", "the law lets only add items"),
    "free": "",
}

CODES: Mapping[str, tuple[str, ...]] = {
    "base": ("cast", "held", "all"),
    "by": ("share", "head"),
    "usufruct": ("usufruct", "bare"),
    "bare": ("usufruct", "bare"),
}
"""The codes that a value may take, by its name or by what the law's own value is."""


class FractionField(forms.CharField):
    """A fraction written ``1/4``; gives ``[1, 4]``."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace(" ", "")
        if not text:
            return None
        found = re.fullmatch(r"([0-9]{1,9})/([1-9][0-9]{0,8})", text)
        if not found:
            raise forms.ValidationError(words("Écrivez une fraction, comme 1/4.", "Write a fraction, such as 1/4."))
        return [int(found[1]), int(found[2])]


class BylawForm(forms.Form):
    """A clause: article, wording, first day, and what it makes of the values that the rule leaves open."""

    article = forms.CharField(label=words("Article des statuts", "Article of the bylaws"), max_length=60)
    text = long_text(words("Texte exact de la clause", "Exact wording of the clause"))
    since = day_field(
        words("En vigueur à partir du", "In force from"),
        words(
            "jour de l’assemblée qui l’a adoptée, ou date fixée par elle",
            "day of the meeting that adopted it, or the date it set",
        ),
    )

    def __init__(self, *args: Any, company: Company, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.rule = company, rule
        self.names = open_names(rule)
        for name in self.names:
            self.fields[f"param-{name}"] = _value_field(rule, name)

    def param(self) -> dict[str, Any]:
        """What the clause sets: the fields that were filled in."""
        given = {name: self.cleaned_data.get(f"param-{name}") for name in self.names}
        return {
            name: _plain(self.rule.law_param[name], value)
            for name, value in given.items()
            if value not in (None, "", [])
        }

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.param():
            raise forms.ValidationError(
                words(
                    "La clause ne change rien : donnez au moins une valeur.",
                    "The clause changes nothing: give one value at least.",
                )
            )
        return self.cleaned_data


def _value_field(rule: Rule, name: str) -> forms.Field:
    """The field for one value, by what the law's own value is; empty leaves the law as it is."""
    value, label = rule.law_param[name], say(PARAM_WORDS[name].capital())
    by_law = say(t("la loi : {value}", "the law: {value}").format(value=value_words(value)))
    way = DIRECTIONS[rule.stricter.get(name, "free")]
    hint = f"{by_law} ; {way}" if str(way) else by_law
    if isinstance(value, bool):
        options = [("", UNCHANGED), ("yes", words("oui", "yes")), ("no", words("non", "no"))]
        return forms.ChoiceField(label=label, help_text=hint, choices=options, required=False)
    if isinstance(value, int):
        return forms.IntegerField(label=label, help_text=hint, min_value=0, max_value=10**9, required=False)
    if isinstance(value, time):
        return hour_field(label, hint, required=False)
    if isinstance(value, date):
        return day_field(label, hint, required=False)
    if isinstance(value, tuple):
        return _list_field(value, label, hint)
    if isinstance(value, str) and (known := CODES.get(name) or CODES.get(value)):
        codes = [("", UNCHANGED), *((code, words(*_pair(code))) for code in known)]
        return forms.ChoiceField(label=label, help_text=hint, choices=codes, required=False)
    return forms.CharField(label=label, help_text=hint, max_length=300, required=False)


def _list_field(value: tuple[Any, ...], label: str, hint: str) -> forms.Field:
    if len(value) == 2 and all(type(item) is int for item in value):
        return FractionField(label=label, help_text=hint, required=False)
    options = [(item, words(*_pair(item))) for item in value]
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, help_text=hint, choices=options, widget=widget, required=False)


def _pair(code: str) -> tuple[str, str]:
    found = PARAM_VALUES.get(code, t(code, code))
    return found.fr, found.en


def _plain(by_law: object, value: Any) -> Any:
    """As the register keeps it: yes and no as truth values, days and hours as ISO text."""
    if isinstance(by_law, bool):
        return value == "yes"
    return value.isoformat() if isinstance(value, date | time) else value


def named_field(reason: Text, names: tuple[str, ...]) -> str | None:
    """The value that a refusal speaks of: it writes its name between quotation marks."""
    return next((name for name in names if f"« {name} »" in reason.fr), None)


def adopt(request: HttpRequest, slug: str, rule_id: str) -> HttpResponseBase:
    """Enter a clause on a rule. What the rule does not let the bylaws say is refused beside the field."""
    company = company_or_404(request, slug)
    require(request, "write", Company.Evidence.kind, company.cell)
    today = local_day(clock.now(), company.zone)
    rule = law().find(rule_id, today)
    if rule is None or not open_names(rule) or not concerned(company.facts(), rule):
        raise Http404
    given = request.POST if request.method == "POST" else None
    form = BylawForm(given, company=company, rule=rule, initial={"since": today})
    refused = _adopt(request, company, rule, form) if form.is_bound and form.is_valid() else None
    if form.is_bound and not form.errors and refused is None:
        toast(request, t("La clause est portée aux statuts.", "The clause is entered in the bylaws."))
        return see_other(company_url("company", company) + f"#{rule.id}")
    context = {"company": company, "rule": rule, "tabs": company_tabs(request, company), "tab": "company"}
    return form_answer(request, "assembly/office/bylaw.html", context, form, refused)


def _adopt(request: HttpRequest, company: Company, rule: Rule, form: BylawForm) -> Refused | None:
    found = form.cleaned_data
    _, refused = attempt(
        request,
        lambda actor: acts.adopt_bylaw(
            actor,
            company=company,
            rule_id=rule.id,
            since=found["since"],
            param=form.param(),
            article=found["article"],
            text=found["text"],
        ),
    )
    if refused is not None and (name := named_field(refused.reason, form.names)):
        form.add_error(f"param-{name}", say(refused.reason))
    return refused
