"""«La roue de Deming» (PDCA): each object belongs to one quarter; where the wheel stands, what is late, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from opposable.law import Text, t

QUARTERS = {
    "plan": t("Prévoir", "Plan"),
    "do": t("Faire", "Do"),
    "check": t("Vérifier", "Check"),
    "act": t("Réagir", "Act"),
}


@dataclass(frozen=True)
class Item:
    """Something that belongs to a quarter. ``due`` None: no day was set."""

    quarter: str
    label: Text
    done: bool
    due: date | None = None
    href: str = ""


@dataclass(frozen=True)
class Quarter:
    """One quarter as it stands."""

    key: str
    label: Text
    done: int
    waiting: int
    late: int
    next: Item | None

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.late

    @property
    def tone(self) -> str:
        if self.late:
            return "refused"
        return "ok" if self.total and not self.waiting else "due" if self.total else "info"


def late(item: Item, today: date) -> bool:
    return not item.done and item.due is not None and item.due < today


def wheel(items: Sequence[Item], today: date) -> list[Quarter]:
    """The four quarters, counted."""
    found = []
    for key, label in QUARTERS.items():
        mine = [item for item in items if item.quarter == key]
        open_ = sorted((item for item in mine if not item.done), key=lambda item: item.due or date.max)
        overdue = sum(late(item, today) for item in mine)
        done = sum(item.done for item in mine)
        found.append(Quarter(key, label, done, len(open_) - overdue, overdue, open_[0] if open_ else None))
    return found


def stands_at(quarters: Sequence[Quarter]) -> Quarter:
    """Where the wheel stands: the first quarter where something is late, else the first with something to do, else «Prévoir»."""
    for wanted in ("late", "waiting"):
        for quarter in quarters:
            if getattr(quarter, wanted):
                return quarter
    return next((quarter for quarter in quarters if not quarter.total), quarters[0])
