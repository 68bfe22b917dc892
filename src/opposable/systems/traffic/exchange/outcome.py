"""«Bilan d'un fichier»: what became of its rows, as it grows while the file comes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from opposable.law import Text
from opposable.systems.traffic.exchange.blocks import Loss, Reject
from opposable.systems.traffic.models import Delivery, Segment


@dataclass
class Outcome:
    """What became of a file. ``known``: it had come in before, and nothing was done."""

    delivery: Delivery | None = None
    known: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    segments: list[Segment] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    refused: Counter[Text] = field(default_factory=Counter)
    """Rows that were not kept, by day and reason."""
    notes: list[Text] = field(default_factory=list)
    """What the file says of itself: gaps in its numbers, an exporter that began anew."""
    losses: list[Loss] = field(default_factory=list)
    """What did not come, or did not read: kept with the delivery."""
    first: int | None = None
    last: int | None = None
    """The span of its rows, in microseconds: where a loss lies of which no more is known."""
