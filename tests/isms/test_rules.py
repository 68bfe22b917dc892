"""The pure rules: method, graph, sample, effect, wheel, checks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from opposable.law import Refused
from opposable.systems.isms.rules import audits, consistency, evidence, figures, graph, wheel
from opposable.systems.isms.rules.consistency import Facts, Risk
from opposable.systems.isms.rules.method import rate, read_method
from opposable.systems.isms.rules.soa import Line
from tests.isms.story import FORMULA, GRID

DAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_a_grid_and_a_formula_give_their_levels():
    grid, formula = read_method(GRID), read_method(FORMULA)
    assert rate(grid, {"likelihood": 4, "impact": 4}).value == 4
    assert rate(grid, {"likelihood": 1, "impact": 1}).value == 1
    assert [
        rate(formula, {"threat": a, "weakness": b, "impact": c}).value for a, b, c in ((1, 1, 1), (2, 2, 2), (4, 4, 4))
    ] == [1, 2, 3]


@given(st.dictionaries(st.sampled_from(["likelihood", "impact", "other"]), st.integers(-3, 9)))
def test_nothing_off_its_scale_is_clamped(values):
    method = read_method(GRID)
    if values.keys() == {"likelihood", "impact"} and all(1 <= one <= 4 for one in values.values()):
        assert 1 <= rate(method, values).value <= 4
    else:
        with pytest.raises(Refused):
            rate(method, values)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"grid": [[1, 2], [3, 4]]}, "case par couple"),
        ({"grid": [[1, 1, 2, 2], [1, 2, 2, 9], [2, 2, 3, 4], [2, 3, 4, 4]]}, "existe pas"),
        ({"grid": [[4, 1, 2, 2], [1, 2, 2, 3], [2, 2, 3, 4], [2, 3, 4, 4]]}, "se contredit"),
        ({"grid": [], "formula": "eval"}, "formule"),
        ({"levels": []}, "deux niveaux"),
        ({"axes": "abc"}, "ne se lit pas"),
        ({"valid_months": 0}, "un mois"),
    ],
)
def test_a_method_that_contradicts_itself_is_refused(change, word):
    with pytest.raises(Refused, match=word):
        read_method({**GRID, **change})


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9))
def test_a_circle_is_found_exactly_when_there_is_one(links):
    named = {str(a): [str(b) for b in to] for a, to in links.items()}
    for start in named:
        way = graph.circle(named, start)
        assert bool(way) == (start in graph.below(named, start))
        assert all(b in named[a] for a, b in pairwise(way))


def test_what_carries_an_asset_inherits_its_needs():
    found = graph.inherited(
        {"app": ["server"], "server": ["room"]}, {"app": (4, 1, 2), "server": (0, 2, 0), "room": (0, 0, 0)}
    )
    assert found == {"app": (4, 1, 2), "server": (4, 2, 2), "room": (4, 2, 2)}


@given(st.lists(st.text(min_size=1, max_size=8), max_size=30), st.text(max_size=10), st.integers(0, 12))
def test_a_sample_is_drawn_again_from_seed_and_population_alone(population, seed, size):
    drawn = audits.sample(population, seed, size)
    assert drawn == audits.sample(list(reversed(population)), seed, size)
    assert len(drawn) == min(size, len(set(population)))
    assert set(drawn) <= set(population)


def test_the_auditor_owns_nothing_of_it():
    with pytest.raises(Refused, match="répond de ce"):
        audits.require_impartial("Léa  Morel", ["léa morel"], None)
    assert audits.require_impartial("Odile Faure", ["Léa Morel", ""], None).value


@pytest.mark.parametrize(
    ("checker", "done", "today", "code"),
    [
        ("Ana", None, DAY, "effect.not-done"),
        ("Bob", DAY - timedelta(9), DAY, "effect.same-person"),
        ("Ana", DAY, DAY, "effect.same-day"),
    ],
)
def test_effect_is_judged_by_another_on_another_day(checker, done, today, code):
    with pytest.raises(Refused) as refused:
        audits.require_other_eyes("Bob", checker, done, today, None)
    assert refused.value.code == code


def test_the_wheel_stands_where_something_is_late():
    items = [
        wheel.Item("plan", consistency.OPTIONS["modify"], True),
        wheel.Item("do", consistency.OPTIONS["modify"], False, DAY + timedelta(9)),
        wheel.Item("check", consistency.OPTIONS["modify"], False, DAY - timedelta(1)),
    ]
    quarters = wheel.wheel(items, DAY)
    assert [(q.done, q.waiting, q.late) for q in quarters] == [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)]
    assert wheel.stands_at(quarters).key == "check"


GOOD = Line("5.1", True, ("BP",), "Pourquoi", "implemented", "Ana", ("m1",))
FACTS = {"known": frozenset({"5.1"}), "controls": {"m1": "M1"}, "assets": {"a1": "A"}}


def numbers(**changes):
    return [fault.check for fault in consistency.report(Facts(**{**FACTS, "lines": [GOOD], **changes}))]


@pytest.mark.parametrize(
    ("line", "check"),
    [
        (Line("9.9", True, ("BP",), "P", "implemented", "Ana", ("m1",)), "SOA-02"),
        (Line("5.1"), "SOA-03"),
        (Line("5.1", True, ("BP",), "P", "almost", "Ana", ("m1",)), "SOA-04"),
        (Line("5.1", True, (), "P", "implemented", "Ana", ("m1",)), "SOA-05"),
        (Line("5.1", True, ("BP",), " ", "implemented", "Ana", ("m1",)), "SOA-06"),
        (Line("5.1", False, (), "", "not-applicable"), "SOA-07"),
        (Line("5.1", True, ("RRA",), "P", "implemented", "Ana", ("m1",)), "SOA-09"),
        (Line("5.1", True, ("BP",), "P", "implemented", "", ("m1",)), "SOA-10"),
        (Line("5.1", False, ("BP",), "P", "not-applicable"), "SOA-11"),
        (Line("5.1", True, ("BP",), "P", "implemented", "Ana"), "SOA-12"),
        (Line("5.1", True, ("BP",), "P", "implemented", "Ana", ("gone",)), "SOA-14"),
    ],
)
def test_each_fault_of_a_line_has_its_number(line, check):
    assert numbers() == []
    assert check in numbers(lines=[line])


@pytest.mark.parametrize(
    ("risk", "check"),
    [
        (Risk("r", "R", "Ana", "modify", 2, True, False, ("8.99",)), "RSK-01"),
        (Risk("r", "R", "Ana", "modify", 2, True, False, ("5.1",), ("gone",)), "RSK-02"),
        (Risk("r", "R", "Ana", "", None), "RSK-03"),
        (Risk("r", "R", "Ana", "", 4, False), "RSK-04"),
        (Risk("r", "R", "Ana", "modify", 2, True), "RSK-05"),
        (Risk("r", "R", "Ana", "retain", 4, False), "RSK-06"),
        (Risk("r", "R", "", "retain", 1, True), "RSK-07"),
    ],
)
def test_each_fault_of_a_risk_has_its_number(risk, check):
    assert check in numbers(risks=[risk])


def test_omitted_excluded_and_failing():
    assert numbers(known=frozenset({"5.1", "5.2"})) == ["SOA-01"]
    out = Line("5.1", False, (), "Pas chez nous", "not-applicable")
    assert "SOA-08" in numbers(lines=[out], risks=[Risk("r", "R", "Ana", "modify", 1, True, cites=("5.1",))])
    assert numbers(failing=frozenset({"5.1"})) == ["SOA-13"]


def test_every_evidence_rule_says_no_data_when_it_saw_nothing():
    for rule in evidence.RULES.values():
        assert rule.judge([], {}, NOW).name == "no-data", rule.code


def seen(index, type_, outcome="done", days=1, obj="o"):
    return evidence.Seen(index, type_, NOW - timedelta(days), outcome, obj)


@pytest.mark.parametrize(
    ("code", "acts", "figures", "verdict"),
    [
        ("EV-01", [seen(3, "isms.restore.succeed")], {}, "pass"),
        ("EV-01", [seen(3, "isms.restore.succeed"), seen(4, "isms.restore.fail")], {}, "fail"),
        ("EV-02", [seen(1, "kernel.login")], {}, "fail"),
        ("EV-02", [seen(1, "kernel.grant.give"), seen(2, "isms.access.review")], {}, "pass"),
        ("EV-03", [seen(1, "isms.leaver.report")], {"open": 1}, "fail"),
        ("EV-03", [seen(1, "isms.leaver.report")], {"open": 0}, "pass"),
        ("EV-03", [seen(1, "isms.leaver.report")], {"unlisted": 1}, "no-data"),
        ("EV-04", [], {"overdue": 2}, "fail"),
        ("EV-04", [seen(1, "kernel.part.erase")], {"overdue": 0, "late": 0}, "pass"),
        ("EV-04", [seen(1, "kernel.part.erase")], {"overdue": 0, "late": 1}, "fail"),
        ("EV-05", [], {"acts": 9, "uncovered": 1, "stamps": 3}, "fail"),
        ("EV-05", [], {"acts": 9, "uncovered": 0, "stamps": 3}, "pass"),
        ("EV-06", [], {"stamps": 3, "witnesses": 3, "unwitnessed": 1}, "fail"),
        ("EV-06", [], {"stamps": 3, "witnesses": 3}, "pass"),
        ("EV-07", [], {"stamps": 3, "ahead": 1}, "fail"),
        ("EV-07", [], {"stamps": 3, "ahead": 0}, "pass"),
        ("EV-08", [], {"asked": 10, "given": 8, "late": 2}, "fail"),
        ("EV-08", [], {"asked": 10, "given": 8, "late": 0, "unlisted": 1}, "no-data"),
        ("EV-08", [], {"asked": 10, "given": 8, "late": 0}, "pass"),
        ("EV-09", [seen(1, "isms.clause.confirm", obj="s1")], {"suppliers": 2, "bare": 1}, "fail"),
        ("EV-09", [seen(1, "isms.clause.confirm", obj="s1")], {"suppliers": 1, "bare": 0}, "pass"),
        ("EV-10", [seen(1, "isms.incident.rehearse")], {}, "pass"),
        ("EV-11", [seen(5, "x.y.z", "refused", days=40)], {"acts": 9}, "fail"),
        ("EV-11", [seen(5, "x.y.z", "refused", days=40), seen(6, "isms.refusal.review")], {"acts": 9}, "pass"),
        ("EV-11", [seen(5, "x.y.z", "refused", days=4)], {"acts": 9}, "pass"),
        ("EV-12", [seen(1, "isms.review.hold")], {}, "pass"),
    ],
)
def test_verdicts(code, acts, figures, verdict):
    assert evidence.RULES[code].judge(acts, figures, NOW).name == verdict


def test_an_erasure_is_late_unless_a_hold_was_just_lifted():
    parts = {1: {"earliest_on": "2026-11-24"}, 2: {"earliest_on": "2026-11-20"}}
    done = [seen(1, "kernel.part.erase", days=1), seen(2, "kernel.part.erase", days=1)]
    assert figures.erasures(done[:1], parts) == {"late": 0}
    assert figures.erasures(done, parts) == {"late": 1}
    assert figures.erasures([seen(0, "kernel.hold.lift", days=1.5), *done], parts) == {"late": 0}
    assert figures.erasures([seen(0, "kernel.hold.lift", days=3), *done], parts) == {"late": 1}
