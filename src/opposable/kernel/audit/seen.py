"""What goes from one check to the next, and from one process to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from opposable.kernel.audit.report import Report

Link = tuple[int, str, str, int, int | None]
"""The last act of an object: its number, entry and post (hex), the id of the act, its index."""


@dataclass(slots=True)
class Seen:
    """What the pass over a share of the acts leaves for the other checks."""

    report: Report = field(default_factory=Report)
    chain: dict[str, Link] = field(default_factory=dict)
    """The last act of each object, by its pseudonym."""
    openings: list[tuple[int, int | None, str]] = field(default_factory=list)
    """(act id, index, entry named as previous) of objects whose history does not begin with a first act."""
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

    def merge(self, other: Seen) -> None:
        """Take over what another share left; its objects have been compared with their rows already."""
        self.report.merge(other.report)
        self.openings += other.openings
        self.unsealed += other.unsealed
        self.unfit |= other.unfit
        self.rules |= other.rules
        self.parts += other.parts
        self.buckets |= other.buckets
        self.moved |= other.moved
        self.bound |= other.bound
