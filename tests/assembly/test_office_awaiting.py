"""What waits for a person on the Today page: minutes to sign, for those who may, until they are signed."""

import pytest

from opposable.kernel import clock
from opposable.systems.assembly import acts
from tests.assembly import office, papers, story

pytestmark = pytest.mark.django_db
WORDS = "Signer le procès-verbal"


def test_minutes_wait_for_those_who_may_sign_until_all_have(log):
    people = office.people()
    meeting = office.voted()
    story.held(meeting)

    def told(name):
        return WORDS in getattr(people, name).get("/").content.decode()

    with clock.frozen(papers.AFTER):
        drawn = papers.minutes(papers.fresh(meeting))
        assert [name for name in vars(people) if told(name)] == ["secretary", "bureau", "scrutineer", "top"]
        for capacity in acts.missing_signatures(drawn):
            acts.sign_minutes(story.CONSOLE, minutes=drawn, capacity=capacity, means="hand")
        assert [name for name in vars(people) if told(name)] == []
