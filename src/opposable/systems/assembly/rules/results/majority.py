"""«Résultat» of a resolution: the count, the base that the law of the day wants, the threshold, and why.

2007 to 2019: majority of the votes *held* by those present or represented, and an unmarked or abstaining form is a vote
against. Today: majority of the votes *cast*; abstentions, blank and null votes are in no base. The two laws live in
the rows of assembly.majority.* and assembly.form.abstention; the arithmetic here is the same for both.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from opposable.law import Decision, NoRuleOnFile, Rule, Step, Text, Trace, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Fraction, Percent, number, percent
from opposable.systems.assembly.rules.quorum import Quorum
from opposable.systems.assembly.rules.register import Body, Company, Statutes
from opposable.systems.assembly.rules.results.count import Count

Why = Literal["adopted", "majority", "tie", "no-vote-cast", "no-quorum"]
RULES: dict[Body, str] = {
    "ordinary": "assembly.majority.ordinary",
    "extraordinary": "assembly.majority.extraordinary",
    "special": "assembly.majority.special",
}
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
    base_kind: Literal["cast", "held"]
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
) -> Decision[Result]:
    """Declare the result of a resolution under the law of ``day`` (see `counting_day`).

    ``quorum`` is the quorum at the instant of the vote; without it, only the majority is decided.
    """
    rule = company.own_rule(law, RULES[resolution.body], day)
    abstention = company.rule(law, "assembly.form.abstention", day)
    counted = _counted(figures, against=abstention.word("counts") == "against")
    held, kind = counted.held, rule.word("base")
    base = held if kind == "held" else counted.cast
    num, den = rule.words("share")
    fraction = Fraction(num, den, strict=rule.flag("strict"))
    why = _why(fraction, counted, base, quorum)
    result = Result(
        resolution.position, resolution.body, why == "adopted", why,
        counted.for_, counted.against, counted.abstain, counted.blank, counted.silent, counted.excluded,
        base, "held" if kind == "held" else "cast", fraction.least(base), fraction, rule, abstention, quorum,
    )  # fmt: skip
    facts = {"day": day, "resolution": resolution.position, "for": counted.for_, "base": base, "why": why}
    return Decision(result, rule, facts, Trace((*_steps(figures, result), *_quorum_steps(quorum), _verdict(result))))


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
            ABSTENTIONS[result.abstention_rule.word("counts")],
            "",
        ),
        Step(t("Base de la majorité", "Base of the majority"), BASES[result.base_kind], str(result.base)),
    )


ABSTENTIONS = {
    "against": t("comptées comme des votes contre", "counted as votes against"),
    "not-cast": t("pas des votes exprimés", "not votes cast"),
}
BASES = {
    "held": t("voix dont disposent les présents et représentés", "votes held by those present and represented"),
    "cast": t("voix exprimées, pour et contre", "votes cast, for and against"),
}


def _quorum_steps(quorum: Quorum | None) -> tuple[Step, ...]:
    if quorum is None:
        return ()
    how = t("actions présentes ou représentées sur la base", "shares present or represented, out of the base")
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
