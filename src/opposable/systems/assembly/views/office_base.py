"""What the office pages share: who sees and may do what, and how an act answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.functional import lazy

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.models import Cell, Reading, Recorded
from opposable.law import LawError, Refused
from opposable.law.text import Text
from opposable.systems.assembly.models import Company, Meeting
from opposable.systems.assembly.views.company_words import speak_of
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.forms import toast
from opposable.web.language import spoken
from opposable.web.listing import Listing, Page

Label = Any
"""A lazy string: Django's forms take it for their words."""


def words(fr: str, en: str) -> Label:
    """A form's label or help, said in the language of the page when it is drawn."""
    return lazy(lambda: spoken(Text(fr, en)), str)()


def see_other(address: str) -> HttpResponseRedirect:
    """303: after an act, the page to look at; reloading it repeats nothing."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


# ---- who sees and may do what ----------------------------------------------------------------------------------------


def can(request: HttpRequest, verb: str, kind: str, cell: Cell) -> bool:
    """Whether the person's running grants let ``verb`` objects of ``kind`` in a cell. No query: they were read already."""
    return any(cell.path.startswith(path) for path in paths(grants_of(request), kind, verb))


def require(request: HttpRequest, verb: str, kind: str, cell: Cell) -> None:
    """404 for a page that offers what the person may not do: it does not exist for him."""
    if not can(request, verb, kind, cell):
        raise Http404


def seen(request: HttpRequest, rows: QuerySet[Any], verb: str = "read") -> QuerySet[Any]:
    """`visible_to` for the person at the keyboard, by the grants already read: one query less."""
    actor_of(request)
    allowed = paths(grants_of(request), rows.model.Evidence.kind, verb)
    if "/" in allowed:
        return rows
    below = Q(pk__in=[])
    for path in allowed:
        below |= Q(path__startswith=path)
    return rows.filter(cell__in=Cell.objects.filter(below))


def meeting_or_404(request: HttpRequest, uid: str) -> Meeting:
    """The meeting, with its company and cell, if the person may read it."""
    rows = Meeting.objects.select_related("company", "company__cell", "cell", "first_meeting")
    found: Meeting = get_object_or_404(seen(request, rows), uid=uid)
    speak_of(found.company, found.day)
    return found


def company_or_404(request: HttpRequest, slug: str) -> Company:
    """The company, if the person may read it."""
    found: Company = get_object_or_404(seen(request, Company.objects.select_related("cell")), slug=slug)
    speak_of(found)
    return found


def note_reading(request: HttpRequest, row: Recorded, what: str) -> None:
    """Reads of personal objects are noted, in the journal that expires."""
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=row.uid, what=what[:60])


def without_exports(page: Page) -> Page:
    """The list for who may read but not take away."""
    return replace(page, exports=())


def listed(
    request: HttpRequest, listing: Listing, rows: QuerySet[Any], kind: str, cell: Cell
) -> tuple[Page | None, HttpResponseBase | None]:
    """The page of a list, or its download for who may export; the other one is None."""
    may_export = can(request, "export", kind, cell)
    if request.GET.get("format") and may_export:
        return None, listing.export(request, rows)
    page = listing.page(request, rows)
    return (page if may_export else without_exports(page)), None


# ---- acts ------------------------------------------------------------------------------------------------------------


def attempt(request: HttpRequest, call: Callable[[Actor], Any]) -> tuple[Any, Refused | None]:
    """Perform an act for the person at the keyboard: its receipt, or the refusal (with its own receipt)."""
    try:
        return call(actor_of(request)), None
    except Refused as refused:
        return None, refused
    except LawError as error:
        return None, Refused(error.text, None, "law")


def perform(
    request: HttpRequest, call: Callable[[Actor], Any], *, done: Text, to: str, undo: str = ""
) -> HttpResponseBase:
    """A button's act: afterwards the page ``to`` says that it was done, or the refusal is shown with its seal."""
    _, refused = attempt(request, call)
    if refused is not None:
        return refusal_page(request, refused, back=to)
    toast(request, done, undo=undo)
    return see_other(to)


def refusal_page(request: HttpRequest, refused: Refused, *, back: str) -> HttpResponse:
    """The refusal in full: reason, rule, facts, arithmetic, what stays lawful, and the seal of its own act."""
    context = {"refusal": refusal_of(refused), "back": back}
    status = 403 if refused.code == "access.denied" else 422
    return TemplateResponse(request, "assembly/office/refused.html", context, status=status)


@dataclass(frozen=True)
class Refusal:
    """A refusal ready for the page: its why, and the receipt of the act that recorded it (None when there is none)."""

    why: Any
    receipt: Any
    code: str


def refusal_of(refused: Refused | None) -> Refusal | None:
    """Make a refusal ready for the page."""
    if refused is None:
        return None
    return Refusal(why_in_words(refused), refused.receipt, refused.code)


def form_answer(
    request: HttpRequest, template: str, context: Mapping[str, Any], form: Any, refused: Refused | None = None
) -> TemplateResponse:
    """A form: 200 when new, 422 when what came was not acceptable or was refused, everything typed still there."""
    wrong = refused is not None or (form.is_bound and bool(form.errors))
    page = {**context, "form": form, "refusal": refusal_of(refused)}
    return TemplateResponse(request, template, page, status=422 if wrong else 200)
