"""«Rejeu des effacements»: what the rules say should be gone, day by day, against what the acts erased and what is still there.

The end of each segment is computed again from the rule of its day; the end that the catalogue has is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from opposable.kernel import clock
from opposable.kernel.retention.holds import Held
from opposable.kernel.system import law
from opposable.law import NoRuleOnFile, Text, local_day, t
from opposable.systems.traffic.acts.attesting import ERASE, index_of, is_gone
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.rules import keeping

Verdict = Literal["kept", "erased", "late", "held", "early", "due", "left", "no-rule"]
VERDICTS: dict[Verdict, Text] = {
    "kept": t("à garder", "to be kept"),
    "erased": t("effacé à son jour", "erased on its day"),
    "late": t("effacé après son jour", "erased after its day"),
    "held": t("retenu par un gel", "kept by a hold"),
    "early": t("effacé trop tôt", "erased too early"),
    "due": t("à son terme et encore là", "at its end and still there"),
    "left": t("effacé, et il en reste", "erased, and something is left"),
    "no-rule": t("aucune règle au dossier ne le garde", "no rule on file keeps it"),
}
WRONG: frozenset[Verdict] = frozenset({"early", "due", "left", "no-rule"})
"""What should not be."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One segment. ``due_on``: the first day without it, by the rules; None where no rule keeps it."""

    segment: Segment
    due_on: date | None
    cite: tuple[str, ...]
    verdict: Verdict

    @property
    def erased_on(self) -> date | None:
        """The day of Paris on which it was erased."""
        return local_day(self.segment.erased_at) if self.segment.erased_at else None

    @property
    def act(self) -> int | None:
        """Where its act of erasure stands in the log."""
        return index_of(self.segment, ERASE) if self.segment.erased_at else None


def replayed(segments: Iterable[Segment]) -> Iterator[Replayed]:
    """What became of each, and whether that is what the rules say."""
    today, held = local_day(clock.now()), Held.now().objects
    known = cache(_due)  # of days and families, not of segments; for this run: a rulebook may be corrected
    for one in segments:
        due, cite = known(one.family, one.day)
        yield Replayed(one, due, cite, _verdict(one, due, today, held=one.uid in held))


def _verdict(one: Segment, due: date | None, today: date, *, held: bool) -> Verdict:
    if one.erased_at is None:
        if due is None:
            return "no-rule"
        return "kept" if due > today else "held" if held else "due"
    if not is_gone(one):
        return "left"
    erased = local_day(one.erased_at)
    if due is None or erased == due:
        return "erased"
    return "early" if erased < due else "late"


def _due(family: str, day: date) -> tuple[date | None, tuple[str, ...]]:
    try:
        decision = keeping.until(family, day, law())
    except NoRuleOnFile:
        return None, ()
    return decision.value, tuple(decision.rule.cite) if decision.rule else ()
