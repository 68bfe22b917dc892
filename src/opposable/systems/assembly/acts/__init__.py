"""The writers of the system: one function, one act."""

from opposable.systems.assembly.acts.company import adopt_bylaw, create_company
from opposable.systems.assembly.acts.meeting import (
    add_resolution,
    cancel_meeting,
    change_meeting,
    change_resolution,
    close_voting,
    convene,
    draft_meeting,
    fix_entitlements,
    open_voting,
    record_mailings,
)
from opposable.systems.assembly.acts.register import Entry, import_register, record_transfer, undo_import
from opposable.systems.assembly.acts.voting import enrol, identify, issue_code, receipt_of, receive_form, submit_form

__all__ = [
    "Entry",
    "add_resolution",
    "adopt_bylaw",
    "cancel_meeting",
    "change_meeting",
    "change_resolution",
    "close_voting",
    "convene",
    "create_company",
    "draft_meeting",
    "enrol",
    "fix_entitlements",
    "identify",
    "import_register",
    "issue_code",
    "open_voting",
    "receipt_of",
    "receive_form",
    "record_mailings",
    "record_transfer",
    "submit_form",
    "undo_import",
]
