"""The board of meetings: each in the lane of its stage, the next step only for who may take it."""

import pytest

from tests.assembly import office

pytestmark = pytest.mark.django_db
BOARD = "/assembly/meetings/board/"


def lanes(client):
    return {lane.key: lane.cards for lane in client.get(BOARD).context["lanes"] if lane.cards}


def test_a_meeting_stands_in_its_lane_with_its_next_step_for_who_may_take_it(log, django_assert_max_num_queries):
    people, meeting = office.people(), office.voted()
    with django_assert_max_num_queries(12):
        page = people.secretary.get(BOARD).content.decode()
    assert "Suivre la participation" in page
    (card,) = lanes(people.secretary)["open"]
    assert card.href == office.at("meeting", meeting)
    assert [move.href for move in card.moves] == [office.at("turnout", meeting)]
    assert [card.moves for card in lanes(people.auditor)["open"]] == [()]
    assert lanes(people.elsewhere) == {}
    assert people.stranger.get(BOARD).status_code == 404
