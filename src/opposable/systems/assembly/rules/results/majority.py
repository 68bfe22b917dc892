"""«Résultat» of a resolution: the count, the base that the law of the day wants, the threshold, and why.

2007 to 2019: majority of the votes *held* by those present or represented, and an unmarked or abstaining form is a vote
against. Today: majority of the votes *cast*; abstentions, blank and null votes are in no base. The two laws live in
the rows of assembly.majority.* and assembly.form.abstention; the arithmetic here is the same for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from opposable.law import Decision, NoRuleOnFile, Refused, Rule, Step, Text, Trace, join, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Fraction, Percent, number, percent
from opposable.systems.assembly.rules.quorum import Quorum
from opposable.systems.assembly.rules.register import Body, Company, CompanyForm, FormRules, Statutes
from opposable.systems.assembly.rules.results.count import Count
from opposable.systems.assembly.rules.words import said

Why = Literal["adopted", "majority", "tie", "no-vote-cast", "no-quorum"]
RULES: FormRules = {
    "sa": {
        "ordinary": "assembly.majority.ordinary",
        "extraordinary": "assembly.majority.extraordinary",
        "special": "assembly.majority.special",
    },
    "sas": {
        "ordinary": "assembly.sas.majority.ordinary",
        "extraordinary": "assembly.sas.majority.extraordinary",
        "special": "assembly.sas.majority.special",
        "profits": "assembly.sas.majority.ordinary",
        "unanimous": "assembly.sas.majority.unanimous",
    },
    "sarl": {
        "ordinary": "assembly.sarl.majority.ordinary",
        "extraordinary": "assembly.sarl.majority.extraordinary",
        "profits": "assembly.sarl.majority.ordinary",
        "seat": "assembly.sarl.majority.seat",
        "reserves": "assembly.sarl.majority.reserves",
        "nationality": "assembly.sarl.majority.nationality",
    },
}
"""By body, and by the matters for which the law has a majority, or voters, of its own (`Resolution.matter`)."""
MATTERS: Mapping[CompanyForm, tuple[str, ...]] = {
    "sa": (),
    "sas": ("profits", "unanimous"),
    "sarl": ("profits", "seat", "reserves", "nationality"),
}
BaseKind = Literal["cast", "held", "all"]
REASONS: dict[Why, Text] = {
    "adopted": t("la majorité requise est atteinte", "the required majority is reached"),
    "majority": t("la majorité requise n’est pas atteinte", "the required majority is not reached"),
    "tie": t("partage des voix : la résolution est rejetée", "a tie: the resolution is rejected"),
    "no-vote-cast": t("aucune voix exprimée : la résolution est rejetée", "no vote cast: the resolution is rejected"),
    "no-quorum": t(
        "quorum perdu ou non atteint : l’assemblée ne peut pas délibérer",
        "quorum lost or not reached: the meeting may not decide",
    ),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """«Voix» of one resolution: what the forms say and what the room says, kept apart because the law once did."""

    forms: Count
    session: Count

    @property
    def all(self) -> Count:
        """Both together."""
        return self.forms + self.session


@dataclass(frozen=True, slots=True)
class Result:
    """«Résultat» as the law of the day counts it.

    ``for_ + against + abstain + blank + silent`` is every vote held by those who took part; ``base`` is what the
    majority is counted on; ``least`` the fewest votes for that adopt.
    """

    position: int
    body: Body
    adopted: bool
    why: Why
    for_: int
    against: int
    abstain: int
    blank: int
    silent: int
    excluded: int
    base: int
    base_kind: BaseKind
    least: int
    fraction: Fraction
    rule: Rule
    abstention_rule: Rule
    quorum: Quorum | None

    @property
    def percent_for(self) -> Percent | None:
        """Votes for, as a share of the base, to three decimals."""
        return percent(self.for_, self.base, 3)

    @property
    def percent_against(self) -> Percent | None:
        """Votes against, as a share of the base, to three decimals."""
        return percent(self.against, self.base, 3)

    def as_data(self) -> dict[str, Any]:
        """Return the figures for an act: whole numbers, decimal text, and the pins of the two rules."""
        return {
            "position": self.position,
            "body": self.body,
            "adopted": self.adopted,
            "why": self.why,
            **{name: getattr(self, name) for name in ("against", "abstain", "blank", "silent", "excluded", "base")},
            "for": self.for_,
            "base_kind": self.base_kind,
            "least": self.least,
            "fraction": str(self.fraction),
            "strict": self.fraction.strict,
            "percent_for": _text(self.percent_for),
            "percent_against": _text(self.percent_against),
            "rounding": "half-up",
            "rule": self.rule.pin(),
            "abstention_rule": self.abstention_rule.pin(),
            "quorum": _quorum_data(self.quorum),
        }


def counting_day(law: Statutes, day: date, company: Company) -> date:
    """Return the day whose law counts the votes: the meeting's, or the last of the old law during the 2019 transition.

    Loi n° 2019-744, art. 16, II: the new count starts with the meeting on the first fiscal year closed after 19 July 2019.
    """
    if company.new_count_from is None or day >= company.new_count_from:
        return day
    try:
        transition = company.rule(law, "assembly.transition.2019", day)
    except NoRuleOnFile:
        return day
    return transition.since - timedelta(days=1)


def declare(
    law: Statutes,
    day: date,
    company: Company,
    resolution: Resolution,
    figures: Figures,
    *,
    quorum: Quorum | None = None,
    every: int | None = None,
) -> Decision[Result]:
    """Declare the result of a resolution under the law of ``day`` (see `counting_day`).

    ``quorum`` is the quorum at the instant of the vote; without it, only the majority is decided, as on a first call.
    ``every`` are all the votes of the company, for a majority that is counted on them (SARL; SAS whose bylaws say so).
    Refused: ``no-rule`` (no rule for this form of company), ``majority.unsaid`` (bylaws of an SAS that set none).
    """
    rule = company.own_rule(law, RULES, resolution.matter or resolution.body, day)
    fraction, kind = threshold_of(law, day, company, rule, call=quorum.call if quorum else 1)
    abstention, turned = _abstention(law, day, company, rule)
    counted = _counted(figures, against=turned)
    base = {"held": counted.held, "cast": counted.cast, "all": every or 0}[kind]
    why = _why(fraction, counted, base, quorum)
    result = Result(
        resolution.position, resolution.body, why == "adopted", why,
        counted.for_, counted.against, counted.abstain, counted.blank, counted.silent, counted.excluded,
        base, kind, fraction.least(base), fraction, rule, abstention, quorum,
    )  # fmt: skip
    facts = {"day": day, "resolution": resolution.position, "for": counted.for_, "base": base, "why": why}
    return Decision(
        result, rule, facts, Trace((*_steps(figures, result), *_quorum_steps(quorum, company.form), _verdict(result)))
    )


def threshold_of(law: Statutes, day: date, company: Company, rule: Rule, *, call: int) -> tuple[Fraction, BaseKind]:
    """Return the share that adopts and what it is counted on, by the call and, in an SARL, by the age of the company.

    Refused (code ``majority.unsaid``) for an SAS whose bylaws set no majority: the law sets none in their place (L. 227-9).
    """
    share, base = rule.words("share"), rule.word("base")
    if rule.param.get("regime") == "2005" and not company.under_2005(law, day):
        share, base = rule.words("old_share"), rule.word("old_base")
    if call == 2 and "second_base" in rule.param and rule.flag("second_consultation"):
        base = rule.word("second_base")
    if not share[0]:
        raise _unsaid(rule)
    num, den = share
    return Fraction(num, den, strict=rule.flag("strict")), _base_kind(base)


def check_majority(rule: Rule) -> None:
    """Refuse a majority that bylaws may not set: no fraction, above the whole, on an unknown base, or a lower one.

    The bylaws of an SARL may ask for more than two thirds to amend them, but not for unanimity (L. 223-30, 3rd par.).
    Refused code: ``majority.clause``.
    """
    (num, den), (old, per) = rule.words("share"), rule.law_param["share"]
    faults = (
        not 0 < num <= den or rule.word("base") not in BASES,
        bool(old) and num * per < old * den,
        bool(old) and num == den and (num, den) != (old, per),
    )
    if not any(faults):
        return
    raise Refused(
        t(
            "Les statuts ne peuvent pas fixer cette majorité : {share} sur « {base} ».",
            "The bylaws may not set this majority: {share} of “{base}”.",
        ).format(share=f"{num}/{den}", base=rule.word("base")),
        rule,
        "majority.clause",
        facts={"share": [num, den], "law": [old, per], "base": rule.word("base")},
        lawful=_lawful_majority(old, per),
    )


def _lawful_majority(old: int, per: int) -> Text:
    if not old:
        return t(
            "Donnez une fraction, 1/1 au plus, et sa base : cast (voix exprimées), held (voix présentes), all (toutes).",
            "Give a fraction, 1/1 at most, and its base: cast (votes cast), held (votes there), all (all votes).",
        )
    return t(
        "Donnez une fraction de {old} au moins, sans aller jusqu’à l’unanimité.",
        "Give a fraction of at least {old}, short of unanimity.",
    ).format(old=f"{old}/{per}")


def _base_kind(word: str) -> BaseKind:
    return "held" if word == "held" else "all" if word == "all" else "cast"


def _unsaid(rule: Rule) -> Refused:
    return Refused(
        t(
            "Aucune règle au dossier : les statuts de cette SAS ne disent pas à quelle majorité se prend cette décision"
            " ({cite}).",
            "No rule on file: the bylaws of this SAS do not say by what majority this decision is taken ({cite}).",
        ).format(cite=join(rule.cite, t(" ; ", "; "))),
        rule,
        "majority.unsaid",
        facts={"rule": rule.id, "bylaws": [layer.article for layer in rule.layers]},
        lawful=t(
            "Portez au dossier la clause des statuts, avec sa fraction et sa base : « {label} ».",
            "Enter the clause of the bylaws, with its fraction and its base: “{label}”.",
        ).format(label=rule.label),
    )


def _abstention(law: Statutes, day: date, company: Company, majority: Rule) -> tuple[Rule, bool]:
    """The rule on abstentions of forms, and whether it turns them into votes against: a rule of the SA (L. 225-107).

    Elsewhere the majority's own base says what an abstention weighs.
    """
    if company.form != "sa":
        return majority, False
    rule = company.rule(law, "assembly.form.abstention", day)
    return rule, rule.word("counts") == "against"


def _counted(figures: Figures, *, against: bool) -> Count:
    """Return the count in which forms that abstain or say nothing are votes against, when the law of the day says so."""
    if not against:
        return figures.all
    forms = figures.forms
    turned = Count(
        forms.for_, forms.against + forms.abstain + forms.silent, 0, forms.blank, 0, forms.excluded, forms.shares
    )
    return turned + figures.session


def _why(fraction: Fraction, counted: Count, base: int, quorum: Quorum | None) -> Why:
    if quorum is not None and not quorum.reached:
        return "no-quorum"
    if not counted.cast:
        return "no-vote-cast"
    if fraction.met(counted.for_, base):
        return "adopted"
    tie = fraction.strict and counted.for_ * fraction.den == base * fraction.num
    return "tie" if tie else "majority"


def _steps(figures: Figures, result: Result) -> tuple[Step, ...]:
    forms, session = figures.forms, figures.session
    said = t(
        "formulaires : {ff} pour, {fa} contre, {fx} abstention, {fs} sans marque ; séance : {sf} pour, {sa} contre, {sx}"
        " abstention, {sb} blancs ou nuls, {ss} sans vote",
        "forms: {ff} for, {fa} against, {fx} abstain, {fs} unmarked; session: {sf} for, {sa} against, {sx} abstain,"
        " {sb} blank or null, {ss} not voting",
    ).format(
        ff=number(forms.for_), fa=number(forms.against), fx=number(forms.abstain), fs=number(forms.silent),
        sf=number(session.for_), sa=number(session.against), sx=number(session.abstain), sb=number(session.blank),
        ss=number(session.silent),
    )  # fmt: skip
    return (
        Step(t("Décompte", "Count"), said, str(figures.all.held)),
        Step(
            t("Abstentions des formulaires", "Abstentions on forms"),
            ABSTENTIONS[result.abstention_rule.param.get("counts", result.base_kind)],
            "",
        ),
        Step(t("Base de la majorité", "Base of the majority"), BASES[result.base_kind], str(result.base)),
    )


ABSTENTIONS = {
    "against": t("comptées comme des votes contre", "counted as votes against"),
    "not-cast": t("pas des votes exprimés", "not votes cast"),
    "cast": t("hors de la base", "out of the base"),
    "held": t("dans la base, ni pour ni contre", "in the base, neither for nor against"),
    "all": t("dans la base, ni pour ni contre", "in the base, neither for nor against"),
}
BASES = {
    "held": t("voix dont disposent les présents et représentés", "votes held by those present and represented"),
    "cast": t("voix exprimées, pour et contre", "votes cast, for and against"),
    "all": t("toutes les voix de la société", "all the votes of the company"),
}


def _quorum_steps(quorum: Quorum | None, form: CompanyForm) -> tuple[Step, ...]:
    if quorum is None:
        return ()
    how = said(
        form, t("actions présentes ou représentées sur la base", "shares present or represented, out of the base")
    )
    return (Step(t("Quorum au vote", "Quorum at the vote"), how, f"{quorum.presence.shares} / {quorum.base}"),)


def _verdict(result: Result) -> Step:
    wanted = t("plus de {f}", "more than {f}") if result.fraction.strict else t("au moins {f}", "at least {f}")
    how = t(
        "{wanted} de la base, soit {least} voix ; {why}", "{wanted} of the base, that is {least} votes; {why}"
    ).format(wanted=wanted.format(f=result.fraction), least=number(result.least), why=REASONS[result.why])
    what = t("Adoptée", "Adopted") if result.adopted else t("Rejetée", "Rejected")
    return Step(what, how, result.fraction.comparison(result.for_, result.base))


def _text(value: Percent | None) -> str | None:
    return value.text if value else None


def _quorum_data(quorum: Quorum | None) -> dict[str, Any] | None:
    if quorum is None:
        return None
    return {
        "call": quorum.call,
        "base": quorum.base,
        "shares": quorum.presence.shares,
        "present": quorum.presence.present,
        "represented": quorum.presence.represented,
        "remote": quorum.presence.remote,
        "fraction": str(quorum.fraction) if quorum.fraction else None,
        "least": quorum.least,
        "reached": quorum.reached,
        "percent": _text(quorum.percent),
    }
