"""Shares that change hands, and change hands again: what the act takes, what becomes of double votes, of the base."""

from datetime import UTC, date, datetime

import pytest

from opposable.kernel import accounts, clock
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.acts.standing import lots_around
from opposable.systems.assembly.models import Holder, Meeting, Transfer
from tests.assembly import office, story
from tests.assembly.facts import LAW

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        story.register(made)
    return made


def holder(ref):
    return Holder.objects.select_related("company", "cell").get(ref=ref)


def move(giver, taker, lot, quantity, day, cause="sale", hour=10, **more):
    with clock.frozen(story.at(day, hour)):
        return acts.record_transfer(
            story.CONSOLE, giver=holder(giver), taker=holder(taker), lot=lot, quantity=quantity,
            effective_at=story.at(day, hour), cause=cause, **more,
        ).result  # fmt: skip


def standing(company, day):
    return {(lot.ref, lot.holder): lot for lot in lots_around(LAW, company, story.at(day, 23))}


def test_what_was_received_is_passed_on(company):
    first = move("A1", "A2", "L1", 3_000, 5)
    second = move("A2", "A4", first.into, 1_000, 6)
    lots = standing(company, 7)
    assert lots[first.into, holder("A2").uid].quantity == 2_000
    assert lots[second.into, holder("A4").uid].quantity == 1_000
    third = move("A4", "A1", second.into, 1_000, 7)
    assert standing(company, 8)[third.into, holder("A1").uid].quantity == 1_000
    assert sum(lot.quantity for lot in standing(company, 8).values()) <= 70_000


@pytest.mark.parametrize(
    ("causes", "since"),
    [
        (("inheritance", "family-gift"), date(2020, 1, 1)),  # L. 225-124: the years are kept
        (("inheritance", "sale"), date(2026, 3, 6)),
        (("sale", "inheritance"), date(2026, 3, 5)),
    ],
)
def test_lots_keep_or_lose_the_day_their_double_vote_runs_from(company, causes, since):
    first = move("A1", "A2", "L1", 3_000, 5, causes[0])
    second = move("A2", "A4", first.into, 1_000, 6, causes[1])
    assert standing(company, 7)[second.into, holder("A4").uid].since == since


def test_no_more_than_is_held_nor_from_a_lot_of_somebody_else_nor_before_it_came(company):
    first = move("A1", "A2", "L1", 3_000, 5)
    for giver, lot, quantity, day in (
        ("A2", first.into, 3_001, 6),
        ("A1", first.into, 10, 6),
        ("A2", "L1", 10, 6),
        ("A2", first.into, 10, 4),
        ("A2", "nothing", 10, 6),
        ("A2", first.into, 0, 6),
        ("A2", first.into, -5, 6),
    ):
        with pytest.raises(Refused) as refused:
            move(giver, "A4", lot, quantity, day)
        assert refused.value.code == "lot-short"
    assert Transfer.objects.count() == 1


def test_what_was_passed_on_cannot_be_taken_away_under_it(company):
    first = move("A1", "A2", "L1", 3_000, 10)
    move("A2", "A4", first.into, 3_000, 12)
    with pytest.raises(Refused):
        move("A2", "A1", first.into, 1, 11)


def test_the_votes_of_a_meeting_follow(company):
    with clock.frozen(story.at(2, 10)):
        meeting = acts.draft_meeting(
            story.CONSOLE, company=company, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Comptes", text="x", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
    first = move("A1", "A2", "L1", 3_000, 5)
    move("A2", "A4", first.into, 1_000, 6, "inheritance")
    meeting = office.opened_session(Meeting.objects.select_related("company", "cell").get())
    votes = dict(meeting.entitlements.values_list("holder__ref", "votes_ordinary"))
    assert votes == {"A1": 14_000, "A2": 4_000 + 2_000, "A3": 50_000, "A4": 2_000 + 1_000, "T0": 0}


def test_treasury_shares_that_are_sold_vote_again_and_shares_bought_back_vote_no_more(company):
    move("T0", "A4", "L0", 2_000, 5)
    move("A1", "T0", "L1", 500, 6)
    with clock.frozen(story.at(7, 9)):
        meeting = acts.draft_meeting(
            story.CONSOLE, company=company, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        assert Counting(meeting, LAW).base == 70_000 - (5_000 - 2_000 + 500)


def test_a_file_of_a_later_day_holds_the_movements_before_it(company):
    move("A1", "A2", "L1", 3_000, 5)
    entries = [
        acts.Entry("A1", "Vidal", lots=[story.lot("L1", 7_000)]),
        acts.Entry("A2", "Bernard", lots=[story.lot("L2", 4_000), story.lot("L1b", 3_000)]),
        acts.Entry("A4", "Petit", lots=[story.lot("L4", 1_000)]),
    ]
    with clock.frozen(story.at(9, 9)):
        acts.import_register(
            story.CONSOLE, company=company, file_name="r2.csv", sha256="1" * 64, lines=4, effective_on=date(2026, 3, 8),
            entries=entries,
        )  # fmt: skip
    later = move("A2", "A4", "L1b", 1_000, 10)
    lots = standing(company, 11)
    assert lots["L1b", holder("A2").uid].quantity == 2_000
    assert lots[later.into, holder("A4").uid].quantity == 1_000
    assert ("L1", holder("A2").uid) not in lots
    assert datetime(2026, 3, 8, tzinfo=UTC) < later.effective_at


def test_a_second_file_of_many_accounts_is_taken(company):
    many = [acts.Entry(f"M{n}", f"Nom {n}", lots=[story.lot(f"M{n}a", 10)]) for n in range(60)]
    for day, digest in ((8, "1" * 64), (9, "2" * 64)):
        with clock.frozen(story.at(day, 9)):
            acts.import_register(
                story.CONSOLE, company=company, file_name="r.csv", sha256=digest, lines=60, entries=many[day - 8 :],
                effective_on=date(2026, 3, day),
            )  # fmt: skip
    assert Holder.objects.filter(ended=False).count() == 59
    assert Holder.objects.get(ref="M0").ended


def test_the_page_offers_the_lots_received(company):
    first = move("A1", "A2", "L1", 3_000, 5)
    people = office.people()
    with clock.frozen(story.at(6, 9)):
        url = office.of("transfer", company, holder("A2").uid)
        assert first.into in office.text(people.secretary.get(url))
        sent = {
            "lot": first.into,
            "quantity": "1000",
            "taker": "A4",
            "cause": "sale",
            "day": "2026-03-06",
            "hour": "08:00",
        }
        assert people.secretary.post(url, sent).status_code == 303
    assert Transfer.objects.order_by("pk").last().lot == first.into
