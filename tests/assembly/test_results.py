"""Results: exact counts, dated majorities, published figures, real meetings recounted, speed."""

import json
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from opposable.systems.assembly.rules import results
from opposable.systems.assembly.rules.figures import Fraction, number, percent
from opposable.systems.assembly.rules.forms import whole
from opposable.systems.assembly.rules.quorum import Presence, quorum
from opposable.systems.assembly.rules.register import Voice, Weight
from opposable.systems.assembly.rules.results import Ballot, Count, Figures, MiscountError, tally
from tests.assembly.facts import DAY_2008, DAY_2026, LAW, LISTED, agenda, company, voice

VECTORS = Path(__file__).parent.parent / "vectors" / "results"
ORDINARY, EXTRAORDINARY = agenda("ordinary", "extraordinary")
SPECIAL = agenda("special")[0]


def form(holder, votes, *choices, **more):
    return Ballot(holder, "form", voice(votes), choices, **more)


def figures(forms=(), session=(), body="ordinary"):
    return Figures(tally(forms, [body])[0], tally(session, [body])[0])


def counted(for_=0, against=0, abstain=0, *, blank=0, silent=0):
    """Figures of a room where everyone votes whole."""
    return Figures(Count(), Count(for_, against, abstain, blank, silent))


def declare(resolution, found, day=DAY_2026, of=LISTED, **more):
    return results.declare(LAW, day, of, resolution, found, **more).value


# --- counting --------------------------------------------------------------------------------------------------


def test_a_split_and_an_unmarked_form_count_to_the_last_vote():
    count = tally([form("A", 45, (30, 15, 0)), form("B", 10, None), form("C", 7, (0, 0, 7))], ["ordinary"])[0]
    assert count == Count(for_=30, against=15, abstain=7, silent=10, shares=45)
    assert (count.cast, count.held) == (45, 62)


def test_each_body_counts_its_own_votes():
    split = Ballot("U", "form", Voice(Weight(50, 100), Weight()), ((100, 0, 0), (0, 0, 0), None))
    counts = tally([split], ["ordinary", "extraordinary", "extraordinary"])
    assert [count.for_ for count in counts] == [100, 0, 0]
    assert [count.held for count in counts] == [100, 0, 0]


def test_bodies_may_alternate_in_the_agenda():
    ballot = Ballot("A", "form", Voice(Weight(1, 1), Weight(2, 2)), ((1, 0, 0), (0, 2, 0), (0, 0, 1), (2, 0, 0)))
    counts = tally([ballot], ["ordinary", "extraordinary", "ordinary", "extraordinary"])
    assert [(c.for_, c.against, c.abstain) for c in counts] == [(1, 0, 0), (0, 2, 0), (0, 0, 1), (2, 0, 0)]


def test_an_interested_holder_is_out_of_one_resolution_only():
    ballots = [form("A", 100, (100, 0, 0), (100, 0, 0), excluded=frozenset({0})), form("B", 50, (0, 50, 0), (0, 50, 0))]
    first, second = tally(ballots, ["ordinary", "ordinary"])
    assert (first.for_, first.against, first.held, first.excluded) == (0, 50, 50, 100)
    assert (second.for_, second.against, second.held, second.excluded) == (100, 50, 150, 0)


def test_who_was_away_is_in_no_figure():
    ballot = Ballot("A", "session", voice(9), ((9, 0, 0), None), absent=frozenset({1}))
    assert [count.held for count in tally([ballot], ["ordinary", "ordinary"])] == [9, 0]


@pytest.mark.parametrize("choice", [(11, 0, 0), (6, 5, 0), (-1, 0, 0), (0, 0, 10, 1), (5, 5, 5)])
def test_more_votes_than_held_or_negative_ones_cannot_be_counted(choice):
    with pytest.raises(MiscountError):
        tally([form("A", 10, choice)], ["ordinary"])


def test_a_ballot_for_another_agenda_cannot_be_counted():
    with pytest.raises(MiscountError):
        tally([form("A", 10, (10, 0, 0), None)], ["ordinary"])


def test_no_ballot_counts_to_nothing():
    assert tally([], ["ordinary", "extraordinary"]) == (Count(), Count())
    assert tally([], []) == ()


@pytest.mark.parametrize(
    "amount", [2**31 - 1, 2**31, 99_999_999, 100_000_000, 2**53 - 1, 2**53, 2**53 + 1, 2**64, 10**30]
)
def test_no_amount_is_cut(amount):
    count = tally(
        [form("A", amount, (amount, 0, 0)), form("B", amount, (0, amount, 0)), form("C", 1, (1, 0, 0))], ["ordinary"]
    )[0]
    assert (count.for_, count.against) == (amount + 1, amount)
    assert declare(ORDINARY, Figures(count, Count())).adopted


def test_yahoo_2008_the_ninth_digit_is_counted():
    """Two funds withheld over 100 million votes each; a printout kept eight digits, and 66.3 % became 85.4 %."""
    story = json.loads((VECTORS / "yahoo-2008.json").read_text())
    pleased, funds = 592_920_900, (141_000_000, 160_379_100)
    ballots = [form(f"fund {votes}", votes, (0, votes, 0)) for votes in funds]
    count = tally([*ballots, form("others", pleased, (pleased, 0, 0))], ["ordinary"])[0]
    assert percent(count.for_, count.cast, 1).text == story["corrected_for"]
    cut = sum(votes - votes % 10 ** story["digits_kept"] for votes in funds)
    assert cut == story["votes_lost"]
    assert percent(count.for_, count.cast - cut, 1).text == story["announced_for"]


CHOICE = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
)
BODIES = st.sampled_from(["ordinary", "extraordinary", "special"])


@given(st.lists(BODIES, min_size=1, max_size=6), st.data())
def test_the_fast_count_is_the_plain_one(bodies, data):
    ballots = [
        Ballot(
            f"H{i}",
            "form",
            Voice(Weight(data.draw(st.integers(0, 9)), 12), Weight(5, data.draw(st.integers(12, 2**70)))),
            tuple(data.draw(CHOICE) for _ in bodies),
            frozenset(data.draw(st.sets(st.integers(0, len(bodies) - 1), max_size=2))),
            frozenset(data.draw(st.sets(st.integers(0, len(bodies) - 1), max_size=1))),
        )
        for i in range(data.draw(st.integers(0, 5)))
    ]
    assert tally(ballots, bodies) == tuple(plain_count(ballots, i, body) for i, body in enumerate(bodies))


def plain_count(ballots, i, body):
    total = Count()
    for ballot in ballots:
        weight = ballot.voice.of(body)
        if i in ballot.absent:
            continue
        if i in ballot.excluded:
            total += Count(excluded=weight.votes)
            continue
        for_, against, abstain, blank = (*(ballot.choices[i] or (0, 0, 0)), 0)[:4]
        silent = weight.votes - for_ - against - abstain - blank
        shares = weight.shares * (for_ + against) // weight.votes
        total += Count(for_, against, abstain, blank, silent, 0, shares)
    return total


@given(st.lists(st.tuples(st.integers(0, 2**55), st.integers(0, 2**55), st.integers(0, 2**55)), max_size=20))
def test_every_vote_held_is_in_exactly_one_figure(splits):
    count = tally([form(f"H{i}", sum(split), split) for i, split in enumerate(splits)], ["ordinary"])[0]
    assert count.held == sum(map(sum, splits))
    assert count.shares == count.cast  # one vote a share here


# --- majorities -------------------------------------------------------------------------------------------------


def test_today_abstentions_are_in_no_base():
    result = declare(ORDINARY, counted(40, 30, 500, blank=20, silent=10))
    assert (result.adopted, result.base, result.base_kind, result.least) == (True, 70, "cast", 36)


def test_in_2008_abstentions_weigh_against():
    result = declare(ORDINARY, counted(40, 30, 500, blank=20, silent=10), DAY_2008)
    assert (result.adopted, result.base, result.base_kind, result.least) == (False, 600, "held", 301)


def test_in_2008_an_unmarked_or_abstaining_form_is_a_vote_against():
    forms = [form("A", 50, (50, 0, 0)), form("B", 30, None), form("C", 20, (0, 0, 20))]
    old, new = declare(ORDINARY, figures(forms), DAY_2008), declare(ORDINARY, figures(forms))
    assert (old.for_, old.against, old.abstain, old.silent) == (50, 50, 0, 0)
    assert (old.adopted, old.why) == (False, "tie")
    assert (new.for_, new.against, new.abstain, new.silent) == (50, 0, 20, 30)
    assert new.adopted


def test_in_2008_an_abstention_in_the_room_stays_an_abstention_but_weighs():
    found = figures(
        [], [Ballot("A", "session", voice(60), ((0, 0, 60),)), Ballot("B", "session", voice(50), ((50, 0, 0),))]
    )
    result = declare(ORDINARY, found, DAY_2008)
    assert (result.against, result.abstain, result.base, result.adopted) == (0, 60, 110, False)


@pytest.mark.parametrize("resolution", [EXTRAORDINARY, SPECIAL])
@pytest.mark.parametrize("unit", [1, 2**31, 2**53 + 1])
def test_exactly_two_thirds_adopt_and_one_vote_less_does_not(resolution, unit):
    assert declare(resolution, counted(2 * unit, unit)).adopted
    assert not declare(resolution, counted(2 * unit - 1, unit)).adopted
    assert not declare(resolution, counted(2 * unit, unit + 1)).adopted


def test_two_thirds_are_not_two_thirds_in_floating_point():
    base = 3 * (2**53 + 1)
    exact = 2 * (2**53 + 1)
    assert declare(EXTRAORDINARY, counted(exact, base - exact)).adopted
    assert (exact - 1) / base >= 2 / 3  # what a float would say of one vote too few
    assert not declare(EXTRAORDINARY, counted(exact - 1, base - exact + 1)).adopted


@pytest.mark.parametrize("half", [1, 12_345_678, 2**52, 2**70])
def test_a_tie_is_a_rejection(half):
    result = declare(ORDINARY, counted(half, half))
    assert (result.adopted, result.why) == (False, "tie")
    assert declare(ORDINARY, counted(half + 1, half)).adopted


@pytest.mark.parametrize("day", [DAY_2008, DAY_2026])
@pytest.mark.parametrize("resolution", [ORDINARY, EXTRAORDINARY])
def test_no_vote_cast_is_a_rejection_not_a_division(day, resolution):
    for found in (counted(), counted(abstain=1000), counted(blank=5, silent=5)):
        result = declare(resolution, found, day)
        assert (result.adopted, result.why) == (False, "no-vote-cast")
        assert result.as_data()["adopted"] is False
    assert declare(resolution, counted()).percent_for is None


def test_without_a_quorum_nothing_is_adopted():
    lost = quorum(LAW, DAY_2026, LISTED, "ordinary", call=1, base=1000, presence=Presence(present=199)).value
    result = declare(ORDINARY, counted(199), quorum=lost)
    assert (result.adopted, result.why) == (False, "no-quorum")
    assert result.as_data()["quorum"]["reached"] is False


@given(
    st.integers(0, 2**60), st.integers(0, 2**60), st.integers(0, 2**60), st.sampled_from([ORDINARY, EXTRAORDINARY]),
    st.sampled_from([DAY_2008, DAY_2026]),
)  # fmt: skip
def test_adopted_means_at_least_the_least_number_of_votes(for_, against, abstain, resolution, day):
    result = declare(resolution, counted(for_, against, abstain), day)
    assert result.adopted == (for_ >= result.least and for_ + against > 0)
    assert result.for_ + result.against + result.abstain + result.blank + result.silent == for_ + against + abstain


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40), st.sampled_from([ORDINARY, EXTRAORDINARY]))
def test_what_2008_adopts_today_adopts(for_, against, abstain, resolution):
    if declare(resolution, counted(for_, against, abstain), DAY_2008).adopted:
        assert declare(resolution, counted(for_, against, abstain)).adopted


def test_the_result_explains_itself():
    decision = results.declare(
        LAW, DAY_2008, LISTED, EXTRAORDINARY, figures([form("A", 200, (200, 0, 0)), form("B", 100, None)])
    )
    assert decision.rule.id == "assembly.majority.extraordinary"
    assert decision.trace.steps[-1].result == "3 × 200 = 2 × 300"
    written = decision.trace.render("fr")
    assert "comptées comme des votes contre" in written
    assert "voix dont disposent" in written
    data = decision.value.as_data()
    assert data["rule"]["id"] == "assembly.majority.extraordinary"
    assert data["abstention_rule"]["id"] == "assembly.form.abstention"
    assert (data["percent_for"], data["rounding"]) == ("66.667", "half-up")
    json.dumps({**data, **decision.as_data()}, allow_nan=False)


# --- the 2019 transition and simulations --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "new_from", "counted_by"),
    [
        (date(2020, 1, 15), date(2020, 5, 20), date(2019, 7, 20)),  # an extraordinary meeting before the annual one
        (date(2020, 5, 20), date(2020, 5, 20), date(2020, 5, 20)),
        (date(2020, 1, 15), None, date(2020, 1, 15)),
        (date(2019, 6, 1), date(2020, 5, 20), date(2019, 6, 1)),
    ],
)
def test_the_new_count_starts_with_the_first_annual_meeting(day, new_from, counted_by):
    assert results.counting_day(LAW, day, company(new_count_from=new_from)) == counted_by


def test_the_transition_turns_a_result():
    late = company(new_count_from=date(2020, 5, 20))
    day = results.counting_day(LAW, date(2020, 1, 15), late)
    assert not declare(ORDINARY, counted(40, 30, 500), day, late).adopted
    assert declare(ORDINARY, counted(40, 30, 500), date(2020, 5, 20), late).adopted


def test_the_same_ballots_under_the_law_of_2008():
    decision = results.simulate(LAW, DAY_2026, LISTED, ORDINARY, counted(40, 30, 500), other=DAY_2008)
    assert decision.value.differs
    assert (decision.value.declared.adopted, decision.value.simulated.adopted) == (True, False)
    assert "20 mai 2008" in decision.value.why.fr
    assert "sur 70 voix" in decision.value.why.fr


def test_a_simulation_that_changes_nothing_says_so():
    decision = results.simulate(LAW, DAY_2026, LISTED, ORDINARY, counted(40, 30), other=DAY_2008)
    assert not decision.value.differs
    assert decision.value.why.en == "Both laws count these votes the same way."


# --- published figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "unfavourable", "percent_for"),
    [(date(2012, 5, 22), 130, "51.852"), (date(2020, 5, 20), 30, "82.353"), (DAY_2026, 130, "51.852")],
)
def test_publication_counts_abstentions_as_its_rule_says(day, unfavourable, percent_for):
    forms = [form("A", 140, (140, 0, 0)), form("B", 30, (0, 30, 0)), form("C", 60, (0, 0, 60)), form("D", 40, None)]
    published = results.publish(LAW, day, company(shares=1000), ORDINARY, figures(forms)).value
    assert (published.cast, published.shares, published.capital.text) == (170, 170, "17.000")
    assert (published.for_, published.unfavourable, published.abstentions) == (140, unfavourable, 100)
    assert published.percent_for.text == percent_for
    assert published.rule.id == "assembly.results.abstentions-published"
    assert published.as_data()["percent_for"] == percent_for


def test_published_and_declared_figures_differ_by_law():
    forms = [form("A", 140, (140, 0, 0)), form("B", 30, (0, 30, 0)), form("C", 100, None)]
    declared = declare(ORDINARY, figures(forms))
    published = results.publish(LAW, DAY_2026, LISTED, ORDINARY, figures(forms)).value
    assert declared.percent_for.text == "82.353"
    assert published.percent_for.text == "51.852"
    assert declared.rule.id != published.rule.id


def test_nothing_cast_publishes_no_percentage():
    published = results.publish(LAW, DAY_2026, LISTED, ORDINARY, counted()).value
    assert published.percent_for is None
    assert published.as_data()["percent_unfavourable"] is None


# --- real meetings ----------------------------------------------------------------------------------------------


def real_rows():
    for path in sorted(VECTORS.glob("*.json")):
        meeting = json.loads(path.read_text())
        for row in meeting.get("rows", ()):
            yield pytest.param(meeting, row, id=f"{path.stem}-{row['resolution']}")


@pytest.mark.parametrize(("meeting", "row"), list(real_rows()))
def test_real_results_are_recounted_to_the_last_digit(meeting, row):
    """The published totals are cut into many ballots, counted again, and every published figure comes out the same."""
    pieces = random.Random(row["resolution"])
    ballots = []
    for word in ("for", "against", "abstain"):
        left = row[word]
        while left:
            part = min(left, pieces.randint(1, 2 * row["cast"] // 100))
            ballots.append(form(f"{word} {left}", part, whole(word, part)))
            left -= part
    pieces.shuffle(ballots)
    found = figures(ballots, body=row["body"])
    count, decimals = found.all, meeting["decimals"]
    assert (count.for_, count.against, count.abstain, count.cast) == (
        row["for"],
        row["against"],
        row["abstain"],
        row["cast"],
    )
    assert percent(count.for_, count.cast, decimals).text == row["percent_for"]
    assert percent(count.against, count.cast, decimals).text == row["percent_against"]
    if not meeting["meeting"].get("arithmetic_only"):
        result = declare(agenda(row["body"])[0], found, date.fromisoformat(meeting["meeting"]["on"]))
        assert (result.adopted, result.base) == (True, row["cast"])


def test_the_real_rows_are_there():
    assert len(list(real_rows())) == 24


# --- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "text"),
    [(1, 2, 0, "50"), (1, 3, 2, "33.33"), (2, 3, 2, "66.67"), (1, 8, 2, "12.50"), (1, 1600, 2, "0.06"), (1, 1600, 3, "0.063"),
     (0, 7, 1, "0.0"), (7, 7, 3, "100.000"), (10**30, 3 * 10**30, 4, "33.3333"), (12345, 100000, 2, "12.35")],
)  # fmt: skip
def test_percentages_are_rounded_half_up(part, whole, decimals, text):
    assert percent(part, whole, decimals).text == text


def test_a_percentage_of_nothing_is_none():
    assert percent(0, 0) is None


def test_numbers_are_written_for_people():
    assert number(247620464).fr == "247\u202f620\u202f464"
    assert number(247620464).en == "247,620,464"
    assert percent(1, 3).label.fr == "33,33\u00a0%"


def test_comparisons_are_written_with_their_numbers():
    assert Fraction(2, 3).comparison(200, 300) == "3 × 200 = 2 × 300"
    assert Fraction(1, 2, strict=True).comparison(3, 5) == "2 × 3 > 1 × 5"
    assert Fraction(1, 5).comparison(1, 6) == "5 × 1 < 1 × 6"
