"""Notices leave by a real mail server, its answers are on file, and nothing is sent twice."""

import hashlib
import socket
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from opposable.kernel import clock
from opposable.systems.assembly.exchange import notices
from opposable.systems.assembly.models import Mailing
from opposable.systems.assembly.views import office_notices
from tests.assembly import office, story

pytestmark = pytest.mark.django_db


class Box:
    """A mail server that keeps what it takes, refuses one address for good and one for now."""

    def __init__(self):
        self.taken = []
        self.down_after = None

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.down_after is not None and len(self.taken) >= self.down_after:
            return "421 4.3.2 closing"
        if address.startswith("luc@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("zoe@"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.taken.append(envelope.original_content)
        return f"250 2.0.0 queued as M{len(self.taken)}"


@contextmanager
def mail_server(settings):
    box = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield box
    finally:
        controller.stop()


@pytest.fixture
def people(log):
    return office.people()


@pytest.fixture
def meeting(people):
    return story.convened()


@pytest.fixture
def box(settings):
    with mail_server(settings) as found:
        yield found


def send(people, meeting, hour=10):
    with clock.frozen(story.at(3, hour)):
        return people.secretary.post(office.at("notices-send", meeting))


def test_notices_are_sent_and_the_servers_answers_recorded(people, meeting, box):
    assert send(people, meeting).status_code == 303
    rows = {row.holder.ref: row for row in Mailing.objects.select_related("holder")}
    assert {ref: row.status for ref, row in rows.items()} == {
        "A1": "sent",
        "A2": "refused",
        "A3": "sent",
        "A4": "failed",
    }
    assert rows["A1"].answer == "250 2.0.0 queued as M1"
    assert rows["A2"].answer == "550 5.1.1 no such mailbox"
    assert rows["A4"].answer.startswith("451")
    assert rows["A1"].digest == hashlib.sha256(box.taken[0]).hexdigest()


def test_the_notice_has_what_the_holder_needs_and_no_code(people, meeting, box, settings):
    send(people, meeting)
    message = message_from_bytes(box.taken[0], policy=policy.default)
    text = message.get_content().replace("\u202f", " ").replace("\u00a0", " ")
    voter = story.voter(meeting, "A1")
    assert message["Message-ID"] == f"<notice.{voter.uid}@localhost>"
    assert message["To"] == "anne@example.test"
    assert "lundi 30 mars 2026 à 10 h 00" in text
    assert "1. Comptes" in text
    assert voter.login in text
    assert f"{settings.CONFIG.vote_url}/m/{meeting.uid[:12]}/" in text
    assert "dimanche 29 mars 2026 à 15 h 00 (heure de Paris)" in text
    assert voter.login not in box.taken[1].decode()


def test_sending_again_sends_only_what_no_server_answered(people, meeting, box):
    send(people, meeting)
    before = len(box.taken)
    send(people, meeting, hour=11)
    assert len(box.taken) == before
    assert Mailing.objects.filter(holder__ref="A4").count() == 2
    assert Mailing.objects.filter(holder__ref="A1").count() == 1


def test_a_server_that_goes_away_loses_nothing(people, meeting, box):
    box.down_after = 1
    send(people, meeting)
    assert Mailing.objects.filter(status="sent").count() == 1
    box.down_after = None
    send(people, meeting, hour=11)
    assert {row.holder.ref for row in Mailing.objects.filter(status="sent").select_related("holder")} == {"A1", "A3"}


def test_no_mail_server_at_all_is_said_and_nothing_is_recorded(people, meeting, settings):
    with mail_server(settings):
        pass
    answer = send(people, meeting)
    page = office.text(answer)
    assert answer.status_code == 422
    assert "Le serveur de courrier ne répond pas" in page
    assert "Rien n’a été enregistré." in page
    assert not Mailing.objects.exists()


def test_a_header_cannot_be_injected_through_the_register(people, meeting, box):
    holder = meeting.company.holders.get(ref="A3")
    with clock.frozen(story.at(3, 9)):
        writer = notices.Writer(meeting)
        voter = story.voter(meeting, "A3")
        voter.holder.email = "bank@example.test\r\nBcc: all@example.test"
        with notices.Line() as line:
            sent = notices._send(line, writer, voter)
    assert sent["status"] == "failed"
    assert holder.email == "bank@example.test"
    assert box.taken == []


def test_who_has_no_address_is_written_to_by_post(people, meeting, box):
    send(people, meeting)
    answer = people.secretary.get(office.at("notices", meeting), {"channel": "post"})
    assert [row.holder.ref for row in answer.context["list"].rows] == ["T0"]
    assert "par courrier" in office.text(answer)


def test_the_page_shows_progress_answers_and_the_second_channel(people, meeting, box):
    send(people, meeting)
    page = office.text(people.secretary.get(office.at("notices", meeting)))
    assert "3 sur 4" in page
    assert "250 2.0.0 queued as M1" in page
    assert "550 5.1.1 no such mailbox" in page
    assert "Reprendre l’envoi : 1 à remettre" in page
    assert "Aucun des deux ne suffit seul" in page
    assert story.voter(meeting, "A1").login in page


def test_a_large_meeting_is_sent_in_batches_each_on_record(people, meeting, box, monkeypatch):
    monkeypatch.setattr(notices, "BATCH", 1)
    assert notices.send_batch(story.CONSOLE, meeting, size=1) == 1
    assert Mailing.objects.count() == 1
    assert notices.send_batch(story.CONSOLE, meeting, size=2) == 2
    assert Mailing.objects.count() == 3


def test_the_rest_goes_on_without_the_tab(people, meeting, box, monkeypatch):
    monkeypatch.setattr(office_notices.connections, "close_all", lambda: None)
    office_notices.send_rest(story.CONSOLE, meeting)
    assert Mailing.objects.filter(status="sent").count() == 2


def test_two_senders_are_never_at_work_at_once(people, meeting, box):
    with office_notices.sending(meeting) as mine:
        assert mine
        assert office_notices.is_running(meeting)
        answer = send(people, meeting)
    assert answer.status_code == 303
    assert box.taken == []
    assert not office_notices.is_running(meeting)


def test_no_notice_is_sent_of_a_meeting_in_preparation(people, log):
    from opposable.systems.assembly import acts

    with clock.frozen(story.at(2, 9)):
        draft = acts.draft_meeting(
            story.CONSOLE, company=story.company(), kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
    answer = people.secretary.post(office.at("notices-send", draft))
    assert answer.status_code == 422
    assert "Il n’y a pas de convocation à envoyer à ce stade." in office.text(answer)


def test_a_notice_does_not_promise_what_the_law_refuses(people, box):
    meeting = story.convened()
    meeting.company.bylaws.all()
    writer = notices.Writer(meeting)
    assert writer.electronic
    meeting.signature_level, meeting.company = "simple", type(meeting.company).objects.get(pk=meeting.company.pk)
    with clock.frozen(story.at(3, 9)):
        for clause in meeting.company.bylaws.filter(rule_id="assembly.evote.bylaws"):
            from opposable.systems.assembly import acts

            acts.adopt_bylaw(
                story.CONSOLE, company=meeting.company, rule_id=clause.rule_id, since=story.at(3, 9).date(),
                param={"allowed": False}, article="Art. 23 bis", text="Plus de vote électronique.",
            )  # fmt: skip
    body = notices.Writer(meeting).message(story.voter(meeting, "A1")).body
    assert "identifiant" not in body
    assert "formulaire de vote à distance" in body
