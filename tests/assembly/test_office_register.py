"""The register on the page: lists, downloads that no spreadsheet runs, one holder's votes and why, transfers."""

import csv
import io
from datetime import date

import pytest

from opposable.kernel import clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Holder, Transfer
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

HOSTILE = ('=cmd|"/c calc"!A0', "+33 6", "-1+1", "@SUM(A1)", "\tx", "%0A", "|x")


@pytest.fixture
def people(log):
    return office.people()


@pytest.fixture
def company(people):
    return story.convened().company


def holder(ref):
    return Holder.objects.get(ref=ref)


def test_the_register_is_measured_against_the_capital(people, company):
    page = office.text(people.secretary.get(office.of("holders", company)))
    assert "Comptes ouverts : 5. Actions inscrites : 70 000 sur 70 000" in page
    assert "complet" in page


def test_holders_are_found_by_name_and_account(people, company):
    for words in ("vidal", "anne vidal", "A1"):
        page = office.text(people.secretary.get(office.of("holders", company), {"q": words}))
        assert "Anne Vidal" in page, words
        assert "Luc Bernard" not in page, words


def test_pages_follow_each_other_without_loss_or_repeat(people, company, monkeypatch):
    from dataclasses import replace

    from opposable.systems.assembly.views import office_register

    monkeypatch.setattr(office_register, "HOLDERS", replace(office_register.HOLDERS, size=2))
    url, seen = office.of("holders", company), []
    for _ in range(3):
        answer = people.secretary.get(url)
        seen += [row.ref for row in answer.context["list"].rows]
        url = office.of("holders", company) + answer.context["list"].next
    assert sorted(seen) == ["A1", "A2", "A3", "A4", "T0"]
    assert answer.context["list"].next == ""


def test_no_cell_of_a_download_is_a_formula(people):
    with clock.frozen(story.at(2, 9)):
        made = story.company()
        entries = [
            acts.Entry(f"H{n}", text, address=text, lots=[story.lot(f"L{n}", 10)]) for n, text in enumerate(HOSTILE)
        ]
        acts.import_register(
            story.CONSOLE, company=made, file_name="r.csv", sha256="1" * 64, lines=7, effective_on=date(2026, 3, 1),
            entries=entries,
        )  # fmt: skip
    answer = people.secretary.get(office.of("holders", made), {"format": "csv"})
    lines = list(csv.reader(io.StringIO(office.text(answer).removeprefix("\ufeff")), delimiter=";"))
    assert len(lines) == 1 + len(HOSTILE)
    for line in lines:
        for cell in line:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "%", "|")), cell
    address = lines[0].index("Adresse")
    assert {line[address] for line in lines[1:]} == {"'" + text for text in HOSTILE}


def test_what_is_in_the_register_is_text_on_the_page(people):
    with clock.frozen(story.at(2, 9)):
        made = story.company()
        entry = acts.Entry("X1", "<script>alert(1)</script>", lots=[story.lot("L1", 10)])
        acts.import_register(
            story.CONSOLE, company=made, file_name="r.csv", sha256="1" * 64, lines=1, effective_on=date(2026, 3, 1),
            entries=[entry],
        )  # fmt: skip
    page = people.secretary.get(office.of("holders", made)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_holder_s_votes_come_with_their_arithmetic(people, company):
    with clock.frozen(story.at(3, 9)):
        page = office.text(people.secretary.get(office.of("holder", company, holder("A1").uid)))
    assert "20 000" in page
    assert "2 ans de nominatif, acquis le 1er janvier 2022" in page
    assert "C. com., art. L. 225-123" in page
    assert "Importer le registre" in page


def test_a_transfer_moves_the_shares_and_their_years_do_not_follow(people, company):
    giver, taker = holder("A1"), holder("A4")
    given = {"lot": "L1", "quantity": "4000", "taker": "A4", "cause": "sale", "form": "", "day": "2026-03-05", "hour": "09:00"}  # fmt: skip
    with clock.frozen(story.at(6, 9)):
        answer = people.secretary.post(office.of("transfer", company, giver.uid), given)
        assert answer.status_code == 303
        gave = people.secretary.get(office.of("holder", company, giver.uid)).context
        took = people.secretary.get(office.of("holder", company, taker.uid)).context
    assert Transfer.objects.get().quantity == 4_000
    assert (gave["shares"], gave["votes"].ordinary.votes) == (6_000, 12_000)
    assert (took["shares"], took["votes"].ordinary.votes) == (5_000, 2_000 + 4_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": "10001"}, "Ce lot n’a que 10000 actions."),
        ({"quantity": "0"}, "supérieure ou égale à 1"),
        ({"quantity": "-4"}, "supérieure ou égale à 1"),
        ({"quantity": "1.5"}, "nombre entier"),
        ({"taker": "Z9"}, "Aucun compte n’a cette référence au registre."),
        ({"lot": "L3"}, "choix valide"),
        ({"day": "2026-03-29", "hour": "02:30"}, "Les horloges (Europe/Paris) n’indiquent jamais 2 h 30"),
    ],
)
def test_a_transfer_that_does_not_fit_the_register_comes_back(people, company, change, said):
    given = {"lot": "L1", "quantity": "10", "taker": "A4", "cause": "sale", "form": "", "day": "2026-03-05", "hour": "09:00", **change}  # fmt: skip
    with clock.frozen(story.at(6, 9)):
        answer = people.secretary.post(office.of("transfer", company, holder("A1").uid), given)
    assert answer.status_code == 422
    assert said in office.text(answer)
    assert not Transfer.objects.exists()


def test_another_company_s_holder_is_not_there(people, company):
    with clock.frozen(story.at(4, 9)):
        other = story.company(slug="autre")
    assert people.top.get(office.of("holder", other, holder("A1").uid)).status_code == 404
