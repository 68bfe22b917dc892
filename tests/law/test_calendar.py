"""Legal time: vectors from decided cases and from clock changes, and what holds for every day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, strategies as st

from opposable.law import (
    HOLIDAYS,
    PARIS,
    CalendarError,
    HolidayError,
    clear_days_after,
    clear_days_before,
    clear_days_between,
    cpc_deadline,
    cpc_deadline_before,
    days_after,
    days_before,
    days_between,
    end_of_day,
    hours_after,
    hours_before,
    instant,
    instant_before,
    instant_traced,
    is_working,
    local,
    local_day,
    months_after,
    months_before,
    shift_next,
    shift_previous,
    working_days_after,
    working_days_before,
    working_days_between,
    years_after,
)
from opposable.law.calendar import zone_of


def day(text):
    return date.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).astimezone(UTC)


zones = st.sampled_from([zone for zone in HOLIDAYS.zones if zone != "XPAR"])
kinds = st.sampled_from(["ouvrés", "ouvrables"])
days = st.dates(date(2009, 1, 1), date(2060, 12, 31))
counts = st.integers(0, 60)


# -------------------------------------------------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("meeting", "cut_off"),
    [
        ("2026-03-30", "2026-03-29T13:00:00Z"),  # the eve is the day the clocks go forward
        ("2026-03-29", "2026-03-28T14:00:00Z"),
        ("2026-10-25", "2026-10-24T13:00:00Z"),
        ("2026-10-26", "2026-10-25T14:00:00Z"),  # the eve is the day the clocks go back
        ("2007-06-15", "2007-06-14T13:00:00Z"),
        ("2026-01-01", "2025-12-31T14:00:00Z"),
    ],
)
def test_15_hours_on_the_eve_in_paris(meeting, cut_off):
    found, trace = instant_before(day(meeting), 1, time(15))
    assert found == utc(cut_off)
    assert found.tzinfo is UTC
    assert [step.result for step in trace] == [local_day(found).isoformat(), found.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]


def test_the_working_of_the_eve_is_printed_in_both_languages():
    _, trace = instant_before(day("2026-03-30"), 1, time(15))
    assert trace.render("fr").splitlines() == [
        (
            "1 jour avant le lundi 30 mars 2026 : on recule de 1 jour de calendrier, le jour même n’étant pas compté ;"
            " pas de report → 2026-03-29"
        ),
        (
            "Le dimanche 29 mars 2026 à 15 h 00, heure de Paris : ce jour-là, l’heure légale est UTC+2"
            " → 2026-03-29T13:00:00.000000Z"
        ),
    ]
    assert trace.render("en").splitlines() == [
        "1 day before Monday 30 March 2026: 1 day back on the calendar, the day itself not counted; no shift → 2026-03-29",
        "Sunday 29 March 2026 at 15:00, Paris time: on that day legal time is UTC+2 → 2026-03-29T13:00:00.000000Z",
    ]


def test_hours_that_the_clocks_skip_or_show_twice():
    with pytest.raises(CalendarError, match="n’indiquent jamais 2 h 30 le 29 mars 2026"):
        instant(day("2026-03-29"), time(2, 30))
    assert instant(day("2026-10-25"), time(2, 30)) == utc("2026-10-25T00:30:00Z")
    assert instant(day("2026-10-25"), time(2, 30, fold=1)) == utc("2026-10-25T01:30:00Z")


@pytest.mark.parametrize(
    ("zone", "at"),
    [("FR", "13:00"), ("971", "19:00"), ("974", "11:00"), ("975", "17:00"), ("988", "04:00"), ("Pacific/Noumea", "04:00"),
     (ZoneInfo("Pacific/Tahiti"), "01:00")],
)  # fmt: skip
def test_15_hours_overseas(zone, at):
    assert instant(day("2026-06-15"), time(15), zone).strftime("%H:%M") == at


def test_a_holder_in_noumea_sees_his_own_time():
    shown = local(utc("2026-03-29T13:00:00Z"), "988")
    assert shown.isoformat() == "2026-03-30T00:00:00+11:00"
    assert local_day(utc("2026-03-29T13:00:00Z"), "988") == day("2026-03-30")


def test_a_half_hour_zone_prints_its_minutes():
    _, trace = instant_traced(day("2026-06-15"), time(15), "Pacific/Marquesas")
    assert "UTC-9:30" in trace.render("fr")
    assert "heure de Pacific/Marquesas" in trace.render("fr")


def test_a_day_ends_at_24_hours_whatever_its_length():
    ends = [end_of_day(day(text)) for text in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25")]
    assert ends == [
        utc(text) for text in ("2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z")
    ]


def test_hours_are_hours_that_pass():
    meeting = instant(day("2026-03-30"), time(10))
    found, trace = hours_before(meeting, 48)
    assert found == utc("2026-03-28T08:00:00Z")  # 9:00 in Paris, not 10:00
    assert "les horloges changent" in trace.render("fr")
    assert "28 March 2026 at 09:00" in trace.render("en")
    back, trace = hours_after(found, 48)
    assert back == meeting
    assert "clocks change" not in hours_after(meeting, 48)[1].render("en")


def test_instants_without_a_zone_and_unknown_zones_are_refused():
    with pytest.raises(CalendarError, match="pas de fuseau"):
        local(datetime(2026, 1, 1))
    for zone in ("Europe/Pari", "../etc/passwd", "", "XX"):
        with pytest.raises(CalendarError, match="Fuseau inconnu"):
            zone_of(zone)


@given(days, st.times(), zones)
def test_an_instant_shows_the_hour_it_was_made_from(on, at, zone):
    try:
        found = instant(on, at, zone)
    except CalendarError:
        assume(False)
    shown = local(found, zone)
    assert (shown.date(), shown.time().replace(fold=0)) == (on, at.replace(fold=0))


# ------------------------------------------------------------------------------------------------ days and months


@pytest.mark.parametrize(
    ("function", "start", "n", "end"),
    [
        (days_before, "2026-03-30", 21, "2026-03-09"),
        (days_before, "2026-03-30", 0, "2026-03-30"),
        (days_after, "2024-02-28", 2, "2024-03-01"),
        (clear_days_before, "2026-03-30", 3, "2026-03-26"),  # 27, 28 and 29 are whole days; no shift over the week-end
        (clear_days_before, "2026-03-30", 0, "2026-03-29"),
        (clear_days_after, "2026-03-30", 3, "2026-04-03"),
        (months_after, "2026-01-31", 1, "2026-02-28"),
        (months_after, "2024-01-30", 1, "2024-02-29"),
        (months_after, "2026-03-31", 1, "2026-04-30"),
        (months_after, "2026-02-28", 1, "2026-03-28"),  # the same number, not the last day
        (months_after, "2025-11-30", 3, "2026-02-28"),
        (months_before, "2026-03-31", 1, "2026-02-28"),
        (months_before, "2026-01-15", 2, "2025-11-15"),
        (years_after, "2024-02-29", 1, "2025-02-28"),
        (years_after, "2024-02-29", 4, "2028-02-29"),
    ],
)
def test_plain_counts(function, start, n, end):
    found, trace = function(day(start), n)
    assert found == day(end)
    assert trace.steps[-1].result == end


@given(days, counts)
def test_clear_days_leave_whole_days_between(on, n):
    before, after = clear_days_before(on, n)[0], clear_days_after(on, n)[0]
    assert clear_days_between(before, on) == clear_days_between(on, after) == n
    assert days_between(before, on) == n + 1
    assert before == days_before(on, n)[0] - timedelta(days=1)


@given(days, st.integers(0, 120))
def test_months_keep_the_number_or_end_the_month(on, n):
    for found in (months_after(on, n)[0], months_before(on, n)[0]):
        assert found.day == on.day or (found.day < on.day and (found + timedelta(days=1)).day == 1)
    later = months_after(on, n)[0]
    assert later.year * 12 + later.month == on.year * 12 + on.month + n


@pytest.mark.parametrize(
    "function", [days_before, days_after, clear_days_before, clear_days_after, months_after, years_after]
)
def test_counts_are_neither_negative_nor_endless(function):
    with pytest.raises(CalendarError, match="nombre négatif"):
        function(day("2026-03-30"), -1)
    with pytest.raises(CalendarError, match="sort du calendrier"):
        function(day("2026-03-30"), 9_999_999)


# ---------------------------------------------------------------------------------------------------- working days


@pytest.mark.parametrize(
    ("meeting", "zone", "kind", "found"),
    [
        ("2026-05-11", "FR", "ouvrés", "2026-05-06"),  # Friday 8 May does not count
        ("2026-05-11", "FR", "ouvrables", "2026-05-07"),  # Saturday 9 May does
        ("2026-05-11", "XPAR", "ouvrés", "2026-05-07"),  # the market trades on 8 May
        ("2026-05-15", "FR", "ouvrés", "2026-05-12"),  # over Ascension Day
        ("2026-05-18", "FR", "ouvrés", "2026-05-13"),  # Friday 15 May counts: a bridge is no holiday
        ("2026-05-26", "FR", "ouvrés", "2026-05-21"),  # over Whit Monday
        ("2026-05-27", "FR", "ouvrés", "2026-05-22"),
        ("2026-05-26", "FR", "ouvrables", "2026-05-22"),
        ("2026-05-28", "971", "ouvrés", "2026-05-22"),  # 27 May and Whit Monday in Guadeloupe
        ("2026-04-07", "FR", "ouvrés", "2026-04-02"),
        ("2026-04-07", "FR-AM", "ouvrés", "2026-04-01"),  # Good Friday as well
        ("2026-04-07", "XPAR", "ouvrés", "2026-04-01"),
        ("2015-05-11", "FR", "ouvrés", "2015-05-06"),
        ("2007-05-29", "FR", "ouvrés", "2007-05-24"),  # Whit Monday 2007: disputed, and the trace says so
        ("2025-12-29", "FR-AM", "ouvrés", "2025-12-23"),
    ],
)
def test_two_working_days_before_a_meeting(meeting, zone, kind, found):
    answer, trace = working_days_before(day(meeting), 2, zone, kind)
    assert answer == day(found)
    assert trace.steps[0].result == trace.steps[-1].result == found


def test_the_working_days_are_printed_one_by_one():
    _, trace = working_days_before(day("2026-05-26"), 2)
    assert trace.render("fr").splitlines() == [
        (
            "Jour ouvré n° 2 avant le mardi 26 mai 2026 : calendrier : France métropolitaine, hors Alsace-Moselle ;"
            " le jour de départ n’est pas compté → 2026-05-21"
        ),
        "Lundi 25 mai 2026 : ne compte pas : Lundi de Pentecôte (C. trav., art. L. 3133-1) → 2026-05-25",
        "Dimanche 24 mai 2026 : ne compte pas : dimanche → 2026-05-24",
        "Samedi 23 mai 2026 : ne compte pas : samedi → 2026-05-23",
        "Vendredi 22 mai 2026 : jour ouvré n° 1 → 2026-05-22",
        "Jeudi 21 mai 2026 : jour ouvré n° 2 → 2026-05-21",
    ]
    assert "Whit Monday (C. trav., art. L. 3133-1)" in trace.render("en")


def test_a_date_that_rests_on_memory_says_so():
    assert "[non confirmé]" in working_days_before(day("2007-05-29"), 2)[1].render("fr")
    assert "solution discutée" in working_days_before(day("2007-05-29"), 2)[1].render("fr")
    assert "[unconfirmed]" in working_days_before(day("2026-09-25"), 1, "988")[1].render("en")
    assert "non confirmé" not in working_days_before(day("2026-05-26"), 2)[1].render("fr")


@given(days, st.integers(1, 30), zones, kinds)
def test_the_nth_working_day_is_one_and_leaves_n_minus_1_between(on, n, zone, kind):
    for function in (working_days_before, working_days_after):
        found, trace = function(on, n, zone, kind)
        assert is_working(found, zone, kind)
        first, second = sorted((found, on))
        assert working_days_between(first, second, zone, kind) == n - 1
        assert len(trace) == abs((found - on).days) + 1


@given(days, zones)
def test_every_day_worked_five_days_a_week_is_worked_six(on, zone):
    assert is_working(on, zone, "ouvrables") or not is_working(on, zone, "ouvrés")


def test_saturday_is_the_difference():
    saturday = day("2026-05-09")
    assert (is_working(saturday, kind="ouvrables"), is_working(saturday, kind="ouvrés")) == (True, False)
    with pytest.raises(CalendarError, match="ouvrés ou ouvrables"):
        is_working(saturday, kind="francs")


@pytest.mark.parametrize("n", [0, -1])
def test_working_days_are_counted_from_one(n):
    with pytest.raises(CalendarError, match="à partir de 1"):
        working_days_before(day("2026-05-26"), n)


# ------------------------------------------------------------------------------------------------------------ CPC


@pytest.mark.parametrize(
    ("event", "length", "zone", "last"),
    [
        (
            "2004-05-21",
            {"days": 15},
            "FR",
            "2004-06-07",
        ),  # Cass. 2e civ., 8 déc. 2005, n° 04-04.173: Saturday to Monday
        ("2026-03-02", {"days": 10}, "FR", "2026-03-12"),  # the day of the event does not count
        ("2026-04-30", {"days": 1}, "FR", "2026-05-04"),  # 1 May on a Friday: over the week-end
        ("2026-01-31", {"months": 1}, "FR", "2026-03-02"),  # 28 February is a Saturday
        ("2026-03-31", {"months": 1}, "FR", "2026-04-30"),
        ("2026-01-30", {"months": 1, "days": 2}, "FR", "2026-03-02"),  # months first, then days
        ("2024-02-29", {"years": 1}, "FR", "2025-02-28"),
        ("2024-02-29", {"years": 1, "months": 1}, "FR", "2025-03-31"),  # 29 March 2025 is a Saturday
        ("2026-03-24", {"days": 10}, "FR", "2026-04-03"),
        ("2026-03-24", {"days": 10}, "FR-AM", "2026-04-07"),  # Good Friday to Easter Tuesday
        ("2025-12-16", {"days": 10}, "FR-AM", "2025-12-29"),  # 26 December, then the week-end
        ("2025-12-16", {"days": 10}, "FR", "2025-12-26"),
        ("2026-12-18", {"days": 2}, "974", "2026-12-21"),
        ("2028-12-10", {"days": 10}, "974", "2028-12-21"),  # Wednesday 20 December in Réunion
    ],
)
def test_time_limits_of_the_code_of_civil_procedure(event, length, zone, last):
    found, trace = cpc_deadline(day(event), zone=zone, **length)
    assert found == day(last)
    assert trace.steps[0].result == event
    assert trace.steps[-1].result == last


def test_the_working_of_a_time_limit_cites_its_articles():
    _, trace = cpc_deadline(day("2004-05-21"), days=15)
    assert trace.render("fr").splitlines() == [
        "Point de départ : date de l’acte ou de l’événement, qui ne compte pas (CPC, art. 640 et 641) → 2004-05-21",
        (
            "15 jours après le vendredi 21 mai 2004 : on avance de 15 jours de calendrier, le jour même n’étant pas compté"
            " → 2004-06-05"
        ),
        "Samedi 5 juin 2004 : jour non ouvrable (samedi) : report au lendemain (CPC, art. 642, al. 2) → 2004-06-06",
        "Dimanche 6 juin 2004 : jour non ouvrable (dimanche) : report au lendemain (CPC, art. 642, al. 2) → 2004-06-07",
        "Expiration : le lundi 7 juin 2004 à vingt-quatre heures (CPC, art. 642, al. 1) → 2004-06-07",
    ]


@pytest.mark.parametrize(
    ("event", "length", "last"),
    [
        (
            "2021-06-30",
            {"days": 15},
            "2021-06-15",
        ),  # Cass. com., 11 janv. 2005, n° 02-14.118: sent on the 15th, in time
        ("1996-02-09", {"days": 5}, "1996-02-04"),  # Cass. 2e civ., 4 févr. 1998, n° 96-13.391: the 5th is too late
        ("2026-03-31", {"months": 1}, "2026-02-28"),  # a Saturday, and it stays
        ("2026-03-31", {"months": 1, "days": 1}, "2026-02-27"),
    ],
)
def test_limits_counted_backwards_are_not_shifted(event, length, last):
    found, trace = cpc_deadline_before(day(event), **length)
    assert found == day(last)
    assert "l’article 642 du CPC ne s’applique pas" in trace.render("fr")


def test_a_time_limit_has_a_length():
    for call in (lambda: cpc_deadline(day("2026-01-01")), lambda: cpc_deadline_before(day("2026-01-01"))):
        with pytest.raises(CalendarError, match="Un délai a une durée"):
            call()
    with pytest.raises(CalendarError, match="nombre négatif"):
        cpc_deadline(day("2026-01-01"), days=-1)


def test_a_time_limit_before_the_table_is_not_guessed():
    with pytest.raises(HolidayError, match="ne se calcule pas"):
        cpc_deadline(day("1975-09-05"), months=1)


@given(days, zones)
def test_a_shift_ends_on_a_working_day_and_moves_only_over_days_off(on, zone):
    for function, way in ((shift_next, 1), (shift_previous, -1)):
        found, trace = function(on, zone)
        assert is_working(found, zone)
        assert (found - on).days * way >= 0
        between = [on + timedelta(days=way * n) for n in range(abs((found - on).days))]
        assert not any(is_working(passed, zone) for passed in between)
        assert trace.steps[-1].result == found.isoformat()


@given(days, st.integers(0, 3), st.integers(0, 24), counts, zones)
def test_every_time_limit_ends_on_a_working_day_after_the_event(event, years, months, n, zone):
    assume(years or months or n)
    found, trace = cpc_deadline(event, years=years, months=months, days=n, zone=zone)
    assert is_working(found, zone)
    assert found > event
    assert all(step.what.fr and step.what.en and step.how.fr and step.how.en for step in trace)


def test_paris_is_paris():
    assert zone_of("FR") == PARIS == zone_of("Europe/Paris")
