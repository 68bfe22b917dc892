"""The writers of the system: one function, one act."""

from opposable.systems.traffic.acts.answering import acknowledge, deliver, issue_letter, record_answer
from opposable.systems.traffic.acts.approving import approve, review
from opposable.systems.traffic.acts.billing import invoice
from opposable.systems.traffic.acts.cases import (
    amend,
    certify,
    hurry,
    qualify_requisition,
    refuse,
    register,
    widen,
    withdraw,
)
from opposable.systems.traffic.acts.freezing import erase_freeze, place_freeze
from opposable.systems.traffic.acts.identities import erase_identities, import_identities
from opposable.systems.traffic.acts.querying import close_extraction, count, read
from opposable.systems.traffic.acts.segments import erase_segments, receive_delivery, seal_segment
from opposable.systems.traffic.acts.sources import close_source, declare_source

__all__ = [
    "acknowledge",
    "amend",
    "approve",
    "certify",
    "close_extraction",
    "close_source",
    "count",
    "declare_source",
    "deliver",
    "erase_freeze",
    "erase_identities",
    "erase_segments",
    "hurry",
    "import_identities",
    "invoice",
    "issue_letter",
    "place_freeze",
    "qualify_requisition",
    "read",
    "receive_delivery",
    "record_answer",
    "refuse",
    "register",
    "review",
    "seal_segment",
    "widen",
    "withdraw",
]
