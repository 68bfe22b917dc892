"""«À décider», the page of a request, and what it shows when the object has changed."""

from datetime import date

import pytest
from django.test import Client

from opposable.kernel import approvals, decisions
from opposable.kernel.models import Decision, Delegation
from opposable.law import t
from tests.kernel.decided import cast, draw, edit

__all__ = ["cast"]
FLOW = {
    "key": "tests.hold",
    "title": {"fr": "Gel", "en": "Hold"},
    "steps": [
        {"id": "law", "title": {"fr": "Avis du juriste", "en": "Lawyer"}, "roles": ["kernel.lawyer"], "days": 3},
        {"id": "chief", "title": {"fr": "Accord", "en": "Chief"}, "roles": ["kernel.chief"], "after": ["law"]},
    ],
}


@pytest.fixture
def case(cast):
    approvals.publish(cast["admin"].actor, data=FLOW, since=date(2026, 1, 1))
    hold = draw(cast["clerk"].actor, reason="Litige A").result
    title = t("Gel du dossier A", "Hold of file A")
    return approvals.submit(
        cast["clerk"].actor, row=hold, key="tests.hold", text="J’approuve ce gel.", title=title
    ).result


@pytest.fixture
def at(cast):
    def client(name):
        made = Client()
        made.force_login(cast[name])
        return made

    return client


def test_what_waits_for_me_is_on_my_day_and_not_on_that_of_others(case, at):
    assert "Gel du dossier A" in at("lawyer").get("/").content.decode()
    for other in ("chief", "clerk", "stranger"):
        assert "Gel du dossier A" not in at(other).get("/").content.decode()
    page = at("lawyer").get("/approvals/")
    assert "Gel du dossier A" in page.content.decode()


def test_it_is_approved_on_the_state_that_the_page_showed(case, at):
    lawyer, address = at("lawyer"), f"/approvals/{case.uid}/"
    page = lawyer.get(address)
    text = page.content.decode()
    assert "Litige A" in text
    assert page.context["present"] == case.sha256
    sent = {"step": "law", "seen": page.context["present"], "approve": "1", "note": "vu"}
    assert lawyer.post(address, sent).status_code == 303
    assert "Décidé sur cet état exact" in lawyer.get(address).content.decode()
    again = lawyer.post(address, sent)
    assert again.status_code == 422
    assert "déjà acquise" in again.content.decode()


def test_a_refusal_takes_a_reason_and_nothing_typed_is_lost(case, at):
    lawyer, address = at("lawyer"), f"/approvals/{case.uid}/"
    answer = lawyer.post(address, {"step": "law", "seen": case.sha256, "refuse": "1", "note": " "})
    assert answer.status_code == 422
    assert "Dites pourquoi" in answer.content.decode()
    assert not Decision.objects.exists()
    lawyer.post(address, {"step": "law", "seen": case.sha256, "refuse": "1", "note": "Pas de base"})
    assert "refusée" in lawyer.get(address).content.decode()


def test_when_the_object_changes_the_page_shows_field_by_field_what_changed(case, cast, at):
    approvals.give(cast["lawyer"].actor, case=case, step="law", approves=True, seen=case.sha256)
    edit(cast["clerk"].actor, hold=approvals.subject_of(case), reason="Litige B")
    text = at("chief").get(f"/approvals/{case.uid}/").content.decode()
    assert "périmée" in text
    assert "<del>A</del>" in text
    assert "<ins>B</ins>" in text
    assert 'name="approve"' not in text


def test_others_do_not_know_of_it(case, at):
    assert at("stranger").get(f"/approvals/{case.uid}/").status_code == 404
    assert at("clerk").get("/approvals/?export=csv").status_code == 200


def test_an_administrator_names_an_approver(case, at, cast):
    admin, address = at("admin"), f"/approvals/{case.uid}/"
    fields = {"assign": "1", "assign-step": "law", "assign-person": "buyer@tests.example", "assign-reason": "parti"}
    assert "Litige A" not in admin.get(address).content.decode()
    assert admin.post(address, fields).status_code == 303
    assert "Gel du dossier A" in at("buyer").get("/").content.decode()
    assert at("clerk").post(address, fields).status_code == 422


def test_whoever_asked_withdraws_it(case, at):
    assert at("clerk").post(f"/approvals/{case.uid}/", {"cancel": "1"}).status_code == 303
    assert "retirée" in at("clerk").get(f"/approvals/{case.uid}/").content.decode()
    assert decisions.state_digest(approvals.subject_of(case)) == case.sha256


def test_somebody_who_is_away_delegates_from_the_page(case, at, cast):
    lawyer = at("lawyer")
    form = {"delegate": "1", "taker": "buyer@tests.example", "since": "2026-01-01", "until": "2099-01-01"}
    assert lawyer.post("/approvals/", {**form, "until": ""}).status_code == 422
    assert lawyer.post("/approvals/", {**form, "taker": "lawyer@tests.example"}).status_code == 422
    assert lawyer.post("/approvals/", form).status_code == 303
    assert "Gel du dossier A" in at("buyer").get("/").content.decode()
    one = Delegation.objects.get()
    assert at("buyer").post("/approvals/", {"end": one.uid}).status_code == 404
    assert lawyer.post("/approvals/", {"end": one.uid}).status_code == 303
    assert "Gel du dossier A" not in at("buyer").get("/").content.decode()
