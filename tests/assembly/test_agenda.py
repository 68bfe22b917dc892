"""The agenda before and after the notice: resolutions moved, withdrawn, and what the law no longer allows."""

import pytest

from opposable.kernel import accounts, clock
from opposable.kernel.models import Act
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting, Resolution, Result
from tests.assembly import office, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        story.register(made)
        drafted = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        for title, author in (("Comptes", "board"), ("Affectation", "board"), ("Dividende", "holders")):
            acts.add_resolution(
                story.CONSOLE, meeting=drafted, title=title, text=f"{title}.", body="ordinary", author=author
            )
    return drafted


def titles(meeting):
    return list(meeting.resolutions.order_by("position").values_list("position", "title"))


def row(title):
    return Resolution.objects.select_related("meeting__company", "cell", "meeting__cell").get(title=title)


def at(day, act, **values):
    with clock.frozen(story.at(day, 10)):
        return act(story.CONSOLE, **values)


@pytest.mark.parametrize(
    ("title", "to", "order"),
    [
        ("Dividende", 1, ["Dividende", "Comptes", "Affectation"]),
        ("Comptes", 2, ["Affectation", "Comptes", "Dividende"]),
        ("Comptes", 99, ["Affectation", "Dividende", "Comptes"]),
        ("Affectation", 0, ["Affectation", "Comptes", "Dividende"]),
        ("Affectation", 2, ["Comptes", "Affectation", "Dividende"]),
    ],
)
def test_a_resolution_moves_and_the_others_make_room(meeting, title, to, order):
    at(2, acts.move_resolution, resolution=row(title), position=to)
    assert titles(meeting) == list(enumerate(order, 1))


def test_a_resolution_withdrawn_before_the_notice_leaves_its_place_and_keeps_its_record(meeting):
    at(2, acts.withdraw_resolution, resolution=row("Comptes"), reason="Comptes non arrêtés.")
    assert titles(meeting) == [(1, "Affectation"), (2, "Dividende")]
    gone = row("Comptes")
    assert (gone.position, gone.withdrawn_reason) == (0, "Comptes non arrêtés.")
    at(2, acts.add_resolution, meeting=meeting, title="Autre", text="x", body="ordinary")
    at(2, acts.convene, meeting=Meeting.objects.get())
    assert titles(meeting) == [(1, "Affectation"), (2, "Dividende"), (3, "Autre")]


def test_the_notice_freezes_the_order_with_the_rule_on_the_form(meeting):
    at(2, acts.convene, meeting=meeting)
    with pytest.raises(Refused) as refused:
        at(3, acts.move_resolution, resolution=row("Comptes"), position=2)
    assert (refused.value.code, refused.value.rule.id) == ("agenda.frozen", "assembly.form.content")
    assert Act.objects.order_by("-id").first().outcome == "refused"


def test_after_the_notice_the_board_withdraws_its_own_draft_and_not_that_of_the_holders(meeting):
    at(2, acts.convene, meeting=meeting)
    with pytest.raises(Refused) as refused:
        at(3, acts.withdraw_resolution, resolution=row("Dividende"), reason="non")
    assert refused.value.code == "resolution.holders-draft"
    assert refused.value.rule.cite == ("C. com., art. R. 225-74",)
    at(3, acts.withdraw_resolution, resolution=row("Affectation"), reason="Sans objet.")
    assert titles(meeting) == [(1, "Comptes"), (2, "Affectation"), (3, "Dividende")]


def test_a_withdrawn_resolution_is_not_put_to_the_vote_and_has_no_result(meeting):
    at(2, acts.convene, meeting=meeting)
    at(10, acts.open_voting, meeting=Meeting.objects.get())
    meeting = Meeting.objects.select_related("company", "cell").get()
    story.vote(meeting, "A1", "for", "against", "for")
    at(21, acts.withdraw_resolution, resolution=row("Affectation"), reason="Sans objet.")
    meeting = office.opened_session(meeting)
    with clock.frozen(story.MEETING_AT):
        with pytest.raises(Refused) as refused:
            acts.close_resolution(story.CONSOLE, resolution=row("Affectation"))
        assert refused.value.code == "resolution.withdrawn"
        for title in ("Comptes", "Dividende"):
            acts.close_resolution(story.CONSOLE, resolution=row(title))
        acts.end_session(story.CONSOLE, meeting=meeting)
    assert [result.resolution.title for result in Result.objects.order_by("pk")] == ["Comptes", "Dividende"]
    with clock.frozen(story.at(30, 12)):
        table = acts.publish_table(story.CONSOLE, meeting=office.again(meeting)).result
    assert {slot.split(".")[0] for slot in table["slots"]} == {"1", "3"}


def test_the_page_moves_and_withdraws(meeting):
    people = office.people()
    with clock.frozen(story.at(2, 12)):
        page = office.text(people.secretary.get(office.at("agenda", meeting)))
        assert "Descendre" in page
        moved = people.secretary.post(office.at("resolution-move", meeting, 1), {"to": "down"})
        assert moved.status_code == 303
        assert titles(meeting)[0] == (1, "Affectation")
        url = office.at("resolution-withdraw", meeting, 1)
        assert people.secretary.post(url, {"reason": ""}).status_code == 422
        assert people.secretary.post(url, {"reason": "Sans objet."}).status_code == 303
        assert titles(meeting) == [(1, "Comptes"), (2, "Dividende")]
        assert people.bureau.post(office.at("resolution-move", meeting, 1), {"to": "down"}).status_code == 404
        acts.convene(story.CONSOLE, meeting=Meeting.objects.get())
        frozen = people.secretary.post(office.at("resolution-move", meeting, 1), {"to": "2"})
        assert frozen.status_code == 422
        assert "l’ordre des résolutions est celui du formulaire de vote" in office.text(frozen)
        assert people.secretary.post(url, {"reason": "Sans objet."}).status_code == 303
        assert "retirée" in office.text(people.secretary.get(office.at("resolutions", meeting)))


def test_the_api_moves_and_withdraws(meeting):
    from django.test import Client

    secretary = office.account("secretary", "secretary")
    with clock.frozen(story.at(2, 12)):
        _, token = accounts.issue_token(story.CONSOLE, account=secretary, label="tests").result
        client = Client(headers={"authorization": f"Bearer {token}"})
        body = {"resolution": row("Comptes").uid, "position": 3}
        moved = client.post("/api/acts/assembly.resolution.move", body, content_type="application/json")
        assert moved.json()["result"]["state"]["position"] == 3
        body = {"resolution": row("Comptes").uid, "reason": "Sans objet."}
        assert (
            client.post("/api/acts/assembly.resolution.withdraw", body, content_type="application/json").status_code
            == 200
        )
    assert titles(meeting) == [(1, "Affectation"), (2, "Dividende")]
