"""The tables. Rows are written by acts only."""

from opposable.systems.traffic.models.store import Delivery, Segment, Source

__all__ = ["Delivery", "Segment", "Source"]
