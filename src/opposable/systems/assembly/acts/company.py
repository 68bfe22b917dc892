"""Acts on the company and its bylaws."""

from __future__ import annotations

from datetime import date
from typing import Any

from opposable.kernel.accounts import cell
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.law import Refused, t
from opposable.systems.assembly.models import Bylaw, Company


@act("assembly.company.create", label=t("Inscrire une société", "Enter a company"))
def create_company(
    a: Acting,
    *,
    name: str,
    slug: str,
    siren: str,
    form: str,
    listed: bool,
    capital_cents: int,
    shares: int,
    address: str,
    zone: str = "Europe/Paris",
) -> Company:
    """«Société». Its compartment is ``/companies/<slug>/``: rights on it hold for all its meetings."""
    a.require("write", kind="assembly.company", cell=Cell.objects.filter(path="/").first())
    if Company.objects.filter(slug=slug).exists():
        raise Refused(
            t("Une société a déjà cet identifiant : {slug}.", "A company already has this identifier: {slug}.").format(
                slug=slug
            ),
            None,
            "company.exists",
        )
    company = Company(
        cell=cell(f"/companies/{slug}/", name),
        name=name,
        slug=slug,
        siren=siren,
        form=form,
        listed=listed,
        capital_cents=capital_cents,
        shares=shares,
        address=address,
        zone=zone,
    )
    a.record(company)
    return company


@act("assembly.bylaw.adopt", label=t("Porter une clause statutaire", "Enter a bylaw"))
def adopt_bylaw(
    a: Acting, *, company: Company, rule_id: str, since: date, param: dict[str, Any], article: str, text: str
) -> Bylaw:
    """A clause of the bylaws on a rule, from ``since``. Refused (`OverrideRefused`) when the rule does not let bylaws say it.

    A clause on the same rule that is still running ends that day.
    """
    a.require("write", company)
    clause = Bylaw(
        cell=company.cell, company=company, rule_id=rule_id, since=since, param=param, article=article, text=text
    )
    for running in company.bylaws.filter(rule_id=rule_id, until=None):
        if running.since >= since:
            raise Refused(
                t(
                    "Une clause plus récente porte déjà sur cette règle : {article}.",
                    "A later clause already speaks of this rule: {article}.",
                ).format(article=running.article),
                None,
                "bylaw.superseded",
            )
        running.until = since
        a.record(running)
    rule = a.law(rule_id, since, (clause.layer(),))
    a.cite(rule)
    a.record(clause)
    return clause
