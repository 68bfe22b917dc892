"""Forms: the limit to the microsecond, strict reading, mentions by date, changes."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from opposable.law import NoRuleOnFile, OverrideRefused, Refused, local
from opposable.systems.assembly.rules import forms
from opposable.systems.assembly.rules.agenda import Resolution, agenda_digest
from opposable.systems.assembly.rules.register import Voice, Weight
from tests.assembly.facts import (
    DAY_2008,
    DAY_2012,
    DAY_2026,
    LAW,
    LISTED,
    UNLISTED,
    agenda,
    bylaw,
    company,
    rule,
    utc,
    voice,
)

MICROSECOND = timedelta(microseconds=1)


# --- reception ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meeting", "limit"),
    [
        (date(2026, 3, 30), utc(2026, 3, 29, 13)),  # the eve is the day the clocks go forward
        (date(2026, 3, 29), utc(2026, 3, 28, 14)),
        (date(2026, 10, 25), utc(2026, 10, 24, 13)),  # the clocks go back on the meeting's day
        (date(2026, 10, 26), utc(2026, 10, 25, 14)),
        (date(2008, 5, 20), utc(2008, 5, 19, 13)),
        (date(2024, 3, 1), utc(2024, 2, 29, 14)),  # a leap day
        (date(2027, 1, 1), utc(2026, 12, 31, 14)),
    ],
)
def test_electronic_limit_is_the_eve_at_15_00_paris(meeting, limit):
    decision = forms.limit_of(LAW, LISTED, meeting, "electronic")
    assert decision.value.at == limit
    assert decision.rule.id == "assembly.form.deadline-electronic"
    assert len(decision.trace) > 0


@pytest.mark.parametrize("meeting", [date(2026, 3, 30), date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 26)])
def test_the_limit_itself_is_in_time_and_a_microsecond_later_is_late(meeting):
    limit = forms.limit_of(LAW, LISTED, meeting, "electronic")
    at = limit.value.at
    assert forms.receive(limit, at - MICROSECOND).value.status == "counted"
    assert forms.receive(limit, at).value.status == "counted"
    assert forms.receive(limit, at + MICROSECOND).value.status == "late"


def test_the_same_instant_in_noumea_is_the_same_answer():
    limit = forms.limit_of(LAW, LISTED, DAY_2026, "electronic")
    noumea = limit.value.at.astimezone(ZoneInfo("Pacific/Noumea"))
    assert noumea.day == 30  # already the meeting's day over there
    assert forms.receive(limit, noumea).value.status == "counted"
    assert forms.receive(limit, noumea + MICROSECOND).value.status == "late"


def test_an_instant_without_a_zone_is_no_instant():
    limit = forms.limit_of(LAW, LISTED, DAY_2026, "electronic")
    with pytest.raises(ValueError):
        forms.receive(limit, limit.value.at.replace(tzinfo=None))


def test_a_late_form_is_refused_with_its_rule_and_what_remains_lawful():
    limit = forms.limit_of(LAW, LISTED, DAY_2026, "electronic")
    reception = forms.receive(limit, limit.value.at + MICROSECOND)
    refused = forms.late(reception)
    assert refused.code == "late"
    assert refused.rule.id == "assembly.form.deadline-electronic"
    assert "15 h 00 min 00,000001 s" in refused.reason.fr
    assert "29 mars 2026 à 15 h 00 (heure de Paris)" in refused.reason.fr
    assert refused.lawful is not None
    assert refused.as_data()["trace"]


def test_paper_forms_count_to_the_end_of_the_third_day_before():
    limit = forms.limit_of(LAW, LISTED, date(2026, 3, 30), "paper")
    assert limit.value.at == utc(2026, 3, 27, 23)  # 28 March 0:00 in Paris, still winter time
    assert forms.receive(limit, limit.value.at - MICROSECOND).value.status == "counted"
    assert forms.receive(limit, limit.value.at).value.status == "late"
    assert "27 mars 2026 à 24 h 00" in limit.value.label.fr


def test_bylaws_bring_the_paper_limit_nearer_never_further():
    nearer = company(bylaw("assembly.form.deadline-paper", max_days_before=1))
    assert forms.limit_of(LAW, nearer, date(2026, 3, 30), "paper").value.at == utc(2026, 3, 29, 22)
    further = company(bylaw("assembly.form.deadline-paper", max_days_before=5))
    with pytest.raises(OverrideRefused):
        forms.limit_of(LAW, further, date(2026, 3, 30), "paper")


def test_no_bylaw_moves_15_00():
    with pytest.raises(OverrideRefused):
        forms.limit_of(LAW, company(bylaw("assembly.form.deadline-electronic", days_before=2)), DAY_2026, "electronic")


def test_no_rule_no_limit():
    with pytest.raises(NoRuleOnFile):
        forms.limit_of(LAW, LISTED, date(1999, 5, 20), "electronic")


@given(st.dates(date(2007, 4, 1), date(2040, 12, 31)))
def test_the_limit_is_always_15_00_on_the_paris_clock_of_the_eve(meeting):
    at = local(forms.limit_of(LAW, LISTED, meeting, "electronic").value.at)
    assert (at.date(), at.hour, at.minute, at.second, at.microsecond) == (meeting - timedelta(1), 15, 0, 0, 0)


# --- signature and content ---------------------------------------------------------------------------------------

PROCESS = bylaw("assembly.form.signature", simple=True, process="identifiant et code par SMS")


@pytest.mark.parametrize("day", [DAY_2008, DAY_2012, DAY_2026])
def test_simple_signature_needs_a_process_in_the_bylaws(day):
    with pytest.raises(Refused) as caught:
        forms.check_signature(rule("assembly.form.signature", day), "simple")
    assert caught.value.code == "signature"
    allowed = forms.check_signature(rule("assembly.form.signature", day, company(PROCESS)), "simple")
    assert allowed.value == "identifiant et code par SMS"


def test_simple_without_a_described_process_is_refused():
    undescribed = company(bylaw("assembly.form.signature", simple=True))
    with pytest.raises(Refused):
        forms.check_signature(rule("assembly.form.signature", of=undescribed), "simple")


@pytest.mark.parametrize("level", ["advanced", "qualified"])
def test_higher_signatures_need_no_bylaw(level):
    assert forms.check_signature(rule("assembly.form.signature"), level).value == level


def test_a_form_received_names_what_it_lacks():
    form = dict.fromkeys(["surname", "given-name", "domicile", "holding-form", "quantity", "registration"], "x")
    with pytest.raises(Refused) as caught:
        forms.check_content(rule("assembly.form.received-content"), {**form, "signature": "  "}, bearer=True)
    assert caught.value.facts["missing"] == ("signature", "certificate")
    whole = {**form, "signature": "x", "certificate": "x"}
    assert forms.check_content(rule("assembly.form.received-content"), whole, bearer=True).value


# --- reading marks --------------------------------------------------------------------------------------------

AGENDA = agenda("ordinary", "ordinary", "extraordinary")
SPLIT_RIGHTS = Voice(Weight(100, 200), Weight(40, 40))


def read(marks, held=SPLIT_RIGHTS, **more):
    return forms.read_choices(rule("assembly.form.content"), AGENDA, held, marks, **more)


def code_of(marks, **more):
    with pytest.raises(Refused) as caught:
        read(marks, **more)
    assert caught.value.rule.id == "assembly.form.content"
    return caught.value.code


def test_a_vote_takes_all_the_votes_that_the_register_gives_in_that_body():
    marks = [{"resolution": 1, "vote": "for"}, {"resolution": 2}, {"resolution": 3, "vote": "abstain"}]
    assert read(marks).value == ((200, 0, 0), None, (0, 0, 40))


def test_what_a_split_leaves_unused_is_written_as_an_abstention():
    marks = [{"resolution": 1, "for": 30, "against": 15}, {"resolution": 2, "against": "200"}, {"resolution": 3}]
    decision = read(marks)
    assert decision.value == ((30, 15, 155), (0, 200, 0), None)
    assert [step.result for step in decision.trace] == ["155"]


@pytest.mark.parametrize(
    ("marks", "code"),
    [
        (None, "form.shape"),
        ("for", "form.shape"),
        ([1, 2, 3], "form.shape"),
        ({"resolution": 1}, "form.shape"),
        ([{"resolution": 1}, {"resolution": 2}], "form.order"),  # one missing
        ([{"resolution": 1}, {"resolution": 3}, {"resolution": 2}], "form.order"),  # order changed
        ([{"resolution": 1}, {"resolution": 1}, {"resolution": 3}], "form.order"),  # twice the same
        ([{"resolution": n} for n in (1, 2, 3, 4)], "form.order"),  # not on the agenda
        ([{"resolution": n} for n in (True, 2, 3)], "form.order"),
        ([{"resolution": n} for n in (1.0, 2, 3)], "form.order"),
        ([{"vote": "for"}, {"resolution": 2}, {"resolution": 3}], "form.order"),
    ],
)
def test_resolutions_complete_and_in_the_order_presented(marks, code):
    assert code_of(marks) == code


BAD_QUANTITIES = [
    -1, -(2**31), 2**53, 2**53 + 1, 2**64, 1.0, 0.5, "1.5", "1,5", "1e6", "+1", "-1", " 1", "1 ", "01", "1_000", "1 000",
    "１２", "٣", "²", "1\x00", "\x00", "", "0x10", True, False, None, [1], {"n": 1}, "9" * 400, float("nan"), float("inf"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_QUANTITIES, ids=repr)
def test_a_quantity_is_a_whole_number_in_plain_digits(bad):
    with pytest.raises(ValueError):
        forms.quantity(bad)
    assert code_of([{"resolution": 1, "for": bad}, {"resolution": 2}, {"resolution": 3}]) == "form.quantity"


@pytest.mark.parametrize("good", [0, "0", 1, "1", 2**31, str(2**31), 123_456_789, 2**53 - 1, str(2**53 - 1)])
def test_quantities_beyond_eight_digits_and_32_bits_are_read_whole(good):
    assert forms.quantity(good) == int(good)


def test_a_split_may_not_exceed_the_votes_held():
    marks = [{"resolution": 1, "for": 150, "against": 51}, {"resolution": 2}, {"resolution": 3}]
    assert code_of(marks) == "form.exceeds"
    assert code_of([{"resolution": 1}, {"resolution": 2}, {"resolution": 3, "for": 41}]) == "form.exceeds"


@pytest.mark.parametrize("field", ["votes", "weight", "shares", "quantity", "holder", "For"])
def test_nothing_from_the_sender_weighs_a_vote(field):
    assert code_of([{"resolution": 1, "vote": "for", field: 999}, {"resolution": 2}, {"resolution": 3}]) == "form.field"


def test_an_unknown_vote_and_a_vote_beside_a_split_are_refused():
    assert code_of([{"resolution": 1, "vote": "yes"}, {"resolution": 2}, {"resolution": 3}]) == "form.vote"
    assert code_of([{"resolution": 1, "vote": ["for"]}, {"resolution": 2}, {"resolution": 3}]) == "form.vote"
    assert code_of([{"resolution": 1, "vote": "for", "for": 1}, {"resolution": 2}, {"resolution": 3}]) == "form.field"


def test_a_holder_who_does_not_split_may_not():
    assert code_of([{"resolution": 1, "for": 1}, {"resolution": 2}, {"resolution": 3}], splits=False) == "form.split"


@given(st.integers(0, 2**53 - 1), st.data())
def test_every_choice_read_shares_out_exactly_the_votes_held(held, data):
    for_ = data.draw(st.integers(0, held))
    against = data.draw(st.integers(0, held - for_))
    marks = [
        {"resolution": 1, "for": for_, "against": str(against)},
        {"resolution": 2},
        {"resolution": 3, "vote": "for"},
    ]
    choices = read(marks, voice(held)).value
    assert choices[0] == (for_, against, held - for_ - against)
    assert choices[2] == (held, 0, 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_or_refused_never_a_crash(marks):
    with pytest.raises(Refused):
        read(marks)


# --- mentions -------------------------------------------------------------------------------------------------


def ids(day, **more):
    return [mention.id for mention in forms.mentions(LAW, day, forms.FormFacts(LISTED, **more))]


def text_of(day, mention_id, **more):
    facts = forms.FormFacts(LISTED, **more)
    return next(mention for mention in forms.mentions(LAW, day, facts) if mention.id == mention_id)


def test_the_warning_says_what_the_law_of_the_day_makes_of_abstentions():
    old, new = text_of(DAY_2008, "abstention"), text_of(DAY_2026, "abstention")
    assert "assimilée à un vote défavorable" in old.text.fr
    assert "ne sera pas considérée comme un vote exprimé" in new.text.fr
    assert old.prominent
    assert new.prominent
    assert (old.rule.id, new.rule.id) == ("assembly.form.content", "assembly.form.content")


def test_voting_against_new_resolutions_is_offered_since_2019_only():
    assert "voter contre" not in text_of(DAY_2008, "new-resolutions", single_document=True).text.fr
    assert "voter contre" in text_of(DAY_2026, "new-resolutions", single_document=True).text.fr


def test_mentions_follow_the_facts():
    plain = ids(DAY_2026)
    assert plain == [
        "choices",
        "abstention",
        "last-date",
        "received-content",
        "annex-resolutions",
        "annex-reasons",
        "annex-author",
        "annex-documents-request",
        "not-both",
    ]
    full = ids(DAY_2026, single_document=True, annual=True, bearer=True, intermediary_on=date(2026, 3, 26))
    assert set(full) - set(plain) == {
        "intermediary-date",
        "certificate",
        "single-either",
        "single-proxy",
        "single-blank",
        "new-resolutions",
        "annex-agm-statement",
    }


def test_the_last_date_is_the_one_that_reception_applies():
    assert "dimanche 29 mars 2026 à 15 h 00 (heure de Paris)" in text_of(DAY_2026, "last-date").text.fr
    assert "27 mars 2026 à 24 h 00" in text_of(DAY_2026, "last-date", electronic=False).text.fr


def test_the_certificate_cites_the_article_of_its_day():
    assert "R. 225-85" in text_of(DAY_2012, "certificate", bearer=True).text.fr
    assert "R. 22-10-28" in text_of(DAY_2026, "certificate", bearer=True).text.fr


def test_who_may_be_proxy_is_recalled_by_date():
    assert "toute autre personne" not in text_of(DAY_2008, "single-proxy", single_document=True).text.fr
    assert "toute autre personne" in text_of(DAY_2026, "single-proxy", single_document=True).text.fr


# --- changes --------------------------------------------------------------------------------------------------

FREE = company(bylaw("assembly.mode.no-change", change_allowed=True))


@pytest.mark.parametrize("chosen", ["vote", "proxy", "card", "certificate"])
def test_no_other_mode_in_a_listed_company(chosen):
    wanted = "vote" if chosen != "vote" else "presence"
    with pytest.raises(Refused) as caught:
        forms.check_mode(rule("assembly.mode.no-change"), LISTED, chosen, wanted)
    assert caught.value.code == "mode"
    assert forms.check_mode(rule("assembly.mode.no-change", of=FREE), FREE, chosen, wanted).value
    assert forms.check_mode(rule("assembly.mode.no-change"), UNLISTED, chosen, wanted).value


def test_a_card_is_asked_for_in_order_to_attend():
    assert forms.check_mode(rule("assembly.mode.no-change"), LISTED, "card", "presence").value


def test_a_second_form_replaces_the_first_only_when_the_bylaws_let_it():
    with pytest.raises(Refused) as caught:
        forms.check_replacement(rule("assembly.mode.no-change"), LISTED)
    assert caught.value.code == "replacement"
    assert forms.check_replacement(rule("assembly.mode.no-change", of=FREE), FREE).value
    assert forms.check_replacement(rule("assembly.mode.no-change"), UNLISTED).value


RECORD = utc(2026, 3, 25, 23)
MARKS = ((200, 0, 0), None, (0, 0, 200))


def transfer(choices, left, sold_at):
    return forms.after_transfer(
        rule("assembly.transfer.after-vote"), AGENDA, choices, left, sold_at=sold_at, record_at=RECORD
    ).value


def test_a_transfer_before_the_record_date_amends_or_voids():
    before = RECORD - MICROSECOND
    assert transfer(MARKS, voice(50), before) == forms.Amended("amended", ((50, 0, 0), None, (0, 0, 50)))
    assert transfer(MARKS, voice(250), before) == forms.Amended("amended", ((250, 0, 0), None, (0, 0, 250)))
    assert transfer(MARKS, voice(0), before).status == "void"
    assert transfer(MARKS, voice(200), before) == forms.Amended("counted", MARKS)


def test_a_sale_on_the_record_date_or_after_is_ignored():
    assert transfer(MARKS, voice(0), RECORD) == forms.Amended("counted", MARKS)


def test_a_split_that_no_longer_fits_is_void_and_one_that_fits_abstains_with_the_rest():
    split = ((120, 80, 0), None, (0, 0, 200))
    assert transfer(split, voice(150), RECORD - MICROSECOND).status == "void"
    assert transfer(split, voice(260), RECORD - MICROSECOND).choices == ((120, 80, 60), None, (0, 0, 260))
    fits = ((30, 20, 150), None, None)
    assert transfer(fits, voice(210), RECORD - MICROSECOND).choices == ((30, 20, 160), None, None)


@given(
    st.lists(st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), min_size=3, max_size=3),
    st.integers(1, 400),
)
def test_what_a_transfer_leaves_shares_out_the_votes_left(choices, left):
    amended = transfer(tuple(choices), voice(left), RECORD - MICROSECOND)
    if amended.status != "void":
        assert all(choice is None or sum(choice) == left for choice in amended.choices)


def test_a_form_holds_for_a_successive_meeting_with_the_same_agenda_only():
    same = agenda_digest(AGENDA)
    assert forms.check_successive(
        rule("assembly.form.successive"), same, agenda_digest(agenda("ordinary", "ordinary", "extraordinary"))
    ).value
    for other in (
        AGENDA[:2],
        (AGENDA[1], AGENDA[0], AGENDA[2]),
        (*AGENDA[:2], Resolution(3, "extraordinary", title="R3", text="Text 3 bis")),
        (*AGENDA[:2], Resolution(3, "ordinary", title="R3", text="Text 3")),
    ):
        with pytest.raises(Refused) as caught:
            forms.check_successive(rule("assembly.form.successive"), same, agenda_digest(other))
        assert caught.value.code == "agenda"


def test_amendments_are_not_part_of_the_agenda():
    amended = (*AGENDA, Resolution(4, "ordinary", kind="amendment", title="A", text="A"))
    assert agenda_digest(amended) == agenda_digest(AGENDA)
