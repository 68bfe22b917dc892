"""Rulebooks: what a row may hold, which wording a day calls for, and what bylaws may change."""

import hashlib
import json
import pickle
from datetime import date, datetime, time

import pytest
import rfc8785
from hypothesis import given, strategies as st

from opposable.law import Book, BookError, Bylaw, Law, LawError, NoRuleOnFile, OverrideRefused
from opposable.law.book import load_book

BOOK = """
[book]
system = "meeting"

[[rule]]
id = "meeting.form.deadline"
fr = "Réception des formulaires papier"
en = "Receipt of paper forms"
from = 2006-12-12
until = 2015-01-01
cite = ["C. com., art. R. 225-77"]
seed = "n° 68, p. 5, note (5)"
checked = 2015-05-01
source = "historique public des codes"
override = "stricter"
stricter = { max_days_before = "lower", at = "higher", channels = "more", strict = "higher", place = "free" }
param = { max_days_before = 3, at = 15:00:00, channels = ["post"], strict = false, place = "siège", zone = "Europe/Paris" }
text = "trois jours avant la date de la réunion"

[[rule]]
id = "meeting.form.deadline"
fr = "Réception des formulaires papier"
en = "Receipt of paper forms"
from = 2015-01-01
cite = ["C. com., art. R. 225-77"]
override = "free"
param = { max_days_before = 2, cap = 0 }

[[rule]]
id = "meeting.record-date"
fr = "Date d’enregistrement"
en = "Record date"
from = 2015-01-01
until = 2020-01-01
cite = ["C. com., art. R. 225-85, I"]
checked = 2015-05-01
status = "unconfirmed"
silent = true
param = { scale = [[750000, 50], [4500000, 40]] }

[[rule]]
id = "meeting.record-date"
fr = "Date d’enregistrement"
en = "Record date"
from = 2021-01-01
cite = ["C. com., art. R. 22-10-28, I"]
"""
DEADLINE = "meeting.form.deadline"


@pytest.fixture(scope="module")
def book():
    return load_book(BOOK.encode(), "meeting/law.toml")


@pytest.fixture(scope="module")
def law(book):
    return Law([book])


def clause(param, *, since=date(2008, 1, 1), until=None, rule_id=DEADLINE, article="Statuts, art. 21", layer="bylaws"):
    return Bylaw(rule_id, since, until, param, article, "texte de la clause", layer)


@pytest.mark.parametrize(
    ("day", "days"),
    [("2006-12-12", 3), ("2014-12-31", 3), ("2015-01-01", 2), ("2999-12-31", 2)],
)
def test_the_day_decides_which_wording_applies(law, day, days):
    assert law.at(DEADLINE, date.fromisoformat(day)).number("max_days_before") == days


def test_a_day_before_the_first_wording_has_no_rule(law):
    with pytest.raises(NoRuleOnFile) as raised:
        law.at(DEADLINE, date(2006, 12, 11))
    assert raised.value.text.en == (
        "No rule on file for meeting.form.deadline on 11 December 2006; "
        "on file: from 12 December 2006 to 31 December 2014 inclusive, since 1 January 2015."
    )
    assert raised.value.text.fr.startswith("Aucune règle au dossier pour meeting.form.deadline le 11 décembre 2006 ; ")
    assert (raised.value.rule_id, raised.value.day) == (DEADLINE, date(2006, 12, 11))
    assert pickle.loads(pickle.dumps(raised.value)).text == raised.value.text


def test_a_silent_gap_has_no_rule_either(law):
    with pytest.raises(
        NoRuleOnFile, match="au dossier : du 1er janvier 2015 au 31 décembre 2019 inclus, depuis le 1er"
    ):
        law.at("meeting.record-date", date(2020, 6, 1))


def test_an_unknown_id_names_its_neighbours(law):
    with pytest.raises(NoRuleOnFile) as raised:
        law.at("meeting.form.dedline", date(2020, 1, 1))
    assert "rules of a like name: meeting.form.deadline" in raised.value.text.en
    with pytest.raises(NoRuleOnFile) as raised:
        law.at("x", date(2020, 1, 1))
    assert "this id is in no rulebook" in raised.value.text.en


def test_a_rule_is_never_asked_for_an_instant(law):
    with pytest.raises(LawError, match="donnez une date, sans heure"):
        law.at(DEADLINE, datetime(2020, 1, 1, 12))


@given(st.dates(date(2006, 12, 12), date(2030, 1, 1)))
def test_there_is_one_wording_a_day(day):
    book = load_book(BOOK.encode(), "meeting/law.toml")
    rule = book.at(DEADLINE, day)
    assert [version for version in book.versions(DEADLINE) if version.in_force(day)] == [rule]


def test_a_row_is_confirmed_only_when_it_was_read(law):
    states = {(rule.id, rule.since.year): rule.confirmed for versions in law.list() for rule in versions}
    assert states == {
        (DEADLINE, 2006): True,
        (DEADLINE, 2015): False,  # no `checked`
        ("meeting.record-date", 2015): False,  # read, and marked unconfirmed
        ("meeting.record-date", 2021): False,
    }


def test_a_row_that_says_confirmed_and_was_never_read_is_not():
    book = load_book(BOOK.replace("checked = 2015-05-01", 'status = "confirmed"', 1).encode(), "meeting/law.toml")
    assert not book.at(DEADLINE, date(2010, 1, 1)).confirmed


def test_the_canonical_row_is_rfc_8785_and_holds_everything(law, book):
    rule = law.at(DEADLINE, date(2010, 1, 1))
    row = json.loads(rule.canonical())
    assert rule.canonical() == rfc8785.dumps(row)
    assert (row["from"], row["until"], row["layers"]) == ("2006-12-12", "2015-01-01", [])
    assert row["param"]["at"] == "15:00:00"
    assert rule.pin() == {
        "id": DEADLINE,
        "from": "2006-12-12",
        "book": hashlib.sha256(BOOK.encode()).hexdigest(),
        "row": hashlib.sha256(rule.canonical()).hexdigest(),
    }
    assert book.digest == rule.book


def test_another_row_or_another_wording_has_another_pin(law):
    pins = {rule.pin()["row"] for versions in law.list() for rule in versions}
    assert len(pins) == 4


def test_values_are_frozen_and_typed(law):
    rule = law.at(DEADLINE, date(2010, 1, 1))
    assert (rule.time("at"), rule.flag("strict"), rule.word("zone"), rule.words("channels")) == (
        time(15), False, "Europe/Paris", ("post",),
    )  # fmt: skip
    assert law.at("meeting.record-date", date(2016, 1, 1)).param["scale"] == ((750000, 50), (4500000, 40))
    with pytest.raises(TypeError):
        rule.param["max_days_before"] = 9
    with pytest.raises(BookError, match="max_days"):
        rule.number("max_days")
    with pytest.raises(BookError, match="strict"):
        rule.number("strict")  # a boolean is no number
    with pytest.raises(AttributeError):
        rule.id = "x"
    assert pickle.loads(pickle.dumps(rule)) == rule


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("float", "max_days_before = 2", "max_days_before = 2.5", "nombre à virgule"),
        ("float-in-list", "cap = 0", "cap = [1, 2.0]", "nombre à virgule"),
        ("instant", "cap = 0", "cap = 2026-01-01T00:00:00Z", "instant"),
        ("too-big", "cap = 0", "cap = 9007199254740992", "2^53"),
        ("overlap", "until = 2015-01-01", "until = 2015-01-02", "deux textes en vigueur le 1er janvier 2015"),
        ("overlap-open", "until = 2015-01-01\n", "", "deux textes en vigueur"),
        ("gap", "silent = true", "silent = false", "aucun texte entre"),
        ("backwards", "until = 2015-01-01", "until = 2006-12-12", "finit avant de commencer"),
        ("no-french", 'fr = "Réception des formulaires papier"\n', "", "il manque « fr »"),
        ("no-english", 'en = "Record date"\n', "", "il manque « en »"),
        ("no-citation", 'cite = ["C. com., art. R. 225-77"]\n', "", "il manque « cite »"),
        ("empty-citation", 'cite = ["C. com., art. R. 225-85, I"]', 'cite = [""]', "liste de textes"),
        ("unknown-key", "seed =", "sead =", "clé inconnue « sead »"),
        ("text-for-a-date", "from = 2021-01-01", 'from = "2021-01-01"', "« from » est d’un autre type"),
        ("status", 'status = "unconfirmed"', 'status = "sure"', "« status »"),
        ("override", 'override = "free"', 'override = "always"', "« override »"),
        ("no-direction", 'override = "free"', 'override = "stricter"', "« stricter » donne le sens"),
        ("direction-of-text", 'place = "free"', 'place = "lower"', "stricter.place"),
        ("direction-of-nothing", 'place = "free"', 'colour = "free"', "stricter.colour"),
        ("direction-of-number", 'max_days_before = "lower"', 'max_days_before = "fewer"', "stricter.max_days_before"),
        ("not-toml", "[book]", "[book", "n’est pas du TOML"),
    ],
)  # fmt: skip
def test_a_bad_book_is_refused_and_says_where(name, old, new, says):
    assert old in BOOK
    with pytest.raises(BookError) as raised:
        load_book(BOOK.replace(old, new, 1).encode(), "meeting/law.toml")
    assert says in raised.value.text.fr
    assert "meeting" in raised.value.text.en


def test_a_book_takes_its_system_from_its_folder_when_it_names_none(tmp_path):
    (tmp_path / "fleet").mkdir()
    path = tmp_path / "fleet" / "law.toml"
    path.write_text('[[rule]]\nid = "fleet.a"\nfr = "a"\nen = "a"\nfrom = 2000-01-01\ncite = ["CPC, art. 640"]\n')
    assert Book.load(path).system == "fleet"
    assert Law.load([path]).ids("fleet") == ("fleet.a",)


def test_one_rule_is_not_in_two_books(book):
    with pytest.raises(BookError, match="dans deux recueils"):
        Law([book, book])


def test_the_differences_between_two_days(law):
    changes = law.diff(date(2010, 1, 1), date(2022, 1, 1))
    assert [(change.rule_id, change.before is None, change.after is None) for change in changes] == [
        (DEADLINE, False, False),
        ("meeting.record-date", True, False),
    ]
    assert changes[0].fields == ("seed", "override", "stricter", "param", "text")
    assert law.diff(date(2010, 1, 1), date(2012, 1, 1)) == ()
    assert law.diff(date(2010, 1, 1), date(2022, 1, 1), "meeting.record-date") == changes[1:]


def test_a_prefix_is_a_whole_name(law):
    assert law.ids("meeting.form") == law.ids("meeting.form.") == (DEADLINE,)
    assert law.ids("meeting.fo") == ()


# ------------------------------------------------------------------------------------------------------------ bylaws


def test_a_stricter_clause_applies_and_is_kept_in_the_row(law):
    day = date(2010, 1, 1)
    plain_rule, rule = law.at(DEADLINE, day), law.at(DEADLINE, day, [clause({"max_days_before": 1})])
    assert (rule.number("max_days_before"), rule.law_param["max_days_before"]) == (1, 3)
    assert rule.pin()["row"] != plain_rule.pin()["row"]
    row = json.loads(rule.canonical())
    assert row["param"]["max_days_before"] == 3
    assert row["layers"] == [
        {"rule": DEADLINE, "layer": "bylaws", "from": "2008-01-01", "until": None, "param": {"max_days_before": 1},
         "article": "Statuts, art. 21", "text": "texte de la clause"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ({"max_days_before": 0}, 0),
        ({"max_days_before": 3}, 3),
        ({"at": time(16)}, time(16)),
        ({"at": "16:00:00"}, time(16)),
        ({"channels": ["post", "fax"]}, ("post", "fax")),
        ({"strict": True}, True),
        ({"place": "n’importe où"}, "n’importe où"),
    ],
)
def test_clauses_that_go_the_way_the_rule_lets_them(law, param, value):
    rule = law.at(DEADLINE, date(2010, 1, 1), [clause(param)])
    assert rule.param[next(iter(param))] == value


@pytest.mark.parametrize(
    ("param", "says"),
    [
        ({"max_days_before": 4}, "de 3 à 4, alors que cette valeur ne peut que baisser"),
        ({"at": time(14, 59)}, "ne peut que monter"),
        ({"channels": []}, "ne peut que gagner des éléments"),
        ({"zone": "Pacific/Noumea"}, "ne peut pas changer « zone »"),
        ({"cap": 3}, "ne peut pas changer « cap »"),
        ({"max_days_before": "deux"}, "n’est pas du même genre"),
        ({"max_days_before": True}, "n’est pas du même genre"),
        ({"at": "midi"}, "n’est pas du même genre"),
    ],
)
def test_clauses_that_the_rule_does_not_let(law, param, says):
    with pytest.raises(OverrideRefused) as raised:
        law.at(DEADLINE, date(2010, 1, 1), [clause(param)])
    assert says in raised.value.text.fr
    assert raised.value.rule_id == DEADLINE
    assert raised.value.text.en.startswith("Rule meeting.form.deadline (C. com., art. R. 225-77): ")
    assert pickle.loads(pickle.dumps(raised.value)).rule_id == DEADLINE


def test_a_rule_without_override_admits_nothing(law):
    with pytest.raises(OverrideRefused, match="la règle ne se déroge pas"):
        law.at("meeting.record-date", date(2016, 1, 1), [clause({"scale": []}, rule_id="meeting.record-date")])


def test_a_free_rule_changes_either_way_but_gains_no_value(law):
    day = date(2016, 1, 1)
    assert law.at(DEADLINE, day, [clause({"max_days_before": 30})]).number("max_days_before") == 30
    with pytest.raises(OverrideRefused, match="max_days_befor"):
        law.at(DEADLINE, day, [clause({"max_days_befor": 1})])


def test_clauses_apply_only_in_their_time_and_to_their_rule(law):
    clauses = [
        clause({"max_days_before": 2}, until=date(2010, 6, 1)),
        clause({"max_days_before": 1}, since=date(2010, 6, 1)),
        clause({"scale": []}, rule_id="meeting.record-date"),
    ]
    days = [date(2007, 12, 31), date(2008, 1, 1), date(2010, 5, 31), date(2010, 6, 1)]
    assert [law.at(DEADLINE, day, clauses).number("max_days_before") for day in days] == [3, 2, 2, 1]
    assert law.at(DEADLINE, days[0], clauses) is law.at(DEADLINE, days[0])


def test_two_clauses_of_one_document_never_speak_at_once(law):
    clauses = [clause({"max_days_before": 2}), clause({"max_days_before": 1}, article="Statuts, art. 22")]
    with pytest.raises(OverrideRefused, match=r"« Statuts, art\. 21 » et « Statuts, art\. 22 » fixent tous deux"):
        law.at(DEADLINE, date(2010, 1, 1), clauses)


def test_a_policy_over_the_bylaws_is_held_to_what_they_say(law):
    bylaws, policy = clause({"max_days_before": 1}), clause({"max_days_before": 2}, layer="policy")
    with pytest.raises(OverrideRefused, match="de 1 à 2"):
        law.at(DEADLINE, date(2010, 1, 1), [bylaws, policy])
    assert law.at(DEADLINE, date(2010, 1, 1), [policy, bylaws]).number("max_days_before") == 1


def test_a_clause_holds_no_float_and_ends_after_it_begins():
    with pytest.raises(BookError):
        clause({"max_days_before": 0.5})
    with pytest.raises(LawError, match="finit avant de commencer"):
        clause({}, until=date(2008, 1, 1))
