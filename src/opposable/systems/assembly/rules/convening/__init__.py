"""«Convocation»: every date of a meeting, computed backwards from it by the law of its day, and what that law refuses."""

from opposable.systems.assembly.rules.convening.check import CONVENING, NOTICES, check_calendar
from opposable.systems.assembly.rules.convening.dates import calendar, record_at
from opposable.systems.assembly.rules.convening.facts import Actor, DateDue, MeetingFacts, Side, as_data
from opposable.systems.assembly.rules.convening.site import site_may_open

__all__ = [
    "CONVENING",
    "NOTICES",
    "Actor",
    "DateDue",
    "MeetingFacts",
    "Side",
    "as_data",
    "calendar",
    "check_calendar",
    "record_at",
    "site_may_open",
]
