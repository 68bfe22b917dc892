"""A rule kept with the acts reads back as it was, whatever becomes of its book."""

import json
from dataclasses import replace
from datetime import date

import pytest

from opposable.kernel.system import law
from opposable.law import Bylaw
from opposable.law.kept import kept_rule

DAYS = (date(2007, 9, 1), date(2026, 3, 30))
RULES = [rule for day in DAYS for rule_id in law().ids() if (rule := law().find(rule_id, day))]


def test_every_rule_of_every_book_reads_back():
    assert len(RULES) > 100
    for rule in RULES:
        back = kept_rule(rule.canonical(), rule.book)
        assert back is not None, rule.id
        assert back.pin() == rule.pin()
        assert (back.label, back.cite, back.period, back.confirmed) == (
            rule.label,
            rule.cite,
            rule.period,
            rule.confirmed,
        )
        assert back.param.keys() == rule.param.keys()


def test_the_bylaws_over_it_read_back_with_it():
    clause = Bylaw(
        "assembly.form.deadline-paper",
        date(2020, 1, 1),
        date(2030, 1, 1),
        {"max_days_before": 2},
        "Statuts, art. 20",
        "2 j",
    )
    rule = law().at("assembly.form.deadline-paper", date(2026, 3, 30), [clause])
    back = kept_rule(rule.canonical(), rule.book)
    assert back.layers == (clause,)
    assert (back.param["max_days_before"], back.law_param["max_days_before"], back.row) == (2, 3, rule.row)


@pytest.mark.parametrize(
    "harm",
    [
        lambda row: row[:-1],
        lambda _row: b"[]",
        lambda _row: b"\xff",
        lambda row: row.replace(b'"fr"', b'"Fr"'),
        lambda row: json.dumps(json.loads(row)).encode(),
        lambda row: row.replace(b'"layers":[]', b'"layers":[{}]'),
        lambda row: row.replace(b'"cite":[', b'"cite":3,"x":['),
    ],
)
def test_what_is_no_row_reads_back_as_nothing(harm):
    row = replace(RULES[0]).canonical()
    assert harm(row) != row
    assert kept_rule(harm(row), RULES[0].book) is None
