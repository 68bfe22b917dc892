"""Acts of quick freeze: only the rows that the order names are copied, and they have an end of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import PARIS, Refused, Rule, instant, local_day, t
from opposable.law.calendar.clock import MIDNIGHT
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.holds import running
from opposable.systems.traffic.acts.querying import MOST_ROWS, families_of, kept, questions, selector_of
from opposable.systems.traffic.models import Freeze, Requisition
from opposable.systems.traffic.rules.selecting import may_look_up
from opposable.systems.traffic.store import holding
from opposable.systems.traffic.store.answers import Found
from opposable.systems.traffic.store.proof import RowProof

CATALOGUE = "traffic.catalogue"
LONGEST = timedelta(days=3660)
"""Beyond, an end is a mistake of the keyboard."""


@act("traffic.requisition.freeze", label=t("Geler ce qu’elle vise", "Freeze what it points to"), secret=True)
def freeze(a: Acting, *, requisition: Requisition, ground: str, ordered_on: date, until: date) -> Requisition:
    """«Conservation rapide»: the rows that the questions point to are copied, and outlive their day until the order's own end.

    Nothing is shown and nothing handed over: what is read later still needs its approvals. ``until`` is exclusive.
    """
    a.require("write", requisition)
    still(requisition, "qualified", "approved")
    rule = _ordered(a, requisition, ground, ordered_on, until)
    made = [one for question in questions(requisition) if (one := _question(a, requisition, question)) is not None]
    if not made:
        raise Refused(
            t("Aucune ligne à geler : rien de conservé ne répond.", "No row to freeze: nothing that is kept answers."),
            rule,
            "freeze.nothing",
        )
    _record(a, requisition, made, ground, ordered_on, until)
    return requisition


@act("traffic.requisition.prolong", label=t("Prolonger un gel", "Prolong a freeze"), secret=True)
def prolong(a: Acting, *, requisition: Requisition, ground: str, ordered_on: date, until: date) -> Requisition:
    """A new order of the authority sets a later end: the copies are copied under it; the former ones go on their own day."""
    a.require("write", requisition)
    rule = _ordered(a, requisition, ground, ordered_on, until)
    before = running(requisition, local_day(a.now))
    if not before or until <= max(one.until for one in before):
        raise Refused(
            t(
                "Un gel court se prolonge, jusqu’à un jour plus tardif.",
                "A running freeze is prolonged, to a later day.",
            ),
            rule,
            "freeze.prolong",
        )
    made = [(_copy(one), holding.question(one), holding.held(one)) for one in before]
    _record(a, requisition, made, ground, ordered_on, until)
    return requisition


Made = tuple[Freeze, dict[str, str], list[RowProof]]


def _question(a: Acting, case: Requisition, question: tuple[int, str]) -> Made | None:
    from opposable.systems.traffic.store import reading

    position, store = question
    if store == "identity":
        return None  # a contract is kept for years after its end
    asked = case.selectors[position]
    may_look_up(a.statutes, case.ask(), asked["kind"])
    found = reading.find(selector_of(case, asked, a.now), families_of(store))
    rows = [one for one in found.rows if kept(a, case, store, one)]
    if found.missing or len(rows) > MOST_ROWS:
        raise Refused(
            t(
                "Le critère {n} ne se gèle pas : trop de lignes, ou un segment illisible (lancez opposable audit).",
                "Selector {n} cannot be frozen: too many rows, or an unreadable segment (run opposable audit).",
            ).format(n=position + 1),
            a.law("traffic.freeze", local_day(a.now)),
            "freeze.large",
            facts={"rows": len(rows), "most": MOST_ROWS, "missing": len(found.missing)},
        )
    made = Freeze(position=position, store=store)
    return (made, dict(asked), reading.prove_all(rows)) if rows else None


def _copy(before: Freeze) -> Freeze:
    return Freeze(position=before.position, store=before.store, prolongs=before.uid)


def _record(a: Acting, case: Requisition, made: Sequence[Made], ground: str, ordered_on: date, until: date) -> None:
    case.frozen_until = instant(until, MIDNIGHT)
    a.record(case)
    for one, asked, proofs in made:
        one.cell, one.requisition, one.ground = case.cell, case, ground.strip()
        one.ordered_on, one.until = ordered_on, until
        holding.write(one, proofs, asked)
        a.record(one)
    said = [{"freeze": one.uid, "rows": one.rows, "file": one.sha256, "prolongs": one.prolongs} for one, _, _ in made]
    a.part("frozen", {"freezes": said, "until": until.isoformat()}, keep=CATALOGUE)


def _ordered(a: Acting, case: Requisition, ground: str, ordered_on: date, until: date) -> Rule:
    """The order, against the rule of its day: who may order it, and that its dates make sense."""
    today = local_day(a.now)
    rule = a.law("traffic.freeze", ordered_on)
    a.cite(rule)
    if case.basis not in rule.param["may"]:
        raise Refused(
            t("Ce fondement ne permet pas d’ordonner un gel.", "This basis lets no freeze be ordered."),
            rule,
            "freeze.basis",
            facts={"basis": case.basis},
        )
    if not ground.strip() or len(ground) > 300 or ordered_on > today or not today < until <= today + LONGEST:
        raise Refused(
            t(
                "Dites qui ordonne et sa référence, de quel jour, et jusqu’à quel jour à venir.",
                "Say who orders it and the reference, of which day, and until which day to come.",
            ),
            rule,
            "freeze.what",
        )
    return rule


@act("traffic.freeze.place", label=t("Geler des lignes", "Freeze rows"), api=False, secret=True)
def place_freeze(a: Acting, *, rows: Sequence[Found], ground: str, ordered_on: date, until: date) -> Freeze:
    """Freeze ``rows`` as `reading.find` found them, without a case: for the console."""
    from opposable.systems.traffic.store import reading

    a.require("write", kind=Freeze.Evidence.kind, cell=root())
    rule = a.law("traffic.freeze", ordered_on)
    a.cite(rule)
    if not rows or until <= a.now.astimezone(PARIS).date():
        raise Refused(
            t("Un gel porte sur des lignes, jusqu’à un jour à venir.", "A freeze is on rows, until a day to come."),
            rule,
            "freeze.what",
        )
    made = Freeze(cell=root(), ground=ground, ordered_on=ordered_on, until=until)
    holding.write(made, reading.prove_all(rows))
    a.part(
        "frozen",
        {"rows": made.rows, "file": made.sha256, "segments": sorted({one.segment for one in rows})},
        keep=CATALOGUE,
    )
    a.record(made)
    return made


@act("traffic.freeze.erase", label=t("Effacer un gel", "Erase a freeze"), api=False, secret=True)
def erase_freeze(a: Acting, *, freeze: Freeze) -> Freeze:
    """The end that the order set has come."""
    a.require("approve", freeze)
    if freeze.until > a.now.astimezone(PARIS).date():
        raise Refused(t("Ce gel court encore.", "This freeze still runs."), None, "freeze.early")
    if freeze.erased_at is not None:
        raise Refused(t("Ce gel est déjà effacé.", "This freeze is erased already."), None, "freeze.erased")
    freeze.erased_at = a.now
    a.record(freeze)
    return freeze
