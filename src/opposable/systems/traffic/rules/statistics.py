"""«Statistiques»: how many, never who. A small number is not published, nor what would give it back by subtraction."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from opposable.law import Rule, Text, t

AGES: dict[str, tuple[int, Text]] = {
    "month": (31, t("un mois au plus", "a month at most")),
    "quarter": (92, t("un à trois mois", "one to three months")),
    "half": (183, t("trois à six mois", "three to six months")),
    "year": (366, t("six mois à un an", "six months to a year")),
    "more": (1 << 30, t("plus d’un an", "more than a year")),
}
"""How old the oldest data asked for were when the requisition came: days at most, words."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the statistics keep of one case. ``answered_at`` None: not yet, or refused. ``since``: the first instant asked for."""

    basis: str
    categories: tuple[str, ...]
    refused: bool
    received_at: datetime
    answered_at: datetime | None
    requester: str = ""
    since: datetime | None = None

    @property
    def age(self) -> str:
        """How old the oldest data asked for were when it came: a name of `AGES`."""
        days = (self.received_at - self.since).days if self.since else 0
        return next(name for name, (most, _) in AGES.items() if days <= most)


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by name; None: fewer than ``smallest``, or kept back so that no smaller one can be computed. ``total`` likewise."""

    rows: Mapping[str, int | None]
    total: int | None
    smallest: int


def table(names: Iterable[str], rule: Rule, known: Iterable[str] = ()) -> Table:
    """Count names and hide the small numbers, and as many others as it takes that their sum is not small either.

    Each of ``known`` has its row whether or not it occurs, and none is as hidden as a few: that a name stands there tells nothing.
    """
    smallest, counts = rule.number("smallest"), Counter(dict.fromkeys(known, 0))
    counts.update(names)
    hidden = {name for name, count in counts.items() if count < smallest}
    shown = sorted((count, name) for name, count in counts.items() if name not in hidden)
    while shown and 0 < sum(counts[name] for name in hidden) < smallest:
        hidden.add(shown.pop(0)[1])
    total = sum(counts.values())
    rows = {name: None if name in hidden else count for name, count in sorted(counts.items())}
    alone = len(hidden) == len(counts) and len(counts) < 2
    return Table(rows, None if alone or total < smallest else total, smallest)


def delay(cases: Iterable[Counted], rule: Rule) -> timedelta | None:
    """The median time to an answer; None when too few were answered."""
    spans = sorted(case.answered_at - case.received_at for case in cases if case.answered_at)
    return median_low(spans) if len(spans) >= rule.number("smallest") else None
