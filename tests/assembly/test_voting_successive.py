"""A second call with the same agenda: what was sent for the first meeting holds, weighed anew (R. 225-77, last par.)."""

from datetime import date, timedelta

import pytest

from opposable.kernel import clock
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Form, Meeting
from tests.assembly import story

pytestmark = pytest.mark.django_db


def second_call(first, days=12):
    """The meeting convened again after the first one failed, its voting site open."""
    at = story.MEETING_AT + timedelta(days=days)
    story.held(Meeting.objects.select_related("company", "cell").get(pk=first.pk), present=())
    first.refresh_from_db()
    with clock.frozen(story.MEETING_AT + timedelta(hours=2)):
        draft = acts.draft_meeting(
            story.CONSOLE, company=first.company, kind=first.kind, at=at, place="Paris", call=2, first_meeting=first
        ).result
        acts.convene(story.CONSOLE, meeting=draft)
    with clock.frozen(story.MEETING_AT + timedelta(hours=3)):
        acts.open_voting(story.CONSOLE, meeting=draft)
    return Meeting.objects.select_related("company", "cell", "first_meeting").get(pk=draft.pk)


@pytest.fixture
def first(log):
    meeting = story.opened()
    with clock.frozen(story.at(11, 9)):
        for body in ("ordinary", "extraordinary"):
            acts.adopt_bylaw(
                story.CONSOLE, company=meeting.company, rule_id=f"assembly.quorum.{body}", since=date(2020, 1, 1),
                param={"first": [1, 2]}, article="Art. 25", text="La moitié des actions.",
            )  # fmt: skip
    story.vote(meeting, "A1", "for", "against", "abstain")
    story.vote(
        meeting, "A2", given=[{"resolution": 1, "for": 1_000, "against": 3_000}, {"resolution": 2}, {"resolution": 3}]
    )
    story.vote(meeting, "A4", mode="proxy-chair")
    story.vote(meeting, "A3", "for", "for", "for", when=story.LIMIT + timedelta(seconds=1))
    return meeting


def carry(meeting):
    with clock.frozen(story.MEETING_AT + timedelta(hours=4)):
        return acts.carry_forms(story.CONSOLE, meeting=meeting).result


def test_forms_and_proxies_hold_for_the_second_call_and_late_ones_do_not(first):
    again = second_call(first)
    assert {form.holder.ref for form in carry(again)} == {"A1", "A2", "A4"}
    kept = {form.holder.ref: form for form in again.forms.select_related("holder")}
    assert kept["A1"].choices == [[20_000, 0, 0], [0, 20_000, 0], [0, 0, 20_000]]
    assert kept["A2"].choices[1:] == [None, None]
    assert kept["A4"].mode == "proxy-chair"
    assert kept["A1"].received_at == first.forms.get(holder__ref="A1").received_at
    assert carry(again) == []


def test_a_new_form_of_the_second_call_stands(first):
    again = second_call(first)
    with clock.frozen(story.MEETING_AT + timedelta(hours=3, minutes=30)):
        acts.submit_form(story.voter(again, "A1"), key="new", mode="vote", marks=story.marks("against", "for", "for"))
    carry(again)
    assert [form.key for form in again.forms.filter(holder__ref="A1")] == ["new"]


def test_shares_sold_since_then_amend_or_void(first):
    holders = {holder.ref: holder for holder in first.company.holders.all()}
    with clock.frozen(story.MEETING_AT + timedelta(minutes=5)):
        for giver, lot, quantity in (("A1", "L1", 4_000), ("A2", "L2", 2_000)):
            acts.record_transfer(
                story.CONSOLE,
                giver=holders[giver],
                taker=holders["A4"],
                lot=lot,
                quantity=quantity,
                effective_at=clock.now(),
            )
    again = second_call(first)
    carry(again)
    kept = {form.holder.ref: form for form in again.forms.select_related("holder")}
    assert (kept["A1"].status, kept["A1"].choices[0]) == ("amended", [12_000, 0, 0])
    assert kept["A2"].status == "void"


def test_another_agenda_carries_nothing(first):
    again = second_call(first)
    again.agenda_digest = "0" * 64
    with pytest.raises(Refused) as refused:
        carry(again)
    assert (refused.value.code, refused.value.rule.id) == ("agenda", "assembly.form.successive")
    assert not Form.objects.filter(meeting=again).exists()


def test_a_first_meeting_has_nothing_to_carry(first):
    with pytest.raises(Refused) as refused:
        carry(Meeting.objects.select_related("company", "cell").get(pk=first.pk))
    assert refused.value.code == "forms.no-first"
