"""«Conservation» of the file of a contract: until when, from the day of an act, and from the end of the contract."""

from datetime import date

YEARS = 10
ERASED = "—"
"""Stands where the file of a contract named somebody, once its time is over."""


def kept_until(day: date) -> date:
    """The first of January after ten full years following that of the day: the first day on which the file may go."""
    return date(day.year + YEARS + 1, 1, 1)


def is_over(last_day: date | None, today: date) -> bool:
    """Whether the file of a contract with such a last day may go. One that runs on, with no end in sight, stays."""
    return last_day is not None and kept_until(last_day) <= today
