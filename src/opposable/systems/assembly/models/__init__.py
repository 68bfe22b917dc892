"""Tables of shareholders' meetings. Every row is recorded: written by acts, its states in the log."""

from opposable.systems.assembly.models.company import Bylaw, Company
from opposable.systems.assembly.models.meeting import Mailing, Meeting, Resolution
from opposable.systems.assembly.models.register import Entitlement, Holder, RegisterImport, Transfer
from opposable.systems.assembly.models.requests import AgendaRequest
from opposable.systems.assembly.models.session import Attendance, Incident, LiveVote, Result
from opposable.systems.assembly.models.voting import Challenge, Form, Voter

__all__ = [
    "AgendaRequest",
    "Attendance",
    "Bylaw",
    "Challenge",
    "Company",
    "Entitlement",
    "Form",
    "Holder",
    "Incident",
    "LiveVote",
    "Mailing",
    "Meeting",
    "RegisterImport",
    "Resolution",
    "Result",
    "Transfer",
    "Voter",
]
