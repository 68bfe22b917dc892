"""Quorum: fractions by body, call and date; who is there at an instant; what leaves the base."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from opposable.law import OverrideRefused, Refused
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Fraction
from opposable.systems.assembly.rules.quorum import (
    CHAIR,
    Attendance,
    Hall,
    Presence,
    excluded_of,
    presence,
    quorum,
    there,
)
from tests.assembly.facts import DAY_2008, DAY_2026, LAW, LISTED, UNLISTED, bylaw, company, utc, voice

OPEN = utc(2026, 3, 30, 8)


def at(minutes):
    return OPEN + timedelta(minutes=minutes)


def decide(shares, base, body="ordinary", call=1, day=DAY_2026, of=LISTED):
    return quorum(LAW, day, of, body, call=call, base=base, presence=Presence(present=shares)).value


@pytest.mark.parametrize(
    ("body", "call", "day", "fraction"),
    [
        ("ordinary", 1, DAY_2008, "1/5"),
        ("ordinary", 2, DAY_2008, None),
        ("extraordinary", 1, DAY_2008, "1/4"),
        ("extraordinary", 2, DAY_2008, "1/5"),
        ("special", 1, DAY_2008, "1/3"),
        ("special", 2, DAY_2008, "1/5"),
        ("ordinary", 1, DAY_2026, "1/5"),
        ("ordinary", 2, DAY_2026, None),
        ("extraordinary", 1, DAY_2026, "1/4"),
        ("extraordinary", 2, DAY_2026, "1/5"),
        ("special", 1, DAY_2026, "1/3"),
        ("special", 2, DAY_2026, "1/5"),
        ("ordinary", 1, date(2004, 5, 5), "1/4"),
        ("extraordinary", 1, date(2004, 5, 5), "1/3"),
    ],
)
def test_the_fraction_of_each_body_call_and_day(body, call, day, fraction):
    found = decide(1, 10, body, call, day).fraction
    assert (str(found) if found else None) == fraction


@pytest.mark.parametrize("base", [5, 1_000, 999_999_995, 2**53 + 7, 5 * 10**18])
def test_exactly_one_fifth_is_enough_and_one_share_less_is_not(base):
    least = -(-base // 5)
    assert decide(least, base).reached
    assert not decide(least - 1, base).reached
    assert decide(least, base).least == least


def test_second_call_of_an_ordinary_meeting_needs_no_quorum():
    assert decide(0, 1000, call=2).reached
    assert decide(0, 1000, call=2).least == 0


def test_no_share_with_a_vote_no_quorum():
    assert not decide(0, 0).reached
    assert decide(0, 0).percent is None


def test_unlisted_companies_may_ask_for_more_listed_ones_may_not():
    half = bylaw("assembly.quorum.ordinary", first=[1, 2])
    assert not decide(499, 1000, of=company(half, listed=False)).reached
    assert decide(500, 1000, of=company(half, listed=False)).reached
    with pytest.raises(OverrideRefused) as caught:
        decide(500, 1000, of=company(half))
    assert caught.value.rule_id == "assembly.quorum.ordinary"


@pytest.mark.parametrize("lower", [[1, 6], [0, 1], [199, 1000]])
def test_no_bylaw_lowers_a_quorum(lower):
    with pytest.raises(OverrideRefused):
        decide(500, 1000, of=company(bylaw("assembly.quorum.ordinary", first=lower), listed=False))


def test_the_same_fraction_written_otherwise_is_no_change():
    assert decide(200, 1000, of=company(bylaw("assembly.quorum.ordinary", first=[20, 100]))).reached


# --- in time --------------------------------------------------------------------------------------------------

ROOM = (
    Attendance("form", "remote", voice(300)),
    Attendance("early", "present", voice(100, shares=50), at(0), at(30)),
    Attendance("late", "present", voice(40), at(20)),
    Attendance("sleeper", "represented", voice(60), at(0), None, "early"),
    Attendance("blank", "represented", voice(5), at(0), None, CHAIR),
    Attendance("cousin", "proxy", arrived_at=at(10), left_at=at(40)),
    Attendance("aunt", "represented", voice(7), at(10), None, "cousin"),
)


@pytest.mark.parametrize(
    ("minutes", "present", "represented"),
    [(-1, 0, 0), (0, 50, 65), (10, 50, 72), (19, 50, 72), (20, 90, 72), (29, 90, 72), (30, 40, 12), (40, 40, 5)],
)
def test_arrivals_and_departures_and_the_proxy_takes_his_principals_away(minutes, present, represented):
    found = presence(ROOM, "ordinary", at(minutes))
    assert (found.present, found.represented, found.remote) == (present, represented, 300)
    assert found.shares == 300 + present + represented


def test_a_quorum_may_be_lost_in_the_meeting():
    base = 2000
    with_room = quorum(
        LAW, DAY_2026, LISTED, "ordinary", call=1, base=base, presence=presence(ROOM, "ordinary", at(20))
    )
    without = quorum(LAW, DAY_2026, LISTED, "ordinary", call=1, base=base, presence=presence(ROOM, "ordinary", at(40)))
    assert with_room.value.reached
    assert not without.value.reached
    assert without.trace.steps[-1].result == "5 × 345 < 1 × 2000"


def test_quorum_counts_shares_and_not_double_votes():
    assert presence(ROOM, "ordinary", at(0)).present == 50


def test_nobody_counts_twice():
    twice = (Attendance("A", "remote", voice(10)), Attendance("A", "present", voice(10), at(0)))
    with pytest.raises(Refused) as caught:
        there(twice, at(1))
    assert caught.value.code == "attendance.twice"
    again = (Attendance("A", "present", voice(10), at(0), at(5)), Attendance("A", "present", voice(10), at(6)))
    assert presence(again, "ordinary", at(5)).shares == 0
    assert presence(again, "ordinary", at(6)).shares == 10


def test_an_interested_holder_leaves_the_vote_and_stays_in_the_quorum():
    interested = Resolution(1, "ordinary", excluded=frozenset({"early"}))
    assert excluded_of(LAW, DAY_2026, LISTED, interested) == frozenset()
    assert presence(ROOM, "ordinary", at(0), frozenset({"early"})).present == 0  # what a rule that excludes would count


@given(
    st.integers(1, 10**18),
    st.integers(0, 10**18),
    st.sampled_from([(1, 5), (1, 4), (1, 3), (2, 3), (1, 2)]),
    st.booleans(),
)
def test_a_fraction_is_met_from_its_least_part_on(whole, part, pair, strict):
    fraction = Fraction(*pair, strict=strict)
    least = fraction.least(whole)
    assert fraction.met(least, whole)
    assert not fraction.met(least - 1, whole)
    assert fraction.met(part, whole) == (part >= least)


def test_unlisted_is_the_other_side_of_the_rule():
    assert decide(1, 5, of=UNLISTED).reached


MINUTE = st.none() | st.integers(0, 20).map(at)
LINES = st.builds(
    Attendance,
    st.sampled_from("ABCDEFGH"),
    st.sampled_from(["present", "represented", "remote", "proxy"]),
    st.integers(0, 50).map(voice),
    MINUTE,
    MINUTE,
    st.sampled_from(["", CHAIR, "A", "B", "P"]),
    st.frozensets(st.integers(1, 3)),
)


@given(st.lists(LINES, max_size=10), st.integers(-1, 21).map(at), st.frozensets(st.sampled_from("ABC")))
def test_the_sorted_hall_answers_as_the_plain_list(lines, instant, excluded):
    people = {line.holder for line in lines if line.at(instant) and line.capacity in ("present", "proxy")} | {CHAIR}
    plain = [line for line in lines if line.at(instant) and (line.capacity != "represented" or line.by in people)]
    named = [line.holder for line in plain if line.capacity != "proxy"]
    if len(named) != len(set(named)):
        with pytest.raises(Refused):
            Hall(lines).presence("ordinary", instant)
        return
    try:
        hall = Hall(lines)
    except Refused:
        return  # one holder gave two forms or two blank proxies: refused at any instant
    counted = [line for line in plain if line.holder not in excluded and line.capacity != "proxy"]
    found = hall.presence("ordinary", instant, excluded)
    assert found.shares == sum(line.voice.ordinary.shares for line in counted)
    assert found.remote == sum(line.voice.ordinary.shares for line in counted if line.capacity == "remote")
    assert found.holders == sum(1 for line in counted if line.voice.ordinary.shares)
    for position in (1, 2, 3):
        voting = {line.holder for line in plain if line.capacity in ("present", "represented")}
        left = {
            line.holder for line in plain if line.capacity == "remote" and position in line.left and line.by in people
        }
        assert hall.in_room(instant, position) == voting | left
