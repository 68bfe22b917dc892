"""Sentences in two languages, dates and hours for people, and what goes in an act."""

import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, strategies as st

from opposable.law import Decision, LawError, Refused, Step, Text, Trace, day_text, join, t, time_text
from opposable.law.plain import canonical, instant_text, plain
from opposable.law.text import typographic
from opposable.ledger import canonical as ledger


def test_a_text_speaks_french_unless_english_is_asked():
    text = t("Assemblées", "Meetings")
    assert (text.of("fr"), text.of("en"), text.of("en-GB"), text.of("de"), str(text)) == (
        "Assemblées", "Meetings", "Meetings", "Assemblées", "Assemblées",
    )  # fmt: skip


def test_a_text_inside_a_text_keeps_its_language():
    text = t("le {day} à {place}", "{day} in {place}").format(day=day_text(date(2026, 3, 1)), place="Paris")
    assert text == Text("le 1er mars 2026 à Paris", "1 March 2026 in Paris")


def test_what_was_filled_in_is_not_read_again():
    assert t("{a}", "{a}").format(a="{b}").fr == "{b}"


def test_texts_are_joined_and_capitalised():
    assert join([t("un", "one"), "2"]) + t(" !", "!") == Text("un, 2 !", "one, 2!")
    assert t("élu", "elected").capital() == Text("Élu", "Elected")


@pytest.mark.parametrize(
    ("at", "fr", "en"),
    [
        (time(15), "15 h 00", "15:00"),
        (time(9, 5), "9 h 05", "09:05"),
        (time(15, 0, 1), "15 h 00 min 01 s", "15:00:01"),
        (time(15, 0, 0, 1), "15 h 00 min 00,000001 s", "15:00:00.000001"),
    ],
)
def test_hours_are_written_for_people_to_the_last_microsecond(at, fr, en):
    assert time_text(at) == Text(fr, en)


def test_weekdays_are_named():
    assert day_text(date(2026, 5, 1), weekday=True) == Text("vendredi 1er mai 2026", "Friday 1 May 2026")


def test_french_punctuation_gets_its_spaces_where_it_is_shown():
    assert typographic("« a » ; b : c ? n° 3, 12 %") == (
        "«\u00a0a\u00a0»\u202f; b\u00a0: c\u202f? n°\u00a03, 12\u00a0%"
    )


def test_instants_are_utc_with_six_decimals():
    paris = timezone(timedelta(hours=2))
    assert instant_text(datetime(2026, 3, 29, 15, tzinfo=paris)) == "2026-03-29T13:00:00.000000Z"
    with pytest.raises(LawError):
        instant_text(datetime(2026, 3, 29, 15))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=126)), inner),
    max_leaves=12,
)


@given(json_values)
def test_canonical_json_is_that_of_rfc_8785_and_of_the_ledger(value):
    assert canonical(value) == rfc8785.dumps(value) == ledger.encode(value)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**53, -(2**53), "\ud800", {"é": 1}, {1: 1}, {1, 2}, b"x", datetime(2026, 1, 1)]
)
def test_values_outside_the_profile_are_refused(value):
    with pytest.raises(LawError):
        plain([value])


def test_dates_texts_and_tuples_become_json():
    at = datetime(2026, 3, 29, 13, tzinfo=UTC)
    assert plain({"d": date(2026, 3, 29), "h": time(15), "i": at, "t": t("un", "one"), "l": (1, 2)}) == {
        "d": "2026-03-29", "h": "15:00:00", "i": "2026-03-29T13:00:00.000000Z", "t": {"fr": "un", "en": "one"},
        "l": [1, 2],
    }  # fmt: skip


def test_a_trace_is_printed_and_stored():
    trace = Trace((Step(t("Veille", "Eve"), t("on recule", "one back"), "2026-03-29"),))
    assert trace.render("fr") == "Veille : on recule → 2026-03-29"
    assert trace.render("en") == "Eve: one back → 2026-03-29"
    assert (trace + trace).as_data() == trace.as_data() * 2
    assert len(trace + Trace()) == 1


def test_a_refusal_and_a_decision_say_why_in_plain_data():
    trace = Trace((Step(t("a", "a"), t("b", "b"), "c"),))
    facts = {"at": datetime(2026, 3, 29, 13, 0, 1, tzinfo=UTC)}
    refused = Refused(t("Trop tard", "Too late"), None, "late", facts=facts, trace=trace, lawful=t("Venez", "Come"))
    assert refused.as_data() == {
        "code": "late", "reason": {"fr": "Trop tard", "en": "Too late"}, "rule": None,
        "facts": {"at": "2026-03-29T13:00:01.000000Z"}, "trace": trace.as_data(), "lawful": {"fr": "Venez", "en": "Come"},
    }  # fmt: skip
    assert str(refused) == "Trop tard"
    assert Decision(3, None, facts, trace).as_data()["trace"] == trace.as_data()
    canonical(refused.as_data())


def test_errors_survive_a_trip_between_processes():
    error = pickle.loads(pickle.dumps(LawError(t("un", "one"))))
    assert (type(error), error.text, str(error)) == (LawError, t("un", "one"), "un")


def test_a_number_chooses_its_forms():
    """French has one form for 0 and 1, English for 1 alone."""
    text = t("{n} pièce(|s) gardée(|s) après (son|leur) échéance", "{n} part(|s) kept past (its|their) day")
    said = [text.counted(n).format(n=n) for n in (0, 1, 2)]
    one, several = "{n} pièce gardée après son échéance", "{n} pièces gardées après leur échéance"
    assert [item.fr for item in said] == [one.format(n=0), one.format(n=1), several.format(n=2)]
    one, several = "{n} part kept past its day", "{n} parts kept past their day"
    assert [item.en for item in said] == [several.format(n=0), one.format(n=1), several.format(n=2)]
