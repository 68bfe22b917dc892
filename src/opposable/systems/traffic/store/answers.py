"""«Réponses». Rows with where they lie, whether anything that ought to have been read could not be, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from opposable.systems.traffic.store.rows import Row

Reason = Literal["file", "key", "damaged", "unreachable"]


@dataclass(frozen=True, slots=True)
class Found:
    """A row, the segment (uid) in which it lies, and its position there: what `prove` needs."""

    family: str
    row: Row
    segment: str
    position: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A segment that ought to have been read and could not be, and why."""

    segment: str
    family: str
    day: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """All rows that match, in the order of their start. Not ``complete``: an answer from it must say so."""

    rows: tuple[Found, ...]
    missing: tuple[Missing, ...]
    segments: int
    unsaid: int = 0
    """No rows of the answer: translations of an inside address of hers that may be another's; of an address that no row names at its
    instant, lendings that began before and whose end nobody has told."""

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Count:
    """Before any content: how many rows, of how many distinct persons (subscribers, numbers), and whether all was counted."""

    rows: int
    persons: int
    missing: tuple[Missing, ...]
    unsaid: int = 0

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Written:
    """What a written segment commits to."""

    rows: int
    size: int
    root: str
    sha256: str
