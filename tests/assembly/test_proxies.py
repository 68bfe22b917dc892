"""Proxies: who, for what, blank ones, both returned, limits, revocation."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from opposable.kernel import clock
from opposable.law import Refused
from opposable.systems.assembly.rules import forms, proxies
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.proxies import SCOPES, Sitting
from opposable.systems.assembly.rules.register import Voice, Weight
from tests.assembly import office, story
from tests.assembly.facts import (
    DAY_2008,
    DAY_2012,
    DAY_2026,
    LISTED,
    UNLISTED,
    agenda,
    bylaw,
    company,
    rule,
    utc,
    voice,
)
from tests.assembly.visitor import Visitor, site, text_of

__all__ = ["site"]


def may(relation, day, of=LISTED, **more):
    try:
        return proxies.check_proxy(rule("assembly.proxy.who", day, of), of, relation, **more).value == relation
    except Refused as refused:
        assert refused.code == "proxy.who"
        assert refused.rule.id == "assembly.proxy.who"
        return False


@pytest.mark.parametrize(
    ("day", "of", "admitted"),
    [
        (DAY_2008, LISTED, {"shareholder", "spouse"}),
        (DAY_2008, UNLISTED, {"shareholder", "spouse"}),
        (DAY_2012, LISTED, {"shareholder", "spouse", "civil-partner", "other"}),
        (DAY_2012, UNLISTED, {"shareholder", "spouse", "civil-partner"}),
        (DAY_2026, LISTED, {"shareholder", "spouse", "civil-partner", "other"}),
        (DAY_2026, UNLISTED, {"shareholder", "spouse", "civil-partner"}),
    ],
)
def test_who_may_be_proxy_by_company_and_date(day, of, admitted):
    assert {who for who in ("shareholder", "spouse", "civil-partner", "other") if may(who, day, of)} == admitted


def test_a_multilateral_facility_opens_the_choice_when_the_bylaws_do():
    assert may("other", DAY_2026, UNLISTED, mtf_clause=True)
    assert not may("other", DAY_2008, UNLISTED, mtf_clause=True)


def test_a_proxy_may_not_name_another():
    scope = rule(SCOPES["sa"])
    assert proxies.check_substitution(scope, "A", "A").value
    with pytest.raises(Refused) as caught:
        proxies.check_substitution(scope, "A", "B")
    assert caught.value.code == "proxy.substitution"


def test_electronic_proxies_have_the_limit_of_forms():
    limit = forms.electronic_limit(rule("assembly.proxy.deadline-electronic"), date(2026, 3, 30))
    assert limit.value.at == utc(2026, 3, 29, 13)
    assert limit.rule.cite == ("C. com., art. R. 225-80",)


# --- scope ---------------------------------------------------------------------------------------------------


def serves(first, second, form="sa"):
    try:
        return proxies.check_scope(rule(SCOPES[form], of=company(form=form)), first, second).value
    except Refused as refused:
        assert refused.code == "proxy.scope"
        return None


ORDINARY = Sitting("ordinary", date(2026, 6, 1), "a")


@pytest.mark.parametrize(
    ("used", "why"),
    [
        (ORDINARY, "own"),
        (Sitting("ordinary", date(2026, 6, 20), "a"), "successive"),
        (Sitting("extraordinary", date(2026, 6, 1), "b"), "pair"),
        (Sitting("extraordinary", date(2026, 6, 16), "b"), "pair"),
        (Sitting("extraordinary", date(2026, 5, 17), "b"), "pair"),
        (Sitting("extraordinary", date(2026, 6, 17), "b"), None),
        (Sitting("ordinary", date(2026, 6, 2), "b"), None),
        (Sitting("special", date(2026, 6, 2), "b"), None),
    ],
)
def test_one_meeting_or_a_pair_within_fifteen_days(used, why):
    assert serves(ORDINARY, used) == why


def test_seven_days_in_a_sarl():
    assert serves(ORDINARY, Sitting("ordinary", date(2026, 6, 8), "b"), "sarl") == "pair"
    assert serves(ORDINARY, Sitting("extraordinary", date(2026, 6, 9), "b"), "sarl") is None


# --- blank proxies ----------------------------------------------------------------------------------------------

MIXED = (
    Resolution(1, "ordinary"),
    Resolution(2, "extraordinary", author="holders", approved_by_board=False),
    Resolution(3, "ordinary", author="holders", approved_by_board=True),
    Resolution(4, "ordinary", author="holders", approved_by_board=False, kind="amendment"),
)


@pytest.mark.parametrize("day", [DAY_2008, DAY_2012, DAY_2026])
def test_the_chair_votes_for_the_drafts_of_the_board_and_against_all_others(day):
    held = Voice(Weight(10, 20), Weight(7, 7))
    decision = proxies.blank_choices(rule("assembly.proxy.blank", day), MIXED, held)
    assert decision.value == ((20, 0, 0), (0, 7, 0), (20, 0, 0), (0, 20, 0))
    assert [step.result for step in decision.trace] == ["for", "against", "for", "against"]


@given(st.integers(0, 2**60), st.lists(st.tuples(st.booleans(), st.booleans()), max_size=8))
def test_a_blank_proxy_never_abstains(held, drafts):
    items = [
        Resolution(i, "ordinary", author="board" if board else "holders", approved_by_board=approved)
        for i, (board, approved) in enumerate(drafts, 1)
    ]
    for item, choice in zip(
        items, proxies.blank_choices(rule("assembly.proxy.blank"), items, voice(held)).value, strict=True
    ):
        assert choice == ((held, 0, 0) if item.author == "board" or item.approved_by_board else (0, held, 0))


# --- both returned ------------------------------------------------------------------------------------------------


def test_form_and_proxy_returned_the_proxy_counts_subject_to_the_votes_expressed():
    marks = ((10, 0, 0), None, (0, 0, 10), None)
    both = proxies.with_form(
        rule("assembly.proxy.with-form"), agenda("ordinary", "ordinary", "ordinary", "ordinary"), marks
    )
    assert both.value.choices == marks
    assert both.value.by_proxy == {2, 4}
    assert both.rule.cite == ("C. com., art. R. 225-81",)


# --- caps and revocation -------------------------------------------------------------------------------------------


def test_the_cap_of_the_bylaws_binds_a_proxy_for_what_he_carries():
    capped = rule("assembly.vote.cap", of=company(bylaw("assembly.vote.cap", votes=1000)))
    assert proxies.check_cap(capped, 10_000, own=400, carried=500, added=100).value == 0
    with pytest.raises(Refused) as caught:
        proxies.check_cap(capped, 10_000, own=400, carried=500, added=101)
    assert caught.value.code == "proxy.cap"
    assert proxies.check_cap(rule("assembly.vote.cap"), 10_000, own=400, carried=500, added=9000).value == 10_000


@pytest.mark.parametrize(
    ("day", "given_by", "revoked_by", "transferred", "code"),
    [
        (DAY_2026, "electronic", "electronic", False, "proxy.irrevocable"),
        (DAY_2026, "electronic", "paper", False, "proxy.irrevocable"),
        (DAY_2026, "electronic", "electronic", True, None),
        (DAY_2026, "paper", "paper", False, None),
        (DAY_2026, "paper", "electronic", False, "proxy.revocation-form"),
        (DAY_2008, "electronic", "electronic", False, "proxy.irrevocable"),
        (DAY_2008, "paper", "electronic", False, None),
    ],
)
def test_revocation(day, given_by, revoked_by, transferred, code):
    irrevocable = rule("assembly.proxy.irrevocable", day)
    if code is None:
        assert proxies.check_revocation(irrevocable, given_by, revoked_by, transferred=transferred).value
        return
    with pytest.raises(Refused) as caught:
        proxies.check_revocation(irrevocable, given_by, revoked_by, transferred=transferred)
    assert caught.value.code == code


def test_who_may_be_a_proxy_is_told_in_words_in_both_languages():
    with pytest.raises(Refused) as refused:
        proxies.check_proxy(rule("assembly.proxy.who", DAY_2026, UNLISTED), UNLISTED, "other")
    assert "un autre titulaire, le conjoint, le partenaire de PACS" in refused.value.reason.fr
    assert "another holder, the spouse, the civil partner (PACS)" in refused.value.reason.en


@pytest.mark.django_db
def test_a_vote_after_an_electronic_proxy_is_told_to_leave_it_for_the_rest(log, site):
    """R. 225-80, R. 225-81, 8°: irrevocable; the votes expressed in a form prevail. Neither page says that it is replaced."""
    meeting = story.opened()
    story.vote(meeting, "A1", given=[], mode="proxy-person", proxy_name="Luc Bernard", proxy_relation="shareholder")
    anne = Visitor(meeting, "A1")
    anne.enter()
    page = anne.get("form/")
    assert "l’emporteraient sur le pouvoir reçu" in text_of(page)
    summary = anne.post("check/", anne.fields(page, r1="for", mode="vote"))
    assert "est irrévocable : les votes que vous exprimez ici l’emportent" in text_of(summary)
    assert "prendra la place" not in text_of(summary)


@pytest.mark.django_db
def test_whoever_comes_himself_takes_his_proxy_off_the_list_at_the_door(log):
    meeting = story.opened()
    story.vote(meeting, "A1", given=[], mode="proxy-person", proxy_name="Luc Bernard", proxy_relation="shareholder")
    meeting, people = office.opened_session(office.again(meeting)), office.people()
    with clock.frozen(story.MEETING_AT):
        assert "pouvoirs reçus : 1" in office.text(people.secretary.get(office.at("door", meeting)))
        found = office.text(people.secretary.get(office.at("door", meeting), {"q": "Vidal"}))
        assert "l’admettre l’écarte : il votera en salle" in found
        people.secretary.post(office.at("admit", meeting), {"holder": meeting.company.holders.get(ref="A1").uid})
        assert "Aucun formulaire ne désigne quelqu’un" in office.text(people.secretary.get(office.at("door", meeting)))
        assert "1 personne dans la salle" in office.text(people.secretary.get(office.at("session", meeting)))
