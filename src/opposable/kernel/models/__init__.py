"""Tables of the evidence core."""

from opposable.kernel.models.access import Account, ApiToken, Cell, Grant
from opposable.kernel.models.alert import Alert, CalendarFeed
from opposable.kernel.models.approval import ApprovalCase, ApprovalFlow, Delegation
from opposable.kernel.models.controlled import Acknowledgement, ControlledDocument, DocumentVersion
from opposable.kernel.models.decision import Decision, SubjectQuerySet
from opposable.kernel.models.document import Document
from opposable.kernel.models.duty import Duty
from opposable.kernel.models.ledger import Act, Anchor, CitedRule, Leaf, Member, Part, Pending, Seal
from opposable.kernel.models.recorded import Recorded, RecordedQuerySet, new_salt, new_uid
from opposable.kernel.models.retention import Hold, Reading

__all__ = [
    "Account",
    "Acknowledgement",
    "Act",
    "Alert",
    "Anchor",
    "ApiToken",
    "ApprovalCase",
    "ApprovalFlow",
    "CalendarFeed",
    "Cell",
    "CitedRule",
    "ControlledDocument",
    "Decision",
    "Delegation",
    "Document",
    "DocumentVersion",
    "Duty",
    "Grant",
    "Hold",
    "Leaf",
    "Member",
    "Part",
    "Pending",
    "Reading",
    "Recorded",
    "RecordedQuerySet",
    "Seal",
    "SubjectQuerySet",
    "new_salt",
    "new_uid",
]
