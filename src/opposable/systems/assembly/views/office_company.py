"""The company: its facts, and its bylaws as dated clauses laid over the law."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.accounts import root
from opposable.kernel.system import law
from opposable.law import Rule, local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Bylaw, Company, Holder, Meeting, RegisterImport
from opposable.systems.assembly.rules.register import concerned
from opposable.systems.assembly.views.office import company_url
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    company_or_404,
    form_answer,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_fields import choices, day_field, whole_field
from opposable.systems.assembly.views.office_record import last_act
from opposable.systems.assembly.views.office_words import COMPANY_FORMS, PARAM_VALUES, PARAM_WORDS
from opposable.web.forms import toast
from opposable.web.language import current, say
from opposable.web.why import value_text


def value_words(value: object) -> str:
    """A value of a rule for people; a pair of whole numbers is a fraction."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(type(item) is int for item in value):
        return f"{value[0]}/{value[1]}" if value[0] else say(t("aucun", "none"))
    if isinstance(value, list | tuple):
        return ", ".join(value_words(item) for item in value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, str):
        return say(PARAM_VALUES.get(value, value)) or "–"
    return value_text(value, current())


@dataclass(frozen=True)
class Change:
    """One value of a rule: what it is called, what the law says, what the bylaws say of it."""

    name: str
    label: Any
    by_law: Any
    by_clause: Any = None

    @property
    def law_words(self) -> str:
        return value_words(self.by_law)

    @property
    def clause_words(self) -> str:
        return value_words(self.by_clause)


@dataclass(frozen=True)
class Clause:
    """A bylaw beside the rule that it speaks of."""

    row: Bylaw
    rule: Rule | None
    changes: tuple[Change, ...]
    running: bool
    to_come: bool


@dataclass(frozen=True)
class Opening:
    """A rule that lets bylaws speak, and the clauses that did or do, the newest first."""

    rule: Rule
    changes: tuple[Change, ...]
    clauses: tuple[Clause, ...]

    @property
    def now(self) -> Clause | None:
        return next((clause for clause in self.clauses if clause.running), None)

    @property
    def others(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if not clause.running)


def open_names(rule: Rule) -> tuple[str, ...]:
    """The values of a rule that bylaws may set, and that have words for people."""
    names = rule.stricter if rule.override == "stricter" else rule.law_param if rule.override == "free" else ()
    return tuple(name for name in names if name in PARAM_WORDS)


def open_rules(company: Company, day: date) -> list[Rule]:
    """The rules of a day that let the bylaws of this company speak."""
    rules = (law().find(rule_id, day) for rule_id in law().ids() if rule_id.startswith("assembly."))
    facts = company.facts()
    return [rule for rule in rules if rule and not rule.silent and open_names(rule) and concerned(facts, rule)]


def _clause(row: Bylaw, day: date) -> Clause:
    rule = law().find(row.rule_id, row.since)
    known: Mapping[str, Any] = rule.law_param if rule else {}
    made = row.layer().param
    changes = tuple(
        Change(name, PARAM_WORDS.get(name, t(name, name)), known.get(name), item) for name, item in made.items()
    )
    running = row.since <= day and (row.until is None or day < row.until)
    return Clause(row, rule, changes, running, row.since > day)


def openings(company: Company, rows: list[Bylaw], day: date) -> list[Opening]:
    """What the bylaws say or may say, rule by rule: those that already have a clause come first."""
    found: dict[str, list[Clause]] = {}
    for row in sorted(rows, key=lambda row: row.since, reverse=True):
        found.setdefault(row.rule_id, []).append(_clause(row, day))
    rules = {rule.id: rule for rule in open_rules(company, day)}
    rules |= {name: rule for name in found if name not in rules and (rule := law().find(name, day))}
    made = [
        Opening(
            rule,
            tuple(Change(name, PARAM_WORDS[name], rule.law_param[name]) for name in open_names(rule)),
            tuple(found.get(name, ())),
        )
        for name, rule in rules.items()
    ]
    return sorted(made, key=lambda item: not item.clauses)


def company(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The company's page. Bylaws are shown to who may read them."""
    row = company_or_404(request, slug)
    day = local_day(clock.now(), row.zone)
    may_read = can(request, "read", Bylaw.Evidence.kind, row.cell)
    rows = list(row.bylaws.order_by("since", "pk")) if may_read else []
    context = {
        "company": row,
        "form_words": COMPANY_FORMS[row.form],
        "sealed": last_act(row),
        "may_read_bylaws": may_read,
        "openings": openings(row, rows, day) if may_read else [],
        "day": day,
        "may_write": can(request, "write", Company.Evidence.kind, row.cell),
        "may_draft": can(request, "write", Meeting.Evidence.kind, row.cell),
        "meetings": list(row.meetings.select_related("company").order_by("-at")[:5]),
        "tabs": company_tabs(request, row),
        "tab": "company",
    }
    return TemplateResponse(request, "assembly/office/company.html", context)


def company_tabs(request: HttpRequest, row: Company) -> list[tuple[str, Any, str]]:
    """The pages of a company that the person may read."""
    pages = (
        ("company", t("Société et statuts", "Company and bylaws"), Company.Evidence.kind),
        ("holders", t("Registre", "Register"), Holder.Evidence.kind),
        ("imports", t("Imports", "Imports"), RegisterImport.Evidence.kind),
    )
    return [
        (name, label, company_url(name, row)) for name, label, kind in pages if can(request, "read", kind, row.cell)
    ]


# ---- entering a company ----------------------------------------------------------------------------------------------


class CompanyForm(forms.Form):
    """A company to enter."""

    name = forms.CharField(label=words("Dénomination", "Name"), max_length=160)
    siren = forms.CharField(
        label=words("SIREN", "SIREN"), help_text=words("neuf chiffres", "nine digits"), max_length=20
    )
    form = forms.ChoiceField(
        label=words("Forme", "Form"), choices=choices((key, label.capital()) for key, label in COMPANY_FORMS.items())
    )
    listed = forms.BooleanField(
        label=words("Actions cotées sur un marché réglementé", "Shares on a regulated market"), required=False
    )
    capital = forms.DecimalField(
        label=words("Capital, en euros", "Capital, in euros"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        localize=False,
    )
    shares = whole_field(words("Nombre d’actions ou de parts", "Number of shares"), least=1)
    formed_on = day_field(
        words("Constituée le", "Formed on"),
        words(
            "utile à une SARL : la majorité qui modifie ses statuts en dépend (art. L. 223-30)",
            "of use to an SARL: the majority that amends its bylaws depends on it (art. L. 223-30)",
        ),
        required=False,
    )
    address = forms.CharField(label=words("Siège", "Seat"), max_length=300)
    double_keying = forms.BooleanField(
        label=words("Double saisie des formulaires papier", "Paper forms are keyed twice"),
        help_text=words(
            "un formulaire compte quand une seconde personne l’a saisi à l’identique",
            "a form counts once a second person has keyed it alike",
        ),
        required=False,
    )

    def clean_siren(self) -> str:
        """Nine digits whose Luhn sum is a multiple of ten."""
        digits = re.sub(r"\s", "", self.cleaned_data["siren"])
        if not re.fullmatch(r"[0-9]{9}", digits):
            raise forms.ValidationError(words("Neuf chiffres sont attendus.", "Nine digits are expected."))
        doubled = (int(digit) * (2 if n % 2 else 1) for n, digit in enumerate(reversed(digits)))
        if sum(sum(divmod(item, 10)) for item in doubled) % 10:
            raise forms.ValidationError(
                words("La clé de ce SIREN est fausse.", "The check digit of this SIREN is wrong.")
            )
        return digits


def new_company(request: HttpRequest) -> HttpResponseBase:
    """Enter a company: offered to who may write companies at the top of the tree."""
    require(request, "write", Company.Evidence.kind, root())
    form = CompanyForm(request.POST if request.method == "POST" else None)
    del form.fields["double_keying"]
    refused = None
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        receipt, refused = attempt(
            request,
            lambda actor: acts.create_company(
                actor,
                name=found["name"],
                slug=slug_of(found["name"], found["siren"]),
                siren=found["siren"],
                form=found["form"],
                listed=found["listed"],
                capital_cents=int(found["capital"] * 100),
                shares=found["shares"],
                address=found["address"],
                formed_on=found["formed_on"],
            ),
        )
        if refused is None:
            toast(request, t("La société est inscrite.", "The company is entered."))
            return see_other(company_url("company", receipt.result))
    return form_answer(request, "assembly/office/new_company.html", {}, form, refused)


def edit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Change the record of a company: name, seat, capital, shares, day of formation. Form and market stay."""
    row = company_or_404(request, slug)
    require(request, "write", Company.Evidence.kind, row.cell)
    shown = {
        "name": row.name,
        "address": row.address,
        "capital": f"{row.capital_cents // 100}.{row.capital_cents % 100:02}",
        "shares": row.shares,
        "formed_on": row.formed_on,
        "double_keying": row.double_keying,
    }
    form = CompanyForm(request.POST if request.method == "POST" else None, initial=shown)
    for name in ("siren", "form", "listed"):
        del form.fields[name]
    refused = None
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        _, refused = attempt(
            request,
            lambda actor: acts.change_company(
                actor,
                company=row,
                name=found["name"],
                address=found["address"],
                capital_cents=int(found["capital"] * 100),
                shares=found["shares"],
                formed_on=found["formed_on"],
                double_keying=found["double_keying"],
            ),
        )
        if refused is None:
            toast(request, t("La fiche est modifiée.", "The record is changed."))
            return see_other(company_url("company", row))
        row.refresh_from_db()
    context = {"company": row, "tabs": company_tabs(request, row), "tab": "company"}
    return form_answer(request, "assembly/office/edit_company.html", context, form, refused)


def slug_of(name: str, siren: str) -> str:
    """A short address from a name; the SIREN when nothing of it can be written in ASCII."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or siren
