"""Figures of the evidence rules that follow from the log: the same arithmetic when evidence is collected and when it is judged again.

What a figure is made of is in the log (headers of the interval) or committed to by it (a part, whose digest a header bears; the
tokens over its checkpoints). `COUNTED` names those that are counted in rows on the day of the evidence and that no header of the
interval shows: they are sealed with the evidence, and whoever judges again is told that they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from opposable.systems.isms.rules.evidence import Seen

COUNTED: dict[str, tuple[str, ...]] = {"EV-04": ("overdue",), "EV-09": ("listed",)}
REPORT = "isms.leaver.report"
TOLD = {
    REPORT: "leaver",
    "kernel.part.erase": "erasure",
    "kernel.controlled.publish": "asked",
    "kernel.controlled.ask": "asked",
}
"""The part that says what such an act is about, where its header does not suffice."""
Parts = Mapping[int, Mapping[str, Any]]
"""By leaf, what those parts say; one that was erased is missing."""
DAY = timedelta(days=1)
SLACK = timedelta(seconds=2)


@dataclass(frozen=True)
class Token:
    """A time-stamp over a checkpoint: of how many leaves, when, with how many witnesses."""

    size: int
    at: datetime
    witnesses: int


def leavers(seen: Sequence[Seen], parts: Parts) -> dict[str, int]:
    """Each report lists the grants (uids) that ran then. Open: those whose end is not in the log since."""
    told = _done(seen, REPORT)
    ended = {one.obj: one.index for one in _done(seen, "kernel.grant.end")}
    lists = {one.index: parts.get(one.index, {}).get("grants") for one in told}
    listed = [(index, grant) for index, grants in lists.items() for grant in grants or ()]
    return {
        "leavers": len(told),
        "open": len({grant for index, grant in listed if ended.get(grant, -1) < index}),
        "unlisted": sum(grants is None for grants in lists.values()),
    }


def erasures(seen: Sequence[Seen], parts: Parts) -> dict[str, int]:
    """Erasures done more than a day after all of what they cover could go. What a hold kept is excused for a day after it is lifted."""
    lifts = [one.at for one in _done(seen, "kernel.hold.lift")]
    late = 0
    for one in _done(seen, "kernel.part.erase"):
        due = date.fromisoformat(parts[one.index]["earliest_on"])
        excused = any(timedelta() <= one.at - lifted <= DAY for lifted in lifts)
        late += one.at.date() - due > DAY and not excused
    return {"late": late}


def acknowledged(seen: Sequence[Seen], parts: Parts, day: date) -> dict[str, int]:
    """What the versions in force asked of people within the period, was given, and is past its day."""
    asking = {
        one.index: parts.get(one.index) for one in seen if TOLD.get(one.type) == "asked" and one.outcome == "done"
    }
    told = [one for one in asking.values() if one is not None]
    over = {one.obj for one in _done(seen, "kernel.controlled.withdraw")} | {
        u for one in told for u in one["instead_of"]
    }
    given = {one.obj for one in _done(seen, "kernel.controlled.accept")}
    asked = {uid: one["due_on"] for one in told if one["version"] not in over for uid in one["acknowledgements"]}
    return {
        "asked": len(asked),
        "given": len(given & asked.keys()),
        "late": sum(uid not in given and due < day.isoformat() for uid, due in asked.items()),
        "unlisted": len(asking) - len(told),
    }


def suppliers(seen: Sequence[Seen], listed: Iterable[str]) -> dict[str, int]:
    """Of the suppliers (uids of assets), those whose clause nobody saw within the period."""
    every = set(listed)
    return {"suppliers": len(every), "bare": len(every - {one.obj for one in _done(seen, "isms.clause.confirm")})}


def _done(seen: Sequence[Seen], type_: str) -> list[Seen]:
    return [one for one in seen if one.type == type_ and one.outcome == "done"]


def stamped(tokens: Sequence[Token], acts: int, uncovered: int) -> dict[str, int]:
    """``uncovered``: acts older than a day that no token covers."""
    return {
        "acts": acts,
        "stamps": len(tokens),
        "uncovered": uncovered,
        "witnesses": sum(one.witnesses for one in tokens),
        "unwitnessed": sum(not one.witnesses for one in tokens),
    }


def covered(tokens: Iterable[Token]) -> int:
    """How many leaves the widest of the tokens covers."""
    return max((one.size for one in tokens), default=0)


def uncovered(tokens: Sequence[Token], instants: Iterable[tuple[int, datetime]], until: datetime) -> int:
    """Acts (leaf, instant) that were over a day old and under no token."""
    top = covered(tokens)
    return sum(index >= top and at < until - DAY for index, at in instants)


def spans(tokens: Iterable[Token], first: int, last: int) -> list[tuple[int, int, datetime]]:
    """The leaves of an interval that each token was the first to cover: (from, to, its latest lawful instant)."""
    found, before = [], first
    for one in sorted(tokens, key=lambda token: token.size):
        end = min(one.size, last)
        if end > before:
            found.append((before, end, one.at + SLACK))
            before = end
    return found


def ahead(tokens: Sequence[Token], instants: Mapping[int, datetime], first: int, last: int) -> dict[str, int]:
    """Acts dated after the first token that covers them: our clock ran ahead of the authority's."""
    late = sum(
        index in instants and instants[index] > latest
        for start, end, latest in spans(tokens, first, last)
        for index in range(start, end)
    )
    return {"stamps": len(tokens), "ahead": late}
