"""Acts on the company and its bylaws."""

from __future__ import annotations

from datetime import date
from typing import Any

from opposable.kernel.accounts import cell
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.law import NoRuleOnFile, Refused, Rule, t
from opposable.systems.assembly.models import Bylaw, Company
from opposable.systems.assembly.rules.bylaws import check_clause
from opposable.systems.assembly.rules.register import concerned
from opposable.systems.assembly.rules.words import said


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
    formed_on: date | None = None,
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
        formed_on=formed_on,
    )
    a.record(company)
    return company


@act("assembly.company.change", label=t("Modifier la fiche d’une société", "Change a company’s record"))
def change_company(
    a: Acting,
    *,
    company: Company,
    name: str = "",
    address: str = "",
    capital_cents: int | None = None,
    shares: int | None = None,
    formed_on: date | None = None,
    double_keying: bool | None = None,
) -> Company:
    """Name, seat, capital, number of shares, day of formation, whether paper forms are keyed twice. What is not given stays.

    The number of shares is the base of the quorum: refused while a meeting is being voted.
    """
    a.require("write", company)
    if shares is not None and shares != company.shares:
        _require_no_vote(company)
        company.shares = shares
    company.name, company.address = name or company.name, address or company.address
    company.capital_cents = company.capital_cents if capital_cents is None else capital_cents
    company.formed_on = formed_on or company.formed_on
    company.double_keying = company.double_keying if double_keying is None else double_keying
    a.record(company)
    return company


def _require_no_vote(company: Company) -> None:
    running = company.meetings.filter(status__in=("open", "closed", "in-session")).first()
    if running is None:
        return
    raise Refused(
        said(
            company.form,
            t(
                "Une assemblée est en cours de vote : le nombre d’actions est la base de son quorum.",
                "A meeting is being voted: the number of shares is the base of its quorum.",
            ),
        ),
        None,
        "company.voting",
        facts={"meeting": running.uid},
        lawful=t("Attendez que la séance soit levée.", "Wait until the session is closed."),
    )


@act("assembly.bylaw.adopt", label=t("Porter une clause statutaire", "Enter a bylaw"))
def adopt_bylaw(
    a: Acting, *, company: Company, rule_id: str, since: date, param: dict[str, Any], article: str, text: str
) -> Bylaw:
    """A clause of the bylaws on a rule, from ``since``. A clause on the same rule that is still running ends that day.

    Refused, with the rule: ``override`` when it does not let bylaws say this, ``bylaw.form`` when it is of another form of
    company, ``bylaw.no-rule`` when it is not on file, ``majority.clause`` for a majority that may not be set.
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
    a.cite(_laid(a, clause))
    a.record(clause)
    return clause


def _laid(a: Acting, clause: Bylaw) -> Rule:
    """The rule under the clause, or the refusal that says which rule does not bear it."""
    company = clause.company.facts()
    try:
        bare = a.law(clause.rule_id, clause.since)
    except NoRuleOnFile as unknown:
        raise Refused(unknown.text, None, "bylaw.no-rule", facts={"rule": clause.rule_id}) from unknown
    if not concerned(company, bare):
        raise Refused(
            t(
                "Cette règle n’est pas de cette forme de société ({form}) : ses statuts n’ont rien à en dire.",
                "This rule is not of this form of company ({form}): its bylaws have nothing to say of it.",
            ).format(form=company.form.upper()),
            bare,
            "bylaw.form",
            facts={"form": company.form},
        )
    return check_clause(bare, clause.layer(), company)
