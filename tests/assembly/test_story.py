"""A meeting from notice to results, by its acts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from opposable.kernel import clock, parts
from opposable.kernel.audit import audit
from opposable.kernel.models import Act, Duty
from opposable.law import Refused
from opposable.ledger.act import parse_header
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Form, Result
from tests.assembly import papers, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    return story.opened()


def test_a_meeting_is_held(meeting, log):
    story.vote(meeting, "A1", "for", "for", "for")
    story.vote(meeting, "A2", "for", "against", "abstain")
    split = [{"resolution": n, "for": 30_000, "against": 15_000, "abstain": 5_000} for n in (1, 2, 3)]
    story.vote(meeting, "A3", given=split)
    story.held(meeting)
    results = {row.resolution.position: row for row in Result.objects.select_related("resolution")}
    assert {n: row.adopted for n, row in results.items()} == {1: True, 2: True, 3: True}
    one = results[1].figures
    assert (one["for"], one["against"], one["abstain"]) == (20_000 + 4_000 + 30_000 + 2_000, 15_000, 5_000)
    assert one["quorum"]["shares"] == 65_000
    assert one["quorum"]["base"] == 65_000
    log.seal_once()
    assert not Act.objects.filter(leaf=None).exists()


def test_numbers_beyond_32_bits_and_8_digits_stay_exact_from_the_register_to_the_result(log):
    """The same meeting, each share being K of them: each figure is K times that of above, to the last digit."""
    k = 100_000_007
    entries = [
        replace(one, lots=[{**lot, "quantity": lot["quantity"] * k} for lot in one.lots]) for one in story.HOLDERS
    ]
    meeting = papers.listed(entries=entries, shares=70_000 * k)
    story.vote(meeting, "A1", "for", "for", "for")
    story.vote(meeting, "A2", "for", "against", "abstain")
    split = [{"resolution": n, "for": 30_000 * k, "against": 15_000 * k, "abstain": 5_000 * k} for n in (1, 2, 3)]
    story.vote(meeting, "A3", given=split)
    story.held(meeting)
    one = Result.objects.get(resolution__position=1).figures
    assert (one["for"], one["against"], one["abstain"]) == (56_000 * k, 15_000 * k, 5_000 * k)
    assert one["quorum"]["shares"] == one["quorum"]["base"] == 65_000 * k
    log.seal_once()
    assert audit(parts=True).ok


def test_double_votes_are_explained(meeting):
    anne = meeting.entitlements.get(holder__ref="A1")
    assert (anne.shares_ordinary, anne.votes_ordinary) == (10_000, 20_000)
    assert "×2" in str(anne.why)
    assert not meeting.entitlements.filter(holder__ref="T0", votes_ordinary__gt=0).exists()


def test_the_last_microsecond_is_in_time_and_the_next_is_late(meeting):
    assert story.vote(meeting, "A1", "for", "for", "for", when=story.LIMIT).result.status == "counted"
    late = story.vote(meeting, "A2", "for", "for", "for", when=story.LIMIT + timedelta(microseconds=1))
    assert (late.outcome, late.result.status) == ("refused", "late")
    header = parse_header(bytes(late.act.header))
    assert header.rule["id"] == "assembly.form.deadline-electronic"
    why = parts.read(late.act_id, "why")[-1]
    assert why["code"] == "late"
    assert late.index is not None


def test_a_retry_gives_the_same_receipt(meeting):
    first = story.vote(meeting, "A1", "for", "for", "for", key="k")
    again = story.vote(meeting, "A1", "for", "for", "for", key="k")
    assert (first.act_id, first.entry, first.index) == (again.act_id, again.entry, again.index)
    assert Form.objects.count() == 1


def test_what_the_client_says_of_its_weight_is_not_believed(meeting):
    given = [{"resolution": n, "for": 30_000_000, "against": 0, "abstain": 0} for n in (1, 2, 3)]
    with pytest.raises(Refused) as refused:
        story.vote(meeting, "A1", given=given)
    assert refused.value.code == "form.exceeds"
    assert not Form.objects.exists()
    assert Act.objects.filter(type="assembly.form.receive", outcome="refused").exists()


def test_convening_opens_the_duties_of_every_date(meeting):
    duty = Duty.objects.get(act="assembly.vote.close")
    assert duty.due_at == story.LIMIT
    assert Duty.objects.get(rule="assembly.holders.list").act == "assembly.due.holders.list"
    assert not Duty.objects.filter(rule="assembly.questions.written").exists(), (
        "what binds the holders is no duty of ours"
    )


def test_a_date_that_was_met_is_no_longer_due(meeting):
    with clock.frozen(story.at(14, 9)):
        acts.meet_date(story.CONSOLE, meeting=meeting, date_id="holders.list", note="arrêtée par la secrétaire")
        with pytest.raises(Refused):
            acts.meet_date(story.CONSOLE, meeting=meeting, date_id="no.such")
    assert Duty.objects.get(rule="assembly.holders.list").closed_at


def test_a_notice_too_short_is_refused_with_its_article(log):
    from opposable.kernel import accounts, clock

    with clock.frozen(story.at(20, 9)):
        accounts.root()
        made = story.company()
        draft = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=draft, title="x", text="x", body="ordinary")
        with pytest.raises(Refused) as refused:
            acts.convene(story.CONSOLE, meeting=draft)
    assert refused.value.rule.id == "assembly.notice.first"


def test_the_site_does_not_open_without_the_bylaws(log):
    from opposable.kernel import clock

    meeting = story.convened()
    meeting.company.bylaws.all()
    with clock.frozen(story.at(10, 9)):
        for clause in meeting.company.bylaws.filter(rule_id="assembly.evote.bylaws"):
            acts.adopt_bylaw(
                story.CONSOLE,
                company=meeting.company,
                rule_id=clause.rule_id,
                since=story.at(9, 9).date(),
                param={"allowed": False},
                article="Art. 23 bis",
                text="Plus de vote électronique.",
            )
        with pytest.raises(Refused) as refused:
            acts.open_voting(story.CONSOLE, meeting=meeting)
    assert refused.value.code == "site.bylaws"
