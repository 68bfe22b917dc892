"""«Renonciation à la clause de non-concurrence»: until when, in which form, and what a late one leaves, position by position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from opposable.law import Decision, Law, Rule, Step, Text, Trace, day_text, days_after, months_after, t

RUPTURES: dict[str, Text] = {
    "prise-d-acte": t("prise d’acte par le salarié", "prise d’acte by the employee"),
    "dismissal": t("licenciement", "dismissal"),
    "resignation": t("démission", "resignation"),
    "agreed": t("rupture conventionnelle", "rupture by agreement"),
    "unfitness": t("licenciement pour inaptitude", "dismissal for unfitness"),
}
FORMS: dict[str, Text] = {
    "": t("aucune forme au contrat", "no form in the contract"),
    "registered": t("lettre recommandée", "registered letter"),
    "hand": t("remise en main propre", "handed over"),
    "email": t("courriel", "e-mail"),
}
IN_TIME, LATE, NONE, VOID, FORM = "in-time", "late", "not-waived", "clause-void", "wrong-form"
ANSWERS: dict[str, tuple[str, Text]] = {
    IN_TIME: ("ok", t("en temps utile", "in time")),
    LATE: ("refused", t("tardive", "late")),
    NONE: ("due", t("pas encore faite", "not made yet")),
    VOID: ("refused", t("clause nulle en entier", "the whole clause is void")),
    FORM: (
        "refused",
        t("sans effet : forme du contrat non suivie", "without effect: the contract’s form was not followed"),
    ),
}


@dataclass(frozen=True)
class WaiverFacts:
    """The facts of one waiver.

    ``rupture_on``: dismissal notified, resignation or prise d'acte sent, agreement's date of rupture; ``known_on``: the day the
    employer knew of it; ``departed_on``: effective departure; ``waived_on``: dispatch of the waiver, None when it was not made.
    ``term_days``, ``term_months``: a term fixed by the contract or agreement, counted from the rupture; ``any_time``: the contract
    lets the employer waive at any time. ``signed_on``: signature of a rupture by agreement.
    """

    rupture: str
    rupture_on: date
    known_on: date
    waived_on: date | None = None
    departed_on: date | None = None
    notice_worked: bool = True
    any_time: bool = False
    term_days: int = 0
    term_months: int = 0
    form: str = ""
    used: str = ""
    agreement: str = ""
    signed_on: date | None = None


@dataclass(frozen=True)
class Answer:
    """What a position answers: the last day (None when the clause falls), the result, and whether the counterpart is owed."""

    result: str
    last_day: date | None
    counterpart: bool | None
    """Owed, not owed, or None: the position does not say."""


def answer(facts: WaiverFacts, rule: Rule) -> Decision[Answer]:
    """What one position (a wording of ``employment.waiver``) answers on these facts, with its arithmetic."""
    shown = {
        "rupture": RUPTURES[facts.rupture],
        "rupture_on": facts.rupture_on,
        "known_on": facts.known_on,
        "departed_on": facts.departed_on,
        "waived_on": facts.waived_on,
        "any_time": facts.any_time,
    }
    if facts.any_time and rule.param["any_time"] == "void":
        return Decision(Answer(VOID, None, None), rule, shown)
    last, trace = _last_day(facts, rule)
    result = _result(facts, rule, last)
    late = result in (LATE, FORM)
    owed = False if result == IN_TIME else True if late and rule.param["owed"] else None
    return Decision(Answer(result, last, owed), rule, shown, trace)


def _result(facts: WaiverFacts, rule: Rule, last: date) -> str:
    if facts.waived_on is None:
        return NONE
    if rule.param["form"] and facts.form and facts.used != facts.form:
        return FORM
    return IN_TIME if facts.waived_on <= last else LATE


def _last_day(facts: WaiverFacts, rule: Rule) -> tuple[date, Trace]:
    """Contractual terms run from date to date, in calendar days, with no extension; the moment of departure caps them."""
    if facts.rupture == "agreed" and rule.param["agreed"]:
        return facts.rupture_on, _one(
            t("Date de rupture de la convention", "Rupture date of the agreement"), facts.rupture_on
        )
    if facts.rupture == "unfitness" and rule.param["unfit"]:
        return facts.rupture_on, _one(t("Notification du licenciement", "Notice of dismissal"), facts.rupture_on)
    found, trace = _term(facts, rule)
    gone = facts.departed_on
    if rule.param["departure"] and not facts.notice_worked and gone is not None and gone < found:
        return gone, trace + _one(
            t("Départ effectif, préavis non exécuté", "Effective departure, notice not worked"), gone
        )
    return found, trace


def _term(facts: WaiverFacts, rule: Rule) -> tuple[date, Trace]:
    if (facts.term_days or facts.term_months) and not facts.any_time:
        found, trace = facts.rupture_on, Trace()
        if facts.term_months:
            found, trace = months_after(found, facts.term_months)
        if facts.term_days:
            found, more = days_after(found, facts.term_days)
            trace += more
        return found, trace
    if rule.param["basis"] == "reasonable":
        start = facts.known_on if rule.param["start"] == "knowledge" else facts.rupture_on
        found, trace = months_after(start, rule.param["months"])
        held = t(
            "un mois a été jugé raisonnable, sans être une règle", "one month was held reasonable, which is no rule"
        )
        return found, trace + Trace((Step(t("Délai raisonnable", "Reasonable time"), held, found.isoformat()),))
    moment = facts.known_on if facts.rupture == "prise-d-acte" else facts.rupture_on
    return moment, _one(t("Au moment de la rupture", "At the moment of the rupture"), moment)


def _one(what: Text, day: date) -> Trace:
    return Trace((Step(what, day_text(day), day.isoformat()),))


@dataclass(frozen=True)
class Position:
    """One dated position and what it answers."""

    rule: Rule
    decision: Decision[Answer]


def positions(facts: WaiverFacts, law: Law) -> tuple[Position, ...]:
    """Every position on file, the oldest first: the conflict between them stays in view."""
    return tuple(Position(rule, answer(facts, rule)) for rule in law.versions("employment.waiver"))


def conflicts(facts: WaiverFacts, law: Law, day: date) -> Sequence[Decision[Answer]]:
    """What another text answers on the same facts: the metal industry's agreement gives fifteen days after signature."""
    rule = law.find("employment.waiver.metallurgy", day)
    if rule is None or facts.agreement != "metallurgy" or facts.rupture != "agreed" or facts.signed_on is None:
        return ()
    last, trace = days_after(facts.signed_on, rule.param["days"])
    result = NONE if facts.waived_on is None else IN_TIME if facts.waived_on <= last else LATE
    found = Answer(result, last, False if result == IN_TIME else None)
    return (Decision(found, rule, {"signed_on": facts.signed_on, "waived_on": facts.waived_on}, trace),)
