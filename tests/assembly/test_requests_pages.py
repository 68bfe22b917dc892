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
from tests.assembly.test_requests import meeting_of

pytestmark = pytest.mark.django_db

TYPED = {
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
