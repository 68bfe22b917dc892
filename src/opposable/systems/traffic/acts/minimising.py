"""«Minimisation»: of a row, only the columns that the categories answered for open; its proof only where that says no more."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from opposable.kernel import clock
from opposable.systems.traffic.store.answers import Found
from opposable.systems.traffic.store.rows import FAMILIES, Identity, Row

LOCATION = frozenset({"cell"})
ALWAYS = frozenset({"start", "end", "skew"})
"""When, and how far the clock was corrected: without them a row says nothing."""
BOOKKEEPING = frozenset({"file", "inferred", "prefix"})
"""Columns that speak of how a row came in, not of anybody."""


def shown_columns(family: str, wanted: AbstractSet[str]) -> list[str]:
    """The columns handed over, in their order. ``wanted``: categories answered."""
    return [name for name, group in FAMILIES[family].categories.items() if _shown(name, group, wanted)]


def _shown(name: str, group: str, wanted: AbstractSet[str]) -> bool:
    if name in ALWAYS or name in BOOKKEEPING:
        return True
    if name in LOCATION:
        return "location" in wanted
    if group == "IV":
        return "source" in wanted
    if group == "V":
        return "traffic" in wanted or (name in _KEYS and "location" in wanted)
    return True


_KEYS = frozenset({"served"})


def withheld(found: Found, shown: list[str]) -> list[str]:
    """Columns of the sealed row that are not handed over and say something: its proof would tell them, so it is kept back."""
    values = {name: getattr(found.row, name) for name in FAMILIES[found.family].columns if name not in shown}
    return [name for name, value in values.items() if value not in ("", None, 0)]


def plain_row(row: Row, shown: list[str]) -> dict[str, Any]:
    """The columns as texts and whole numbers."""
    return {name: _plain(getattr(row, name)) for name in shown}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.utc(value)
    return value if isinstance(value, str | int) else "" if value is None else str(value)


PAYMENT = ("payment", "paiement")
"""Beginnings of the names under which a contract's other data speak of payment."""


def plain_identity(one: Identity, wanted: AbstractSet[str]) -> dict[str, str]:
    """What a contract says, by the groups that were answered for: I, II, III of R. 10-13."""
    said = {"subscriber": one.subscriber, "opened_on": one.opened_on, "closed_on": one.closed_on or ""}
    if "identity" in wanted:
        many = {"addresses": one.addresses, "emails": one.emails, "phones": one.phones}
        said |= {"names": one.names, "born": one.born, **{name: " | ".join(values) for name, values in many.items()}}
    for name, value in one.other:
        group = "payment" if name.lower().startswith(PAYMENT) else "subscription"
        if group in wanted:
            said[name] = value
    return said
