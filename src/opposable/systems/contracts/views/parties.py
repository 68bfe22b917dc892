"""«Fournisseurs»: whom contracts are made with, each with a file: contracts, what is due, the risks and controls it bears on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from opposable.kernel import clock
from opposable.kernel.models import RecordedQuerySet
from opposable.law import Refused, Text, local_day, t
from opposable.systems.contracts import acts
from opposable.systems.contracts.models import Contract, Party
from opposable.systems.contracts.views.register import standing, with_stages
from opposable.systems.contracts.views.shown import keeping_of
from opposable.web.access import actor_of, grants_of, paths, some_or_404, visible_duties, visible_or_404
from opposable.web.forms import form_page, see_other, toast, words
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import story_of
from opposable.web.search import named_elsewhere


def _search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(name__icontains=text) | Q(registration__icontains=text))


PARTIES = Listing(
    columns=(
        Column("name", t("Nom", "Name"), lambda p: p.name, href=lambda p: p.get_absolute_url()),
        Column("contracts", t("Contrats", "Contracts"), lambda p: p.count, "number"),
        Column(
            "critical",
            t("Essentiel", "Critical"),
            lambda p: ("due", t("essentiel", "critical")) if p.critical else ("info", t("non", "no")),
            "state",
        ),
        Column("controls", t("Mesures", "Controls"), lambda p: ", ".join(p.controls)),
        Column("risks", t("Risques", "Risks"), lambda p: ", ".join(p.risks)),
    ),
    filters=(
        Filter(
            "critical",
            t("Essentiel", "Critical"),
            (("1", t("essentiel", "critical")),),
            lambda rows, value: rows.filter(critical=value == "1"),
        ),
    ),
    order=("name", "pk"),
    search=_search,
    export_name="suppliers",
)


class PartyForm(forms.Form):
    """The file of a party. Identifiers are separated by spaces."""

    registration = forms.CharField(label=words("Numéro (SIREN…)", "Registration number"), max_length=40, required=False)
    address = forms.CharField(label=words("Adresse", "Address"), max_length=300, required=False)
    email = forms.EmailField(label=words("Adresse électronique", "E-mail address"), required=False)
    critical = forms.BooleanField(label=words("Fournisseur essentiel", "Critical supplier"), required=False)
    controls = forms.CharField(
        label=words("Mesures de sécurité qui le concernent", "Controls that concern it"),
        help_text=words("Leurs identifiants : A.5.19 A.5.20", "Their identifiers: A.5.19 A.5.20"),
        required=False,
        max_length=4000,
    )
    risks = forms.CharField(
        label=words("Risques où il intervient", "Risks in which it takes part"),
        help_text=words("Leurs numéros au registre : R3 R12", "Their numbers in the register: R3 R12"),
        required=False,
        max_length=4000,
    )

    def clean_controls(self) -> list[str]:
        return _split(self.cleaned_data["controls"])

    def clean_risks(self) -> list[str]:
        return _split(self.cleaned_data["risks"])


def _split(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def parties(request: HttpRequest) -> HttpResponseBase:
    """Every party that the person may see."""
    some_or_404(request, Party.Evidence.kind)
    rows: RecordedQuerySet = Party.objects.visible_to(actor_of(request)).annotate(count=Count("contracts"))
    if file := PARTIES.export(request, rows):
        return file
    return render(request, "contracts/parties.html", {"list": PARTIES.page(request, rows)})


def party(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The file of one party, and the form that changes it."""
    row: Party = visible_or_404(Party.objects.select_related("cell"), request, uid=uid)
    can = not row.erased and any(
        row.cell.path.startswith(path) for path in paths(grants_of(request), Party.Evidence.kind, "write")
    )
    form, refused = PartyForm(request.POST if can and request.method == "POST" else None, initial=_initial(row)), None
    if form.is_bound and form.is_valid():
        try:
            acts.change_party(actor_of(request), party=row, **form.cleaned_data)
        except Refused as error:
            refused = error
            row.refresh_from_db()
        else:
            toast(request, t("C’est fait.", "Done."))
            return see_other(request.path)
    contracts = with_stages(Contract.objects.visible_to(actor_of(request)).filter(party=row)).order_by("ref")
    owed = list(contracts.values_list("uid", flat=True)[:500])
    due = visible_duties(request).filter(closed_at=None, obj__in=owed).order_by("due_at")[:20]
    context = {
        "party": row,
        "contracts": [(one, standing(one)) for one in contracts[:100]],
        "duties": [(one, Text(one.title_fr, one.title_en)) for one in due],
        "elsewhere": named_elsewhere(request, "contracts", [*row.controls, *row.risks]),
        "can": can,
        "keeping": keeping_of(local_day(clock.now())) if row.erased else None,
        "history": story_of([row.uid]),
    }
    return form_page(request, "contracts/party.html", form, context, refused=refused)


def _initial(row: Party) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in ("registration", "address", "email", "critical")}
    return {**found, "controls": " ".join(row.controls), "risks": " ".join(row.risks)}
