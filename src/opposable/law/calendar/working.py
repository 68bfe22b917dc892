"""Working days, of two kinds that are not the same, and the shift of a day that is not one.

«Jours ouvrés»: the days worked as a rule, Monday to Friday, without holidays. «Jours ouvrables»: every day but the weekly
rest (Sunday) and holidays, so Saturday counts. The calendar of the Paris market ("XPAR") is a zone like another: its
closing days take the place of the holidays.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Literal

from opposable.law.calendar.days import moved
from opposable.law.errors import CalendarError
from opposable.law.holidays import HOLIDAYS, Holiday
from opposable.law.text import DAYS_EN, DAYS_FR, Text, day_text, t
from opposable.law.trace import Step, Trace

DayKind = Literal["ouvrés", "ouvrables"]
FIRST_REST_DAY: dict[str, int] = {"ouvrés": 5, "ouvrables": 6}
KIND_TEXT = {
    "ouvrés": t("jour ouvré", "working day (Monday to Friday)"),
    "ouvrables": t("jour ouvrable", "working day (Monday to Saturday)"),
}


def holiday_on(day: date, zone: str = "FR") -> Holiday | None:
    """Return the holiday that falls on a day in a zone, or None."""
    return HOLIDAYS.on(day, zone)


def is_holiday(day: date, zone: str = "FR") -> bool:
    """Tell whether a day is a holiday in a zone ("FR", "FR-AM", "971"…)."""
    return HOLIDAYS.on(day, zone) is not None


def is_working(day: date, zone: str = "FR", kind: DayKind = "ouvrés") -> bool:
    """Tell whether a day is worked: «ouvré» (Monday to Friday) or «ouvrable» (Monday to Saturday), no holiday."""
    return _why_not(day, zone, kind) is None


def working_days_before(day: date, n: int, zone: str = "FR", kind: DayKind = "ouvrés") -> tuple[date, Trace]:
    """Return the ``n``-th working day before a day, which is not counted (``n`` ≥ 1)."""
    return _working_days(day, n, zone, kind, way=-1)


def working_days_after(day: date, n: int, zone: str = "FR", kind: DayKind = "ouvrés") -> tuple[date, Trace]:
    """Return the ``n``-th working day after a day, which is not counted (``n`` ≥ 1)."""
    return _working_days(day, n, zone, kind, way=1)


def working_days_between(first: date, second: date, zone: str = "FR", kind: DayKind = "ouvrés") -> int:
    """Return how many working days lie between two days, neither being counted."""
    span = (second - first).days
    return sum(is_working(moved(first, n), zone, kind) for n in range(1, span))


def shift_next(day: date, zone: str = "FR", *, cite: str = "") -> tuple[date, Trace]:
    """Return the day itself, or the first one after it that is no Saturday, Sunday or holiday.

    Only for a rule that says so, as article 642, al. 2 of the CPC does; ``cite`` names it in the trace.
    """
    found, steps = steps_of_shift(day, zone, 1, cite)
    return found, Trace(steps)


def shift_previous(day: date, zone: str = "FR", *, cite: str = "") -> tuple[date, Trace]:
    """Return the day itself, or the last one before it that is no Saturday, Sunday or holiday.

    Only for a rule that says so, named by ``cite`` in the trace: article 642 of the CPC does not carry backwards
    (Cass. 2e civ., 4 févr. 1998, n° 96-13.391).
    """
    found, steps = steps_of_shift(day, zone, -1, cite)
    return found, Trace(steps)


def why_not_working(day: date, zone: str, kind: DayKind) -> Text | None:
    """Say why a day is not worked (weekly rest, holiday with its text), or None when it is."""
    return _why_not(day, zone, kind)


def _why_not(day: date, zone: str, kind: DayKind) -> Text | None:
    holiday = HOLIDAYS.on(day, zone)
    if holiday:
        return holiday.why
    if kind not in FIRST_REST_DAY:
        raise CalendarError(
            t(
                "« {kind} » n’est pas un genre de jours : écrivez ouvrés ou ouvrables.",
                "“{kind}” is no kind of days: write ouvrés or ouvrables.",
            ).format(kind=kind)
        )
    if day.weekday() >= FIRST_REST_DAY[kind]:
        return t(DAYS_FR[day.weekday()], DAYS_EN[day.weekday()])
    return None


def _working_days(day: date, n: int, zone: str, kind: DayKind, *, way: int) -> tuple[date, Trace]:
    if n < 1:
        raise CalendarError(
            t(
                "Les jours ouvrés se comptent à partir de 1, pas de {n}.",
                "Working days are counted from 1, not from {n}.",
            ).format(n=n)
        )
    steps = []
    found, counted = day, 0
    for found in _walk(day, way):
        why = _why_not(found, zone, kind)
        if why is None:
            counted += 1
        steps.append(_day_step(found, counted, kind, why))
        if counted == n:
            break
    return found, Trace((_head(day, n, zone, kind, found), *steps))


def _walk(day: date, way: int) -> Iterator[date]:
    while True:
        day = moved(day, way)
        yield day


def _head(day: date, n: int, zone: str, kind: DayKind, found: date) -> Step:
    side = t("avant", "before") if found < day else t("après", "after")
    what = t("{kind} n° {n} {side} le {day}", "{kind} no. {n} {side} {day}").format(
        n=n, side=side, day=day_text(day, weekday=True), kind=KIND_TEXT[kind]
    )
    how = t(
        "calendrier : {zone} ; le jour de départ n’est pas compté",
        "calendar: {zone}; the day it starts from is not counted",
    ).format(zone=HOLIDAYS.zone(zone).label)
    return Step(what.capital(), how, found.isoformat())


def _day_step(day: date, counted: int, kind: DayKind, why: Text | None) -> Step:
    if why is None:
        how = t("{kind} n° {n}", "{kind} no. {n}").format(kind=KIND_TEXT[kind], n=counted)
    else:
        how = t("ne compte pas : {why}", "does not count: {why}").format(why=why)
    return Step(_day_title(day), how, day.isoformat())


def steps_of_shift(day: date, zone: str, way: int, cite: str) -> tuple[date, tuple[Step, ...]]:
    """``shift_next`` (``way`` 1) or ``shift_previous`` (-1) as steps of a longer working."""
    why = _why_not(day, zone, "ouvrés")
    if why is None:
        how = t("ni samedi, ni dimanche, ni jour férié : pas de report", "no Saturday, Sunday or holiday: no shift")
        return day, (Step(_day_title(day), how, day.isoformat()),)
    steps, found = [], day
    while why is not None:
        passed, found = found, moved(found, way)
        steps.append(Step(_day_title(passed), _moved(why, way, cite), found.isoformat()))
        why = _why_not(found, zone, "ouvrés")
    return found, tuple(steps)


@lru_cache(maxsize=8192)
def _day_title(day: date) -> Text:
    """A day at the head of a step; English weekdays have their capital already."""
    named = day_text(day, weekday=True)
    return Text(named.fr.capitalize(), named.en)


@lru_cache(maxsize=1024)
def _moved(why: Text, way: int, cite: str) -> Text:
    """Why a day was passed over: a few wordings serve every date."""
    how = (
        t("jour non ouvrable ({why}) : report au lendemain", "no working day ({why}): moved to the next day")
        if way > 0
        else t("jour non ouvrable ({why}) : avancé à la veille", "no working day ({why}): moved to the day before")
    )
    return how.format(why=why) + (f" ({cite})" if cite else "")
