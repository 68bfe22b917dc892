"""Acts on the scope, its method and its campaigns."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.law import local_day, t
from opposable.systems.isms.acts.common import LONGEST, choice, refuse, words
from opposable.systems.isms.models import Campaign, Method, Scope
from opposable.systems.isms.rules.method import read_method
from opposable.systems.isms.rules.referential import EDITIONS

NAME = t("nom", "name")


@act("isms.scope.create", label=t("Ouvrir un système de management", "Open a management system"))
def create_scope(
    a: Acting,
    *,
    slug: str,
    name: str,
    organisation: str,
    text: str,
    owner: str,
    edition: str = "iso27001-2022",
    excluded: str = "",
    started_on: date | None = None,
    issues: list[str] | None = None,
    parties: list[dict[str, str]] | None = None,
) -> Scope:
    """A scope in a compartment of its own. ``edition``: the one its statement follows."""
    a.require("write", kind=Scope.Evidence.kind, cell=root())
    choice(edition, EDITIONS, t("édition", "edition"))
    if not slug or not all(char.isascii() and (char.isalnum() or char == "-") for char in slug) or len(slug) > 40:
        raise refuse(
            "L’identifiant se compose de lettres, chiffres et tirets.",
            "The identifier is made of letters, digits and hyphens.",
            "scope.slug",
        )
    if Scope.objects.filter(slug=slug).exists():
        raise refuse("Cet identifiant est pris.", "This identifier is taken.", "scope.exists")
    cell, _ = Cell.objects.get_or_create(path=f"/isms-{slug}/", defaults={"label": name[:120]})
    scope = Scope(
        cell=cell,
        slug=slug,
        name=words(name, NAME, 160),
        organisation=words(organisation, t("organisation", "organisation"), 160),
        text=words(text, t("périmètre", "scope"), LONGEST),
        excluded=words(excluded, t("exclu", "excluded"), LONGEST, required=False),
        edition=edition,
        owner=words(owner, t("responsable", "owner"), 120),
        started_on=started_on or local_day(a.now),
        issues=[words(one, t("enjeu", "issue"), 500) for one in issues or []],
        parties=[
            {
                "name": words(one.get("name", ""), NAME, 160),
                "needs": words(one.get("needs", ""), t("attentes", "needs"), 500),
            }
            for one in parties or []
        ],
    )
    a.record(scope)
    return scope


@act("isms.scope.change", label=t("Modifier le périmètre", "Change the scope"))
def change_scope(
    a: Acting,
    *,
    scope: Scope,
    text: str,
    excluded: str,
    owner: str,
    issues: list[str],
    parties: list[dict[str, str]],
) -> Scope:
    """Scope, context and interested parties. The edition does not change: a new statement of another edition is drafted instead."""
    a.require("write", scope)
    scope.text = words(text, t("périmètre", "scope"), LONGEST)
    scope.excluded = words(excluded, t("exclu", "excluded"), LONGEST, required=False)
    scope.owner = words(owner, t("responsable", "owner"), 120)
    scope.issues = [words(one, t("enjeu", "issue"), 500) for one in issues]
    scope.parties = [
        {
            "name": words(one.get("name", ""), NAME, 160),
            "needs": words(one.get("needs", ""), t("attentes", "needs"), 500),
        }
        for one in parties
    ]
    a.record(scope)
    return scope


@act("isms.method.add", label=t("Fixer la méthode d’appréciation", "Set the method of assessment"))
def add_method(a: Acting, *, scope: Scope, name: str, data: dict[str, Any]) -> Method:
    """A new version of the method. What campaigns used stays as it was: nothing is ever converted."""
    a.require("write", scope, kind=Method.Evidence.kind)
    read_method(data)
    a.cite(a.law("isms.method", local_day(a.now)))
    last = scope.methods.aggregate(last=Max("version"))["last"] or 0
    method = Method(cell=scope.cell, scope=scope, version=last + 1, name=words(name, NAME, 120), data=data)
    a.record(method)
    return method


@act("isms.campaign.open", label=t("Ouvrir une campagne d’appréciation", "Open an assessment campaign"))
def open_campaign(a: Acting, *, method: Method, name: str) -> Campaign:
    """From now on the method never changes. One campaign at a time is open in a scope."""
    a.require("write", method.scope, kind=Campaign.Evidence.kind)
    if method.scope.campaigns.filter(closed_on=None).exists():
        raise refuse(
            "Une campagne est ouverte : fermez-la d’abord.", "A campaign is open: close it first.", "campaign.open"
        )
    campaign = Campaign(
        cell=method.cell, scope=method.scope, method=method, name=words(name, NAME, 120), opened_on=local_day(a.now)
    )
    a.record(campaign)
    return campaign


@act("isms.campaign.close", label=t("Fermer la campagne d’appréciation", "Close the assessment campaign"))
def close_campaign(a: Acting, *, campaign: Campaign) -> Campaign:
    """Its risks stay to be read and compared; they are not rated any more."""
    a.require("write", campaign)
    if campaign.closed_on:
        raise refuse("Cette campagne est fermée.", "This campaign is closed.", "campaign.closed")
    campaign.closed_on = local_day(a.now)
    a.record(campaign)
    return campaign
