"""The writers of the system: one function, one act."""

from opposable.systems.traffic.acts.answering import acknowledge, deliver, issue_letter, record_answer
from opposable.systems.traffic.acts.approving import approve, review
from opposable.systems.traffic.acts.attesting import attest
from opposable.systems.traffic.acts.billing import invoice
from opposable.systems.traffic.acts.cases import (
    amend,
    certify,
    refuse,
    register,
    withdraw,
)
from opposable.systems.traffic.acts.freezing import erase_freeze, freeze, place_freeze, prolong
from opposable.systems.traffic.acts.identities import erase_accounts, erase_identities, import_identities
from opposable.systems.traffic.acts.members import reassign
from opposable.systems.traffic.acts.moving import move_freeze, move_segments
from opposable.systems.traffic.acts.qualifying import hurry, qualify_requisition, widen
from opposable.systems.traffic.acts.querying import close_extraction, count, read
from opposable.systems.traffic.acts.segments import erase_segments, receive_delivery, seal_segment
from opposable.systems.traffic.acts.sources import close_source, declare_source
from opposable.systems.traffic.acts.trusting import end_trust, supply_revocations, trust

__all__ = [
    "acknowledge",
    "amend",
    "approve",
    "attest",
    "certify",
    "close_extraction",
    "close_source",
    "count",
    "declare_source",
    "deliver",
    "end_trust",
    "erase_accounts",
    "erase_freeze",
    "erase_identities",
    "erase_segments",
    "freeze",
    "hurry",
    "import_identities",
    "invoice",
    "issue_letter",
    "move_freeze",
    "move_segments",
    "place_freeze",
    "prolong",
    "qualify_requisition",
    "read",
    "reassign",
    "receive_delivery",
    "record_answer",
    "refuse",
    "register",
    "review",
    "seal_segment",
    "supply_revocations",
    "trust",
    "widen",
    "withdraw",
]
