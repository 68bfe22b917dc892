"""«Actes en nombre»: the same act on many rows of a list, each with its own leaf, its own yes or its own refusal.

There is no shortcut past the rules: each row goes through the act that its own page would call. The person is first told what
will be done to which rows, then sees row by row what was done and what a rule refused, with the reason.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from opposable.kernel.acts import Receipt
from opposable.kernel.models import Leaf
from opposable.law import LawError, Refused
from opposable.law.text import Text, t
from opposable.web.forms import toast

MOST = 200
"""Rows in one go: enough for a person who reads what he confirms. A file or a batch act is for more."""
_ONCE = "opposable_bulk"


@dataclass(frozen=True)
class Bulk:
    """An act offered on the chosen rows of a list.

    ``run(request, row)`` performs the act for one row and lets `Refused` go through; ``ask`` says beforehand what it does.
    ``offered(request)`` False: the person is not shown it and may not post it.
    """

    key: str
    label: Text
    run: Callable[[HttpRequest, Any], Any]
    ask: Text
    name: Callable[[Any], Any] = str
    tone: str = ""
    offered: Callable[[HttpRequest], bool] = lambda _request: True


@dataclass(frozen=True)
class Outcome:
    """What became of one row: ``refused`` is None when it was done; ``index`` is its place in the log once sealed."""

    name: Any
    receipt: Any = None
    refused: Refused | None = None
    index: int | None = None

    @property
    def at(self) -> Any:
        return getattr(self.receipt, "at", None)


def offered(request: HttpRequest, acts: Iterable[Bulk]) -> Sequence[Bulk]:
    """The acts that this person is offered."""
    return [item for item in acts if item.offered(request)]


def answer(
    request: HttpRequest, acts: Iterable[Bulk], rows: QuerySet[Any], *, back: str, base: str = "web/base.html"
) -> HttpResponse | None:
    """Answer a POST that chose rows: first what is to be confirmed, then what was done. None: this was no such POST.

    ``rows`` are the rows that the person sees with the filters of the address: whatever else is posted is not found in it.
    """
    wanted = request.POST.get("bulk", "") if request.method == "POST" else ""
    chosen = next((item for item in offered(request, acts) if item.key == wanted), None)
    if chosen is None:
        return None
    picked = _picked(request, rows)
    if not picked or len(picked) > MOST:
        said = t("Choisissez d’abord des lignes.", "Choose rows first.") if not picked else TOO_MANY.format(n=MOST)
        toast(request, said)
        return _see(back)
    context = {"act": chosen, "back": back, "base": base}
    if request.POST.get("once"):
        if request.session.pop(_ONCE, "") != request.POST["once"]:
            toast(
                request,
                t("C’était déjà fait : rien n’a été fait deux fois.", "This was done already: nothing was done twice."),
            )
            return _see(back)
        done = _placed([_perform(request, chosen, row) for row in picked])
        return TemplateResponse(request, "web/pages/bulk_done.html", context | {"done": done, **_counts(done)})
    once = request.session[_ONCE] = secrets.token_urlsafe(12)
    lines = [(row.pk, chosen.name(row)) for row in picked]
    return TemplateResponse(request, "web/pages/bulk.html", context | {"lines": lines, "once": once})


TOO_MANY = t(
    "Plus de {n} lignes en une fois : resserrez le filtre.", "More than {n} rows in one go: narrow the filter."
)


def _picked(request: HttpRequest, rows: QuerySet[Any]) -> list[Any]:
    if not request.POST.get("all"):
        keys = [
            key for key in request.POST.getlist("row")[: MOST + 1] if key.isascii() and key.isdigit() and len(key) < 19
        ]
        rows = rows.filter(pk__in=keys)
    return list(rows[: MOST + 1])


def _perform(request: HttpRequest, act: Bulk, row: Any) -> Outcome:
    name = act.name(row)
    try:
        return Outcome(name, act.run(request, row))
    except Refused as refused:
        return Outcome(name, refused.receipt, refused)
    except LawError as error:
        return Outcome(name, None, Refused(error.text, None, "law"))


def _placed(done: Sequence[Outcome]) -> list[Outcome]:
    """Their places in the log, in one query."""
    acts = [item.receipt.act_id for item in done if isinstance(item.receipt, Receipt)]
    places = dict(Leaf.objects.filter(act_id__in=acts).values_list("act_id", "index"))
    return [replace(item, index=places.get(getattr(item.receipt, "act_id", 0))) for item in done]


def _counts(done: Sequence[Outcome]) -> dict[str, int]:
    refused = sum(item.refused is not None for item in done)
    return {"refused_count": refused, "done_count": len(done) - refused}


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
