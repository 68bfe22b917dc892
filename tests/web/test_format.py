"""Numbers and dates as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from opposable.web.format import (
    legal_date_text,
    legal_time_text,
    money_text,
    number_text,
    percent_text,
    span_text,
    utc_text,
    zone_label,
)

AT = datetime(2026, 3, 29, 13, 0, 1, 204317, UTC)


def test_numbers_are_grouped_with_narrow_spaces_in_french_and_commas_in_english():
    assert number_text(1204391, "fr") == "1\u202f204\u202f391"
    assert number_text(1204391, "en") == "1,204,391"
    assert number_text(Decimal("-1234.50"), "fr") == "\u22121\u202f234,50"
    assert number_text(None, "fr") == "–"


def test_a_float_is_refused():
    with pytest.raises(TypeError, match="exact"):
        number_text(0.1, "fr")


@given(st.integers(-(10**18), 10**18))
def test_the_digits_of_a_number_are_kept(value):
    shown = number_text(value, "fr")
    assert int(shown.replace("\u202f", "").replace("\u2212", "-")) == value


def test_money_is_written_from_cents():
    assert money_text(123456, "fr") == "1\u202f234,56\u00a0€"
    assert money_text(-5, "fr") == "\u22120,05\u00a0€"
    assert money_text(123456, "en") == "€1,234.56"


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 6))
def test_a_percentage_is_cut_never_rounded(part, whole, places):
    shown = percent_text(part, whole, "en", places).rstrip("%").replace(",", "")
    exact = Fraction(part * 100, whole)
    assert 0 <= exact - Fraction(shown) < Fraction(1, 10**places)


def test_a_threshold_just_missed_is_not_shown_as_reached():
    assert percent_text(49_999_999, 100_000_000, "fr") == "49,99\u00a0%"
    assert percent_text(1, 0, "fr") == "–"


@pytest.mark.parametrize(
    ("style", "fr", "en"),
    [
        ("time", "15:00:01 Paris", "15:00:01 Paris"),
        ("minute", "15:00 Paris", "15:00 Paris"),
        ("auto", "15:00:01,204 Paris", "15:00:01.204 Paris"),
        ("short", "dim. 29 mars 2026, 15:00 Paris", "Sun 29 Mar 2026, 15:00 Paris"),
        ("long", "dimanche 29 mars 2026, 15:00:01 Paris", "Sunday 29 March 2026, 15:00:01 Paris"),
        ("exact", "dim. 29 mars 2026, 15:00:01,204317 Paris", "Sun 29 Mar 2026, 15:00:01.204317 Paris"),
    ],
)
def test_legal_time_is_paris_time_with_its_zone(style, fr, en):
    assert legal_time_text(AT, "fr", style).replace("\u00a0", " ") == fr
    assert legal_time_text(AT, "en", style).replace("\u00a0", " ") == en


def test_the_hour_that_happens_twice_says_which_one():
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert legal_time_text(first, "fr") == "02:30:00\u00a0(UTC+2)\u00a0Paris"
    assert legal_time_text(second, "fr") == "02:30:00\u00a0(UTC+1)\u00a0Paris"
    assert "UTC" not in legal_time_text(second + timedelta(hours=1), "fr")


def test_overseas_zones_bear_their_place():
    assert legal_time_text(AT, "fr", zone="Indian/Reunion") == "17:00:01\u00a0La Réunion"
    assert zone_label("America/New_York").fr == "New York"


def test_dates():
    assert legal_date_text(date(2026, 5, 1), "fr", "long") == "vendredi 1er\u00a0mai\u00a02026"
    assert legal_date_text(date(2026, 5, 1), "en", "day") == "1\u00a0May\u00a02026"
    assert legal_date_text(date(2026, 5, 1), "fr", "short") == "01/05/2026"
    assert legal_date_text(date(2026, 2, 2), "fr") == "lun.\u00a02\u00a0févr.\u00a02026"


def test_instants_for_machines_lose_nothing():
    assert utc_text(AT) == "2026-03-29T13:00:01.204317Z"
    assert utc_text(AT.replace(microsecond=500_000)) == "2026-03-29T13:00:01.5Z"
    assert utc_text(AT.replace(microsecond=0)) == "2026-03-29T13:00:01Z"


@pytest.mark.parametrize(
    ("seconds", "fr", "en"),
    [
        (0, "0 s", "0 s"),
        (79, "1 min 19 s", "1 min 19 s"),
        (4320, "1 h 12 min", "1 h 12 min"),
        (3 * 86400, "3 j", "3 d"),
        (-5, "5 s", "5 s"),
    ],
)
def test_lengths_of_time(seconds, fr, en):
    assert span_text(timedelta(seconds=seconds), "fr").replace("\u00a0", " ") == fr
    assert span_text(timedelta(seconds=seconds), "en").replace("\u00a0", " ") == en
