"""The second call from end to end: what the first meeting left undecided, a lower quorum, shorter notice, the same agenda."""

from datetime import date, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts, clock
from opposable.kernel.models import Act
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting, Result
from tests.assembly import office, story

pytestmark = pytest.mark.django_db
AFTER = story.MEETING_AT + timedelta(hours=2)
SECOND_AT = story.MEETING_AT + timedelta(days=14)


def first_held(*present, **values):
    """A combined meeting of 65,000 votes-bearing shares held by those present."""
    meeting = story.convened(**values)
    story.held(meeting, present=present, live=("for", "for", "for"))
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


def draft(first, kind, at=SECOND_AT, when=AFTER, **more):
    with clock.frozen(when):
        return acts.draft_meeting(
            story.CONSOLE, company=first.company, kind=kind, at=at, place="Paris", first_meeting=first, **more
        ).result


def hold(meeting, *present):
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(meeting.at):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A", secretary="B", scrutineers=[])
        for ref in present:
            acts.admit(story.CONSOLE, meeting=meeting, holder=holders[ref])
        for row in meeting.resolutions.order_by("position"):
            for ref in present:
                votes = meeting.entitlements.get(holder=holders[ref]).votes(row.body)
                acts.cast(story.CONSOLE, resolution=row, holder=holders[ref], votes={"for": votes})
            acts.close_resolution(story.CONSOLE, resolution=row)
        acts.end_session(story.CONSOLE, meeting=meeting)
    return {result.resolution.title: result for result in Result.objects.filter(resolution__meeting=meeting)}


def test_without_any_quorum_the_second_call_takes_up_everything_and_decides(log):
    first = first_held("A4")  # 1,000 of 65,000
    again = draft(first, "combined")
    assert (again.call, again.first_meeting) == (2, first)
    assert list(again.resolutions.values_list("title", flat=True)) == ["Comptes", "Affectation", "Statuts"]
    with clock.frozen(AFTER):
        acts.convene(story.CONSOLE, meeting=again)
    assert again.agenda_digest == first.agenda_digest
    found = hold(again, "A1", "A2")  # 14,000: more than one fifth of 65,000, less than one quarter
    assert {result.adopted for result in found.values()} == {True}
    assert found["Comptes"].figures["quorum"]["fraction"] is None
    assert found["Statuts"].figures["quorum"]["fraction"] == "1/5"


def test_only_what_was_left_undecided_is_put_again(log):
    first = first_held("A1", "A2")  # the ordinary part has its quorum, the extraordinary one has not
    with pytest.raises(Refused) as refused:
        draft(first, "combined")
    assert refused.value.code == "call.kind"
    again = draft(first, "extraordinary")
    assert [(row.position, row.title) for row in again.resolutions.all()] == [(1, "Statuts")]
    with clock.frozen(AFTER):
        acts.convene(story.CONSOLE, meeting=again)


def test_a_first_meeting_that_decided_leaves_no_second_call(log):
    first = first_held("A1", "A3")
    with pytest.raises(Refused) as refused:
        draft(first, "combined")
    assert (refused.value.code, refused.value.rule.id) == ("second-call.quorum", "assembly.agenda.second-call")
    assert Act.objects.order_by("-id").first().outcome == "refused"


def test_a_meeting_that_was_not_held_has_no_second_call(log):
    first = story.convened()
    with pytest.raises(Refused) as refused:
        draft(first, "combined")
    assert refused.value.code == "call.first"
    with pytest.raises(Refused) as refused, clock.frozen(AFTER):
        acts.draft_meeting(story.CONSOLE, company=first.company, kind="ordinary", at=SECOND_AT, place="Paris", call=2)
    assert refused.value.code == "call.first"


@pytest.mark.parametrize(("days", "lawful"), [(10, True), (9, False)])
def test_the_notice_of_a_second_call_is_of_ten_days(log, days, lawful):
    first = first_held("A4")
    again = draft(first, "combined", at=story.MEETING_AT + timedelta(days=days))
    with clock.frozen(AFTER):
        if lawful:
            assert acts.convene(story.CONSOLE, meeting=again).outcome == "done"
            return
        with pytest.raises(Refused) as refused:
            acts.convene(story.CONSOLE, meeting=again)
    assert refused.value.rule.id == "assembly.notice.second"


def test_the_agenda_of_a_second_call_stays_that_of_the_first(log):
    again = draft(first_held("A4"), "combined")
    row = again.resolutions.select_related("meeting", "cell").first()
    for act, values in (
        (acts.add_resolution, {"meeting": again, "title": "x", "text": "x", "body": "ordinary"}),
        (acts.move_resolution, {"resolution": row, "position": 2}),
        (acts.withdraw_resolution, {"resolution": row, "reason": "x"}),
        (acts.change_resolution, {"resolution": row, "text": "autre"}),
    ):
        with clock.frozen(AFTER), pytest.raises(Refused) as refused:
            act(story.CONSOLE, **values)
        assert (refused.value.code, refused.value.rule.id) == ("agenda.frozen", "assembly.agenda.second-call"), act


@pytest.mark.parametrize(("days", "lawful"), [(60, True), (61, True), (62, False)])
def test_a_second_meeting_without_a_quorum_is_put_off_two_months_at_most(log, days, lawful):
    again = draft(first_held("A4"), "combined")
    with clock.frozen(AFTER):
        acts.convene(story.CONSOLE, meeting=again)
    found = hold(again, "A4")
    assert (found["Comptes"].adopted, found["Statuts"].figures["why"]) == (True, "no-quorum")
    again = Meeting.objects.select_related("company", "cell").get(pk=again.pk)
    when = again.at + timedelta(hours=2)
    if not lawful:
        with pytest.raises(Refused) as refused:
            draft(again, "extraordinary", at=again.at + timedelta(days=days), when=when)
        assert (refused.value.code, refused.value.rule.id) == ("put-off", "assembly.quorum.extraordinary")
        return
    third = draft(again, "extraordinary", at=again.at + timedelta(days=days), when=when)
    assert (third.call, [row.title for row in third.resolutions.all()]) == (2, ["Statuts"])


def test_an_sarl_consults_again_when_half_of_the_shares_was_not_reached(log):
    from tests.assembly.test_other_forms import held

    first = held("sarl", votes=("abstain", "for"))
    with clock.frozen(story.MEETING_AT.replace(hour=11)):
        acts.end_session(story.CONSOLE, meeting=first)
    assert Result.objects.get().figures["why"] == "majority"
    first = Meeting.objects.select_related("company", "cell").get()
    again = draft(first, "ordinary", at=story.MEETING_AT + timedelta(days=16), signature_level="advanced")
    with clock.frozen(AFTER):
        acts.convene(story.CONSOLE, meeting=again)
    holders = {holder.ref: holder for holder in first.company.holders.all()}
    with clock.frozen(again.at):
        acts.fix_entitlements(story.CONSOLE, meeting=again)
        acts.open_session(story.CONSOLE, meeting=again, chair="A", secretary="B", scrutineers=[])
        acts.admit(story.CONSOLE, meeting=again, holder=holders["B2"])
        row = again.resolutions.get()
        acts.cast(story.CONSOLE, resolution=row, holder=holders["B2"], votes={"for": 40})
        acts.close_resolution(story.CONSOLE, resolution=row)
        acts.end_session(story.CONSOLE, meeting=again)
    result = Result.objects.get(resolution__meeting=again)
    assert (result.adopted, result.figures["base_kind"], result.figures["base"]) == (True, "cast", 40)


def test_the_page_and_the_api_make_a_second_call(log):
    first = first_held("A1", "A2")
    people = office.people()
    with clock.frozen(AFTER):
        page = people.secretary.get(office.at("meeting", first))
        assert page.context["step"].label.fr == "Convoquer une deuxième fois"
        form = people.secretary.get(page.context["step"].href)
        assert form.context["form"].initial["kind"] == "extraordinary"
        account = office.account("clerk", "secretary")
        _, token = accounts.issue_token(story.CONSOLE, account=account, label="tests").result
        client = Client(headers={"authorization": f"Bearer {token}"})
        body = {"company": first.company.uid, "kind": "extraordinary", "at": SECOND_AT.isoformat(), "place": "Paris",
                "first_meeting": first.uid}  # fmt: skip
        made = client.post("/api/acts/assembly.meeting.draft", body, content_type="application/json").json()
        assert made["result"]["state"]["call"] == 2
        assert made["result"]["state"]["first_meeting"] == first.uid
        wrong = {**body, "kind": "ordinary"}
        answer = client.post("/api/acts/assembly.meeting.draft", wrong, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["refusal"]["code"] == "call.kind"
    assert date(2026, 4, 13) == SECOND_AT.date()
