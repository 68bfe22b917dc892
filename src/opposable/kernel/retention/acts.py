"""The acts of retention: hold and lift, erase, scrub. What is destroyed is destroyed after its act is sealed (`erasing`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from opposable.kernel import duties
from opposable.kernel.accounts import root
from opposable.kernel.acts import act
from opposable.kernel.models import Act, Hold, Leaf, new_salt
from opposable.kernel.retention.due import SCRUB
from opposable.kernel.retention.holds import Held, chunks
from opposable.kernel.system import retention_classes
from opposable.law import Refused, t
from opposable.law.text import day_text
from opposable.ledger.act import ERASE, ERASURE_PART, Cover, erasure_data

if TYPE_CHECKING:
    from opposable.kernel.acting import Acting
    from opposable.kernel.models import Recorded
    from opposable.law import Rule

PROOFS = "kernel.erasure"
"""Retention class of the proofs of erasure: without end."""
GROUND_PART = "ground"


@act("kernel.hold.place", label=t("Geler", "Place a hold"), api=False)
def place_hold(a: Acting, *, objs: Sequence[str] = (), retention_class: str = "", reason: str) -> list[Hold]:
    """Stop the erasure of objects (uids), or of a whole class, until the hold is lifted. One hold for each object."""
    a.require("approve", kind="kernel.hold", cell=root())
    if bool(objs) == bool(retention_class) or (retention_class and retention_class not in retention_classes()):
        raise Refused(
            t(
                "Un gel porte sur des objets, ou sur une classe de conservation déclarée.",
                "A hold is on objects, or on a declared retention class.",
            ),
            None,
            "hold.what",
        )
    holds = [
        Hold(cell=root(), obj=obj, retention_class=retention_class, reason=reason, since=a.now) for obj in objs or ("",)
    ]
    for hold in holds:
        a.record(hold)
    return holds


@act("kernel.hold.lift", label=t("Lever le gel", "Lift a hold"), api=False)
def lift_hold(a: Acting, *, hold: Hold) -> Hold:
    """End a hold. What came due meanwhile is erased by the next run."""
    a.require("approve", hold)
    if hold.lifted_at is not None:
        raise Refused(t("Ce gel est déjà levé.", "This hold is lifted already."), None, "hold.lifted")
    hold.lifted_at = a.now
    a.record(hold)
    return hold


@act(ERASE, label=t("Effacer des pièces", "Erase parts"), api=False)
def erase(a: Acting, *, keep: str, earliest_on: date | None, covers: Sequence[Cover], ground: str = "") -> None:
    """Declare parts erased. ``earliest_on``: the first day on which the class lets all of them go; None: never.

    Before that day a ``ground`` is needed (a right exercised, a court's order); it is kept with the proof. Raises `Refused`,
    `NoRuleOnFile`.
    """
    a.require("approve", kind="kernel.part", cell=root())
    today = a.now.date()
    early = earliest_on is None or earliest_on > today
    _refuse_early(keep, earliest_on, lawful=bool(ground) or not early)
    _refuse_held(keep, covers)
    rule = _rule(a, keep)
    a.keep(PROOFS)
    since = today if early or earliest_on is None else earliest_on
    a.part(ERASURE_PART, erasure_data(covers, keep, since, rule.pin() if rule else None), keep=PROOFS)
    if early:
        lets_on = earliest_on.isoformat() if earliest_on else None
        a.part(GROUND_PART, {"ground": ground, "class_lets_on": lets_on}, keep=PROOFS)


def _refuse_early(keep: str, earliest_on: date | None, *, lawful: bool) -> None:
    if keep == PROOFS:
        raise Refused(
            t("Une preuve d’effacement ne s’efface pas.", "A proof of erasure is not erased."), None, "erasure.proof"
        )
    if not lawful:
        raise Refused(
            t(
                "Ces pièces ne peuvent être effacées avant {day} sans un motif qui l’emporte.",
                "These parts may not be erased before {day} without a ground that prevails.",
            ).format(day=day_text(earliest_on) if earliest_on else t("la fin du journal", "the end of the log")),
            None,
            "erasure.early",
        )


def _refuse_held(keep: str, covers: Sequence[Cover]) -> None:
    held = Held.now()
    acts = held.acts()
    indexes = [
        i
        for chunk in chunks(sorted(acts))
        for i in Leaf.objects.filter(act_id__in=chunk).values_list("index", flat=True)
    ]
    if keep in held.classes or any(c.from_index <= index < c.until_index for c in covers for index in indexes):
        raise Refused(t("Un gel l’interdit.", "A hold forbids it."), None, "erasure.held")


@act(SCRUB, label=t("Effacer le contenu d’une fiche", "Scrub a record"), api=False)
def scrub(a: Acting, *, rows: Sequence[Any]) -> None:
    """Blank what the rows say (`Recorded.scrub` of their model) and forget their salts: former states become unguessable."""
    a.require("approve", kind="kernel.part", cell=root())
    for row in rows:
        _scrub(row)
        a.record(row)
        duties.forget(row, a.now)


def _scrub(row: Any) -> None:
    row.scrub()
    row.salt = new_salt()


def scrubbed(row: Recorded) -> bool:
    """Whether the last act on a row was to scrub it: pages say so in words."""
    return bool(row.head) and Act.objects.filter(entry=bytes.fromhex(row.head), type=SCRUB).exists()


def _rule(a: Acting, keep: str) -> Rule | None:
    """The wording in force that sets the period of a class; None when the period is the operator's own."""
    rule_id = retention_classes()[keep].rule
    if not rule_id:
        return None
    rule = a.law(rule_id, a.now.date())
    a.cite(rule)
    return rule
