"""The writers of the system: one function, one act."""

from opposable.systems.assembly.acts.company import adopt_bylaw, create_company
from opposable.systems.assembly.acts.convening import convene, meet_date, record_mailings
from opposable.systems.assembly.acts.entitlements import close_voting, fix_entitlements, open_voting
from opposable.systems.assembly.acts.identification import enrol, identify, issue_code
from opposable.systems.assembly.acts.meeting import (
    add_resolution,
    cancel_meeting,
    change_meeting,
    change_resolution,
    draft_meeting,
)
from opposable.systems.assembly.acts.register import Entry, import_register, record_transfer, undo_import
from opposable.systems.assembly.acts.session import (
    admit,
    bring_resolution,
    cast,
    close_resolution,
    end_session,
    leave,
    open_session,
    report_incident,
)
from opposable.systems.assembly.acts.voting import receipt_of, receive_form, submit_form

__all__ = [
    "Entry",
    "add_resolution",
    "admit",
    "adopt_bylaw",
    "bring_resolution",
    "cancel_meeting",
    "cast",
    "change_meeting",
    "change_resolution",
    "close_resolution",
    "close_voting",
    "convene",
    "create_company",
    "draft_meeting",
    "end_session",
    "enrol",
    "fix_entitlements",
    "identify",
    "import_register",
    "issue_code",
    "leave",
    "meet_date",
    "open_session",
    "open_voting",
    "receipt_of",
    "receive_form",
    "record_mailings",
    "record_transfer",
    "report_incident",
    "submit_form",
    "undo_import",
]
