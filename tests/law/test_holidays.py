"""Holidays by territory and by date: movable feasts, local days, dated texts, and days from memory."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from opposable.law import HOLIDAYS, HolidayError, easter, is_holiday
from opposable.law.citation import parse
from opposable.law.holidays import HolidayTable

ELEVEN_2026 = {
    "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25",
}  # fmt: skip
LOCAL_2026 = {
    "FR": set(),
    "FR-AM": {"04-03", "12-26"},
    "FR-AM-0": {"12-26"},
    "971": {"05-27"},
    "972": {"05-22"},
    "973": {"06-10"},
    "974": {"12-20"},
    "975": set(),
    "976": {"04-27"},
    "977": {"10-09"},
    "978": {"05-27", "05-28"},
    "986": {"04-28", "07-29"},
    "987": {"03-05", "04-03", "11-20"},
    "988": {"09-24"},
}


@pytest.mark.parametrize(
    "day",
    ["1583-04-10", "1700-04-11", "1818-03-22", "1900-04-15", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23",
     "2007-04-08", "2008-03-23", "2011-04-24", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28",
     "2038-04-25", "2049-04-18", "2285-03-22"],
)  # fmt: skip
def test_easter_of_known_years(day):
    assert easter(int(day[:4])) == date.fromisoformat(day)


@given(st.integers(1583, 9999))
def test_easter_is_a_sunday_in_its_season(year):
    sunday = easter(year)
    assert sunday.weekday() == 6
    assert date(year, 3, 22) <= sunday <= date(year, 4, 25)


@given(st.integers(1583, 4000))
def test_easter_follows_the_full_moon_of_the_tables(year):
    """Clavius: the Sunday after the fourteenth day of the paschal moon, by golden number and century."""
    golden, century = year % 19 + 1, year // 100 + 1
    correction = 3 * century // 4 - 12
    epact = (11 * golden + 20 + (8 * century + 5) // 25 - 5 - correction) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    moon = 44 - epact
    moon += 30 if moon < 21 else 0
    march = moon + 7 - (5 * year // 4 - correction - 10 + moon) % 7
    assert easter(year) == date(year, 3, 1) + timedelta(days=march - 1)


def test_no_easter_before_the_calendar():
    with pytest.raises(HolidayError):
        easter(1582)


def test_every_zone_is_covered_by_these_tests():
    assert set(HOLIDAYS.zones) == {*LOCAL_2026, "XPAR"}


@pytest.mark.parametrize("zone", LOCAL_2026)
def test_the_holidays_of_2026(zone):
    days = {holiday.on.strftime("%m-%d") for holiday in HOLIDAYS.year(2026, zone)}
    assert days == ELEVEN_2026 | LOCAL_2026[zone]


def test_good_friday_and_26_december_belong_to_alsace_moselle():
    assert is_holiday(date(2026, 4, 3), "FR-AM")
    assert not is_holiday(date(2026, 4, 3), "FR-AM-0")  # a commune without a temple or a mixed church
    assert not is_holiday(date(2026, 4, 3), "FR")
    assert is_holiday(date(2026, 12, 26), "FR-AM")
    assert is_holiday(date(2026, 12, 26), "FR-AM-0")
    assert not is_holiday(date(2026, 12, 26))
    friday = HOLIDAYS.on(date(2026, 4, 3), "FR-AM")
    assert (friday.cite, friday.confirmed) == (("C. trav., art. L. 3134-13, 2°",), True)


@pytest.mark.parametrize(
    ("day", "zone", "holiday"),
    [
        ("2011-10-09", "977", False),  # before the decree of 2012
        ("2012-10-09", "977", True),
        ("2007-05-27", "977", True),  # still a commune of Guadeloupe
        ("2008-05-27", "977", False),
        ("2017-05-28", "978", False),
        ("2018-05-28", "978", True),
        ("2017-04-27", "976", True),
        ("2018-04-27", "976", True),
        ("2024-06-29", "987", True),
        ("2026-06-29", "987", False),
        ("2024-11-20", "987", False),
        ("2025-11-20", "987", True),
        ("1981-05-08", "FR", False),
        ("1982-05-08", "FR", True),
    ],
)
def test_days_come_and_go_with_their_texts(day, zone, holiday):
    assert is_holiday(date.fromisoformat(day), zone) is holiday


def test_a_text_ends_the_day_before_its_end():
    cites = [HOLIDAYS.on(date(year, 1, 1), "976").cite for year in (2017, 2018)]
    assert cites == [("C. trav. Mayotte, art. L. 222-1",), ("C. trav., art. L. 3133-1",)]


@pytest.mark.parametrize("year", range(2000, 2030))
def test_whit_monday_stays_a_holiday_and_its_disputed_years_say_so(year):
    monday = HOLIDAYS.on(easter(year) + timedelta(days=50), "FR")
    assert monday.id == "whit-monday"
    disputed = 2005 <= year <= 2007
    assert ("solidarity day" in monday.why.en) is disputed
    assert monday.confirmed is (year >= 2008)


def test_the_list_of_the_code_since_2008_is_read_and_the_one_before_is_remembered():
    assert all(holiday.confirmed for holiday in HOLIDAYS.year(2026, "FR"))
    assert not any(holiday.confirmed for holiday in HOLIDAYS.year(2007, "FR"))
    assert not any(holiday.confirmed for zone in ("986", "987", "988", "XPAR") for holiday in HOLIDAYS.year(2026, zone))
    assert all(holiday.confirmed for holiday in HOLIDAYS.year(2010, "976"))  # Mayotte's own code was read


def test_a_day_from_memory_says_so_wherever_it_is_shown():
    assert HOLIDAYS.on(date(2026, 9, 24), "988").why.en == (
        "Citizenship Day (C. trav. Nouvelle-Calédonie) [unconfirmed]"
    )
    assert HOLIDAYS.on(date(2026, 5, 8), "FR").why.fr == "8 Mai (C. trav., art. L. 3133-1)"


def test_the_market_closes_on_its_own_days():
    days = {holiday.on.strftime("%m-%d") for holiday in HOLIDAYS.year(2019, "XPAR")}
    assert days == {"01-01", "04-19", "04-22", "05-01", "12-25", "12-26"}  # Euronext's announcement for 2019


def test_two_feasts_on_one_day_are_both_listed():
    assert [holiday.id for holiday in HOLIDAYS.year(2008, "FR") if holiday.on == date(2008, 5, 1)] == [
        "may-1",
        "ascension",
    ]


def test_the_table_does_not_answer_for_days_it_does_not_know():
    with pytest.raises(HolidayError, match="avant le 1er janvier 1976"):
        is_holiday(date(1975, 12, 31), "FR")
    with pytest.raises(HolidayError, match="choisissez parmi FR, FR-AM"):
        is_holiday(date(2026, 1, 1), "Europe/Paris")
    assert [holiday.on.isoformat() for holiday in HOLIDAYS.year(1983, "971")] == ["1983-12-25"]


def test_every_text_of_the_table_is_cited_dated_and_sourced():
    for text in HOLIDAYS.texts:
        assert text.source
        assert text.confirmed is (text.checked is not None)
        assert not (text.confirmed and "mémoire" in text.source), "a text with a day from memory is unconfirmed"
        assert text.until is None or text.since < text.until
        assert text.checked is None or text.since < text.checked <= date(2026, 12, 31)
        for cite in text.cite:
            parse(cite)


def test_every_zone_has_a_clock_and_two_names():
    for zone in HOLIDAYS.zones.values():
        assert ZoneInfo(zone.time)
        assert zone.label.fr
        assert zone.label.en


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('zones = ["FR"', 'zones = ["FX"'),
        ('days = ["may-8"]', 'days = ["may-9"]'),
        ("easter = 50", 'easter = 50\ndate = "05-25"'),
    ],
)
def test_a_bad_table_is_refused(tmp_path, old, new):
    text = Path(HolidayTable.load.__func__.__globals__["__file__"]).with_name("holidays.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "holidays.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(HolidayError):
        HolidayTable.load(path)
