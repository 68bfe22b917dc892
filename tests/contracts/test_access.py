"""What one system files and owes is not shown to those who only know another: documents, acts, calendar, messages."""

from datetime import date, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts, alerts, clock
from opposable.kernel.models import Document
from opposable.systems.contracts import acts
from tests.contracts.story import NOON, SYSTEM, approved, draft, people
from tests.kernel.postbox import mailbox

__all__ = ["mailbox", "people"]
STRANGERS = ("assembly.scrutineer", "assembly.auditor", "kernel.approvals")


def account(name, *roles):
    made = accounts.open_account(SYSTEM, email=f"{name}@elsewhere.example", name=name, password="x").result
    for role in roles:
        accounts.give(SYSTEM, account=made, role=role, cell=accounts.root())
    return made


def browser(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("role", STRANGERS)
def test_a_right_on_documents_opens_those_of_what_one_may_read_and_no_others(people, role):
    paper = approved(people).document
    stranger = account("stranger", role)
    assert not Document.objects.visible_to(stranger.actor).exists()
    _, token = accounts.issue_token(SYSTEM, account=stranger, label="t").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    assert client.get("/api/objects/kernel.document").json() == {"items": [], "next": None}
    assert client.get(f"/api/objects/kernel.document/{paper.uid}").status_code == 404
    assert paper.uid not in browser(stranger).get("/acts/").content.decode()


def test_who_may_read_both_the_contract_and_documents_sees_its_document(people):
    paper = approved(people).document
    assert not Document.objects.visible_to(people["reader"].actor).exists()
    both = account("both", "contracts.reader", "assembly.scrutineer")
    assert list(Document.objects.visible_to(both.actor)) == [paper]
    assert list(Document.objects.visible_to(SYSTEM)) == [paper]


def running(people):
    """A contract in force whose notice is near: signed long ago, so that it owes something now."""
    terms = {"starts_on": date(2024, 1, 1), "months": 36, "notice_months": 1}
    version = draft(people, ref="SECRET-1", **terms)
    acts.adopt(people["director"].actor, version=version, signed_on=date(2023, 12, 20), original="coffre")


def test_the_calendar_and_the_messages_say_only_what_their_reader_may_see(people, mailbox):
    running(people)
    strangers = [account(role.partition(".")[2], role) for role in STRANGERS]
    read = {}
    for person in (people["manager"], people["reader"], *strangers):
        _, secret = alerts.open_feed(person.actor).result
        read[person.email] = Client().get(f"/calendar/{secret}.ics").content.decode()
    assert "SECRET-1" in read[people["manager"].email]
    assert "SECRET-1" in read[people["reader"].email]
    for person in strangers:
        assert "SECRET-1" not in read[person.email]
    with clock.frozen(NOON + timedelta(minutes=1)):
        alerts.send_due()
    told = {one["To"] for one in mailbox.messages if "SECRET-1" in one.get_content()}
    assert told == {people[name].email for name in ("manager", "lawyer", "director")}


def test_a_feed_shows_no_more_once_the_right_is_taken_back(people):
    running(people)
    _, secret = alerts.open_feed(people["reader"].actor).result
    assert "SECRET-1" in Client().get(f"/calendar/{secret}.ics").content.decode()
    grant = accounts.Grant.objects.get(account=people["reader"])
    accounts.end(SYSTEM, grant=grant)
    assert "SECRET-1" not in Client().get(f"/calendar/{secret}.ics").content.decode()
