"""What a hostile reader sends on the voting site: weights, quantities, names, keys and forms that are not his to send."""

from datetime import timedelta

import pytest
from django.core import mail

from opposable.kernel import parts
from opposable.kernel.models import Act
from opposable.systems.assembly.models import Form
from tests.assembly import story
from tests.assembly.test_voting_limit import held_on, ready
from tests.assembly.visitor import Visitor, hidden, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def meeting(log):
    return story.opened()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"r1_for": "20001"}, "form.exceeds"),
        ({"r1_for": "10000", "r1_against": "10001"}, "form.exceeds"),
        ({"r1_for": str(2**31)}, "form.exceeds"),
        ({"r1_for": "123456789012"}, "form.exceeds"),
        ({"r1_for": str(2**53 + 1)}, "form.quantity"),
        ({"r1_for": "9" * 40}, "form.quantity"),
        ({"r1_for": "-1"}, "form.quantity"),
        ({"r1_for": "1.0"}, "form.quantity"),
        ({"r1_for": "1e6"}, "form.quantity"),
        ({"r1_for": "１０"}, "form.quantity"),
        ({"r1_for": "0x10"}, "form.quantity"),
        ({"r1_for": "1\x000"}, "form.quantity"),
        ({"r1": "for\x00"}, "form.vote"),
        ({"r1": "FOR"}, "form.vote"),
        ({"r1": ["for", "against"]}, "form.vote"),
        ({"r1": "for", "r1_for": "3"}, "form.field"),
        ({"r1": "for", "r4": "for"}, "form.order"),
        ({"r1": "for", "r0": "for"}, "form.order"),
        ({"r1": "for", "r999999999_for": "1"}, "form.order"),
        ({"mode": "king"}, "form.mode"),
        ({"mode": "x" * 5_000}, "form.mode"),
        ({"r1": "for", "rest": "king"}, "form.mode"),
        ({"r1": "for", "new": "for"}, "form.clause"),
        ({"r1": "for", "agenda": "0" * 64}, "agenda"),
        ({"mode": "proxy-person", "proxy_name": "\u200b \x07"}, "form.proxy-name"),
        ({"mode": "proxy-person", "proxy_name": "Chair", "proxy_relation": "spouse"}, "form.proxy-name"),
        ({"mode": "proxy-person", "proxy_name": "Jean", "proxy_relation": "other"}, "proxy.who"),
        ({"mode": "proxy-person", "proxy_name": "Jean", "proxy_relation": "king"}, "proxy.who"),
    ],
)
def test_what_is_sent_without_the_page_is_refused_and_the_refusal_recorded(meeting, typed, code):
    anne = Visitor(meeting, "A1")
    fields = anne.fields(anne.enter(), **typed)
    answer = anne.post("send/", fields)
    assert answer.status_code == 422
    assert not Form.objects.exists()
    refusal = Act.objects.get(type="assembly.form.receive")
    assert refusal.outcome == "refused"
    assert parts.read(refusal.pk, "why")[-1]["code"] == code
    assert "Refusé" in text_of(answer)
    assert "Le refus est au journal" in text_of(answer)


def test_a_name_is_kept_as_a_name_and_shown_as_text(meeting):
    anne = Visitor(meeting, "A1")
    answer = anne.vote(
        anne.enter(), mode="proxy-person", proxy_name="<script>alert(1)</script>\x00\n=1+1", proxy_relation="spouse"
    )
    form = Form.objects.get()
    assert form.proxy_name == "<script>alert(1)</script> =1+1"
    body = anne.get(answer["Location"]).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


def test_weight_identity_and_holder_are_not_read_from_the_request(meeting):
    anne, sent = ready(meeting)
    luc = story.voter(meeting, "A2")
    lies = {
        "votes": "999999",
        "weight": "9",
        "voter": luc.uid,
        "holder": luc.holder.uid,
        "identified_by": "certificate",
        "signature_level": "qualified",
    }
    assert anne.post("send/", sent | lies).status_code == 303
    form = Form.objects.select_related("holder").get()
    assert (form.holder.ref, form.choices[0], form.signature_level) == ("A1", [20_000, 0, 0], "simple")


def test_a_form_of_one_meeting_is_refused_at_another_unless_the_agenda_is_the_same(meeting):
    _, sent = ready(meeting)
    other = held_on(story.MEETING_AT + timedelta(days=3), slug="other")
    anne = Visitor(other, "A1")
    fresh = anne.fields(anne.enter())
    answer = anne.post("send/", {**sent, "key": fresh["key"]})
    assert answer.status_code == 422
    assert "répond à un autre ordre du jour" in text_of(answer)
    assert "C. com., art. R. 225-77" in text_of(answer)


def test_the_key_of_another_voter_is_not_taken(meeting):
    _, sent = ready(meeting)
    luc = Visitor(meeting, "A2")
    luc.enter()
    answer = luc.post("send/", sent)
    assert answer.status_code == 422
    assert "venait d’une autre session" in text_of(answer)
    assert not Form.objects.exists()
    assert hidden(answer)["key"] != sent["key"]


def test_a_retry_is_the_same_form_and_the_same_receipt(meeting):
    anne, sent = ready(meeting)
    first = anne.post("send/", sent)
    anne.when += timedelta(seconds=4)
    again = anne.post("send/", sent | {"r1": "against"})
    assert first["Location"] == again["Location"]
    assert Form.objects.count() == 1
    page = anne.get(again["Location"])
    assert "Ce formulaire était déjà reçu" in text_of(page)
    assert "Pour 20 000" in text_of(page)
    assert len([letter for letter in mail.outbox if "reçu" in letter.subject]) == 1


def test_a_second_form_takes_the_place_of_the_first_where_the_law_lets_it(meeting):
    anne, sent = ready(meeting)
    first = anne.post("send/", sent)["Location"]
    page = anne.get("form/")
    assert "Un formulaire est déjà reçu et compté" in text_of(page)
    second = anne.vote(page, r1="against")["Location"]
    assert [form.status for form in Form.objects.order_by("id")] == ["superseded", "counted"]
    assert "Formulaire remplacé" in text_of(anne.get(first))
    assert text_of(anne.get("mine/")).count("remplacé") == 1
    assert "reçu, compté" in text_of(anne.get(second))


def test_in_a_listed_company_a_vote_received_is_final(log):
    meeting = held_on(story.MEETING_AT + timedelta(days=40), notice=45, listed=True)
    anne, sent = ready(meeting, when=meeting.at - timedelta(days=9))
    stale = dict(sent)
    anne.post("send/", sent)
    page = anne.get("form/")
    assert "ne permettent pas de le remplacer" in text_of(page)
    assert "data-ballot" not in page.content.decode()
    from opposable.systems.assembly.views.identification_session import new_key

    answer = anne.post("send/", stale | {"key": new_key(anne.voter), "r1": "against"})
    assert answer.status_code == 422
    assert "C. com., art. R. 22-10-28, III" in text_of(answer)
    assert [form.status for form in Form.objects.all()] == ["counted"]


def test_a_proxy_is_irrevocable_and_a_form_prevails_for_what_it_says(meeting):
    anne = Visitor(meeting, "A1")
    anne.vote(anne.enter(), mode="proxy-chair")
    again = anne.fields(anne.get("form/"), mode="proxy-blank")
    answer = anne.post("send/", again)
    assert answer.status_code == 422
    assert "irrévocable dès sa réception" in text_of(answer)
    anne.vote(anne.get("form/"), r2="against")
    form = Form.objects.get(status="counted")
    assert (form.mode, form.proxy_name, form.choices) == ("vote", "chair", [None, [0, 20_000, 0], None])
    act = Act.objects.get(obj=form.uid, seq=1)
    assert "assembly.proxy.with-form" in str(parts.read(act.pk, "why"))


def test_a_form_then_a_proxy_leaves_to_the_proxy_what_was_unmarked(meeting):
    anne = Visitor(meeting, "A1")
    anne.vote(anne.enter(), r1="for", r3="abstain")
    anne.vote(anne.get("form/"), mode="proxy-person", proxy_name="Luc Bernard", proxy_relation="shareholder")
    form = Form.objects.select_related("proxy_holder").get(status="counted")
    assert (form.mode, form.proxy_holder.ref) == ("vote", "A2")
    assert form.choices == [[20_000, 0, 0], None, [0, 0, 20_000]]


def test_a_form_of_ten_megabytes_is_no_form(meeting):
    anne = Visitor(meeting, "A1")
    fields = anne.fields(anne.enter(), r1="for")
    assert anne.post("send/", fields | {"proxy_name": "x" * 10_000_000}).status_code == 400
    assert anne.post("send/", fields | {f"x{n}": "1" for n in range(3_000)}).status_code == 400
    assert not Form.objects.exists()


def test_what_the_register_lacks_is_asked_for_and_cannot_overwrite_what_it_has(log):
    meeting = story.opened(without_address=True)
    zoe = Visitor(meeting, "A4")
    page = zoe.enter()
    assert 'name="d_domicile"' in page.content.decode()
    assert 'name="d_surname"' not in page.content.decode()
    missing = zoe.post("check/", zoe.fields(page, r1="for"))
    assert missing.status_code == 422
    assert "Le registre ne l’a pas" in text_of(missing) or "le registre ne l’a pas" in text_of(missing)
    refused = zoe.post("send/", zoe.fields(page, r1="for"))
    assert parts.read(Act.objects.get(type="assembly.form.receive").pk, "why")[-1]["code"] == "content"
    assert refused.status_code == 422
    zoe.vote(page, r1="for", d_domicile="8 place Neuve, Lyon", d_surname="Autre")
    act = Act.objects.get(obj=Form.objects.get().uid, seq=1)
    content = parts.read(act.pk, "content")
    assert (content["surname"], content["domicile"]) == ("Petit", "8 place Neuve, Lyon")
