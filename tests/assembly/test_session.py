"""The session: admission, live votes, new resolutions, the ballots of the room, the second call."""

from datetime import date, timedelta

import pytest

from opposable.law import Refused
from opposable.systems.assembly.rules import session
from opposable.systems.assembly.rules.agenda import Resolution, agenda_digest
from opposable.systems.assembly.rules.quorum import CHAIR, Attendance, Hall
from opposable.systems.assembly.rules.results import Count, Figures, declare, tally
from opposable.systems.assembly.rules.session import Arrival
from tests.assembly.facts import DAY_2008, DAY_2026, LAW, LISTED, UNLISTED, agenda, bylaw, company, rule, utc, voice

OPEN = utc(2026, 3, 30, 8)


def at(minutes):
    return OPEN + timedelta(minutes=minutes)


def refused_code(call):
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.code


# --- admission ----------------------------------------------------------------------------------------------------


def admit(arrival, of=LISTED, day=DAY_2026):
    return session.admit(LAW, day, of, arrival)


def test_a_registered_holder_is_admitted():
    assert admit(Arrival("A", voice(10))).value == session.Admission("A")
    assert admit(Arrival("A", voice(10), chosen="card")).value.replaces is None


def test_who_was_not_registered_on_the_record_date_does_not_vote():
    with pytest.raises(Refused) as caught:
        admit(Arrival("A", None))
    assert (caught.value.code, caught.value.rule.id) == ("admission.not-entitled", "assembly.record-date.listed")
    with pytest.raises(Refused) as caught:
        admit(Arrival("A", None), UNLISTED)
    assert caught.value.rule.id == "assembly.record-date.unlisted"


@pytest.mark.parametrize("chosen", ["vote", "proxy"])
def test_who_voted_remotely_or_gave_a_proxy_may_attend_but_not_vote(chosen):
    with pytest.raises(Refused) as caught:
        admit(Arrival("A", voice(10), chosen=chosen))
    assert (caught.value.code, caught.value.rule.id) == ("mode", "assembly.mode.no-change")
    assert "assister" in caught.value.lawful.fr
    assert admit(
        Arrival("A", voice(10), chosen=chosen), company(bylaw("assembly.mode.no-change", change_allowed=True))
    ).value


def test_nobody_comes_in_twice():
    assert refused_code(lambda: admit(Arrival("A", voice(10), there=True))) == "admission.twice"


@pytest.mark.parametrize("day", [DAY_2008, DAY_2026])
def test_attendance_at_a_distance_needs_the_bylaws_and_the_code(day):
    remote = company(bylaw("assembly.telepresence", allowed=True))
    away = Arrival("A", voice(10), remote=True)
    assert refused_code(lambda: admit(away, day=day)) == "admission.telepresence"
    assert refused_code(lambda: admit(away, remote, day)) == "admission.code"
    assert admit(Arrival("A", voice(10), remote=True, code=True), remote, day).value


# --- live votes ---------------------------------------------------------------------------------------------------

ROOM = (
    Attendance("A", "present", voice(100), at(0), at(30)),
    Attendance("B", "represented", voice(60), at(0), None, "A"),
    Attendance("C", "remote", voice(300)),
    Attendance("D", "represented", voice(5), at(0), None, CHAIR),
    Attendance("E", "present", voice(40), at(20)),
)
TWO = agenda("ordinary", "ordinary")


def live(holder, minutes=5, resolution=TWO[0], **marks):
    return session.live_choice(resolution, holder, ROOM, at(minutes), marks)


def test_a_live_vote_is_whole_or_split_within_the_votes_held():
    assert live("A", **{"for": 100}).value == (100, 0, 0)
    assert live("B", **{"for": "30", "against": 30}).value == (30, 30, 0)


@pytest.mark.parametrize(
    ("holder", "minutes", "marks", "code"),
    [
        ("A", -1, {"for": 1}, "live.absent"),
        ("A", 30, {"for": 1}, "live.absent"),
        ("B", 30, {"for": 1}, "live.absent"),  # gone with his proxy
        ("E", 5, {"for": 1}, "live.absent"),
        ("Z", 5, {"for": 1}, "live.absent"),
        ("C", 5, {"for": 1}, "live.remote"),
        ("A", 5, {"for": 101}, "live.exceeds"),
        ("A", 5, {"for": 60, "against": 41}, "live.exceeds"),
        ("A", 5, {"for": -1}, "live.quantity"),
        ("A", 5, {"for": 1.5}, "live.quantity"),
        ("A", 5, {"for": "1e2"}, "live.quantity"),
    ],
)
def test_live_votes_refused(holder, minutes, marks, code):
    assert refused_code(lambda: live(holder, minutes, **marks)) == code


def test_an_interested_holder_does_not_vote_live():
    interested = Resolution(1, "ordinary", excluded=frozenset({"A"}))
    assert refused_code(lambda: live("A", resolution=interested, **{"for": 1})) == "live.excluded"


def test_the_ballots_of_the_room_follow_arrivals_and_departures():
    votes = {("A", 1): (100, 0, 0), ("B", 1): (0, 60, 0), ("E", 2): (40, 0, 0), ("A", 2): (100, 0, 0)}
    ballots = session.session_ballots(TWO, ROOM, [at(10), at(35)], votes)
    first, second = tally(ballots, ["ordinary", "ordinary"])
    assert first == Count(for_=100, against=60, silent=5, shares=160)
    assert second == Count(for_=40, silent=5, shares=40)  # A left before it closed, B went with him


def test_forms_and_room_make_one_result():
    marks = ((300, 0, 0), None)
    forms = tally([session.form_ballot("C", voice(300), TWO, marks)], ["ordinary", "ordinary"])
    room = tally(
        session.session_ballots(TWO, ROOM, [at(10), at(10)], {("A", 1): (0, 100, 0)}), ["ordinary", "ordinary"]
    )
    result = declare(LAW, DAY_2026, LISTED, TWO[0], Figures(forms[0], room[0])).value
    assert (result.for_, result.against, result.silent, result.adopted) == (300, 100, 65, True)


def test_a_form_of_an_interested_holder_is_set_aside_on_that_resolution():
    items = (Resolution(1, "ordinary", excluded=frozenset({"C"})), Resolution(2, "ordinary"))
    ballot = session.form_ballot("C", voice(300), items, ((300, 0, 0), (300, 0, 0)))
    assert [count.for_ for count in tally([ballot], ["ordinary", "ordinary"])] == [0, 300]


LEAVES = (
    Attendance("F", "remote", voice(70), by="P", left=frozenset({2})),
    Attendance("P", "proxy", arrived_at=at(0), left_at=at(20)),
)


def test_a_remote_voter_may_leave_a_resolution_to_a_proxy_who_is_there():
    marks = ((70, 0, 0), None)
    for closed, votes_in_room in ((at(10), True), (at(20), False)):
        left = session.left_in_room(TWO, Hall(LEAVES), [closed, closed])
        assert left == ({"F": {1}} if votes_in_room else {})
        away = left.get("F", frozenset())
        forms = tally([session.form_ballot("F", voice(70), TWO, marks, away)], ["ordinary", "ordinary"])
        room = tally(
            session.session_ballots(TWO, LEAVES, [closed, closed], {("F", 2): (0, 70, 0)}), ["ordinary", "ordinary"]
        )
        assert forms[0] == Count(for_=70, shares=70)
        assert room[0] == Count()
        assert room[1] == (Count(against=70, shares=70) if votes_in_room else Count())
        assert forms[1] == (Count() if votes_in_room else Count(silent=70))


def test_the_proxy_of_a_remote_voter_votes_only_what_was_left_to_him():
    assert session.live_choice(TWO[1], "F", LEAVES, at(10), {"against": 70}).value == (0, 70, 0)
    assert refused_code(lambda: session.live_choice(TWO[0], "F", LEAVES, at(10), {"for": 1})) == "live.remote"
    assert refused_code(lambda: session.live_choice(TWO[1], "F", LEAVES, at(20), {"for": 1})) == "live.remote"


# --- new resolutions ----------------------------------------------------------------------------------------------

AMENDMENT = Resolution(3, "ordinary", author="holders", approved_by_board=False, kind="amendment")
APPROVED = Resolution(3, "ordinary", author="holders", approved_by_board=True, kind="amendment")


def clause(word, resolution=AMENDMENT, day=DAY_2026):
    single, blank = rule("assembly.form.single-document", day), rule("assembly.proxy.blank", day)
    return session.clause_choice(single, blank, word, resolution, voice(10)).value


@pytest.mark.parametrize("day", [DAY_2008, DAY_2026])
def test_new_resolutions_find_what_the_form_said_of_them(day):
    assert clause("abstain", day=day) == (0, 0, 10)
    assert clause("proxy-chair", day=day) == (0, 10, 0)
    assert clause("proxy-chair", APPROVED, day) == (10, 0, 0)
    assert clause("proxy-person", day=day) is None
    assert clause("", day=day) is None


def test_voting_against_new_resolutions_came_in_2019():
    assert clause("against") == (0, 10, 0)
    assert clause("against", day=date(2019, 12, 30)) == (0, 10, 0)
    assert refused_code(lambda: clause("against", day=date(2019, 12, 29))) == "form.clause"
    assert refused_code(lambda: clause("against", day=DAY_2008)) == "form.clause"


def test_no_vote_off_the_agenda_save_on_directors():
    new = Resolution(3, "ordinary", kind="new", author="holders", approved_by_board=False)
    closed = rule("assembly.agenda.closed")
    assert session.check_subject(closed, new, "remove-director").value
    assert session.check_subject(closed, AMENDMENT, "dividend").value
    assert refused_code(lambda: session.check_subject(closed, new, "dividend")) == "agenda.closed"


# --- second call --------------------------------------------------------------------------------------------------


def test_a_second_call_follows_a_failed_quorum_with_the_same_agenda():
    second, same = rule("assembly.agenda.second-call"), agenda_digest(TWO)
    assert session.second_call(second, undecided=1, first_agenda=same, agenda=same).value
    other = agenda_digest(agenda("ordinary"))
    assert (
        refused_code(lambda: session.second_call(second, undecided=1, first_agenda=same, agenda=other))
        == "second-call.agenda"
    )
    assert (
        refused_code(lambda: session.second_call(second, undecided=0, first_agenda=same, agenda=same))
        == "second-call.quorum"
    )


@pytest.mark.parametrize(
    ("put_off_to", "lawful"),
    [(date(2026, 5, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False), (date(2026, 4, 30), False)],
)
def test_a_second_meeting_may_be_put_off_two_months_at_most(put_off_to, lawful):
    put_off = rule("assembly.quorum.extraordinary")
    if lawful:
        assert session.check_put_off(put_off, date(2026, 4, 30), put_off_to).value == date(2026, 6, 30)
    else:
        assert refused_code(lambda: session.check_put_off(put_off, date(2026, 4, 30), put_off_to)) == "put-off"
