"""Whether those who are there are enough: the fraction of the body, its call and its day, against the base."""

from dataclasses import dataclass
from datetime import date

from opposable.law import Decision, NoRuleOnFile, OverrideRefused, Rule, Step, Text, Trace, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Fraction, Percent, number, percent
from opposable.systems.assembly.rules.quorum.presence import Presence
from opposable.systems.assembly.rules.register import Body, Company, CompanyForm, FormRules, Statutes
from opposable.systems.assembly.rules.words import said

RULES: FormRules = {
    "sa": {
        "ordinary": "assembly.quorum.ordinary",
        "extraordinary": "assembly.quorum.extraordinary",
        "special": "assembly.quorum.special",
    },
    "sas": {
        "ordinary": "assembly.sas.quorum.ordinary",
        "extraordinary": "assembly.sas.quorum.extraordinary",
        "special": "assembly.sas.quorum.special",
    },
    "sarl": {"ordinary": "assembly.sarl.quorum.ordinary", "extraordinary": "assembly.sarl.quorum.extraordinary"},
}
IDS = frozenset(rule_id for rules in RULES.values() for rule_id in rules.values())


@dataclass(frozen=True, slots=True)
class Quorum:
    """«Quorum» of one body at one instant: ``least`` shares are needed out of ``base``; no fraction: none is required."""

    body: Body
    call: int
    base: int
    presence: Presence
    fraction: Fraction | None
    reached: bool

    @property
    def least(self) -> int:
        """The smallest number of shares that reaches it."""
        return self.fraction.least(self.base) if self.fraction else 0

    @property
    def percent(self) -> Percent | None:
        """The share of the base that is there, to three decimals."""
        return percent(self.presence.shares, self.base, 3)


def quorum(
    law: Statutes, day: date, company: Company, body: Body, *, call: int, base: int, presence: Presence
) -> Decision[Quorum]:
    """Decide whether a body may validly decide; ``base`` is every share with the right to vote on the resolution.

    L. 225-98 (ordinary), L. 225-96 (extraordinary), L. 225-99 (special), each by its call; bylaws may ask for more. In an
    SAS the bylaws decide (L. 227-9); in an SARL only an amendment of the bylaws has a quorum (L. 223-30).
    A base of nothing never reaches a required quorum.
    """
    rule = company.own_rule(law, RULES, body, day)
    old = rule.param.get("regime") == "2005" and not company.under_2005(law, day)
    fraction = None if old else fraction_of(rule, company, call)
    reached = fraction is None or fraction.met(presence.shares, base)
    value = Quorum(body, call, base, presence, fraction, reached)
    facts = {"body": body, "call": call, "base": base, "shares": presence.shares}
    return Decision(value, rule, facts, Trace((*_counted(value, company.form), _compared(value, company.form))))


def excluded_of(law: Statutes, day: date, company: Company, resolution: Resolution) -> frozenset[str]:
    """Return the interested holders whose shares leave the quorum of a resolution: today none, they leave the vote only.

    assembly.base.interested (L. 225-40): ``from_quorum`` says which. In an SARL they leave the quorum too (L. 223-19); in an
    SAS the law says nothing of it.
    """
    if company.form == "sas":
        return frozenset()
    try:
        rule = company.rule(law, "assembly.base.interested", day)
    except NoRuleOnFile:
        return frozenset()
    return resolution.excluded if rule.flag("from_quorum") else frozenset()


def fraction_of(rule: Rule, company: Company, call: int) -> Fraction | None:
    """Return the fraction a call needs, or None when the law requires none (ordinary meeting, second call).

    OverrideRefused when bylaws lower it, or raise it in a company that may not (``raise`` in the row).
    """
    name = "first" if call == 1 else "second"
    num, den = rule.words(name)
    old, per = rule.law_param[name]
    if (num * per, den) != (old * den, den):
        _check_raised(rule, company, higher=num * per > old * den)
    return Fraction(num, den) if num else None


def _check_raised(rule: Rule, company: Company, *, higher: bool) -> None:
    may = {"none": False, "unlisted": not company.listed, "no-public-offering": not company.listed, "free": True}
    if (higher or rule.word("raise") == "free") and may[rule.word("raise")]:
        return
    raise OverrideRefused(
        t(
            "Règle {id} : les statuts de cette société ne peuvent pas {verb} ce quorum.",
            "Rule {id}: the bylaws of this company may not {verb} this quorum.",
        ).format(id=rule.id, verb=t("relever", "raise") if higher else t("abaisser", "lower")),
        rule.id,
    )


def _counted(value: Quorum, form: CompanyForm) -> tuple[Step, ...]:
    there = value.presence
    how = t(
        "présents {present}, représentés {represented}, à distance {remote}",
        "present {present}, represented {represented}, remote {remote}",
    ).format(present=number(there.present), represented=number(there.represented), remote=number(there.remote))
    return (
        Step(
            said(form, t("Actions ayant le droit de vote", "Shares with the right to vote")),
            t("base", "base"),
            str(value.base),
        ),
        Step(
            said(form, t("Actions présentes ou représentées", "Shares present or represented")), how, str(there.shares)
        ),
    )


def _compared(value: Quorum, form: CompanyForm) -> Step:
    what = t("Quorum, {call}", "Quorum, {call}").format(call=_call(value.call))
    if value.fraction is None:
        return Step(what, t("aucun quorum requis", "no quorum required"), "")
    how = said(
        form,
        t("au moins {fraction} de la base, soit {least} actions", "at least {fraction} of the base, {least} shares"),
    )
    return Step(
        what,
        how.format(fraction=value.fraction, least=number(value.least)),
        value.fraction.comparison(value.presence.shares, value.base),
    )


def _call(call: int) -> Text:
    return t("première convocation", "first call") if call == 1 else t("deuxième convocation", "second call")
