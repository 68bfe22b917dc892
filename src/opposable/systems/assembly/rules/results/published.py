"""What listed companies publish, and what another date's law would have made of the same ballots."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from opposable.law import Decision, Rule, Step, Text, Trace, day_text, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Percent, number, percent
from opposable.systems.assembly.rules.quorum import Quorum
from opposable.systems.assembly.rules.register import Company, Statutes
from opposable.systems.assembly.rules.results.majority import Figures, Result, declare


@dataclass(frozen=True, slots=True)
class Publication:
    """«Résultat des votes publié» of one resolution (R. 22-10-30, 3°), beside the result of L. 225-96 and L. 225-98.

    ``unfavourable`` includes the abstentions when the rule says so («y compris les abstentions»), and its percentages are
    then out of for + unfavourable; the result's own percentages are out of the votes cast. The two differ by law, not
    by mistake: `rule` is what the publication rests on.
    """

    position: int
    cast: int
    shares: int
    capital: Percent | None
    for_: int
    percent_for: Percent | None
    unfavourable: int
    percent_unfavourable: Percent | None
    abstentions: int
    percent_abstentions: Percent | None
    rule: Rule

    def as_data(self) -> dict[str, Any]:
        """Return the figures as whole numbers and decimal text."""
        percents = ("capital", "percent_for", "percent_unfavourable", "percent_abstentions")
        numbers = ("position", "cast", "shares", "unfavourable", "abstentions")
        return {
            **{name: getattr(self, name) for name in numbers},
            **{name: value.text if (value := getattr(self, name)) else None for name in percents},
            "for": self.for_,
            "rounding": "half-up",
            "rule": self.rule.pin(),
        }


def publish(
    law: Statutes,
    day: date,
    company: Company,
    resolution: Resolution,
    figures: Figures,
    *,
    decimals: int = 3,
) -> Decision[Publication]:
    """Return the figures to publish within fifteen days for a resolution, by the law of the meeting's ``day``.

    ``shares`` are those whose votes were cast, and their share of the capital (treasury shares included in it). Blank and
    null votes and votes not cast are abstentions in no text: they are in none of these figures.
    """
    rule = company.rule(law, "assembly.results.abstentions-published", day)
    count = figures.all
    abstentions = count.abstain + figures.forms.silent
    joined = rule.word("abstentions") == "with-against"
    unfavourable = count.against + (abstentions if joined else 0)
    whole = count.for_ + unfavourable
    value = Publication(
        position=resolution.position,
        cast=count.cast,
        shares=count.shares,
        capital=percent(count.shares, company.shares, decimals),
        for_=count.for_,
        percent_for=percent(count.for_, whole, decimals),
        unfavourable=unfavourable,
        percent_unfavourable=percent(unfavourable, whole, decimals),
        abstentions=abstentions,
        percent_abstentions=percent(abstentions, count.cast + abstentions, decimals),
        rule=rule,
    )
    how = PUBLISHED["with-against" if joined else "apart"]
    step = Step(t("Abstentions publiées", "Abstentions as published"), how, str(abstentions))
    return Decision(value, rule, {"day": day, "resolution": resolution.position}, Trace((step,)))


PUBLISHED = {
    "with-against": t("avec les voix défavorables", "with the votes against"),
    "apart": t("à part, en nombre et en pourcentage", "apart, in number and percentage"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same ballots under two dates' laws; ``why`` says in words what changed, or that nothing did."""

    declared: Result
    simulated: Result
    why: Text

    @property
    def differs(self) -> bool:
        """Tell whether the other law turns the result."""
        return self.declared.adopted != self.simulated.adopted


def simulate(
    law: Statutes,
    day: date,
    company: Company,
    resolution: Resolution,
    figures: Figures,
    *,
    other: date,
    quorum: Quorum | None = None,
    every: int | None = None,
) -> Decision[Comparison]:
    """Count the ballots of a meeting held on ``day`` as the law of ``other`` would, and say what it changes.

    The quorum is taken as it was; only the count, the base and the majority follow the other day's law.
    """
    declared = declare(law, day, company, resolution, figures, quorum=quorum, every=every)
    simulated = declare(law, other, company, resolution, figures, quorum=quorum, every=every)
    why = _compare(declared.value, simulated.value, day, other)
    facts = {"day": day, "other": other, "adopted": declared.value.adopted, "would_be": simulated.value.adopted}
    return Decision(Comparison(declared.value, simulated.value, why), simulated.rule, facts, simulated.trace)


def _compare(declared: Result, simulated: Result, day: date, other: date) -> Text:
    if (declared.base, declared.against) == (simulated.base, simulated.against):
        return t("Les deux lois comptent ces voix de la même façon.", "Both laws count these votes the same way.")
    base = t(
        "Au {day}, la majorité se compte sur {base} voix ; au {other}, sur {other_base}",
        "On {day} the majority is counted on {base} votes; on {other}, on {other_base}",
    ).format(day=day_text(day), base=number(declared.base), other=day_text(other), other_base=number(simulated.base))
    verdict = t(
        " : il faut {least} voix pour adopter, puis {other_least} ; la résolution en a {for_}.",
        ": {least} votes adopt, then {other_least}; the resolution has {for_}.",
    ).format(least=number(declared.least), other_least=number(simulated.least), for_=number(declared.for_))
    return base + verdict
