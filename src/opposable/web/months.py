"""«Calendrier»: what is dated, month by month, with the holidays of the law's own table.

What ends at midnight belongs to the day before: «au plus tard le 19» is due at 00:00 on the 20th.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opposable.law import LawError
from opposable.law.calendar import HOLIDAYS, Holiday
from opposable.law.text import MONTHS_EN, MONTHS_FR, Text
from opposable.web.format import PARIS

YEARS = (1900, 2200)
"""The years that the pages show: outside, the address is not understood."""


@dataclass(frozen=True)
class Event:
    """One thing on a day. ``tone``: ok, due, refused or ""; ``note`` is what a reader wants to know next (the citation)."""

    at: datetime
    title: Text | str
    href: str = ""
    tone: str = ""
    note: Text | str = ""


@dataclass(frozen=True)
class Day:
    """One cell of the month; ``inside`` False: it belongs to the month before or after."""

    on: date
    inside: bool
    today: bool
    holiday: Holiday | None
    events: Sequence[Event]

    @property
    def idle(self) -> bool:
        """Saturday, Sunday or holiday."""
        return self.on.weekday() > 4 or self.holiday is not None


@dataclass(frozen=True)
class Week:
    """Seven days from Monday; ``number`` is the ISO week."""

    number: int
    days: Sequence[Day]


@dataclass(frozen=True)
class Month:
    """What ``{% calendar month %}`` draws; ``previous`` and ``following`` as 2026-03, "" at the end of what can be shown."""

    first: date
    label: Text
    weeks: Sequence[Week]
    previous: str
    following: str

    @property
    def events(self) -> list[Event]:
        """All of the month, in order."""
        return [event for week in self.weeks for day in week.days if day.inside for event in day.events]


def asked(text: str, today: date) -> date:
    """The first day of the month that an address asks for (``2026-03``), the current one when it cannot be read."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if YEARS[0] <= first.year <= YEARS[1] else today.replace(day=1)


def day_of(at: datetime, zone: str = PARIS) -> date:
    """The day to which an instant belongs: midnight ends the day before."""
    return (at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def ends_day(at: datetime, zone: str = PARIS) -> bool:
    """Whether an instant is a midnight: «fin du jour»."""
    return at.astimezone(ZoneInfo(zone)).time() == time(0)


def span(first: date, zone: str = PARIS) -> tuple[datetime, datetime]:
    """The instants between which lie the events of a month as drawn, the days around it included: after, up to."""
    monday, last = _edges(first)
    bounds = [
        datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC) for day in (monday, last + timedelta(days=1))
    ]
    return bounds[0], bounds[1]


def month(first: date, events: Iterable[Event], now: datetime, zone: str = PARIS) -> Month:
    """The month with its events; events of other months are left aside."""
    by_day: defaultdict[date, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda item: item.at):
        by_day[day_of(event.at, zone)].append(event)
    today, (monday, last) = now.astimezone(ZoneInfo(zone)).date(), _edges(first)
    days = [
        Day(on, on.month == first.month, on == today, _holiday(on), by_day[on])
        for on in (monday + timedelta(days=n) for n in range((last - monday).days + 1))
    ]
    weeks = [Week(days[n].on.isocalendar().week, days[n : n + 7]) for n in range(0, len(days), 7)]
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    label = Text(
        f"{MONTHS_FR[first.month - 1]} {first.year}".capitalize(), f"{MONTHS_EN[first.month - 1]} {first.year}"
    )
    return Month(first, label, weeks, f"{before:%Y-%m}", f"{after:%Y-%m}")


def _edges(first: date) -> tuple[date, date]:
    """The Monday on or before the first day, and the Sunday on or after the last."""
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _holiday(on: date) -> Holiday | None:
    """The holiday of a day, when the table on file reaches back that far."""
    try:
        return HOLIDAYS.on(on)
    except LawError:
        return None
