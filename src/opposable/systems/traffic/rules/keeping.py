"""«Conservation»: whether data of a category are kept, how long, from which event; and until which day those of a day live.

A record of a day is kept under the wording in force on that day; under an injunction, under the injunction of that day:
its end takes nothing from the data already collected (L. 34-1, III, al. 2).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from opposable.law import Decision, NoRuleOnFile, Rule, Step, Text, Trace, day_text, t
from opposable.law.calendar import months_after
from opposable.systems.traffic.rules.categories import Category, Statutes

State = Literal["kept", "not-kept", "no-injunction", "no-rule"]
Who = Literal["keep", "host"]
"""Operators and access providers, or hosts («hébergeurs»): each has rows of its own."""
HOSTED: tuple[Category, ...] = ("identity", "source", "traffic")
"""What the texts on hosts speak of."""
Clock = Literal["", "none", "recording", "contract-end", "account-end", "connection", "communication", "operation"]

CLOCKS: dict[str, Text] = {
    "": t("sans objet", "no matter"),
    "none": t("aucune durée au dossier", "no period on file"),
    "recording": t("à compter de l’enregistrement", "from the recording"),
    "contract-end": t("à compter de la fin de validité du contrat", "from the end of the contract"),
    "account-end": t(
        "à compter de la fin du contrat ou de la clôture du compte",
        "from the end of the contract or the closure of the account",
    ),
    "connection": t("à compter de la connexion", "from the connection"),
    "communication": t("à compter de la communication", "from the communication"),
    "operation": t("à compter de l’opération", "from the operation"),
}
FROM_CONTRACT = frozenset({"contract-end", "account-end"})
"""Periods that begin when the contract ends: the day of the record does not say when they do."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the law of a day says of one category. ``order`` is the injunction on which it stands, where it needs one."""

    category: Category
    state: State
    months: int
    clock: str
    order: Rule | None = None

    @property
    def kept(self) -> bool:
        """Whether the data are kept."""
        return self.state == "kept"

    @property
    def said(self) -> Text:
        """The length, or why they are not kept."""
        return self.length if self.kept else NOT_KEPT[self.state]

    @property
    def length(self) -> Text:
        """«un an», «cinq ans», and from which event."""
        years, rest = divmod(self.months, 12)
        span = _years(years) if years and not rest else t("{n} mois", "{n} months").format(n=self.months)
        return span + " " + CLOCKS[self.clock] if self.months else CLOCKS[self.clock]


NOT_KEPT: dict[State, Text] = {
    "not-kept": t("non conservées", "not kept"),
    "no-injunction": t("aucune injonction au dossier : non conservées", "no injunction on file: not kept"),
    "no-rule": t("aucune règle au dossier", "no rule on file"),
}


def keeping_on(law: Statutes, category: Category, day: date, who: Who = "keep") -> Decision[Keeping]:
    """What operators (or hosts) keep of a category under the law of ``day``, by which text. Never raises: no rule is an answer too."""
    try:
        rule = law.at(f"traffic.{who}.{category}", day)
    except NoRuleOnFile as nothing:
        step = Step(t("la règle du jour", "the rule of the day"), nothing.text, "—")
        return Decision(Keeping(category, "no-rule", 0, ""), None, {"day": day}, Trace((step,)))
    return _kept(law, category, rule, day)


def _kept(law: Statutes, category: Category, rule: Rule, day: date) -> Decision[Keeping]:
    facts = {"day": day, "category": category}
    if not rule.flag("kept"):
        step = Step(t("la liste du texte", "the list of the text"), rule.label, "—")
        return Decision(Keeping(category, "not-kept", 0, ""), rule, facts, Trace((step,)))
    months, clock, asked = rule.number("months"), str(rule.param["clock"]), str(rule.param["order"])
    if not asked:
        return Decision(Keeping(category, "kept", months, clock), rule, facts, _said(rule))
    try:
        order = law.at(asked, day)
    except NoRuleOnFile as nothing:
        step = Step(t("l’injonction du jour", "the injunction of the day"), nothing.text, "—")
        return Decision(Keeping(category, "no-injunction", months, clock), rule, facts, Trace((step,)))
    step = Step(t("l’injonction du jour", "the injunction of the day"), order.period, order.cite[0])
    return Decision(Keeping(category, "kept", months, clock, order), rule, facts, _said(rule) + Trace((step,)))


def lives_until(keeping: Keeping, day: date) -> tuple[date | None, Trace]:
    """The first day on which what was recorded on ``day`` may not be read any more; None: it hangs on the end of a contract.

    A period of months ends at 24:00 on the day that bears the same number (CPC, art. 641 and 642): the day after is the first
    without. What is not kept dies at once.
    """
    if not keeping.kept:
        return day, Trace()
    if keeping.clock in FROM_CONTRACT or not keeping.months:
        return None, Trace()
    last, trace = months_after(day, keeping.months)
    first = last + timedelta(days=1)
    step = Step(
        t("premier jour sans ces données", "first day without these data"),
        t("le délai expire le {last} à vingt-quatre heures", "the period ends on {last} at 24:00").format(
            last=day_text(last)
        ),
        first.isoformat(),
    )
    return first, trace + Trace((step,))


def source_until(event_on: date, law: Statutes) -> Decision[date]:
    """The first day on which an address, a port or a terminal used on ``event_on`` may not be kept any more."""
    return _until(law.at("traffic.keep.source", event_on), event_on)


def traffic_until(event_on: date, law: Statutes) -> Decision[date]:
    """The same for traffic and location. Raises `NoRuleOnFile` when no injunction covers the day: then nothing may be kept."""
    rule = law.at("traffic.keep.traffic", event_on)
    if rule.param["order"]:
        law.at(str(rule.param["order"]), event_on)
    return _until(rule, event_on)


def until(family: str, event_on: date, law: Statutes) -> Decision[date]:
    """The first day on which a row of a family recorded on ``event_on`` may not be kept any more.

    Raises `NoRuleOnFile` when nothing orders that it be kept.
    """
    if family in ("call_leg", "mail"):
        return traffic_until(event_on, law)
    if family == "host_operation":
        return _until(law.at("traffic.host.source", event_on), event_on)
    return source_until(event_on, law)


def _until(rule: Rule, event_on: date) -> Decision[date]:
    keeping = Keeping("source", "kept", rule.number("months"), str(rule.param["clock"]))
    first, trace = lives_until(keeping, event_on)
    return Decision(first or event_on, rule, {"event_on": event_on}, trace)


def identity_until(keeping: Keeping, closed_on: date | None) -> date | None:
    """The first day without the identity of a contract that ended on ``closed_on``; None while it runs."""
    if closed_on is None or not keeping.kept:
        return None if keeping.kept else closed_on
    last, _ = months_after(closed_on, keeping.months)
    return last + timedelta(days=1)


def _said(rule: Rule) -> Trace:
    months, clock = rule.number("months"), str(rule.param["clock"])
    what = t("la durée du texte", "the period of the text")
    return Trace((Step(what, CLOCKS[clock], f"{months} mois" if months else "—"),))


def _years(years: int) -> Text:
    names = {1: t("un an", "one year"), 5: t("cinq ans", "five years")}
    return names.get(years, t("{n} ans", "{n} years").format(n=years))
