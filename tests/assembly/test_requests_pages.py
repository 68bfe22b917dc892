"""A request of holders on the pages: entered, refused, put on the agenda, told to everybody, and who sees it."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from opposable.kernel import clock, duties
from opposable.systems.assembly import jobs
from opposable.systems.assembly.exchange import notices
from opposable.systems.assembly.models import AgendaRequest, Form, Mailing
from tests.assembly import office, story
from tests.assembly.test_office_notices import mail_server
from tests.assembly.test_requests import ask, meeting_of, put
from tests.assembly.visitor import Visitor, hidden, site, text_of  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.django_db

TYPED = {
    "by": "holders",
    "kind": "draft",
    "body": "ordinary",
    "title": "Dividende majoré",
    "text": "L’assemblée décide de distribuer 2 € par action.",
    "reasons": "La trésorerie le permet.",
    "authors": "A2\nA4\n",
    "sent_on": "2026-03-03",
    "day": "2026-03-04",
    "hour": "11:00",
}


def paper():
    return {"certificate": SimpleUploadedFile("attestations.pdf", b"%PDF-1.7 attestations")}


def enter(people, meeting, **values):
    with clock.frozen(story.at(4, 12)):
        return people.secretary.post(office.at("request-new", meeting), {**TYPED, **paper(), **values})


def test_from_the_letter_to_the_vote_and_to_everybody(log, settings):
    people = office.people()
    meeting = meeting_of()
    settings.CONFIG = replace(settings.CONFIG, mail="smtp://127.0.0.1")  # a server is set: the job writes
    with mail_server(settings) as box:
        with clock.frozen(story.at(2, 10)):
            while notices.send_batch(story.CONSOLE, meeting):
                pass
        story.vote(meeting, "A1", "for", "for", when=story.at(3, 12), new_resolutions="against")
        alone = enter(people, meeting, authors="A2")
        page = office.text(people.secretary.get(alone.url))
        assert "irrecevable" in page
        assert "détiennent ensemble 2 000 actions" in page
        assert "R. 225-71" in page
        bare = enter(people, meeting, certificate="")
        assert bare.status_code == 422
        assert "L’attestation d’inscription en compte manque pour : A2, A4." in office.text(bare)
        assert "La trésorerie le permet." in office.text(bare)  # nothing typed is lost
        done = enter(people, meeting)
        row = AgendaRequest.objects.get(status="received")
        assert done.url == row.get_absolute_url()
        with clock.frozen(story.at(4, 14)):
            assert "à l’ordre du jour" in office.text(people.secretary.get(done.url))
            said = {"on": "2026-03-04", "by": "post"}
            people.secretary.post(office.at("request-acknowledge", meeting, row.uid), said)
            people.secretary.post(office.at("request-put", meeting, row.uid), {"comment": "Contraire au plan."})
            listed = office.text(people.secretary.get(office.at("resolutions", meeting)))
            assert "Contraire au plan." in listed
            assert not duties.Duty.objects.filter(obj=row.uid, closed_at=None).exists()
            before = len(box.taken)
            jobs.notify_agenda(story.CONSOLE, meeting.uid)
            jobs.notify_agenda(story.CONSOLE, meeting.uid)  # again: only those whom the server did not take
        told = {
            message["To"]: message.get_content()
            for message in (message_from_bytes(raw, policy=policy.default) for raw in box.taken[before:])
        }
        assert len(box.taken) - before == len(told) == 2
        assert "Votre formulaire est déjà reçu" in told["anne@example.test"]
        assert "Votre formulaire est déjà reçu" not in told["bank@example.test"]
        assert all("– Dividende majoré" in text for text in told.values())
        assert Mailing.objects.filter(purpose="agenda", status="refused").count() == 1
        assert (
            duties.Duty.objects.get(act="assembly.agenda.notify").closed_at is None
        )  # one has no address that takes it
    with clock.frozen(story.at(5, 9)):
        assert "pas encore porté à la connaissance" in office.text(people.secretary.get(office.at("requests", meeting)))
        people.secretary.post(office.at("requests-told", meeting), {"note": "Lettre simple du 5 mars."})
        assert "pas encore porté" not in office.text(people.secretary.get(office.at("requests", meeting)))
    assert duties.Duty.objects.get(act="assembly.agenda.notify").closed_at
    form = Form.objects.get(holder__ref="A1")
    with clock.frozen(story.at(5, 10)):
        seen = office.text(people.secretary.get(office.at("form", meeting, form.uid)))
    assert "inscrite depuis : selon la consigne pour les résolutions nouvelles (contre)" in seen


def test_who_may_not_see_the_requests_finds_nothing(log):
    people = office.people()
    meeting = meeting_of()
    enter(people, meeting)
    row = AgendaRequest.objects.get()
    addresses = [office.at("request", meeting, row.uid)]
    actions = [office.at(f"request-{verb}", meeting, row.uid) for verb in ("acknowledge", "put", "prove")]
    with clock.frozen(story.at(4, 14)):
        for who, status in (
            ("auditor", 200),
            ("bureau", 200),
            ("scrutineer", 404),
            ("stranger", 404),
            ("elsewhere", 404),
        ):
            assert getattr(people, who).get(addresses[0]).status_code == status, who
            if who != "auditor":
                assert {getattr(people, who).post(url).status_code for url in actions} == {404}, who
        assert people.auditor.post(actions[1]).status_code == 404
        wrong = people.secretary.post(actions[0], {"on": "hier", "by": "post"})
        assert wrong.status_code == 422
    row.refresh_from_db()
    assert row.status == "received"


@pytest.mark.usefixtures("site")
def test_a_form_drawn_before_the_agenda_was_amended_keeps_what_was_typed_and_a_receipt_tells_the_rest(log):
    meeting = meeting_of()
    reader, sender = (Visitor(meeting, ref, when=story.at(4, 14, 50)) for ref in ("A2", "A1"))
    for visitor in (reader, sender):
        visitor.enter()
    assert sender.vote(r1="for", r2="against", new="against").status_code == 303
    drawn = reader.get("form/")
    point = ask(meeting, "A1", kind="point", title="Climat", reasons="Rien n’a été dit.").result
    put(point, comment="Le conseil en parlera.")
    put(ask(meeting, "A2", "A4").result, comment="Contraire au plan.")
    for visitor in (reader, sender):
        visitor.when = story.at(4, 15, 5)
    summary = reader.post("check/", reader.fields(drawn, r1="abstain", r2="for"))
    again = summary if summary.status_code == 422 else reader.post("send/", hidden(summary))
    assert again.status_code == 422
    assert "Dividende majoré" in text_of(again)
    assert 'name="r1" value="abstain" checked' in again.content.decode()
    assert reader.vote(again, r1="abstain", r2="for", r3="for").status_code == 303
    annexes = text_of(reader.get("annexes/"))
    for words in ("Climat", "Le conseil en parlera.", "Contraire au plan."):
        assert words in annexes, words
    receipt = text_of(sender.get(f"/receipt/{Form.objects.get(holder__ref='A1').uid}/"))
    assert "résolution nouvelle, selon votre consigne" in receipt


def test_the_works_council_by_the_page_and_a_request_taken_back(log):
    people = office.people()
    meeting = meeting_of()
    nameless = enter(people, meeting, by="committee", authors="")
    assert "nommez l’association ou le comité" in office.text(nameless)
    done = enter(people, meeting, by="committee", authors="", on_behalf="CSE de l’Arsenal", certificate="")
    page = office.text(people.secretary.get(done.url))
    assert "CSE de l’Arsenal" in page
    assert "Nouvelle attestation" not in page
    listing = office.text(people.secretary.get(office.at("requests", meeting)))
    assert "Celles du comité social et économique, au plus tard le" in listing
    put(AgendaRequest.objects.get())
    told = office.text(people.secretary.get(office.at("resolutions", meeting)))
    assert "CSE de l’Arsenal, non agréée par le conseil" in told
    with clock.frozen(story.at(5, 9)):
        away = {"on": "2026-03-05", "reason": "Accord trouvé."}
        assert people.bureau.post(done.url + "withdraw/", away).status_code == 404
        assert people.secretary.post(done.url + "withdraw/", away).status_code == 303
    assert "retirée par ses auteurs" in office.text(people.secretary.get(done.url))
