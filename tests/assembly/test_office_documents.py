"""The documents of a meeting by its pages: drawn up, certified, signed, taken away by who may read them."""

from datetime import timedelta

import pytest

from opposable.kernel import clock
from opposable.kernel.models import Document, Reading
from opposable.systems.assembly import acts
from tests.assembly import office, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(log):
    return office.people()


def minute(n):
    return clock.frozen(story.MEETING_AT + timedelta(minutes=n))


@pytest.fixture
def held(people):
    """A meeting held; the sheet was issued in session and nobody certified it yet."""
    meeting = office.sitting("A4")
    for n, row in enumerate(meeting.resolutions.order_by("position"), 10):
        with minute(n):
            acts.close_resolution(story.CONSOLE, resolution=row)
    with minute(20):
        assert people.secretary.post(office.at("document-issue", meeting, "sheet")).status_code == 303
        acts.end_session(story.CONSOLE, meeting=meeting)
    return office.again(meeting)


def test_what_may_be_drawn_up_depends_on_the_stage(people):
    meeting = office.voted()
    page = office.text(people.secretary.get(office.at("documents", meeting)))
    assert "Avis de convocation" in page
    assert "Formulaire de vote papier" in page
    assert office.at("document-issue", meeting, "minutes") not in page
    assert office.at("document-issue", meeting, "notice") not in office.text(
        people.scrutineer.get(office.at("documents", meeting))
    )
    assert people.secretary.get(office.at("document-issue", meeting, "nothing")).status_code == 404


def test_a_notice_lacking_a_mention_comes_back(people):
    meeting = office.voted()
    with clock.frozen(story.at(20, 9)):
        answer = people.secretary.post(
            office.at("document-issue", meeting, "notice"), {"registry": "", "forms_at": "Au siège"}
        )
    assert answer.status_code == 422
    assert 'value="Au siège"' in office.text(answer)
    assert not Document.objects.exists()


def test_minutes_want_a_certified_sheet_and_then_signatures(people, held):
    minutes = office.at("document-issue", held, "minutes")
    given = {
        "debates": "Le président présente le rapport.",
        "documents_submitted": "Rapport\nComptes",
        "original": "paper",
    }
    with minute(30):
        refused = people.secretary.post(minutes, given)
        sheet = Document.objects.get(kind="assembly.sheet")
        certified = people.bureau.post(office.at("document-certify", held, sheet.uid))
        done = people.secretary.post(minutes, given)
    page = office.text(refused)
    assert (refused.status_code, certified.status_code, done.status_code) == (422, 303, 303)
    assert "La feuille de présence n’est pas certifiée" in page
    assert "L. 225-114" in page
    assert "Le président présente le rapport." in page
    document = Document.objects.get(kind="assembly.minutes")
    with minute(31):
        listed = office.text(people.bureau.get(office.at("documents", held)))
        signed = people.bureau.post(
            office.at("document-sign", held, document.uid), {"capacity": "chair", "means": "hand"}
        )
    assert "Signer le procès-verbal" in listed
    assert signed.status_code == 303
    document.refresh_from_db()
    assert [one["as"] for one in document.signed_by] == ["chair"]


def test_a_document_is_taken_away_by_who_may_read_it(people, held):
    sheet = Document.objects.get()
    url = office.at("document", held, sheet.uid)
    answer = people.scrutineer.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert "attachment" in answer["Content-Disposition"]
    assert people.elsewhere.get(url).status_code == 404
    assert Reading.objects.filter(what="document", obj=sheet.uid).count() == 1


def test_the_auditor_neither_certifies_nor_signs(people, held):
    sheet = Document.objects.get()
    page = office.text(people.auditor.get(office.at("documents", held)))
    assert "Certifier exacte" not in page
    refused = people.auditor.post(office.at("document-certify", held, sheet.uid))
    assert refused.status_code == 403
    assert people.auditor.get(office.at("document-sign", held, sheet.uid)).status_code == 404
