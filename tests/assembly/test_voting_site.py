"""A shareholder votes, from the notice to the receipt, without JavaScript."""

import pytest
from django.core import mail

from opposable.systems.assembly.models import Form
from tests.assembly import story
from tests.assembly.visitor import Visitor, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def meeting(log):
    return story.opened()


def test_from_the_notice_to_the_receipt(meeting):
    anne = Visitor(meeting, "A1")
    landing = text_of(anne.get())
    assert "Compagnie de l’Arsenal" in landing
    assert "Clôture dim. 29 mars 2026 à 15:00, heure de Paris" in landing
    page = anne.enter()
    read = text_of(page)
    assert "10 000 actions" in read
    assert "20 000 voix" in read
    answer = anne.vote(page, r1="for", r2="against", r3="split", r3_for="12000", r3_against="8000")
    assert answer.status_code == 303
    form = Form.objects.get()
    assert form.choices == [[20_000, 0, 0], [0, 20_000, 0], [12_000, 8_000, 0]]
    assert (form.status, form.identified_by, form.signature_level) == ("counted", "code", "simple")
    receipt = text_of(anne.get(answer["Location"]))
    assert "Votre vote est reçu" in receipt
    assert "Pour 12 000" in receipt
    assert mail.outbox[-1].subject.startswith("Votre vote est reçu")
    assert form.uid in mail.outbox[-1].body
