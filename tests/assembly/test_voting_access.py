"""Who reaches what on the voting site: nobody, a holder, another holder, an intermediary, whoever comes from another meeting."""

import pytest

from opposable.systems.assembly.models import Form
from opposable.systems.assembly.vote_urls import PAGES
from tests.assembly import office, story
from tests.assembly.visitor import Visitor, site  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

OPEN = {"home", "meeting", "table", "identify", "log-vkey", "log-policy", "accessibility", "privacy", "robots"}
"""For everyone: what identifies nobody."""
IDENTIFIED = {"means", "form", "check", "mine", "confirm", "annexes"}
"""For a holder of the meeting who is signed in; others are sent to the door."""
OWN = {"receipt", "proof", "act-json", "act-proof", "act-part", "bundle", "pdf"}
"""For the holder whose form it is."""
STEPS = {"code", "passkey", "passkey-challenge", "leave", "means-passkey", "means-challenge", "send", "counted"}
"""Steps of signing in or sending: they answer to a form of the page before."""


@pytest.fixture
def people(log):
    meeting = office.voted()
    told = {ref: Visitor(meeting, ref) for ref in ("A1", "A2", "A3")}
    for visitor in told.values():
        visitor.enter()
    told["nobody"] = Visitor(meeting, "A4")
    return told


def address(name, meeting, form):
    short = f"/m/{meeting.uid[:12]}/"
    own = {
        "receipt": "", "proof": "proof/", "act-json": "act.json", "act-proof": "act.tlog-proof", "act-part": "part-submitted.json",
        "bundle": "proof.asice", "pdf": "receipt.pdf", "log-vkey": "log.vkey", "log-policy": "policy",
    }  # fmt: skip
    if name in own:
        return f"/receipt/{form.uid}/{own[name]}"
    alone = {
        "home": "/",
        "meeting": short,
        "accessibility": "/accessibility/",
        "privacy": "/privacy/",
        "robots": "/robots.txt",
    }
    return alone.get(name) or f"{short}{name}/"


def test_each_address_has_its_line():
    tables = (OPEN, IDENTIFIED, OWN, STEPS)
    assert {pattern.name for pattern in PAGES} == set.union(*tables)
    assert sum(map(len, tables)) == len(PAGES)


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_receipt_is_there_for_the_holder_who_sent_the_form_and_for_nobody_else(people, name):
    form = Form.objects.get(holder__ref="A1")
    url = address(name, form.meeting, form)
    assert people["A1"].get(url).status_code == 200
    for who in ("A2", "A3", "nobody"):
        answer = people[who].get(url)
        assert answer.status_code in (302, 303, 404), who
        assert "Vidal" not in office.text(answer)


@pytest.mark.parametrize("name", sorted(IDENTIFIED))
def test_pages_of_the_vote_are_for_who_is_signed_in_and_show_his_own(people, name):
    form = Form.objects.get(holder__ref="A1")
    url = address(name, form.meeting, form)
    assert people["nobody"].get(url).status_code in (302, 303, 404, 405), name
    mine = people["A2"].get(url)
    if mine.status_code == 200:
        page = office.text(mine)
        assert "Vidal" not in page
        assert "Nominee" not in page


def test_the_session_of_another_meeting_opens_nothing_here(people):
    form = Form.objects.get(holder__ref="A1")
    other = "f" * 12
    for name in IDENTIFIED:
        url = address(name, form.meeting, form).replace(form.meeting.uid[:12], other)
        assert people["A1"].get(url).status_code in (404, 405), name
        assert people["A1"].post(url).status_code in (404, 405), name


def test_an_intermediary_sees_his_own_quantities_only(people):
    page = office.text(people["A3"].get("mine/"))
    assert "Vidal" not in page
    assert story.voter(people["A3"].meeting, "A1").login not in page
