"""Figures of the evidence rules that follow from the log: the same arithmetic when evidence is collected and when it is judged again.

What a figure is made of is in the log (headers of the interval) or committed to by it (a part, whose digest a header bears; the
tokens over its checkpoints). `DECLARED` names those that are counted in rows and that no header shows: whoever judges again is
told that he takes them on trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opposable.systems.isms.rules.evidence import Seen

DECLARED: dict[str, tuple[str, ...]] = {
    "EV-04": ("overdue",),
    "EV-08": ("asked", "given", "late"),
    "EV-09": ("suppliers",),
}
REPORT = "isms.leaver.report"
DAY = timedelta(days=1)
SLACK = timedelta(seconds=2)


@dataclass(frozen=True)
class Token:
    """A time-stamp over a checkpoint: of how many leaves, when, with how many witnesses."""

    size: int
    at: datetime
    witnesses: int


def leavers(seen: Sequence[Seen], lists: Mapping[int, Sequence[str] | None]) -> dict[str, int]:
    """``lists``: for the leaf of each report, the grants (uids) that ran then. Open: those whose end is not in the log since."""
    told = [one for one in seen if one.type == REPORT and one.outcome == "done"]
    ended = {one.obj: one.index for one in seen if one.type == "kernel.grant.end" and one.outcome == "done"}
    listed = [(one.index, grant) for one in told for grant in lists.get(one.index) or ()]
    return {
        "leavers": len(told),
        "open": len({grant for index, grant in listed if ended.get(grant, -1) < index}),
        "unlisted": sum(lists.get(one.index) is None for one in told),
    }


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
