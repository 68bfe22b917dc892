"""Referentials: the editions on file, texts under licence, frameworks and maps brought in, and what a map says of the statement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.kernel.accounts import root
from opposable.law import Text, t
from opposable.systems.isms import acts
from opposable.systems.isms.exchange import frameworks as files, oscal
from opposable.systems.isms.exchange.libraries import LARGEST, LibraryFault
from opposable.systems.isms.exchange.oscal import scope_statement
from opposable.systems.isms.exchange.tables import TableFault, read_table
from opposable.systems.isms.models import CrossMap, Framework, Scope
from opposable.systems.isms.rules.referential import EDITIONS, LABELS_NOTE, NAMES, Referential, referential
from opposable.systems.isms.rules.soa import STATUSES
from opposable.systems.isms.views.base import can, choices, form_page, page, perform, require, scope_or_404, url, words
from opposable.web.language import say

AT_ONCE = 100
WHAT = {
    "library": t("une bibliothèque de CISO Assistant (YAML)", "a library of CISO Assistant (YAML)"),
    "catalog": t("un catalogue OSCAL (JSON)", "an OSCAL catalog (JSON)"),
    "text": t(
        "le texte d’une édition, sous notre licence (tableur)",
        "the text of an edition, under our licence (spreadsheet)",
    ),
    "map": t("une correspondance entre deux référentiels (tableur)", "a map between two referentials (spreadsheet)"),
}


def brought(request: HttpRequest) -> dict[str, Framework]:
    """What was brought in and stands, by reference, for whoever may read it. Not its words: they are long."""
    if not can(request, "read", Framework.Evidence.kind, root()):
        return {}
    return {one.ref: one for one in Framework.objects.filter(withdrawn=False).defer("texts").order_by("name")}


def licensed_text(request: HttpRequest, edition: str, requirement: str) -> dict[str, str] | None:
    """The standard's own words for an identifier, when the organisation brought them and the person may read them."""
    if not can(request, "read", Framework.Evidence.kind, root()):
        return None
    held = Framework.objects.filter(ref=edition, withdrawn=False).values_list("texts", flat=True).first()
    return (held or {}).get(requirement)


def frameworks(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Editions on file, frameworks and maps brought in."""
    scope = scope_or_404(request, slug)
    held = brought(request)
    may_read = can(request, "read", CrossMap.Evidence.kind, root())
    return page(
        request,
        "frameworks",
        scope,
        "frameworks",
        editions=[(code, NAMES[code], len(referential(code).requirements), held.get(code)) for code in EDITIONS],
        rows=[one for ref, one in held.items() if ref not in EDITIONS],
        maps=list(CrossMap.objects.filter(withdrawn=False).order_by("name")) if may_read else [],
        may_bring=can(request, "write", Framework.Evidence.kind, root()),
        labels_note=LABELS_NOTE,
    )


class BringForm(forms.Form):
    """A file, and what it is. What each kind needs is asked when it lacks."""

    what = forms.ChoiceField(
        label=words("Ce que porte le fichier", "What the file holds"), choices=choices(WHAT), widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=words("Fichier", "File"),
        help_text=words(
            "YAML, JSON, ou .xlsx, .ods, .csv ; au plus 16 Mo", "YAML, JSON, or .xlsx, .ods, .csv; at most 16 MB"
        ),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json,.xlsx,.ods,.xls,.csv,.txt"}),
    )
    edition = forms.ChoiceField(
        label=words("Édition (pour un texte)", "Edition (for a text)"), choices=choices(NAMES), initial=EDITIONS[-1]
    )
    terms = forms.CharField(
        label=words("Licence qui nous donne ce texte (pour un texte)", "Licence that gives us this text (for a text)"),
        max_length=300,
        required=False,
        help_text=words("comme « AFNOR, commande 12345, un poste »", "such as “ISO store, order 12345, single user”"),
    )
    name = forms.CharField(
        label=words("Nom (pour une correspondance)", "Name (for a map)"), max_length=80, required=False
    )
    source = forms.CharField(
        label=words("Référentiel de la colonne « source »", "Referential of column “source”"),
        max_length=120,
        required=False,
    )
    target = forms.CharField(
        label=words("Référentiel de la colonne « cible »", "Referential of column “target”"),
        max_length=120,
        required=False,
    )

    calls: list[tuple[Any, dict[str, Any]]]

    def clean(self) -> Any:
        given: dict[str, Any] = super().clean() or {}
        self.calls = []
        for name in {"text": ("terms",), "map": ("name", "source", "target")}.get(given.get("what", ""), ()):
            if not given.get(name):
                self.add_error(name, say(t("À remplir pour ce fichier.", "To be filled in for this file.")))
        if not self.errors:
            self._read(given)
        return given

    def _read(self, given: dict[str, Any]) -> None:
        """The acts that the file asks for; or why it cannot be taken, beside the field."""
        if given["file"].size > LARGEST:
            self.add_error("file", say(t("Le fichier dépasse 16 Mo.", "The file exceeds 16 MB.")))
            return
        data, name = given["file"].read(), (given["file"].name or "fichier")[:200]
        try:
            self.calls = calls_of(given["what"], data, {**given, "file_name": name})
        except (LibraryFault, TableFault) as fault:
            self.add_error("file", say(fault.text))


def calls_of(what: str, data: bytes, given: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Acts and their arguments for a file. Raises LibraryFault, TableFault."""
    if what == "library":
        books = files.read_library(data, given["file_name"])
        if not books.frameworks and not books.maps:
            raise LibraryFault(
                t(
                    "Cette bibliothèque ne porte ni référentiel ni correspondance.",
                    "This library holds neither a framework nor a map.",
                )
            )
        return [
            *((acts.bring_framework, one.given) for one in books.frameworks),
            *((acts.bring_map, one.given) for one in books.maps),
        ]
    if what == "catalog":
        return [(acts.bring_framework, oscal.read_catalog(data, given["file_name"]).given)]
    table = read_table(data)
    common = {"file_name": given["file_name"], "sha256": table.sha256}
    if what == "text":
        entries = files.read_texts(table, given["edition"])
        name = NAMES[given["edition"]].fr
        return [
            (
                acts.bring_framework,
                {**common, "ref": given["edition"], "name": name, "entries": entries, "terms": given["terms"]},
            )
        ]
    named = {key: given[key] for key in ("name", "source", "target")}
    return [(acts.bring_map, {**common, **named, "ref": given["name"], "rows": files.read_map(table)})]


def bring(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Bring in a file: read, refused beside its field, or recorded."""
    scope = scope_or_404(request, slug)
    require(request, "write", Framework.Evidence.kind, root())
    posted = request.method == "POST"
    form = BringForm(request.POST if posted else None, request.FILES if posted else None)

    def perform_all(actor: Any) -> Any:
        return [call(actor, **given) for call, given in form.calls][-1]

    return form_page(
        request,
        scope,
        "frameworks",
        form,
        perform_all,
        heading=t("Apporter un référentiel", "Bring in a referential"),
        button=t("Lire et apporter", "Read and bring in"),
        done=t("Le fichier est apporté.", "The file is brought in."),
        note=t(
            "Les mots d’autrui restent ici : le registre ne porte que les identifiants et l’empreinte du texte.",
            "Other people’s words stay here: the log bears only the identifiers and the digest of the text.",
        ),
        kind=Scope.Evidence.kind,
        to=url("frameworks", scope),
        back=url("frameworks", scope),
        upload=True,
    )


def framework(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """What was brought, a hundred entries at a time."""
    scope = scope_or_404(request, slug)
    require(request, "read", Framework.Evidence.kind, root())
    found = get_object_or_404(Framework, uid=uid, withdrawn=False)
    entries = list(found.texts.items())
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    return page(
        request,
        "framework",
        scope,
        "frameworks",
        row=found,
        entries=entries[start : start + AT_ONCE],
        total=len(entries),
        before=max(0, start - AT_ONCE) if start else None,
        after=start + AT_ONCE if start + AT_ONCE < len(entries) else None,
        may_bring=can(request, "write", Framework.Evidence.kind, root()),
    )


def cross_map(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """A map, and beside each identifier of ours what the statement decided of it."""
    scope = scope_or_404(request, slug)
    require(request, "read", CrossMap.Evidence.kind, root())
    found = get_object_or_404(CrossMap, uid=uid, withdrawn=False)
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    soa = scope_statement(scope)
    book = referential(soa.edition if soa else scope.edition)
    decided = {one.requirement: one for one in soa.lines.all()} if soa else {}
    return page(
        request,
        "map",
        scope,
        "frameworks",
        row=found,
        lines=[(one, *_answer(one, book, decided)) for one in found.rows[start : start + AT_ONCE]],
        total=len(found.rows),
        before=max(0, start - AT_ONCE) if start else None,
        after=start + AT_ONCE if start + AT_ONCE < len(found.rows) else None,
        soa=soa,
        edition=NAMES[book.code],
        may_bring=can(request, "write", CrossMap.Evidence.kind, root()),
    )


def _answer(row: list[str], book: Referential, decided: dict[str, Any]) -> tuple[str, str, Text | None]:
    """The identifier of ours in a row (either side), and what was decided of it: (id, tone, words)."""
    id_ = next((one for given in row[:2] if (one := files.id_in(book, given))), "")
    line = decided.get(id_)
    if line is None:
        return id_, "info", None
    if line.applicable is None:
        return id_, "due", t("à décider", "to decide")
    if not line.applicable:
        return id_, "info", t("exclue", "excluded")
    return id_, "ok" if line.status == "implemented" else "due", STATUSES.get(line.status)


@require_POST
def withdraw(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Put a framework or a map aside."""
    scope = scope_or_404(request, slug)
    rows: list[Framework | CrossMap] = [
        *Framework.objects.filter(uid=uid, withdrawn=False).select_related("cell"),
        *CrossMap.objects.filter(uid=uid, withdrawn=False).select_related("cell"),
    ]
    found = rows[0] if rows else get_object_or_404(Framework, uid=uid, withdrawn=False)
    require(request, "write", found.Evidence.kind, root())
    return perform(
        request,
        scope,
        lambda actor: (
            acts.withdraw_framework(actor, framework=found)
            if isinstance(found, Framework)
            else acts.withdraw_map(actor, crossmap=found)
        ),
        done=t("C’est écarté.", "It is put aside."),
        to=url("frameworks", scope),
    )
