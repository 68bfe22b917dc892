"""The rules alone: which clauses are demanded when, the chain of amendments, deadlines to the day, the guarantee of evolution."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from opposable.law import Book, Law, Refused, months_after
from opposable.systems import contracts
from opposable.systems.contracts.rules import clauses, terms, text
from opposable.systems.contracts.rules.clauses import Clause, ContractFacts, Cover
from opposable.systems.contracts.rules.terms import Event, Terms
from opposable.systems.contracts.rules.text import Amendment, Change

LAW = Law([Book.load(Path(contracts.__file__).parent / "law.toml")])
TODAY = date(2026, 11, 24)
TIME = LAW.at("contracts.time", TODAY)


def demanded(kind, day=TODAY, **flags):
    return {
        rule.id.removeprefix("contracts.clause.") for rule in clauses.demanded(ContractFacts(kind, flags), LAW, day)
    }


def test_which_rule_demands_which_clause_at_a_date():
    assert demanded("erp") == {"evolution", "maintenance", "reversibility"}
    assert demanded("provider", personal_data=True) == {"iso27001", "gdpr", "reversibility"}
    assert demanded("provider", date(2018, 5, 24), personal_data=True) == {"iso27001", "reversibility"}
    assert "dora" not in demanded("cloud", date(2025, 1, 16), ict=True, financial=True)
    assert demanded("cloud", ict=True, financial=True, critical=True) >= {"dora", "dora-critical"}
    assert demanded("erp", date(2000, 1, 1)) == {"maintenance"}
    assert demanded("other") == set()


def test_the_text_of_the_code_in_its_three_versions():
    assert LAW.at("contracts.clause.maintenance", date(2007, 9, 1)).param["may_test"] == ("operation",)
    assert "security" in LAW.at("contracts.clause.maintenance", date(2013, 12, 20)).param["may_test"]
    assert not LAW.at("contracts.clause.maintenance", TODAY).confirmed


EVOLUTION = Clause(
    "4",
    "Évolution",
    "L’éditeur garantit l’évolution technique\net fonctionnelle\npendant la durée du contrat.",
    (
        Cover("technical", "évolution technique"),
        Cover("functional", "et fonctionnelle"),
        Cover("duration", "pendant la durée"),
    ),
)


def cells(*written, kind="licence"):
    lines = clauses.matrix(ContractFacts(kind), written, LAW, TODAY)
    return {cell.point: cell for line in lines for cell in line.cells}


def test_each_point_has_its_place_in_the_text():
    found = cells(EVOLUTION)
    assert (found["functional"].state, found["functional"].ref, found["functional"].line) == ("present", "4", 2)
    assert found["corrections"].state == "absent"


def test_words_that_are_gone_cover_nothing():
    assert cells(replace(EVOLUTION, text="L’éditeur fera de son mieux."))["technical"].state == "absent"
    changed = replace(EVOLUTION, model="evolution@1", expected="autre", reason="négocié")
    assert cells(changed)["technical"].state == "deviating"


def test_the_gate_names_the_rule_and_what_is_missing():
    with pytest.raises(Refused) as refused:
        clauses.check(ContractFacts("licence"), [EVOLUTION], LAW, TODAY)
    assert (refused.value.code, refused.value.rule.id) == ("clause.missing", "contracts.clause.maintenance")
    assert "L. 122-6-1" in refused.value.rule.cite[0]
    both = [
        EVOLUTION,
        Clause("5", "Corrections", "Il se réserve la correction.", (Cover("corrections", "se réserve"),)),
    ]
    assert clauses.check(ContractFacts("licence"), both, LAW, TODAY).value is False


# ---------------------------------------------------------------- dates


def named(found):
    return {one.name: one.day for one in found}


@pytest.mark.parametrize(
    ("given", "day", "wanted"),
    [
        (Terms(date(2026, 1, 1), 12, 12, 3), TODAY, {"notice": date(2026, 9, 30), "renewal": date(2026, 12, 31)}),
        (
            Terms(date(2026, 1, 1), 12, 12, 3),
            date(2027, 1, 1),
            {"notice": date(2027, 9, 30), "renewal": date(2027, 12, 31)},
        ),
        (Terms(date(2026, 1, 1), 12), TODAY, {"end": date(2026, 12, 31)}),
        (Terms(date(2025, 1, 31), 1, 1), date(2025, 2, 10), {"renewal": date(2025, 2, 27)}),
        (Terms(date(2025, 1, 31), 1, 1), date(2025, 3, 1), {"renewal": date(2025, 3, 30)}),  # the 31st does not drift
        (
            Terms(date(2024, 2, 29), 12, 12, 0, 30),
            date(2024, 3, 1),
            {"notice": date(2025, 1, 28), "renewal": date(2025, 2, 27)},
        ),
        (Terms(date(2024, 2, 29), 12, 12), date(2027, 6, 1), {"renewal": date(2028, 2, 28)}),  # a leap year comes back
        (Terms(date(2026, 1, 1), 0), TODAY, {}),
        (Terms(date(2026, 1, 1), 6), TODAY, {}),
        (Terms(date(2027, 1, 1), 12), TODAY, {"end": date(2027, 12, 31)}),  # before it begins
        (Terms(date(2026, 1, 1), 12, 12, 3, ended_on=date(2026, 12, 31)), TODAY, {"end": date(2026, 12, 31)}),
        (Terms(date(2026, 1, 1), 12, 12, 3, ended_on=date(2026, 10, 31)), TODAY, {}),
    ],
)
def test_deadlines_to_the_day(given, day, wanted):
    found = terms.deadlines(given, day, TIME)
    assert named(found) == wanted
    assert all(len(one.trace) for one in found)


@given(
    start=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    months=st.integers(1, 60),
    renewal=st.integers(1, 36),
    notice=st.integers(0, 12),
    later=st.integers(0, 4000),
)
def test_a_whole_notice_always_fits_before_the_end(start, months, renewal, notice, later):
    day = date.fromordinal(start.toordinal() + later)
    found = named(terms.deadlines(Terms(start, months, renewal, notice), day, TIME))
    assert found["renewal"] >= day
    if notice:
        after = months_after(date.fromordinal(found["notice"].toordinal() + 1), notice)[0]
        assert after.toordinal() <= found["renewal"].toordinal() + 1


def test_no_period_before_the_first_day_nor_after_the_last():
    with pytest.raises(Refused) as refused:
        terms.period(Terms(date(2027, 1, 1), 12), TODAY)
    assert refused.value.code == "term.before"
    with pytest.raises(Refused) as refused:
        terms.period(Terms(date(2020, 1, 1), 12), TODAY)
    assert refused.value.code == "term.after"


def test_what_an_event_does_to_the_guarantee():
    rule = LAW.at("contracts.guarantee", TODAY)
    full = ["technical", "functional", "duration"]
    weigh = lambda event, covered: terms.weigh(event, covered, date(2029, 12, 31), rule).value  # noqa: E731
    assert weigh(Event("end-of-support", date(2028, 1, 1)), full) == "at-stake"
    assert weigh(Event("end-of-support", date(2030, 1, 1)), full) == "kept"
    assert weigh(Event("end-of-support", date(2028, 1, 1)), ["functional"]) == "broken"
    assert weigh(Event("function-withdrawn", date(2028, 1, 1)), ["technical", "duration"]) == "broken"
    assert weigh(Event("version-published", TODAY, TODAY), []) == "kept"


# ---------------------------------------------------------------- amendments


def clause(ref, said="x"):
    return Clause(ref, "T", said)


def test_the_text_on_a_day():
    first = [clause("1"), clause("2")]
    chain = [
        Amendment(3, date(2028, 1, 1), (Change("repeal", clause("1")),)),
        Amendment(2, date(2027, 1, 1), (Change("replace", clause("2", "y")), Change("add", clause("1 bis"), "1"))),
    ]
    on = lambda day: [(one.clause.ref, one.version) for one in text.consolidate(first, chain, day)]  # noqa: E731
    assert on(date(2026, 12, 31)) == [("1", 1), ("2", 1)]
    assert on(date(2027, 1, 1)) == [("1", 1), ("1 bis", 2), ("2", 2)]
    assert on(date(2028, 1, 1)) == [("1 bis", 2), ("2", 2)]
    with pytest.raises(Refused):
        text.consolidate(first, [Amendment(2, TODAY, (Change("add", clause("2")),))], TODAY)
