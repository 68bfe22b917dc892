"""A shareholder at his keyboard, without JavaScript: the voting site as a test visits it."""

import re
from html import unescape

import pytest
from django.core import mail
from django.test import Client

from opposable.kernel import clock
from opposable.systems.assembly.exchange import mail as letters_mail
from opposable.systems.assembly.views import identification
from tests.assembly import story

CODE = re.compile(r"\b(\d{4}) (\d{4})\b")


@pytest.fixture
def site(settings, monkeypatch):
    """What OPPOSABLE_SITE=vote sets (test_voting_settings looks at the real thing), letters sent at once, nobody made to wait."""
    settings.ROOT_URLCONF = "opposable.vote_urls"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "opposable_vote", "opposable_vote_csrf"
    settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_AGE = "Strict", 1800
    monkeypatch.setattr(letters_mail, "later", lambda job, *args: job(*args))
    monkeypatch.setattr(identification, "PACE", 0)
    for limiter in limiters():
        limiter._full_at.clear()
    return settings


def limiters():
    views = (identification.identify, identification.code, identification.passkey, identification.passkey_challenge)
    found = [limiter for view in views for limiter in getattr(_inner(view), "limiters", ()) if limiter]
    return [*found, identification.per_access]


def _inner(view):
    while not hasattr(view, "limiters") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


class Visitor:
    """One holder in one browser. Every request happens at ``when``."""

    def __init__(self, meeting, ref, when=None, **client):
        self.meeting, self.when = meeting, when or story.at(20, 12)
        self.voter = story.voter(meeting, ref)
        self.client = Client(**client)
        self.base = f"/m/{meeting.uid[:12]}/"

    def get(self, path="", **more):
        with clock.frozen(self.when):
            return self.client.get(self._at(path), **more)

    def post(self, path, data=None, **more):
        with clock.frozen(self.when):
            return self.client.post(self._at(path), data or {}, **more)

    def _at(self, path):
        return path if path.startswith("/") else self.base + path

    def ask_code(self):
        """Type the access id; the code of the message that comes, or None."""
        before = len(mail.outbox)
        answer = self.post("identify/", {"access": self.voter.login})
        assert answer.status_code == 303, answer.content.decode()
        return "".join(CODE.search(mail.outbox[-1].body).groups()) if len(mail.outbox) > before else None

    def enter(self):
        """Identified by code; the page that follows."""
        code = self.ask_code()
        answer = self.post("code/", {"code": f"{code[:4]} {code[4:]}"})
        while answer.status_code in (302, 303):
            answer = self.get(answer["Location"])
        assert answer.status_code == 200, answer.content.decode()
        return answer

    def fields(self, page=None, **typed):
        """The fields of the form as the page has them, then what is typed."""
        page = page or self.get("form/")
        return hidden(page) | typed

    def vote(self, page=None, **typed):
        """Form, summary, act: the answer of the last."""
        summary = self.post("check/", self.fields(page, **typed))
        assert summary.status_code == 200, errors(summary)
        return self.post("send/", hidden(summary))


def hidden(page):
    """The hidden fields of the page's main form."""
    text = page.content.decode()
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def errors(page):
    return re.findall(r'<a href="#(\w+)">([^<]+)</a>', page.content.decode())


def text_of(page):
    """What is read, tags and non-breaking spaces aside."""
    body = re.sub(r"<(script|style).*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", body)
    words = words.replace("\u00a0", " ").replace("\u202f", " ").replace("&#x27;", "'")
    return re.sub(r"\s+", " ", words)
