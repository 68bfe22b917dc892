"""Our dated holidays beside those of two libraries that we did not write: the same days, but for exceptions that are named."""

from datetime import date, timedelta

import holidays
import pytest
from workalendar.europe import France, FranceAlsaceMoselle

from opposable.law import easter, is_holiday

YEARS = range(1998, 2036)
PENTECOST = {easter(year) + timedelta(50) for year in (2005, 2006, 2007)}
"""`holidays` leaves out Pentecost Monday while it was the day of solidarity by default; the code's list still named it."""


def ours(zone, years):
    days = (
        date(years[0], 1, 1) + timedelta(n) for n in range((date(years[-1], 12, 31) - date(years[0], 1, 1)).days + 1)
    )
    return {day for day in days if is_holiday(day, zone)}


def by_holidays(years, subdivision=None):
    return set(holidays.country_holidays("FR", subdiv=subdivision, years=years))


def by_workalendar(years, calendar):
    return {day for year in years for day, _ in calendar.holidays(year)}


def test_the_mainland_in_two_libraries():
    mine = ours("FR", YEARS)
    assert mine == by_workalendar(YEARS, France())
    assert mine - by_holidays(YEARS) == PENTECOST
    assert by_holidays(YEARS) <= mine


def test_alsace_and_moselle_in_two_libraries():
    mine = ours("FR-AM", YEARS)
    assert mine == by_workalendar(YEARS, FranceAlsaceMoselle())
    assert mine - by_holidays(YEARS, "57") == PENTECOST
    assert mine - by_holidays(YEARS, "6AE") == PENTECOST


@pytest.mark.parametrize("zone", ["973", "974", "976"])
def test_overseas_in_one(zone):
    years = range(2009, 2031)
    assert ours(zone, years) == by_holidays(years, zone)


@pytest.mark.parametrize("zone", ["971", "972"])
def test_what_is_custom_overseas_is_no_holiday_of_the_law(zone):
    """They add Schœlcher's day and, in Guadeloupe, mid-Lent and Good Friday: custom or local agreements, in none of our texts."""
    years = range(2009, 2031)
    more = by_holidays(years, zone) - ours(zone, years)
    assert ours(zone, years) <= by_holidays(years, zone)
    lent = {easter(y) - timedelta(n) for y in years for n in (2, 24)}
    assert more <= {date(y, 7, 21) for y in years} | lent
