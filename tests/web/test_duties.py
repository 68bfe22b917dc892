"""The page of what is due, the secret address of a calendar, and the page of a controlled document."""

from datetime import date

import pytest
from django.test import Client

from opposable.kernel import approvals, controlled, duties
from opposable.kernel.models import DocumentVersion, Duty
from opposable.law import t
from tests.kernel.decided import cast, draw
from tests.kernel.test_controlled import BODY, FLOW

__all__ = ["cast"]


@pytest.fixture
def at(cast):
    def client(name):
        made = Client()
        made.force_login(cast[name])
        return made

    return client


def test_the_calendar_is_opened_shown_once_and_read_without_login(cast, at):
    hold = draw(cast["clerk"].actor, reason="litige").result
    duties.open_duty(hold, "test.held.edit", t("Revoir le gel", "Review"), hold.since)
    clerk = at("clerk")
    assert "Revoir le gel" in clerk.get("/duties/").content.decode()
    assert clerk.post("/calendar/feed/", {"open": "1"}).status_code == 303
    page = clerk.get("/duties/").content.decode()
    address = page.split("<code")[1].split(">")[1].split("<")[0].removeprefix("http://testserver")
    assert address not in clerk.get("/duties/").content.decode()
    answer = Client().get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "SUMMARY:Revoir le gel" in answer.content.decode()
    assert Client().get("/calendar/nothing.ics").status_code == 404
    clerk.post("/calendar/feed/", {"close": "1"})
    assert Client().get(address).status_code == 404


def test_a_document_from_draft_to_accepted_by_page(cast, at):
    clerk, buyer = at("clerk"), at("buyer")
    assert buyer.get("/documents/new/").status_code == 404
    assert "publie un d’abord" in clerk.get("/documents/new/").content.decode()
    approvals.publish(cast["admin"].actor, data=FLOW, since=date(2026, 1, 1))
    made = {"kind": "policy", "language": "fr", "title": "Politique d’accès", "body": BODY, "flow": "tests.policy"}
    made |= {"audience": ["kernel.buyer"], "accept_days": "30", "review_months": "12"}
    assert clerk.post("/documents/new/", {**made, "flow": "none"}).status_code == 422
    begun = clerk.post("/documents/new/", made)
    assert begun.status_code == 303
    again = clerk.post("/documents/new/", made)
    assert again.status_code == 422
    assert "existe déjà" in again.content.decode()
    address, version = begun["Location"], DocumentVersion.objects.get()
    assert "brouillon" in clerk.get("/documents/").content.decode()
    assert buyer.get(address).status_code == 404
    assert clerk.post(address, {"publish": "1"}).status_code == 422
    assert clerk.post(address, {"submit": "1"}).status_code == 303
    case = approvals.last_case(version, "tests.policy")
    at("lawyer").post(f"/approvals/{case.uid}/", {"step": "law", "seen": case.sha256, "approve": "1"})
    assert "approuvée, à publier" in clerk.get(address).content.decode()
    assert clerk.post(address, {"publish": "1"}).status_code == 303
    page = buyer.get(address)
    assert "j’accepte" in page.content.decode()
    assert "Lire et accepter" in buyer.get("/").content.decode()
    assert buyer.post(address, {"accept": "1", "seen": page.context["digest"]}).status_code == 303
    assert controlled.rate(DocumentVersion.objects.get()) == (1, 1)
    assert buyer.get(f"{address}document.pdf").getvalue().startswith(b"%PDF")
    assert "Politique d’accès" in clerk.get("/documents/").content.decode()
    assert not Duty.objects.filter(person=cast["buyer"].uid, closed_at=None).exists()
    assert at("stranger").get(f"{address}document.pdf").status_code == 404
    page = clerk.get(address).content.decode()
    assert "Rédiger la version suivante" in page
    for said in ("Soumettre une version à l’approbation", "Se prononcer sur une demande", "Publier une version"):
        assert said in page
    after = clerk.post(address, {"body": BODY + "\n\nEt la suite.", "change": "La suite"})
    assert after["Location"] != address
    assert "La suite" in clerk.get(after["Location"]).content.decode()
    assert "Rédiger la version suivante" not in clerk.get(address).content.decode()
