"""Legal time: instants, calendar days, clear days, working days, months, hours, and the time limits of the CPC.

Every computation gives back its value and a Trace of the steps, in French and in English. Nothing is shifted for
week-ends or holidays unless the function called says so: a rule that shifts says so, and its code calls the shift.
"""

from opposable.law.calendar.clock import (
    PARIS,
    end_of_day,
    hours_after,
    hours_before,
    instant,
    instant_before,
    instant_traced,
    local,
    local_day,
    zone_of,
)
from opposable.law.calendar.days import (
    clear_days_after,
    clear_days_before,
    clear_days_between,
    days_after,
    days_before,
    days_between,
    months_after,
    months_before,
    years_after,
)
from opposable.law.calendar.deadlines import cpc_deadline, cpc_deadline_before
from opposable.law.calendar.working import (
    DayKind,
    holiday_on,
    is_holiday,
    is_working,
    shift_next,
    shift_previous,
    working_days_after,
    working_days_before,
    working_days_between,
)
from opposable.law.holidays import HOLIDAYS, Holiday, easter
from opposable.law.trace import Step, Trace

__all__ = [
    "HOLIDAYS",
    "PARIS",
    "DayKind",
    "Holiday",
    "Step",
    "Trace",
    "clear_days_after",
    "clear_days_before",
    "clear_days_between",
    "cpc_deadline",
    "cpc_deadline_before",
    "days_after",
    "days_before",
    "days_between",
    "easter",
    "end_of_day",
    "holiday_on",
    "hours_after",
    "hours_before",
    "instant",
    "instant_before",
    "instant_traced",
    "is_holiday",
    "is_working",
    "local",
    "local_day",
    "months_after",
    "months_before",
    "shift_next",
    "shift_previous",
    "working_days_after",
    "working_days_before",
    "working_days_between",
    "years_after",
    "zone_of",
]
