"""What was frozen for a case, as its questions meet it: rows whose day is over, and that an order keeps to a day of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from opposable.kernel.acting import Acting
from opposable.law import day_text, t
from opposable.systems.traffic.models import Freeze, Requisition, Segment
from opposable.systems.traffic.rules.qualify import Verdict
from opposable.systems.traffic.rules.selecting import OPENED_BY, Store
from opposable.systems.traffic.store import holding
from opposable.systems.traffic.store.answers import Count, Found
from opposable.systems.traffic.store.holders import persons_of
from opposable.systems.traffic.store.proof import RowProof


def running(case: Requisition, today: date) -> list[Freeze]:
    """The freezes of a case that may still be read, the last of each question (a prolonged one is followed by its copy)."""
    found = list(Freeze.objects.filter(requisition=case, erased_at=None, until__gt=today).order_by("pk"))
    followed = {one.prolongs for one in found}
    return [one for one in found if one.uid not in followed]


def frozen_rows(
    case: Requisition, position: int, store: str, today: date
) -> dict[tuple[str, int], tuple[Found, RowProof]]:
    """The rows frozen for one question whose own day is over, by segment and place. Empty when the question has changed since."""
    rows: dict[tuple[str, int], tuple[Found, RowProof]] = {}
    for freeze in running(case, today):
        if (freeze.position, freeze.store) != (position, store) or holding.question(freeze) != case.selectors[position]:
            continue
        for proof in holding.held(freeze):
            if proof.row.end < case.since or proof.row.start > case.until:
                continue  # frozen for a period that was longer
            rows[proof.segment, proof.position] = (Found(proof.family, proof.row, proof.segment, proof.position), proof)
    live = Segment.objects.readable(today).filter(uid__in={segment for segment, _ in rows})
    there = set(live.values_list("uid", flat=True))
    return {place: one for place, one in rows.items() if place[0] not in there}


def counted(found: Count, live: Sequence[Found], frozen: Sequence[Found]) -> Count:
    """The count of the store with that of the frozen rows."""
    persons = persons_of((*live, *frozen))
    return replace(found, rows=found.rows + len(frozen), persons=len(persons))


def spared(a: Acting, verdict: Verdict, frozen: Sequence[Freeze]) -> Verdict:
    """A category whose days are over is still answered, from the rows that an order had frozen in time, and those only."""
    store: Store = "source" if verdict.category == "source" else "traffic"
    ends = [one.until for one in frozen if one.store == store]
    if verdict.status != "expired" or not ends or verdict.category not in OPENED_BY[store]:
        return verdict
    rule = a.law("traffic.freeze", max(one.ordered_on for one in frozen))
    reason = t(
        "Expirées, sauf les lignes gelées à temps, qui sont là jusqu’au {day} exclu.",
        "Expired, save the rows that were frozen in time, which are there until {day}, exclusive.",
    ).format(day=day_text(max(ends)))
    return replace(verdict, status="partly", rule=rule, reason=reason)
