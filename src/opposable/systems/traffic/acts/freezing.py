"""Acts of quick freeze: only the rows that the order names are copied, and they have an end of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.law import PARIS, Refused, t
from opposable.systems.traffic.models import Freeze
from opposable.systems.traffic.store import holding, reading
from opposable.systems.traffic.store.answers import Found

CATALOGUE = "traffic.catalogue"


@act("traffic.freeze.place", label=t("Geler des lignes", "Freeze rows"), api=False, secret=True)
def place_freeze(
    a: Acting, *, rows: Sequence[Found], ground: str, ordered_on: date, until: date, cell: Cell | None = None
) -> Freeze:
    """«Injonction de conservation rapide». ``rows`` are what `reading.find` found, ``until`` is the end that the order sets.

    ``cell``: the compartment of the case, where the freeze belongs to one; without, the common one.
    """
    where = cell or root()
    a.require("write", kind=Freeze.Evidence.kind, cell=where)
    rule = a.law("traffic.freeze", ordered_on)
    a.cite(rule)
    if not rows or until <= a.now.astimezone(PARIS).date():
        raise Refused(
            t("Un gel porte sur des lignes, jusqu’à un jour à venir.", "A freeze is on rows, until a day to come."),
            rule,
            "freeze.what",
        )
    freeze = Freeze(cell=where, ground=ground, ordered_on=ordered_on, until=until)
    holding.write(freeze, [reading.prove(found) for found in rows])
    a.part(
        "frozen",
        {"rows": freeze.rows, "file": freeze.sha256, "segments": sorted({one.segment for one in rows})},
        keep=CATALOGUE,
    )
    a.record(freeze)
    return freeze


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
