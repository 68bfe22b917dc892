"""Forms as the house answers them: 422 with the errors beside the fields, and nothing typed is lost."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.forms import BaseForm, DateInput
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import lazy

from opposable.law import Refused
from opposable.law.text import Text
from opposable.web.language import say


def form_page(
    request: HttpRequest,
    template: str,
    form: BaseForm,
    context: Mapping[str, Any] | None = None,
    *,
    refused: Refused | None = None,
) -> TemplateResponse:
    """Show a form: 200 when it is new, 422 when what came was not acceptable or was refused by a rule.

    ``refused`` is drawn above the form by ``{% refusal refused %}``: the rule, the facts and what remains lawful.
    """
    wrong = refused is not None or (form.is_bound and not form.is_valid())
    return TemplateResponse(
        request, template, {**(context or {}), "form": form, "refused": refused}, status=422 if wrong else 200
    )


def toast(request: HttpRequest, words: Text, *, undo: str = "") -> None:
    """Say that something was done, on the next page; ``undo`` is an address that takes a POST where undoing is lawful."""
    messages.success(request, say(words), extra_tags=f"undo:{undo}" if undo else "")


def words(fr: str, en: str) -> Any:
    """A form's label or help, said in the language of the page when it is drawn."""
    return lazy(lambda: say(Text(fr, en)), str)()


def day_input() -> DateInput:
    """A day, as the browser's own field takes it: year-month-day in every language, or it would show nothing of what was there."""
    return DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def see_other(address: str) -> HttpResponseRedirect:
    """303: after an act, the page to look at; reloading it repeats nothing."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
