"""The seed's facts under nine positions; the calendar of a dismissal; the CNE. No database."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from opposable.law import Book, Law, Refused, cpc_deadline
from opposable.systems import employment
from opposable.systems.employment.rules import dismissal, waiver
from opposable.systems.employment.rules.waiver import WaiverFacts

LAW = Law([Book.load(Path(employment.__file__).parent / "law.toml")])
SEED = WaiverFacts("prise-d-acte", date(2000, 10, 21), date(2000, 10, 21), date(2000, 11, 20))
"""The newsletter's case: prise d'acte on 21 October 2000, waiver on 20 November 2000."""


def at(facts, day):
    return waiver.answer(facts, LAW.at("employment.waiver", day))


def test_the_seeds_facts_are_in_time_in_2007_and_late_today():
    then, now = at(SEED, date(2007, 9, 1)), at(SEED, date(2026, 11, 24))
    assert (then.value.result, then.value.last_day) == ("in-time", date(2000, 11, 21))
    assert then.rule.cite == ("Cass. soc., 13 juin 2007, n° 04-42.740",)
    assert (now.value.result, now.value.last_day, now.value.counterpart) == ("late", date(2000, 10, 21), True)
    assert len(then.trace)
    assert len(now.trace)
    assert then.rule.confirmed
    assert not now.rule.confirmed


def test_nine_positions_stay_in_view():
    found = waiver.positions(SEED, LAW)
    assert len(found) == 9
    assert [one.decision.value.result for one in found] == ["in-time"] * 2 + ["late"] * 7
    assert [one.rule.since.year for one in found] == [2007, 2009, 2010, 2013, 2015, 2021, 2022, 2024, 2025]


def test_a_right_to_waive_at_any_time_was_unwritten_then_voids_the_clause():
    facts = replace(SEED, any_time=True)
    assert at(facts, date(2007, 9, 1)).value.result == "in-time"
    assert at(facts, date(2015, 12, 1)).value.result == "late"
    assert at(facts, date(2015, 12, 2)).value.result == "clause-void"


FIRED = WaiverFacts(
    "dismissal",
    date(2026, 3, 2),
    date(2026, 3, 4),
    date(2026, 3, 16),
    departed_on=date(2026, 3, 5),
    notice_worked=False,
    term_days=15,
)


@pytest.mark.parametrize(
    ("facts", "day", "result", "last"),
    [
        (FIRED, date(2012, 1, 1), "in-time", date(2026, 3, 17)),  # the contract's fifteen days
        (FIRED, date(2013, 3, 13), "late", date(2026, 3, 5)),  # departure caps them
        (replace(FIRED, notice_worked=True), date(2026, 6, 1), "in-time", date(2026, 3, 17)),
        (replace(FIRED, notice_worked=True, term_days=0, term_months=1, rupture_on=date(2026, 1, 31)), date(2026, 6, 1), "late", date(2026, 2, 28)),  # a Saturday, and no extension
        (WaiverFacts("agreed", date(2026, 5, 29), date(2026, 4, 1), date(2026, 5, 29)), date(2022, 1, 26), "in-time", date(2026, 5, 29)),
        (WaiverFacts("agreed", date(2026, 5, 29), date(2026, 4, 1), date(2026, 5, 30)), date(2026, 6, 1), "late", date(2026, 5, 29)),
        (WaiverFacts("unfitness", date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 5), term_days=15), date(2025, 4, 28), "in-time", date(2026, 6, 13)),
        (WaiverFacts("unfitness", date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 5), term_days=15), date(2025, 4, 29), "late", date(2026, 5, 29)),
        (WaiverFacts("dismissal", date(2026, 5, 29), date(2026, 5, 29), date(2026, 5, 29), form="registered", used="email"), date(2024, 7, 3), "wrong-form", date(2026, 5, 29)),
        (WaiverFacts("dismissal", date(2026, 5, 29), date(2026, 5, 29), date(2026, 5, 29), form="registered", used="email"), date(2024, 7, 2), "in-time", date(2026, 5, 29)),
        (WaiverFacts("dismissal", date(2026, 5, 29), date(2026, 5, 29)), date(2026, 6, 1), "not-waived", date(2026, 5, 29)),
    ],
)  # fmt: skip
def test_each_position_to_the_day(facts, day, result, last):
    found = at(facts, day)
    assert (found.value.result, found.value.last_day) == (result, last)


def test_the_conflict_of_the_metal_industry_is_shown():
    facts = WaiverFacts(
        "agreed",
        date(2026, 5, 29),
        date(2026, 4, 1),
        date(2026, 5, 20),
        agreement="metallurgy",
        signed_on=date(2026, 4, 1),
    )
    assert at(facts, date(2026, 6, 1)).value.result == "in-time"
    (other,) = waiver.conflicts(facts, LAW, date(2026, 6, 1))
    assert (other.value.result, other.value.last_day) == ("late", date(2026, 4, 16))
    assert waiver.conflicts(replace(facts, agreement=""), LAW, date(2026, 6, 1)) == ()


@given(
    known=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 60),
    day=st.dates(date(2007, 6, 13), date(2030, 1, 1)),
)
def test_a_later_waiver_is_never_better(known, days, day):
    order = ["in-time", "late"]
    facts = WaiverFacts("prise-d-acte", known, known, date.fromordinal(known.toordinal() + days))
    later = replace(facts, waived_on=date.fromordinal(known.toordinal() + days + 1))
    assert order.index(at(facts, day).value.result) <= order.index(at(later, day).value.result)


# ---------------------------------------------------------------- legal time


@pytest.mark.parametrize(
    ("event", "count", "zone", "last"),
    [
        ("2026-01-31", {"months": 1}, "FR", "2026-03-02"),
        ("2007-06-14", {"months": 1}, "FR", "2007-07-16"),
        ("2007-04-28", {"months": 1}, "FR", "2007-05-29"),
        ("2026-03-03", {"months": 1}, "FR", "2026-04-03"),
        ("2026-03-03", {"months": 1}, "FR-AM", "2026-04-07"),
        ("2025-12-31", {"months": 2, "days": 15}, "FR", "2026-03-16"),
    ],
)
def test_the_vectors_of_the_civil_procedure_code(event, count, zone, last):
    found, trace = cpc_deadline(date.fromisoformat(event), zone=zone, **count)
    assert found.isoformat() == last
    assert "641" in trace.render() or "640" in trace.render()


def interview(day, zone="FR"):
    rule = LAW.at("employment.dismissal.interview", day)
    return dismissal.first_interview(day, rule, LAW.find("employment.dismissal.extension", day), zone)


def letter(day, zone="FR"):
    rule = LAW.at("employment.dismissal.letter", day)
    return dismissal.first_letter(day, rule, LAW.find("employment.dismissal.extension", day), zone)


@pytest.mark.parametrize(
    ("presented", "zone", "first"),
    [
        ("2026-11-02", "FR", "2026-11-10"),  # ends on Saturday the 7th, extended to Monday the 9th
        ("2026-11-03", "FR", "2026-11-10"),  # ends on Monday the 9th
        (
            "2026-05-04",
            "FR",
            "2026-05-12",
        ),  # the 8th is a holiday: Saturday 9, Monday 11, Tuesday 12 ... ends on Tuesday?
        ("2007-09-03", "FR", "2007-09-10"),  # no R. 1231-1 yet: nothing is extended, but a Sunday is no day for it
    ],
)
def test_the_interview(presented, zone, first):
    found = interview(date.fromisoformat(presented), zone)
    assert len(found.trace) > 5
    assert found.value.isoformat() == first


def test_the_letter_passes_over_the_11th_of_november():
    found = letter(date(2026, 11, 10))
    assert found.value == date(2026, 11, 14)
    assert "11 novembre" in found.trace.render()
    assert found.rule.cite == ("C. trav., art. L. 1232-6",)


def test_good_friday_in_alsace_moselle():
    assert interview(date(2026, 3, 27)).value == date(2026, 4, 3)
    assert interview(date(2026, 3, 27), "FR-AM").value == date(2026, 4, 4)


def test_too_early_is_refused_with_the_arithmetic():
    with pytest.raises(Refused) as refused:
        dismissal.check_not_before(date(2026, 11, 9), interview(date(2026, 11, 2)), "dismissal.interview")
    assert len(refused.value.trace) > 5
    assert "10 novembre 2026" in refused.value.reason.fr


def test_no_cne_from_27_june_2008():
    def sign(day, **more):
        facts = dismissal.CneFacts(day, **{"staff": 12, **more})
        return dismissal.may_sign_cne(facts, LAW.at("employment.cne", day))

    assert sign(date(2006, 1, 10)).value == date(2008, 1, 10)
    assert sign(date(2006, 3, 31)).value == date(2008, 3, 31)
    assert sign(date(2008, 6, 26)).rule.cite[0] == "C. trav., art. L. 1223-1"
    for day, more, code in (
        (date(2008, 6, 27), {}, "cne.abolished"),
        (date(2026, 11, 24), {}, "cne.abolished"),
        (date(2008, 6, 26), {"staff": 21}, "cne.conditions"),
        (date(2008, 6, 26), {"written": False}, "cne.conditions"),
        (date(2008, 6, 26), {"seasonal": True}, "cne.conditions"),
    ):
        with pytest.raises(Refused) as refused:
            sign(day, **more)
        assert refused.value.code == code
