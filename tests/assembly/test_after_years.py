"""Three financial years after the meeting: who voted what is erased, in the rows too, and the pages that are left still answer."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps

from opposable.kernel import clock, retention
from opposable.kernel.audit import audit
from opposable.kernel.models import Anchor
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Attendance, Form, Holder, Mailing, Result, Voter
from tests.assembly import office, story
from tests.assembly.test_office_access import COMPANY_PAGES, PAGES

pytestmark = pytest.mark.django_db
KEPT = datetime(2029, 12, 31, 12, tzinfo=UTC)
OVER = datetime(2030, 1, 2, 12, tzinfo=UTC)
GONE = ("luc@example.test", "Luc Bernard", "'Luc'")
"""Who sold all and left the register."""


@pytest.fixture
def meeting(log):
    """Held: on paper, online, by proxy and in the room; then somebody sells all and leaves the register."""
    made = story.opened()
    story.vote(made, "A1", "for", "against", "abstain", mode="vote", new_resolutions="against")
    story.vote(made, "A2", mode="proxy-chair")
    acts.record_mailings(
        story.CONSOLE,
        meeting=made,
        sent=[
            {
                "holder": Holder.objects.get(ref="A2"), "purpose": "notice", "address": GONE[1], "message_id": "<1@x>",
                "digest": "0" * 64, "status": "sent", "answer": "250 taken",
            }
        ],
    )  # fmt: skip
    story.held(made)
    made.refresh_from_db()
    with clock.frozen(story.at(31, 9).replace(month=12)):
        left = [entry for entry in story.HOLDERS if entry.ref != "A2"]
        acts.import_register(
            story.CONSOLE, company=made.company, file_name="r.csv", sha256="1" * 64, lines=len(left),
            effective_on=date(2026, 12, 31), entries=left,
        )  # fmt: skip
        log.seal_once()
    return made


@pytest.mark.one_database
def test_who_voted_what_is_erased_in_the_rows_and_every_page_still_answers(meeting, log):
    people = office.people()
    before = {row.pk: (row.adopted, row.figures) for row in Result.objects.all()}
    with clock.frozen(KEPT):
        retention.run()
        assert Form.objects.get(holder__ref="A1").choices != []
    with clock.frozen(OVER):
        retention.run()
        log.seal_once()
        retention.run()
        form = Form.objects.get(holder__ref="A1")
        assert (form.choices, form.new_resolutions, form.status) == ([], "", "counted")
        assert not Attendance.objects.exclude(holder=None).exists()
        assert set(Mailing.objects.values_list("address", flat=True)) <= {""}
        assert all(voter.login == voter.uid[:16] for voter in Voter.objects.all())
        assert not meeting.entitlements.filter(votes_ordinary__gt=0).exists()
        there = Holder.objects.get(ref="A1")
        assert (there.name, bool(there.lots)) != ("—", False), "who is in the register stays in it"
        assert Holder.objects.filter(ref="A2").count() == 0
        assert {row.pk: (row.adopted, row.figures) for row in Result.objects.all()} == before
        wrong = {}
        for name in PAGES:
            more = {"form": [form.uid], "entitlement": [meeting.entitlements.first().uid]}
            more |= {key: [1] for key in ("vote", "resolution", "resolution-withdraw")}
            wrong[name] = people.secretary.get(office.at(name, meeting, *more.get(name, []))).status_code
        gone = Holder.objects.get(name="—")
        for name in COMPANY_PAGES:
            one = {
                "holder": [gone.uid],
                "transfer": [there.uid],
                "consent": [there.uid],
                "bylaw": ["assembly.vote.cap"],
            }
            wrong[name] = people.secretary.get(office.of(name, meeting.company, *one.get(name, []))).status_code
        assert {name: code for name, code in wrong.items() if code not in (200, 404, 422)} == {}
        assert not audit(parts=True).findings
    for model in apps.get_models():
        for row in model._default_manager.values():
            assert model is Anchor or not any(word in str(row) for word in GONE), (model.__name__, row)
