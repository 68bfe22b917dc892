"""What goes from one check to the next, and from one process to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from opposable.kernel.audit.report import Report
from opposable.kernel.audit.stream import Share

Link = tuple[int, str, str, int, int | None]
"""The last act of an object: its number, entry and post (hex), the id of the act, its index."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A step of an object whose previous one is to be found: its number, the entry it names as previous, its act and index."""

    seq: int
    prev: str
    act: int
    index: int | None
    member: bool = False
    """Whether the act changed the object beside its principal."""


@dataclass(slots=True)
class Seen:
    """What the pass over a share of the acts leaves for the other checks."""

    report: Report = field(default_factory=Report)
    chain: dict[str, Link] = field(default_factory=dict)
    """The last act of each object, by its pseudonym."""
    openings: dict[str, Opening] = field(default_factory=dict)
    """The first act of each object in this share."""
    unsealed: list[int] = field(default_factory=list)
    """Ids of the acts without an index."""
    unfit: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    """Index → (act id, digest of the header), where the entry is not that digest."""
    rules: set[str] = field(default_factory=set)
    """Digests of the rules' rows that acts cite."""
    parts: int = 0
    """Rows of parts met."""
    buckets: set[tuple[str, str]] = field(default_factory=set)
    """(class, expiry as text) of the parts that are there."""
    moved: set[int] = field(default_factory=set)
    """Ids of acts with a part that was kept past its day."""
    bound: set[int] = field(default_factory=set)
    """Ids of acts on several objects."""

    gaps: list[tuple[str, Opening]] = field(default_factory=list)
    """Where the history of an object goes on after numbers that are not there (what they were, in words): erased, or missing."""

    def broken(self, obj: str, last: Link, step: Opening) -> None:
        """An act does not follow the one before it on this object."""
        if step.seq > last[0] + 1:  # of acts on one object some may have ended sooner than others
            self.gaps.append((f"object {obj}: {last[0]}, then {step.seq}", step))
            return
        if step.seq != last[0] + 1:
            check, detail = "act.sequence", f"object {obj}: {last[0]}, then {step.seq}"
        else:
            check, detail = "act.prev", f"object {obj}: act {last[3]} is {last[1]}"
        self.report.alarm(check, "kernel_act", step.act, detail, act=step.index)

    def begun_twice(self, obj: str, index: int | None) -> None:
        """An object that is known already begins beside the principal of an act."""
        self.report.alarm("act.sequence", "kernel_member", f"{obj}#1", "begun twice", act=index)

    def follow(self, other: Seen) -> None:
        """Take over what the next share left: where this one's objects end, their histories must go on there."""
        for obj, step in other.openings.items():
            last = self.chain.get(obj)
            if last is None:
                self.openings[obj] = step
                continue
            if step.member and step.seq == 1:
                self.begun_twice(obj, step.index)
            if step.seq != last[0] + 1 or step.prev != last[1]:
                self.broken(obj, last, step)
        self.chain |= other.chain
        self.report.merge(other.report)
        self.unsealed += other.unsealed
        self.unfit |= other.unfit
        self.rules |= other.rules
        self.parts += other.parts
        self.buckets |= other.buckets
        self.moved |= other.moved
        self.bound |= other.bound
        self.gaps += other.gaps

    def ends(self, share: Share) -> dict[str, Link]:
        """The last acts on the rows of a share."""
        low, high = share.bounds()
        return {obj: link for obj, link in self.chain.items() if obj >= low and (not high or obj < high)}
