"""Weights: what lots are worth in votes at the record date, with the proof."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from opposable.law import OverrideRefused, Refused
from opposable.systems.assembly.rules import register, weights
from opposable.systems.assembly.rules.register import Movement, Voice, Weight
from tests.assembly.facts import DAY_2008, DAY_2026, LAW, LISTED, UNLISTED, bylaw, company, lot, utc

ON = date(2026, 3, 26)
RECORD = utc(2026, 3, 25, 23)  # 26 March 2026, 0:00 in Paris
GRANTED = bylaw("assembly.vote.double", granted=True)
MICROSECOND = timedelta(microseconds=1)


def votes(a_lot, *, of=LISTED, day=DAY_2026, on=ON):
    return weights.weigh(weights.Scale.at(LAW, day, of), a_lot, on)


def snap(lots, *, of=LISTED, day=DAY_2026, at=RECORD, **more):
    return weights.snapshot(LAW, day, of, lots, at, **more)


# --- double votes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "doubled"),
    [(date(2024, 3, 25), True), (date(2024, 3, 26), True), (date(2024, 3, 27), False), (date(2026, 1, 1), False)],
)
def test_two_years_registered_on_the_record_date(since, doubled):
    decision = votes(lot(since=since))
    assert decision.value.ordinary == Weight(100, 200 if doubled else 100)
    assert decision.rule.id == "assembly.vote.double"
    assert decision.trace.steps[-1].result == ("×2" if doubled else "×1")


def test_two_years_from_a_29_february_end_on_the_28():
    leap = lot(since=date(2024, 2, 29))
    assert votes(leap, on=date(2026, 2, 28)).value.ordinary.votes == 200
    assert votes(leap, on=date(2026, 2, 27)).value.ordinary.votes == 100


@pytest.mark.parametrize(
    ("of", "day", "expected"),
    [
        (LISTED, DAY_2026, 200),  # by right
        (company(bylaw("assembly.vote.double", listed_by_right=False)), DAY_2026, 100),  # refused by the bylaws
        (UNLISTED, DAY_2026, 100),  # no clause
        (company(GRANTED, listed=False), DAY_2026, 200),
        (LISTED, DAY_2008, 100),  # 2008: bylaws only
        (company(GRANTED), DAY_2008, 200),
    ],
)
def test_by_bylaws_or_by_right(of, day, expected):
    assert votes(lot(since=date(2001, 1, 1)), of=of, day=day, on=day).value.ordinary.votes == expected


def test_bylaws_may_lengthen_the_two_years_not_shorten_them():
    four = company(bylaw("assembly.vote.double", granted=True, years=4))
    one = company(bylaw("assembly.vote.double", granted=True, years=1))
    assert votes(lot(since=date(2023, 1, 2)), of=four).value.ordinary.votes == 100
    assert votes(lot(since=date(2025, 1, 2)), of=one).value.ordinary.votes == 100


def test_bearer_and_unpaid_shares_have_one_vote():
    assert votes(lot(form="bearer")).value.ordinary.votes == 100
    assert votes(lot(paid_up=False)).value.ordinary.votes == 100
    assert votes(lot(form="nominative-administered")).value.ordinary.votes == 200


# --- movements -------------------------------------------------------------------------------------------------


def moved(cause, *, form="nominative-pure", to="B", at=None, of=LISTED, quantity=40):
    movement = Movement(at or utc(2026, 1, 5, 9), "A:1", quantity, to, form, cause, "B:1")
    return {item.ref: item for item in register.lots_at(LAW, of, [lot(since=date(2015, 1, 2))], [movement], RECORD)}


@pytest.mark.parametrize(
    ("cause", "kept"),
    [
        ("sale", False),
        ("inheritance", True),
        ("marital-property", True),
        ("family-gift", True),
        ("shareholder-merger", True),
    ],
)
def test_a_transfer_loses_the_double_vote_save_in_the_family(cause, kept):
    lots = moved(cause)
    assert votes(lots["A:1"]).value.ordinary == Weight(60, 120)
    assert votes(lots["B:1"]).value.ordinary == Weight(40, 80 if kept else 40)


def test_bylaws_may_set_aside_the_merger_of_a_shareholder():
    strict = company(bylaw("assembly.vote.double-loss", kept_on=["inheritance", "marital-property", "family-gift"]))
    assert moved("shareholder-merger", of=strict)["B:1"].since == date(2026, 1, 5)
    with pytest.raises(OverrideRefused):
        moved("sale", of=company(bylaw("assembly.vote.double-loss", kept_on=["sale"])))


def test_before_2009_a_merger_lost_the_double_vote():
    lots = register.lots_at(
        LAW,
        LISTED,
        [lot(since=date(2001, 1, 2))],
        [Movement(utc(2008, 2, 1, 9), "A:1", 40, "B", "nominative-pure", "shareholder-merger", "B:1")],
        utc(2008, 5, 1),
    )
    assert {item.ref: item.since for item in lots} == {"A:1": date(2001, 1, 2), "B:1": date(2008, 2, 1)}


def test_conversion_to_bearer_and_back_starts_the_years_again():
    to_bearer = moved("conversion", form="bearer", to="A")["B:1"]
    assert votes(to_bearer).value.ordinary.votes == 40
    back = Movement(utc(2026, 2, 2, 9), "B:1", 40, "A", "nominative-pure", "conversion", "C:1")
    lots = register.lots_at(LAW, LISTED, [to_bearer], [back], RECORD)
    assert lots[0].since == date(2026, 2, 2)


def test_from_pure_to_administered_keeps_the_years():
    assert moved("conversion", form="nominative-administered", to="A")["B:1"].since == date(2015, 1, 2)


def test_what_moves_at_the_record_instant_or_after_does_not_count():
    assert "B:1" in moved("sale", at=RECORD - MICROSECOND)
    assert "B:1" not in moved("sale", at=RECORD)


def test_the_day_of_a_movement_is_the_day_in_paris():
    assert moved("sale", at=utc(2026, 1, 4, 23, 30))["B:1"].since == date(2026, 1, 5)


@pytest.mark.parametrize("quantity", [0, -1, 101])
def test_a_movement_that_does_not_fit_is_refused(quantity):
    with pytest.raises(Refused) as caught:
        moved("sale", quantity=quantity)
    assert caught.value.code == "lot-short"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=30))
def test_movements_create_and_destroy_no_share(steps):
    lots = [lot("A", 300, ref="L0")]
    movements = []
    standing = {"L0": 300}
    for i, (pick, quantity) in enumerate(steps, 1):
        source = sorted(standing)[pick % len(standing)]
        taken = min(quantity, standing[source])
        if not taken:
            continue
        standing[source] -= taken
        standing[f"L{i}"] = taken
        movements.append(
            Movement(utc(2026, 1, 1) + timedelta(hours=i), source, taken, f"H{i}", "nominative-pure", "sale", f"L{i}")
        )
    after = register.lots_at(LAW, LISTED, lots, movements, RECORD)
    assert sum(item.quantity for item in after) == 300
    assert {item.ref: item.quantity for item in after} == {ref: n for ref, n in standing.items() if n}


# --- shares without votes, split rights, joint holdings -----------------------------------------------------------


@pytest.mark.parametrize("flag", ["treasury", "pledged", "deprived"])
def test_shares_without_the_right_to_vote_are_in_no_figure(flag):
    lots = [lot("A", 100), lot("T", 30, **{flag: True})]
    result = snap(lots, of=company(shares=1000))
    assert result.base == 970
    assert result.voices()["T"] == Voice()
    assert result.entitlements[1].value.shares == 30


def test_usufruct_votes_in_ordinary_and_bare_ownership_in_extraordinary_meetings():
    lots = [lot("U", 50, right="usufruct"), lot("N", 50, right="bare")]
    voices = snap(lots, of=company(shares=50)).voices()
    assert voices["U"] == Voice(Weight(50, 100), Weight())
    assert voices["N"] == Voice(Weight(), Weight(50, 100))
    assert voices["N"].of("special") == Weight(50, 100)


def test_bylaws_may_share_the_split_right_otherwise():
    usufruct = company(bylaw("assembly.vote.usufruct", extraordinary="usufruct"))
    voices = snap([lot("U", 50, right="usufruct"), lot("N", 50, right="bare")], of=usufruct).voices()
    assert voices["U"] == Voice(Weight(50, 100), Weight(50, 100))
    assert voices["N"] == Voice()


def test_a_joint_holding_has_one_representative():
    lots = [
        lot("H1", 30, right="joint", joint_ref="J", ref="J:1"),
        lot("H2", 20, right="joint", joint_ref="J", ref="J:2"),
    ]
    assert snap(lots, representatives={"J": "H2"}).voices() == {"H2": Voice(Weight(50, 100), Weight(50, 100))}
    assert snap(lots).voices() == {}
    assert snap(lots, of=company(shares=50)).base == 50  # nobody votes them, they stay in the base


# --- caps and totals ----------------------------------------------------------------------------------------------


def test_a_cap_in_votes_and_a_cap_in_proportion():
    lots = [lot("A", 500), lot("B", 100), lot("C", 400)]
    absolute = snap(lots, of=company(bylaw("assembly.vote.cap", votes=300), shares=1000))
    assert {name: voice.ordinary.votes for name, voice in absolute.voices().items()} == {"A": 300, "B": 200, "C": 300}
    tenth = snap(lots, of=company(bylaw("assembly.vote.cap", share=[1, 10]), shares=1000))
    assert {name: voice.ordinary.votes for name, voice in tenth.voices().items()} == {"A": 200, "B": 200, "C": 200}
    assert absolute.voices()["A"].ordinary.shares == 500  # the quorum counts shares, uncapped


def test_no_bylaw_no_cap():
    assert snap([lot("A", 500)]).voices()["A"].ordinary.votes == 1000


def test_a_register_larger_than_the_company_is_refused():
    with pytest.raises(Refused) as caught:
        snap([lot("A", 600), lot("B", 401)], of=company(shares=1000))
    assert caught.value.code == "register.exceeds"


def test_every_entitlement_explains_itself():
    entitled = snap([lot("A", 100), lot("A", 50, ref="A:2", form="bearer")]).entitlements[0]
    assert entitled.value.voice.ordinary == Weight(150, 250)
    assert entitled.as_data()["rule"]["id"] == "assembly.vote.double"
    assert [step["result"] for step in entitled.trace.as_data()][-2:] == ["×2", "×1"]


@pytest.mark.parametrize("quantity", [2**31, 123_456_789, 2**53 - 1, 2**62])
def test_amounts_are_never_cut(quantity):
    voices = snap([lot("A", quantity)], of=company(shares=quantity)).voices()
    assert voices["A"].ordinary == Weight(quantity, 2 * quantity)


LOTS = st.lists(
    st.builds(
        lot,
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 10**10),
        form=st.sampled_from(["nominative-pure", "nominative-administered", "bearer"]),
        since=st.dates(date(2020, 1, 1), date(2026, 3, 1)),
        paid_up=st.booleans(),
        right=st.sampled_from(["full", "bare", "usufruct"]),
        treasury=st.booleans(),
        deprived=st.booleans(),
    ),
    max_size=12,
)


@given(LOTS)
def test_votes_lie_between_one_and_two_a_share_and_the_base_holds_them_all(lots):
    shares = sum(item.quantity for item in lots)
    result = snap(lots, of=company(shares=shares))
    for voice in result.voices().values():
        for weight in (voice.ordinary, voice.extraordinary):
            assert weight.shares <= weight.votes <= 2 * weight.shares
    for body in ("ordinary", "extraordinary"):
        assert sum(voice.of(body).shares for voice in result.voices().values()) <= result.base + sum(
            item.quantity for item in lots if item.right == "usufruct" and item.voteless
        )


# --- one lot, one claim -----------------------------------------------------------------------------------------


def test_two_custodians_may_not_claim_the_same_shares():
    lots = [lot("A", 100)]
    register.check_claims([("A:1", "banque X", 60), ("A:1", "banque Y", 40)], lots)
    with pytest.raises(Refused) as caught:
        register.check_claims([("A:1", "banque X", 60), ("A:1", "banque Y", 41)], lots)
    assert caught.value.code == "lot-claimed-twice"
    with pytest.raises(Refused):
        register.check_claims([("Z:9", "banque X", 1)], lots)
