"""The writers of the system: one function, one act."""

from opposable.systems.assembly.acts.after import (
    approve_minutes,
    certified_sheet,
    certify_sheet,
    confirm_vote,
    form_for,
    issue_extract,
    issue_form,
    issue_minutes,
    issue_notice,
    issue_sheet,
    missing_signatures,
    notice_for,
    publish_results,
    receipt_pdf,
    sealed,
    sign_minutes,
)
from opposable.systems.assembly.acts.agenda import (
    add_resolution,
    change_resolution,
    move_resolution,
    withdraw_resolution,
)
from opposable.systems.assembly.acts.company import adopt_bylaw, change_company, create_company
from opposable.systems.assembly.acts.confirmed import bundle as counted_bundle, confirmed
from opposable.systems.assembly.acts.consent import appoint_agent, record_consent, withdraw_consent
from opposable.systems.assembly.acts.convening import convene, meet_date, record_mailings
from opposable.systems.assembly.acts.entitlements import close_voting, fix_entitlements, open_voting
from opposable.systems.assembly.acts.identification import enrol, identify, issue_code, withdraw_means
from opposable.systems.assembly.acts.listing import acknowledge_request, list_request, notify_agenda, withdraw_request
from opposable.systems.assembly.acts.meeting import cancel_meeting, change_meeting, draft_meeting, notify_cancellation
from opposable.systems.assembly.acts.paper import enter_form
from opposable.systems.assembly.acts.proving import prove_request
from opposable.systems.assembly.acts.register import Entry, import_register, record_transfer, undo_import
from opposable.systems.assembly.acts.requests import receive_request, request_facts
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
from opposable.systems.assembly.acts.successive import carry_forms
from opposable.systems.assembly.acts.table import publish_table, published_table, table_csv
from opposable.systems.assembly.acts.voting import receipt_of, receive_form, submit_form

__all__ = [
    "Entry",
    "acknowledge_request",
    "add_resolution",
    "admit",
    "adopt_bylaw",
    "appoint_agent",
    "approve_minutes",
    "bring_resolution",
    "cancel_meeting",
    "carry_forms",
    "cast",
    "certified_sheet",
    "certify_sheet",
    "change_company",
    "change_meeting",
    "change_resolution",
    "close_resolution",
    "close_voting",
    "confirm_vote",
    "confirmed",
    "convene",
    "counted_bundle",
    "create_company",
    "draft_meeting",
    "end_session",
    "enrol",
    "enter_form",
    "fix_entitlements",
    "form_for",
    "identify",
    "import_register",
    "issue_code",
    "issue_extract",
    "issue_form",
    "issue_minutes",
    "issue_notice",
    "issue_sheet",
    "leave",
    "list_request",
    "meet_date",
    "missing_signatures",
    "move_resolution",
    "notice_for",
    "notify_agenda",
    "notify_cancellation",
    "open_session",
    "open_voting",
    "prove_request",
    "publish_results",
    "publish_table",
    "published_table",
    "receipt_of",
    "receipt_pdf",
    "receive_form",
    "receive_request",
    "record_consent",
    "record_mailings",
    "record_transfer",
    "report_incident",
    "request_facts",
    "sealed",
    "sign_minutes",
    "submit_form",
    "table_csv",
    "undo_import",
    "withdraw_consent",
    "withdraw_means",
    "withdraw_request",
    "withdraw_resolution",
]
