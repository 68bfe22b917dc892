"""The law of connection data by date, who may ask, what an answer is paid: pure."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import opposable.systems.traffic.rules
from opposable.law import Book, Law, Refused
from opposable.systems.traffic.rules.address import Pointed, attribute
from opposable.systems.traffic.rules.asking import Ask, permitted
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.keeping import HOSTED, keeping_on, lives_until
from opposable.systems.traffic.rules.pasting import pasted
from opposable.systems.traffic.rules.qualify import qualify, spans_of
from opposable.systems.traffic.rules.selecting import read_selectors
from opposable.systems.traffic.rules.statistics import Counted, table
from opposable.systems.traffic.rules.tariff import Service, price

LAW = Law([Book.load(Path(opposable.systems.traffic.rules.__file__).parents[1] / "law.toml")])
SEED = date(2007, 9, 3)
TODAY = date(2026, 11, 26)
ALL = tuple(CATEGORIES)
JUDGE = Ask(basis="instruction", requester="judge", dated_on=SEED, categories=ALL, since=date(2006, 9, 10), last=SEED)
NOW = replace(JUDGE, dated_on=TODAY, since=date(2025, 11, 20), last=TODAY, offence_months=36)


def states(day):
    return {name: keeping_on(LAW, name, day).value for name in ALL}


def test_in_2007_one_clock_one_year_and_two_groups_are_not_kept():
    found = states(SEED)
    kept = {name for name, keeping in found.items() if keeping.kept}
    assert kept == {"identity", "source", "traffic", "location"}
    assert {found[name].clock for name in kept} == {"recording"}
    assert {found[name].months for name in kept} == {12}


def test_today_four_clocks_and_no_injunction_on_file():
    found = states(TODAY)
    assert (found["identity"].months, found["identity"].clock) == (60, "contract-end")
    assert (found["subscription"].months, found["payment"].clock) == (12, "account-end")
    assert (found["source"].months, found["source"].clock) == (12, "connection")
    assert found["traffic"].state == found["location"].state == "no-injunction"
    assert states(date(2026, 10, 20))["traffic"].kept
    assert states(date(2006, 3, 25))["traffic"].state == "no-rule"


def test_hosts_had_no_decree_until_2011():
    def told(day):
        return [keeping_on(LAW, name, day, "host").value for name in HOSTED]

    assert [(one.state, one.months) for one in told(SEED)] == [("kept", 0), ("no-rule", 0), ("no-rule", 0)]
    assert [(one.state, one.clock) for one in told(date(2012, 3, 1))][:2] == [
        ("kept", "account-end"),
        ("kept", "operation"),
    ]
    assert [(one.state, one.months) for one in told(TODAY)] == [("kept", 60), ("kept", 12), ("no-injunction", 12)]


def test_the_conditions_are_those_of_the_day_on_which_it_was_signed():
    """Open across 4 March 2022: before, no offence need be named; what is kept is judged on the day of the answer."""
    asked = {
        "basis": "flagrance",
        "requester": "opj",
        "categories": ("source",),
        "since": date(2022, 3, 1),
        "last": date(2022, 3, 1),
    }
    before, after = (Ask(dated_on=day, **asked) for day in (date(2022, 3, 3), date(2022, 3, 4)))
    answered = date(2022, 3, 10)
    assert [qualify(LAW, one, answered)[0].status for one in (before, after)] == ["kept", "not-permitted"]
    assert qualify(LAW, before, date(2023, 3, 2))[0].status == "expired"


def test_an_injunction_that_lapsed_takes_nothing_from_what_was_collected():
    spans = list(spans_of(LAW, "traffic", date(2025, 10, 1), date(2026, 11, 30), TODAY))
    assert [(span.status, span.first, span.last) for span in spans] == [
        ("expired", date(2025, 10, 1), date(2025, 11, 25)),
        ("kept", date(2025, 11, 26), date(2026, 10, 20)),
        ("no-injunction", date(2026, 10, 21), date(2026, 11, 26)),
        ("future", date(2026, 11, 27), date(2026, 11, 30)),
    ]


def test_a_day_lives_to_the_end_of_its_anniversary():
    keeping = keeping_on(LAW, "source", date(2024, 2, 29)).value
    assert lives_until(keeping, date(2024, 2, 29))[0] == date(2025, 3, 1)
    assert lives_until(keeping, date(2026, 3, 10))[0] == date(2027, 3, 11)


@given(st.dates(date(2006, 3, 26), TODAY - timedelta(days=800)), st.integers(0, 800))
def test_spans_cover_each_day_once_and_only_go_down(since, days):
    spans = list(spans_of(LAW, "source", since, since + timedelta(days=days), TODAY))
    assert spans[0].first == since
    assert spans[-1].last == since + timedelta(days=days)
    assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(spans))


def test_the_same_judge_asks_in_2007_and_in_2026():
    then = {v.category: v.status for v in qualify(LAW, JUDGE, SEED)}
    assert then["identity"] == then["source"] == then["traffic"] == "kept"
    assert then["subscription"] == then["payment"] == "not-kept"
    now = {v.category: v.status for v in qualify(LAW, NOW, TODAY)}
    assert now["identity"] == now["subscription"] == now["payment"] == "kept"
    assert now["source"] == now["traffic"] == "partly"


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"offence_months": 36}, True),
        ({"offence_months": 35}, False),
        ({"offence_months": 12, "by_network": True, "author_only": True}, True),
        ({"offence_months": 12, "by_network": True}, False),
        ({"offence_months": 6, "victim_asks": True}, True),
        ({"offence_months": 0, "victim_asks": True}, False),
        ({"offence_months": 0, "missing_person": True}, True),
    ],
)
def test_four_cases_of_60_1_2_on_pain_of_nullity(change, allowed):
    ask = replace(NOW, offence_months=0, **{k: v for k, v in change.items() if k != "offence_months"})
    ask = replace(ask, offence_months=change["offence_months"])
    assert permitted(LAW, ask, "identity").value
    for category in ("source", "traffic", "location"):
        if allowed:
            assert permitted(LAW, ask, category).value
        else:
            with pytest.raises(Refused) as refused:
                permitted(LAW, ask, category)
            assert refused.value.code == "ask.serious"
            assert refused.value.rule.cite == ("CPP, art. 60-1-2",)
    before = replace(ask, dated_on=date(2022, 3, 3), offence_months=0, missing_person=False)
    assert permitted(LAW, before, "source").value


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (replace(NOW, basis="preliminary", requester="opj"), "ask.authorisation"),
        (replace(NOW, basis="flagrance", requester="judge"), "ask.requester"),
        (replace(NOW, basis="civil", requester="civil-judge"), "ask.category"),
        (replace(NOW, basis="arcom", requester="arcom"), "ask.category"),
        (replace(NOW, basis="amf", requester="amf"), "ask.authorisation"),
        (replace(NOW, basis="amf", requester="amf", dated_on=SEED), "ask.basis"),
        (replace(NOW, protected="lawyer"), "ask.lawyer"),
        (replace(NOW, protected="press"), "ask.protected"),
    ],
)
def test_what_the_law_does_not_open_is_refused_with_its_rule(ask, code):
    with pytest.raises(Refused) as refused:
        permitted(LAW, ask, "source")
    assert refused.value.code == code
    assert code == "ask.basis" or refused.value.rule is not None


def test_a_civil_request_gets_identity_at_most():
    ask = replace(NOW, basis="civil", requester="civil-judge")
    assert {v.category for v in qualify(LAW, ask, TODAY) if v.answered} == {"identity"}


def test_a_protected_person_who_agrees_and_a_lawyer_by_order():
    assert permitted(LAW, replace(NOW, protected="press", consent=True), "source").value
    assert permitted(LAW, replace(NOW, protected="lawyer", judge_order=True), "source").value
    old = replace(JUDGE, protected="lawyer", consent=True)
    assert permitted(LAW, old, "traffic").value


def test_a_shared_address_is_no_identification_unless_the_persons_were_counted():
    rule = LAW.at("traffic.attribution", TODAY)
    assert attribute(Pointed(1, False, 0), rule, 0).value == 1
    assert attribute(Pointed(0, True, 0), rule, 0).value == 0
    with pytest.raises(Refused) as refused:
        attribute(Pointed(31, False, 0), rule, 0)
    assert "31" in refused.value.reason.fr
    assert attribute(Pointed(31, False, 0), rule, 31).value == 31
    with pytest.raises(Refused):
        attribute(Pointed(32, False, 0), rule, 31)


def test_tariffs_by_the_date_of_the_requisition():
    one = (Service("identity-number", "mobile", 1),)
    assert price(LAW, date(2007, 11, 2), one).value.cents == 650
    assert price(LAW, date(2014, 1, 6), one).value.cents == 459
    ips = (Service("identity-ip", "", 23),)
    assert price(LAW, date(2014, 1, 6), ips).value.cents == 400 + 3 * 18
    months = (Service("traffic", "mobile", 1, date(2014, 1, 1), date(2014, 2, 1)),)
    assert price(LAW, date(2014, 3, 6), months).value.cents == 969 + 2 * 150
    old = (Service("traffic", "mobile", 2, date(2007, 9, 1), date(2007, 10, 1)),)
    assert price(LAW, date(2007, 11, 2), old).value.cents == 2 * 2 * 1750


def test_a_tariff_with_a_price_for_each_channel():
    """As that of 2020, once somebody enters its tables with their source."""
    line = {"service": "identity-number", "network": "mobile", "code": "", "shape": "unit"}
    lines = [{**line, "channel": "pnij", "cents": 100}, {**line, "channel": "outside", "cents": 300}]
    known = LAW.at("traffic.tariff", date(2014, 1, 6))
    entered = replace(known, param={**known.param, "lines": lines})

    class Entered:
        def at(self, *_):
            return entered

    cents = [
        price(Entered(), TODAY, (Service("identity-number", "mobile", 2, channel=one),)).value.cents
        for one in ("pnij", "outside")
    ]
    assert cents == [200, 600]


@pytest.mark.parametrize(
    ("day", "service", "code"),
    [
        (SEED, "identity-number", "tariff.unconfirmed"),
        (date(2005, 1, 3), "identity-number", "tariff.none"),
        (date(2007, 11, 2), "identity-ip", "tariff.quote"),
        (date(2007, 11, 2), "identity-account", "tariff.absent"),
        (TODAY, "identity-number", "tariff.unconfirmed"),
    ],
)
def test_an_unconfirmed_or_on_quote_line_is_not_invoiced(day, service, code):
    with pytest.raises(Refused) as refused:
        price(LAW, day, (Service(service, "mobile", 1),))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("days", "age"), [(0, "month"), (31, "month"), (32, "quarter"), (183, "half"), (366, "year"), (367, "more")]
)
def test_how_old_the_data_were_when_they_were_asked_for(days, age):
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert Counted("instruction", (), False, at, None, "judge", at - timedelta(days=days)).age == age


def test_small_numbers_are_not_published_nor_given_back_by_subtraction():
    rule = LAW.at("traffic.statistics", TODAY)
    made = table(["a"] * 12 + ["b"] * 7 + ["c"] * 2, rule)
    assert made.rows == {"a": 12, "b": None, "c": None}
    assert made.total == 21
    assert table(["a"] * 3, rule).total is None
    assert table(["a"] * 9, rule).rows == {"a": 9}


@pytest.mark.parametrize(
    ("line", "selector"),
    [
        ("192.0.2.7 4021 2026-03-14T21:07:33 ±2", {"ip": "192.0.2.7", "port": "4021", "tolerance": "2"}),
        ("192.0.2.7\t4021\t14/03/2026 21:07:33\t2", {"ip": "192.0.2.7", "port": "4021", "tolerance": "2"}),
        ("IP ; 192.0.2.7 ; 4021 ; 2026-03-14 21:07:33", {"ip": "192.0.2.7", "port": "4021", "tolerance": "0"}),
        ("192.0.2.7 port 4021 14/03/2026 21:07:33", {"ip": "192.0.2.7", "port": "4021", "tolerance": "0"}),
        ("2001:DB8::7 - 2026-03-14T20:07:33+00:00", {"ip": "2001:db8::7", "port": "", "tolerance": "0"}),
        ("2001:db8::7 2026-03-14T21:07:33 +/- 5 s", {"ip": "2001:db8::7", "port": "", "tolerance": "5"}),
    ],
)
def test_a_line_of_an_annex_is_a_selector(line, selector):
    (read,) = read_selectors(pasted(f"\n  {line}  \n\n"))
    assert read == {"kind": "address", "at": "2026-03-14T20:07:33.000000Z"} | selector


def test_lines_of_other_kinds_and_lines_that_are_none():
    text = "+33 6 12 34 56 78\nabonné ; ab0042\nCellule;208-01-258-772\nimei;35 345016 0234567\n"
    assert read_selectors(pasted(text)) == [
        {"kind": "number", "number": "+33612345678"},
        {"kind": "subscriber", "subscriber": "ab0042"},
        {"kind": "cell", "cell": "208-01-258-772"},
        {"kind": "number", "number": "353450160234567"},
    ]
    for wrong in ("who was it", "ab0042@isp.example", "adresse", ";", "192.0.2.7.9 80 2026-03-14T21:07:33"):
        with pytest.raises(Refused) as refused:
            pasted(f"+33612345678\n{wrong}")
        assert refused.value.reason.en.startswith("Line 2: "), wrong
    with pytest.raises(Refused, match="200"):
        pasted("+33612345678\n" * 201)
    with pytest.raises(Refused, match="instant"):
        read_selectors(pasted("192.0.2.7 4021 yesterday"))


def test_an_hour_that_the_clocks_showed_twice_wants_its_offset():
    """It may be that of two subscribers: the first of the two was taken without a word."""
    with pytest.raises(Refused) as refused:
        read_selectors(pasted("192.0.2.7 4021 25/10/2026 02:30:00"))
    assert "2026-10-25T02:30:00+02:00" in refused.value.reason.fr
    assert "2026-10-25T02:30:00+01:00" in refused.value.reason.fr
    for offset, hour in (("+02:00", "00"), ("+01:00", "01")):
        (read,) = read_selectors(pasted(f"192.0.2.7 4021 25/10/2026 02:30:00{offset}"))
        assert read["at"] == f"2026-10-25T{hour}:30:00.000000Z"
    for clear in ("25/10/2026 01:59:59", "25/10/2026 03:00:00", "29/03/2026 03:00:00"):
        assert read_selectors(pasted(f"192.0.2.7 4021 {clear}"))
    with pytest.raises(Refused, match="instant"):
        read_selectors(pasted("192.0.2.7 4021 29/03/2026 02:30:00"))
    london = {"kind": "address", "ip": "192.0.2.7", "at": "2026-10-25T01:30:00", "zone": "Europe/London"}
    with pytest.raises(Refused, match=r"twice|deux fois"):
        read_selectors([london])


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00"])
def test_an_instant_that_no_year_of_utc_has_does_not_read(at):
    with pytest.raises(Refused, match="ne se lit pas"):
        read_selectors([{"kind": "address", "ip": "192.0.2.7", "at": at}])
