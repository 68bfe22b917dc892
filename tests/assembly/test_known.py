"""The agenda and the bylaws that are kept between two forms are never older than the log."""

from datetime import date

import pytest

from opposable.kernel import clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import known
from opposable.systems.assembly.models import Resolution
from tests.assembly import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    return story.opened()


def test_they_are_read_once_as_long_as_they_stand(meeting, django_assert_num_queries):
    first = known.standing(meeting)
    assert (first.company, first.agenda) == (
        meeting.company.facts(),
        list(meeting.resolutions.filter(kind="draft").order_by("position")),
    )
    assert [item.title for item in first.items] == ["Comptes", "Affectation", "Statuts"]
    with django_assert_num_queries(1):
        again = known.standing(meeting)
    assert again.read is first.read


def test_a_clause_adopted_and_a_resolution_withdrawn_are_seen_at_once(meeting):
    before = known.standing(meeting)
    clause = {"rule_id": "assembly.vote.cap", "param": {"votes": 10}, "article": "Art. 13", "text": "Dix voix au plus."}
    with clock.frozen(story.at(11, 9)):
        acts.adopt_bylaw(story.CONSOLE, company=meeting.company, since=date(2026, 1, 1), **clause)
    assert known.standing(meeting).company.bylaws == meeting.company.layers() != before.company.bylaws
    row = Resolution.objects.select_related("meeting__company", "meeting__cell", "cell").get(title="Affectation")
    with clock.frozen(story.at(21, 9)):
        acts.withdraw_resolution(story.CONSOLE, resolution=row, reason="Sans objet.")
    assert [bool(one.withdrawn_at) for one in known.standing(meeting).agenda] == [False, True, False]


def test_only_the_last_meetings_are_kept(meeting, monkeypatch):
    monkeypatch.setattr(known, "MOST", 1)
    known.standing(meeting)
    with clock.frozen(story.at(3, 9)):
        other = acts.draft_meeting(
            story.CONSOLE, company=meeting.company, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
    assert known.standing(other).agenda == []
    assert list(known._kept) == [other.pk]
