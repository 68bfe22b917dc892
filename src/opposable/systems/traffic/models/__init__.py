"""The tables. Rows are written by acts only."""

from opposable.systems.traffic.models.freeze import Freeze
from opposable.systems.traffic.models.identity import Subscriber, SubscriberKey
from opposable.systems.traffic.models.requisition import Answer, Invoice, Query, Requisition
from opposable.systems.traffic.models.store import Delivery, Segment, Source
from opposable.systems.traffic.models.trust import Anchor, Revocations

__all__ = [
    "Anchor",
    "Answer",
    "Delivery",
    "Freeze",
    "Invoice",
    "Query",
    "Requisition",
    "Revocations",
    "Segment",
    "Source",
    "Subscriber",
    "SubscriberKey",
]
