"""What the pages share: the scope that may be read, its tabs, forms, and how an act answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import lazy

from opposable.kernel.actors import Actor
from opposable.kernel.models import Cell
from opposable.law import LawError, Refused, Text, t
from opposable.systems.isms.models import Scope
from opposable.systems.isms.rules.referential import Referential, referential
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.forms import toast
from opposable.web.language import say
from opposable.web.listing import Listing, Page

TABS = (
    ("scope", t("La roue", "The wheel")),
    ("context", t("Périmètre", "Scope")),
    ("risks", t("Risques", "Risks")),
    ("assets", t("Biens", "Assets")),
    ("controls", t("Mesures", "Controls")),
    ("statements", t("Déclaration", "Statement")),
    ("frameworks", t("Référentiels", "Referentials")),
    ("checks", t("Cohérence", "Consistency")),
    ("evidence", t("Preuves", "Evidence")),
    ("audits", t("Audits", "Audits")),
    ("objectives", t("Objectifs", "Objectives")),
    ("reviews", t("Revues", "Reviews")),
)


def words(fr: str, en: str) -> Any:
    """A form's label or help, said in the language of the page when it is drawn."""
    return lazy(lambda: say(Text(fr, en)), str)()


def choices(options: Mapping[str, Text], empty: Text | None = None) -> list[tuple[str, Any]]:
    """Choices of a field, each said in the language of the page."""
    first = [("", lazy(say, str)(empty))] if empty else []
    return [*first, *((key, lazy(say, str)(label.capital())) for key, label in options.items())]


def url(name: str, scope: Scope, *args: object) -> str:
    return reverse(f"isms:{name}", args=[scope.slug, *args])


def see_other(address: str) -> HttpResponseRedirect:
    """303: after an act, the page to look at."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def scope_or_404(request: HttpRequest, slug: str) -> Scope:
    """The scope, if the person may read it."""
    actor_of(request)
    found: Scope = get_object_or_404(Scope.objects.select_related("cell"), slug=slug)
    require(request, "read", Scope.Evidence.kind, found.cell)
    return found


def can(request: HttpRequest, verb: str, kind: str, cell: Cell) -> bool:
    """Whether the person's running grants let ``verb`` objects of ``kind`` in a cell. No query: they were read already."""
    return any(cell.path.startswith(path) for path in paths(grants_of(request), kind, verb))


def require(request: HttpRequest, verb: str, kind: str, cell: Cell) -> None:
    """404 for what the person may not see or do: it does not exist for him."""
    if not can(request, verb, kind, cell):
        raise Http404


def framed(request: HttpRequest, scope: Scope, tab: str, **context: Any) -> dict[str, Any]:
    """The context of every page of a scope."""
    return {
        "scope": scope,
        "tabs": [(key, label, url(key, scope)) for key, label in TABS],
        "tab": tab,
        "may_write": can(request, "write", Scope.Evidence.kind, scope.cell),
        "may_approve": can(request, "approve", Scope.Evidence.kind, scope.cell),
        **context,
    }


def page(request: HttpRequest, template: str, scope: Scope, tab: str, **context: Any) -> TemplateResponse:
    return TemplateResponse(request, f"isms/{template}.html", framed(request, scope, tab, **context))


def listed(
    request: HttpRequest, listing: Listing, rows: QuerySet[Any], kind: str, cell: Cell
) -> tuple[Page | None, HttpResponseBase | None]:
    """The page of a list, or its download for who may export."""
    from dataclasses import replace

    may_export = can(request, "export", kind, cell)
    if request.GET.get("format") and may_export:
        return None, listing.export(request, rows)
    made = listing.page(request, rows)
    return (made if may_export else replace(made, exports=())), None


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
    request: HttpRequest, scope: Scope, call: Callable[[Actor], Any], *, done: Text, to: str, undo: str = ""
) -> HttpResponseBase:
    """A button's act: afterwards the page ``to`` says that it was done, or the refusal is shown with its seal."""
    _, refused = attempt(request, call)
    if refused is not None:
        return refusal_page(request, scope, refused, back=to)
    toast(request, done, undo=undo)
    return see_other(to)


def refusal_page(request: HttpRequest, scope: Scope, refused: Refused, *, back: str) -> HttpResponse:
    """The refusal in full, and the seal of its own act."""
    context = {"refused": refused, "back": back, "scope": scope}
    status = 403 if refused.code == "access.denied" else 422
    return TemplateResponse(request, "isms/refused.html", context, status=status)


def form_page(
    request: HttpRequest,
    scope: Scope,
    tab: str,
    form: forms.Form,
    call: Callable[[Actor], Any],
    *,
    heading: Text,
    button: Text,
    done: Text,
    to: str | Callable[[Any], str],
    back: str,
    note: Text | None = None,
    kind: str = "",
    verb: str = "write",
    template: str = "form",
    **context: Any,
) -> HttpResponseBase:
    """A form that performs one act: 200 when new, 422 with everything typed still there, 303 when done."""
    require(request, verb, kind or Scope.Evidence.kind, scope.cell)
    refused = None
    if form.is_bound and form.is_valid():
        receipt, refused = attempt(request, call)
        if refused is None:
            toast(request, done)
            return see_other(to if isinstance(to, str) else to(receipt.result))
    made = framed(
        request, scope, tab, form=form, refused=refused, heading=heading, button=button, back=back, note=note, **context
    )
    wrong = refused is not None or (form.is_bound and bool(form.errors))
    return TemplateResponse(request, f"isms/{template}.html", made, status=422 if wrong else 200)


# ---- fields ----------------------------------------------------------------------------------------------------------


def day_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, help_text=help_text, required=required, widget=widget, input_formats=["%Y-%m-%d"]
    )


def long_text(label: Any, help_text: Any = "", *, required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class LinesField(forms.CharField):
    """Several entries, one a line; gives a list of texts."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), max_length=200_000, **kwargs)

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class NamesField(LinesField):
    """Names on the register, one a line; gives their uids. ``known``: name → uid."""

    def __init__(self, *, known: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = {name.casefold(): uid for name, uid in known.items()}
        self.names = {uid: name for name, uid in known.items()}

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        unknown = [name for name in given if name.casefold() not in self.known]
        if unknown:
            said = t("Pas au registre : {names}.", "Not on file: {names}.").format(names=", ".join(unknown[:5]))
            raise forms.ValidationError(say(said))
        return [self.known[name.casefold()] for name in given]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self.names.get(uid, str(uid)) for uid in value) if isinstance(value, list) else value


class IdsField(forms.CharField):
    """Identifiers of an edition, separated by spaces or commas; gives them as a list."""

    def __init__(self, *, book: Referential, clauses: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(max_length=4000, **kwargs)
        self.book, self.clauses = book, set(clauses)

    def clean(self, value: Any) -> Any:
        given = super().clean(value).replace(",", " ").replace(";", " ").split()
        unknown = [one for one in given if one not in self.book and one not in self.clauses]
        if unknown:
            said = t("Pas dans l’édition : {ids}.", "Not in the edition: {ids}.").format(ids=", ".join(unknown[:5]))
            raise forms.ValidationError(say(said))
        return given

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value


def ids_field(scope: Scope, *, required: bool = False, clauses: Iterable[str] = ()) -> IdsField:
    example = next(iter(referential(scope.edition).requirements))
    return IdsField(
        book=referential(scope.edition),
        clauses=clauses,
        required=required,
        label=words("Identifiants de l’annexe A", "Identifiers of annex A"),
        help_text=words(f"Séparés par des espaces, comme {example}.", f"Separated by spaces, such as {example}."),
    )
