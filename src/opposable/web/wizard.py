"""«Assistant»: a form in steps, each a page of its own, with a last look at everything before the act.

What was typed waits in the session on the server (never in the browser), so that one may go back, close the tab and come back,
and correct one step without losing the others. The steps only gather; the act is performed once, at the end, after every step
was validated again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse

from opposable.law import LawError, Refused
from opposable.law.text import Text, t
from opposable.web.format import legal_date_text
from opposable.web.language import current, say

CHECK = "check"
Given = Mapping[str, Mapping[str, Any]]
"""What the steps gave, by step: cleaned values by field."""


class StepForm(forms.Form):
    """A form that may look at what earlier steps gave: ``before["who"]["email"]``."""

    def __init__(
        self, *args: Any, before: Given | None = None, request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        self.before: Given = before or {}
        self.request = request
        super().__init__(*args, **kwargs)


@dataclass(frozen=True)
class Step:
    """One page: its key in the address, its name, its form, and a sentence that says what is asked and why."""

    key: str
    label: Text
    form: type[StepForm]
    intro: Text | None = None


@dataclass(frozen=True)
class Wizard:
    """The declaration. ``name`` is its place in the session; ``finish(request, given)`` performs the act and answers with a page.

    ``finish`` may raise `Refused`: the last page then shows the rule, and everything typed is still there.
    """

    name: str
    title: Text
    steps: Sequence[Step]
    finish: Callable[[HttpRequest, Given], HttpResponse]
    done: Text
    back: Callable[[HttpRequest], str]
    base: str = "web/base.html"

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request: a step, the check, the act, or giving up."""
        if request.method == "POST" and request.POST.get("abandon"):
            self._forget(request)
            return _see(self.back(request))
        given, open_step = self._given(request)
        key = request.GET.get("step", "")
        wanted = next((step for step in self.steps if step.key == key), None)
        if key == CHECK and open_step is None:
            return self._check(request, given)
        if wanted is None or (open_step and self._place(wanted) > self._place(open_step)):
            return (
                self._to(request, (open_step.key if open_step else CHECK)) if key else self._begin(request, open_step)
            )
        return self._step(request, wanted, given)

    def _begin(self, request: HttpRequest, open_step: Step | None) -> HttpResponse:
        """An address without a step: where one left off."""
        return self._to(request, open_step.key if open_step else CHECK)

    def _step(self, request: HttpRequest, step: Step, given: Given) -> HttpResponse:
        if request.method == "POST":
            form = step.form(request.POST, before=given, request=request)
            if form.is_valid():
                self._keep(request, step, request.POST, form)
                following = self._place(step) + 1
                return self._to(request, self.steps[following].key if following < len(self.steps) else CHECK)
            return self._page(request, step, form, 422)
        kept = self._kept(request).get(step.key)
        initial = kept and step.form(QueryDict(kept), before=given, request=request).data
        form = step.form(before=given, request=request, initial=_initial(step.form, initial))
        return self._page(request, step, form, 200)

    def _page(self, request: HttpRequest, step: Step, form: StepForm, status: int) -> HttpResponse:
        place = self._place(step)
        context = {
            "wizard": self,
            "step": step,
            "form": form,
            "number": place + 1,
            "labels": self.labels,
            "previous": f"?step={self.steps[place - 1].key}" if place else "",
            "back": self.back(request),
            "base": self.base,
        }
        return TemplateResponse(request, "web/pages/wizard.html", context, status=status)

    def _check(self, request: HttpRequest, given: Given) -> HttpResponse:
        """Everything once more, and the act."""
        refused = None
        if request.method == "POST":
            try:
                response = self.finish(request, given)
            except Refused as error:
                refused = error
            except LawError as error:
                refused = Refused(error.text, None, "law")
            else:
                self._forget(request)
                return response
        context = {
            "wizard": self,
            "sections": [(step, self._shown(request, step, given)) for step in self.steps],
            "number": len(self.steps) + 1,
            "labels": self.labels,
            "refused": refused,
            "previous": f"?step={self.steps[-1].key}",
            "back": self.back(request),
            "base": self.base,
        }
        return TemplateResponse(request, "web/pages/wizard_check.html", context, status=422 if refused else 200)

    @property
    def labels(self) -> list[Text]:
        """The names of the steps, the check last."""
        return [*(step.label for step in self.steps), t("Vérifier", "Check")]

    def _shown(self, request: HttpRequest, step: Step, given: Given) -> list[tuple[str, str]]:
        """Labels and values of a step, as people read them."""
        form = step.form(QueryDict(self._kept(request)[step.key]), before=given, request=request)
        form.is_valid()
        return [(str(bound.label), shown(bound, form.cleaned_data.get(bound.name))) for bound in form.visible_fields()]

    def _given(self, request: HttpRequest) -> tuple[dict[str, Mapping[str, Any]], Step | None]:
        """What the steps gave so far, validated again, and the first step that is still open."""
        given: dict[str, Mapping[str, Any]] = {}
        for step in self.steps:
            kept = self._kept(request).get(step.key)
            form = step.form(QueryDict(kept), before=given, request=request) if kept is not None else None
            if form is None or not form.is_valid():
                return given, step
            given[step.key] = form.cleaned_data
        return given, None

    def _keep(self, request: HttpRequest, step: Step, data: QueryDict, form: StepForm) -> None:
        kept = QueryDict(mutable=True)
        for name in form.fields:
            kept.setlist(name, data.getlist(name))
        request.session[self._name] = {**self._kept(request), step.key: kept.urlencode()}

    def _kept(self, request: HttpRequest) -> dict[str, str]:
        found: dict[str, str] = request.session.get(self._name, {})
        return found

    def _forget(self, request: HttpRequest) -> None:
        request.session.pop(self._name, None)

    @property
    def _name(self) -> str:
        return f"wizard.{self.name}"

    def _place(self, step: Step) -> int:
        return self.steps.index(step)

    def _to(self, request: HttpRequest, key: str) -> HttpResponse:
        return _see(f"{request.path}?step={key}")


def _initial(form: type[StepForm], data: Any) -> dict[str, Any]:
    """What was typed before, for the fields of a new form: lists for the fields that take several values."""
    if not data:
        return {}
    many = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)
    fields: Mapping[str, forms.Field] = form.base_fields
    return {name: data.getlist(name) if isinstance(field, many) else data.get(name) for name, field in fields.items()}


def shown(bound: Any, value: Any) -> str:
    """A cleaned value as the check shows it: the words of a choice, yes or no, a date of the language."""
    if isinstance(value, bool):
        return say(t("oui", "yes") if value else t("non", "no"))
    choices = dict(_flat(getattr(bound.field, "choices", ())))
    if choices:
        keys = value if isinstance(value, list) else [getattr(value, "pk", value)]
        return ", ".join(str(choices.get(str(key), key)) for key in keys if key not in (None, ""))
    if hasattr(value, "isoformat") and not hasattr(value, "hour"):
        return legal_date_text(value, current(), "long")
    return "–" if value in (None, "") else str(value)


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    """Choices by key; those under a heading say the heading first."""
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from ((str(inner), f"{key} · {words}") for inner, words in label)
        else:
            yield str(key), str(label)


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
