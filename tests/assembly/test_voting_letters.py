"""Letters to voters over real SMTP: what the server answered is on record, whatever it answered."""

import fcntl
import socket
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from opposable.kernel import clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import letters
from opposable.systems.assembly.models import Mailing
from tests.assembly import story
from tests.assembly.visitor import CODE

pytestmark = pytest.mark.django_db


class Post:
    """A mail server that keeps what it takes, and refuses whom it is told to refuse."""

    def __init__(self, refuses=()):
        self.refuses, self.taken = refuses, []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if address in self.refuses:
            return "550 5.1.1 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return f"250 2.0.0 queued as N{len(self.taken)}"


@contextmanager
def served(settings, post):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.CONFIG = replace(settings.CONFIG, mail=f"smtp://127.0.0.1:{port}")
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture
def meeting(log):
    return story.opened()


def test_the_answer_to_a_code_is_on_record(meeting, settings):
    with served(settings, Post()) as post:
        outcome = letters.send_code(story.voter(meeting, "A1"))
    assert (outcome.status, outcome.answer) == ("sent", "250 2.0.0 queued as N1")
    row = Mailing.objects.select_related("holder").get()
    assert (row.purpose, row.holder.ref, row.address, row.answer) == (
        "code",
        "A1",
        "anne@example.test",
        "250 2.0.0 queued as N1",
    )
    letter = post.taken[0]
    assert letter["To"] == "anne@example.test"
    assert letter["Message-ID"] == row.message_id
    assert letter["Auto-Submitted"] == "auto-generated"
    assert CODE.search(letter.get_content())


def test_a_code_goes_to_the_telephone_through_the_gateway(meeting, settings):
    voter = story.voter(meeting, "A1")
    with served(settings, Post()) as post:
        settings.CONFIG = replace(settings.CONFIG, sms="{number}@sms.example.test")
        for number in (
            "+33 (0)6 00 00 06 00",
            "0033 6 00 00 06 00",
            "06 00 00 06 00",
            "+33 6 00 00 06 00 / +33 7 00 00 00 00",
        ):
            voter.holder.phone = number  # a national number has no country: it is not guessed
            letters.send_code(voter)
    assert [letter["To"] for letter in post.taken] == [
        *["33600000600@sms.example.test"] * 2,
        *["anne@example.test"] * 2,
    ]
    for letter in (post.taken[1], post.taken[3]):
        assert acts.identify(voter.actor, voter=voter, method="code", proof=CODE.search(letter.get_content())[0]).result
    assert len(post.taken[0].get_content().encode()) < 160, "one text message"
    assert [row.address for row in Mailing.objects.order_by("pk")] == [letter["To"] for letter in post.taken]


def test_a_refusal_of_the_server_is_on_record_and_tried_three_times(meeting, settings):
    story.vote(meeting, "A1", "for", "for", "for")
    story.vote(meeting, "A2", "for", "for", "for")
    with served(settings, Post(refuses=["anne@example.test"])) as post:
        for _ in range(5):
            letters.confirm_forms(meeting)
    assert [letter["To"] for letter in post.taken] == ["luc@example.test"]
    rows = Mailing.objects.filter(purpose="confirmation", holder__ref="A1")
    assert {(row.status, row.answer) for row in rows} == {("refused", "550 5.1.1 no such box")}
    assert rows.count() == 3


def test_no_server_is_an_answer_too(meeting, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.CONFIG = replace(settings.CONFIG, mail="smtp://127.0.0.1:1")
    assert letters.send_code(story.voter(meeting, "A1")).status == "failed"
    assert "Connection refused" in Mailing.objects.get().answer


def test_who_has_no_address_is_sent_nothing(meeting):
    assert letters.send_code(story.voter(meeting, "T0")) is None
    assert not Mailing.objects.exists()


def test_in_the_language_of_the_holder(meeting, settings):
    voter = story.voter(meeting, "A1")
    voter.holder.language = "en"
    with served(settings, Post()) as post:
        letters.send_code(voter)
    assert post.taken[0]["Subject"] == "Your code to vote · Compagnie de l’Arsenal"


def test_an_installation_without_a_mail_server_sends_nothing_and_says_nothing(meeting, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    story.vote(meeting, "A1", "for", "for", "for")
    assert letters.send_code(story.voter(meeting, "A1")) is None
    assert letters.confirm_forms(meeting) == []
    assert not Mailing.objects.exists()


def test_the_jobs_of_the_meeting_write_to_those_concerned(meeting, mailoutbox):
    from opposable.kernel import clock
    from opposable.systems.assembly import jobs

    story.vote(meeting, "A1", "for", "for", "for")
    with clock.frozen(story.LIMIT.replace(minute=1)):
        jobs.close_voting(story.CONSOLE, meeting.uid)
    assert [letter.to for letter in mailoutbox] == [["anne@example.test"]]
    with clock.frozen(story.MEETING_AT):
        jobs.fix_entitlements(story.CONSOLE, meeting.uid)
    assert len(mailoutbox) == 1


def test_whoever_comes_while_letters_are_written_is_written_to_in_the_next_round(log, settings, monkeypatch):
    meeting, rounds = story.opened(), []

    def write(which, since):
        rounds.append(since)
        if len(rounds) == 1:  # two more come meanwhile: they leave word, and wait for nothing
            letters.confirm_soon(which.pk, story.at(20, 12))
            letters.confirm_soon(which.pk, story.at(20, 11))
            assert len(rounds) == 1

    monkeypatch.setattr(letters, "confirm_forms", write)
    with clock.frozen(story.at(20, 13)):
        letters.confirm_soon(meeting.pk, story.at(20, 10))
    assert rounds == [story.at(20, 10), story.at(20, 11)]


def test_two_processes_of_the_site_do_not_write_to_the_same_holder(meeting, mailoutbox, settings, monkeypatch):
    story.vote(meeting, "A1", "for", "for", "for")
    taken = []

    def post_while_another_comes(which, sent):
        with (settings.HOME / "run" / "confirmations.lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken.extend(sent)
        return []

    monkeypatch.setattr(letters, "post", post_while_another_comes)
    letters.confirm_forms(meeting)
    assert [letter.holder.ref for letter in taken] == ["A1"]
