"""Amending a requisition: the same form as it was typed, filled with what is on file; only what was changed goes to the act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.law import Refused, Text, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.checking import AMENDABLE
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.rules.selecting import read_selectors
from opposable.systems.traffic.views.base import attempt, case_or_404, note_reading
from opposable.systems.traffic.views.moments import shown
from opposable.systems.traffic.views.record import amendable, frame
from opposable.systems.traffic.views.registering import GROUPS, RequisitionForm, SelectorForm, given_selectors
from opposable.web.forms import see_other, toast

SPARE = 3
"""Empty lines after the selectors on file."""
INSTANTS = ("since", "until")
ELSEWHERE = {"certificate"}
"""It has its own button, which leaves the approvals standing."""


class AmendForm(RequisitionForm):
    """What may be corrected: not when it came, nor its paper, nor who holds a seat."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, at=clock.now(), **kwargs)
        for name in (set(self.fields) - AMENDABLE - {"more"}) | ELSEWHERE:
            del self.fields[name]


def amend(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The form, filled; afterwards the case is to be qualified and approved anew."""
    case = case_or_404(request, uid)
    framed = frame(request, case)
    if not framed["may_write"] or not amendable(case):
        raise Http404
    posted, refused = request.method == "POST", None
    form = AmendForm(request.POST if posted else None, initial=_on_file(case))
    first = [_line(one) for one in case.selectors]
    lines = _lines(case)(request.POST if posted else None, prefix="s", initial=first)
    if posted and form.is_valid() and lines.is_valid():
        changes = _changes(case, form, [*given_selectors(lines), *form.cleaned_data["more"]])
        if not changes:
            toast(request, t("Rien n’a changé.", "Nothing has changed."))
            return see_other(case.get_absolute_url())
        _, refused = attempt(request, lambda actor: acts.amend(actor, requisition=case, changes=changes))
        if refused is None:
            toast(
                request,
                t(
                    "La réquisition est corrigée : qualifiez-la de nouveau.",
                    "The requisition is amended: qualify it again.",
                ),
            )
            return see_other(case.get_absolute_url())
        case.refresh_from_db()
    if not posted:
        note_reading(request, case, "amend")
    context = {**framed, "form": form, "lines": lines, "refused": refused, "groups": _groups(form)}
    return TemplateResponse(request, "traffic/amend.html", context, status=422 if posted else 200)


def _groups(form: AmendForm) -> list[tuple[Text, list[forms.BoundField]]]:
    """The fields in the order of the paper, without those that are not amended."""
    return [
        (title, found) for title, names in GROUPS if (found := [form[name] for name in names if name in form.fields])
    ]


def _lines(case: Requisition) -> Any:
    """As many lines as there are selectors, and some to add."""
    most = len(case.selectors) + SPARE
    return forms.formset_factory(SelectorForm, extra=SPARE, max_num=most, absolute_max=most)


def _on_file(case: Requisition) -> dict[str, Any]:
    found = {name: getattr(case, name) for name in AMENDABLE - {"selectors"}}
    return found | {name: shown(found[name]) for name in INSTANTS}


def _line(one: dict[str, str]) -> dict[str, Any]:
    """A selector on file as its line takes it."""
    if one["kind"] != "address":
        return {"kind": one["kind"], "value": one[one["kind"]]}
    at = shown(datetime.fromisoformat(one["at"]))
    return {"kind": "address", "value": one["ip"], "port": one["port"], "at": at, "tolerance": one["tolerance"]}


def _changes(case: Requisition, form: AmendForm, selectors: list[dict[str, str]]) -> dict[str, Any]:
    """Field by field, what differs from what is on file."""
    given = {name: value for name, value in form.cleaned_data.items() if name != "more"}
    changes = {name: value for name, value in given.items() if name not in INSTANTS and value != getattr(case, name)}
    if set(given["categories"]) == set(case.categories):
        changes.pop("categories", None)
    for name in INSTANTS:
        at = given[name]
        if at is not None and at != getattr(case, name).replace(microsecond=0):
            changes[name] = at
    if not _same(selectors, case.selectors):
        changes["selectors"] = selectors
    return changes


def _same(typed: list[dict[str, str]], filed: list[dict[str, str]]) -> bool:
    """Whether the selectors read as those on file; what does not read is for the act to refuse."""
    try:
        return [one | _to_second(one) for one in read_selectors(typed)] == [one | _to_second(one) for one in filed]
    except Refused:
        return False


def _to_second(one: dict[str, str]) -> dict[str, str]:
    return {"at": datetime.fromisoformat(one["at"]).replace(microsecond=0).isoformat()} if one.get("at") else {}
