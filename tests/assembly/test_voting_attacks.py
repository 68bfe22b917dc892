"""What a hostile reader tries on the voting site: to guess who votes, to be somebody else, to get out of the site."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import get_resolver

from opposable.kernel import clock, parts
from opposable.kernel.models import Account, Act
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Challenge, Form, Meeting
from tests.assembly import story
from tests.assembly.test_voting_limit import held_on
from tests.assembly.visitor import Visitor, hidden, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def meeting(log):
    return story.opened()


# Guessing who votes


def test_an_unknown_id_gets_the_same_answer_as_a_known_one(meeting):
    known, unknown = Visitor(meeting, "A1"), Visitor(meeting, "A2")
    unknown.voter.login = "ZZZZ-2222"
    answers = []
    for visitor in (known, unknown):
        asked = visitor.post("identify/", {"access": visitor.voter.login})
        page = visitor.get("code/")
        wrong = visitor.post("code/", {"code": "0000 0000"})
        bodies = [text_of(part).replace(visitor.voter.login, "ID") for part in (page, wrong)]
        answers.append((asked.status_code, asked["Location"], page.status_code, wrong.status_code, *bodies))
    assert answers[0] == answers[1]
    assert len(mail.outbox) == 1


def test_the_letter_is_sent_after_the_answer(meeting, monkeypatch):
    from opposable.systems.assembly.exchange import mail as letters_mail

    waiting = []
    monkeypatch.setattr(letters_mail, "later", lambda job, *args: waiting.append((job, args)))
    anne = Visitor(meeting, "A1")
    anne.post("identify/", {"access": anne.voter.login})
    assert mail.outbox == []
    assert not Act.objects.filter(type="assembly.voter.send-code").exists()
    ((job, args),) = waiting
    job(*args)
    assert len(mail.outbox) == 1


def test_a_wrong_answer_lasts_as_long_whatever_is_wrong(meeting, monkeypatch):
    from opposable.systems.assembly.views import identification

    monkeypatch.setattr(identification, "PACE", 0.4)
    slept = []
    monkeypatch.setattr(identification.time, "sleep", slept.append)
    for login in ("A1", None):
        visitor = Visitor(meeting, "A1")
        visitor.voter.login = visitor.voter.login if login else "ZZZZ-2222"
        visitor.post("identify/", {"access": visitor.voter.login})
        visitor.post("code/", {"code": "00000000"})
        visitor.post("code/", {"code": "nonsense"})
    assert len(slept) == 4
    assert all(0 < seconds <= 0.4 for seconds in slept)


def test_codes_are_limited_by_id_and_by_address(meeting):
    anne = Visitor(meeting, "A1")
    statuses = [anne.post("identify/", {"access": anne.voter.login}).status_code for _ in range(6)]
    assert statuses == [303] * 4 + [429] * 2
    assert len(mail.outbox) == 4
    lower = anne.voter.login.lower().replace("-", " ")
    elsewhere = Visitor(meeting, "A1", REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("identify/", {"access": anne.voter.login}).status_code == 429
    assert elsewhere.post("identify/", {"access": lower}).status_code in (303, 429)
    crowd = [Visitor(meeting, "A2", REMOTE_ADDR="198.51.100.9") for _ in range(2)]
    many = [
        crowd[n % 2].post("identify/", {"access": f"AAAA-22{n:02}".replace("0", "2").replace("1", "3")})
        for n in range(24)
    ]
    assert many[-1].status_code == 429
    assert "Retry-After" in many[-1].headers


def test_tries_are_limited_and_a_code_dies_after_five(meeting):
    anne = Visitor(meeting, "A1")
    code = anne.ask_code()
    for _ in range(5):
        assert anne.post("code/", {"code": "1234 5678"}).status_code == 422
    assert anne.post("code/", {"code": code}).status_code == 422
    for _ in range(4):
        anne.post("code/", {"code": "1234 5678"})
    assert anne.post("code/", {"code": "1234 5678"}).status_code == 429
    assert Act.objects.filter(type="assembly.voter.identify", outcome="refused").count() == 10


def test_a_code_serves_once_for_ten_minutes(meeting):
    anne = Visitor(meeting, "A1")
    code = anne.ask_code()
    anne.when += timedelta(minutes=10, seconds=1)
    assert anne.post("code/", {"code": code}).status_code == 422
    code = anne.ask_code()
    assert anne.post("code/", {"code": code}).status_code == 303
    again = Visitor(meeting, "A1", when=anne.when)
    again.post("identify/", {"access": again.voter.login})
    assert again.post("code/", {"code": code}).status_code == 422


def test_who_asks_for_a_code_does_not_spoil_the_one_that_was_sent(meeting):
    anne, rascal = Visitor(meeting, "A1"), Visitor(meeting, "A1", REMOTE_ADDR="198.51.100.8")
    code = anne.ask_code()
    rascal.ask_code()
    assert anne.post("code/", {"code": code}).status_code == 303


def test_no_code_is_kept_in_clear_nor_to_be_guessed_from_the_record(meeting):
    anne = Visitor(meeting, "A1")
    code = anne.ask_code()
    held = Challenge.objects.get()
    assert code not in held.hashed
    for act in Act.objects.filter(type__in=["assembly.voter.send-code", "assembly.mailing.record"]):
        assert code not in str(parts.every(act))
    import hashlib

    from opposable.systems.assembly.models import Mailing

    letter = mail.outbox[-1]
    whole = f"{letter.subject}\n\n{letter.body}"
    assert Mailing.objects.get(purpose="code").digest != hashlib.sha256(whole.encode()).hexdigest()
    assert Mailing.objects.get(purpose="code").status == "sent"


# Being somebody else


def test_a_planted_session_is_worth_nothing_once_somebody_is_identified(meeting):
    rascal = Client()
    rascal.get(f"/m/{meeting.uid[:12]}/identify/")
    session = rascal.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    anne = Visitor(meeting, "A1")
    anne.client.cookies["opposable_vote"] = planted
    anne.enter()
    assert anne.client.cookies["opposable_vote"].value != planted
    rascal.cookies["opposable_vote"] = planted
    with clock.frozen(anne.when):
        assert rascal.get(f"/m/{meeting.uid[:12]}/form/").status_code == 303
    assert "planted" not in anne.client.session


def test_a_session_of_one_meeting_opens_no_other(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    other = held_on(story.MEETING_AT + timedelta(days=3), slug="other")
    anne.base = f"/m/{other.uid[:12]}/"
    assert anne.get("form/").status_code == 303


def test_an_account_of_the_office_is_nobody_here(meeting):
    account = Account.objects.create_user("sec@example.test", "x" * 14, name="Sec")
    office = Client()
    office.force_login(account)
    base = f"/m/{meeting.uid[:12]}/"
    with clock.frozen(story.at(20, 12)):
        assert office.get(base + "form/").status_code == 303
        assert office.get(base + "mine/").status_code == 303


def test_the_session_ends_after_half_an_hour_and_what_was_typed_waits(meeting):
    anne = Visitor(meeting, "A1")
    fields = anne.fields(anne.enter(), r1="for", r2="split", r2_for="12", proxy_name="Jean")
    anne.when += timedelta(minutes=30, seconds=1)
    answer = anne.post("check/", fields)
    assert answer.status_code == 303
    assert answer["Location"].endswith("/identify/")
    page = anne.enter()
    body = page.content.decode()
    assert "Voici ce que vous aviez saisi" in text_of(page)
    assert 'name="r1" value="for" checked' in body
    assert 'name="r2_for" value="12"' in body
    assert 'value="Jean"' in body
    assert not Form.objects.exists()


def test_each_page_gives_half_an_hour_more_and_four_hours_in_all(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    for _ in range(9):
        anne.when += timedelta(minutes=25)
        assert anne.get("form/").status_code == 200
    anne.when += timedelta(minutes=25)
    assert anne.get("form/").status_code == 303


def test_what_one_typed_is_not_shown_to_the_next_on_the_same_machine(meeting):
    anne = Visitor(meeting, "A1")
    fields = anne.fields(anne.enter(), r1="against", proxy_name="Secret")
    anne.when += timedelta(minutes=31)
    anne.post("check/", fields)
    luc = Visitor(meeting, "A2", when=anne.when)
    luc.client = anne.client
    page = luc.enter()
    assert "Secret" not in page.content.decode()
    assert "Voici ce que vous aviez saisi" not in text_of(page)


def test_what_was_typed_goes_with_sessions_that_ended(meeting):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    anne = Visitor(meeting, "A1")
    anne.post("check/", anne.fields(anne.enter(), r1="for"))
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    Visitor(meeting, "A2").enter()
    assert Session.objects.count() == 1


def test_leaving_ends_the_session(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    anne.post("leave/")
    assert anne.get("form/").status_code == 303


def test_a_form_from_elsewhere_is_refused(meeting):
    anne = Visitor(meeting, "A1", enforce_csrf_checks=True)
    for path in ("identify/", "code/", "form/", "check/", "send/", "means/", "leave/", "confirm/"):
        assert anne.post(path, {"access": anne.voter.login}).status_code == 403, path


# The site itself


def test_nothing_else_is_reachable(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    outside = [
        "/accounts/", "/accounts/login/", "/accounts/mfa/", "/acts/", "/acts/1/", "/law/", "/search/?q=a", "/log/",
        "/log/checkpoint", "/assembly/", f"/assembly/meetings/{meeting.uid}/", "/api/", "/api/openapi.json", "/demo/mailbox/",
        "/admin/", "/static/../settings.py", "/.well-known/change-password", "/m/", f"/m/{meeting.uid[:4]}/", "/m/zzzzzzzzzzzz/",
    ]  # fmt: skip
    assert {path: anne.get(path).status_code for path in outside} == dict.fromkeys(outside, 404)
    names = {name for name in get_resolver("opposable.vote_urls").reverse_dict if isinstance(name, str)}
    assert names == set()
    assert set(get_resolver("opposable.vote_urls").namespace_dict) == {"vote", "vote-api", "web"}


def test_no_page_leads_out_of_the_site(meeting):
    import re

    anne = Visitor(meeting, "A1")
    pages = [
        anne.get(),
        anne.enter(),
        anne.get("means/"),
        anne.get("annexes/"),
        anne.get("/privacy/"),
        anne.get("/accessibility/"),
    ]
    answer = anne.vote(pages[1], r1="for")
    pages += [anne.get(answer["Location"]), anne.get(answer["Location"] + "proof/"), anne.get("form/")]
    for page in pages:
        body = page.content.decode()
        assert not re.findall(r'(?:href|src|action)="(?:https?:)?//', body)
        targets = {link.split("?")[0].split("#")[0] for link in re.findall(r'(?:href|action)="(/[^"]*)"', body)}
        for target in targets:
            assert target.startswith(("/m/", "/receipt/", "/static/", "/privacy/", "/accessibility/")), target
        assert "style=" not in body
        assert not re.findall(r"<script(?![^>]*src=)", body)


def test_every_answer_carries_the_headers(meeting):
    anne = Visitor(meeting, "A1")
    answers = [anne.get(), anne.get("identify/"), anne.enter(), anne.get("/nowhere/"), anne.get("/robots.txt")]
    for answer in answers:
        assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
    for answer in answers[:3]:
        assert "noindex" in answer["X-Robots-Tag"]
    cookie = anne.client.cookies["opposable_vote"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_a_draft_meeting_is_not_there(log):
    with clock.frozen(story.at(2, 9)):
        story.accounts.root()
        made = story.company()
        draft = acts.draft_meeting(story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="x").result
        assert Client().get(f"/m/{draft.uid[:12]}/").status_code == 404


def test_the_start_of_the_site(meeting):
    with clock.frozen(story.at(20, 12)):
        assert Client().get("/")["Location"] == f"/m/{meeting.uid[:12]}/"
        held_on(story.MEETING_AT + timedelta(days=3), slug="other", name="Autre société")
        page = text_of(Client().get("/"))
    assert "Quelle assemblée ?" in page
    assert "Autre société" in page
    assert Meeting.objects.filter(status="open").count() == 2
