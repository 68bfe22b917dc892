"""«Tableau»: cards in lanes by state. A card moves only by an act: its buttons are the lawful next steps, and nothing is dragged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opposable.law.text import Text

MOST = 30
"""Cards that a lane shows; beyond, it says how many more and where they are."""


@dataclass(frozen=True)
class Move:
    """A lawful next step: a page to go to, or (``fields`` given) a POST to the address of an act."""

    label: Text
    href: str
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Card:
    """One thing: its title and address, an instant, a few words, a mark (tone, word), its moves, and why it is there."""

    title: Text | str
    href: str = ""
    at: datetime | None = None
    what: Text | str = ""
    mark: tuple[str, Text] | None = None
    moves: Sequence[Move] = ()
    why: Any = None


@dataclass(frozen=True)
class Lane:
    """One column. ``href`` is the list of all that is in it."""

    key: str
    label: Text
    tone: str = ""
    href: str = ""
    cards: Sequence[Card] = field(default_factory=list)
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.cards) + self.more


def deal(
    lanes: Iterable[Lane], rows: Iterable[Any], lane_of: Callable[[Any], str], card_of: Callable[[Any], Card]
) -> list[Lane]:
    """Put each row in its lane, in the order given; a row whose lane is not there is left aside."""
    found = list(lanes)
    held: dict[str, list[Any]] = {lane.key: [] for lane in found}
    for row in rows:
        held.get(lane_of(row), []).append(row)
    return [
        Lane(
            lane.key,
            lane.label,
            lane.tone,
            lane.href,
            [card_of(row) for row in held[lane.key][:MOST]],
            max(0, len(held[lane.key]) - MOST),
        )
        for lane in found
    ]
