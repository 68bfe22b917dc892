"""Companies and bylaws on the page: what the law lets a clause say, and what it refuses beside the field."""

from datetime import date

import pytest

from opposable.kernel import clock
from opposable.systems.assembly.models import Bylaw, Company
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Forges d’Aubevoye",
    "siren": "732 829 320",
    "form": "sa",
    "capital": "1000000.50",
    "shares": "100000",
    "address": "3 rue des Forges, Aubevoye",
}


@pytest.fixture
def people(log):
    return office.people()


@pytest.fixture
def company(people):
    with clock.frozen(story.at(2, 9)):
        made = story.company()
        story.adopt_bylaws(made)
    return made


def adopt(client, company, rule, **given):
    clause = {"article": "Art. 30", "text": "Clause.", "since": "2026-01-01", **given}
    with clock.frozen(story.at(3, 9)):
        return client.post(office.of("bylaw", company, rule), clause)


def test_a_company_is_entered_with_its_compartment(people):
    answer = people.top.post("/assembly/companies/new/", NEW)
    assert answer.status_code == 303
    made = Company.objects.get()
    assert answer["Location"] == office.of("company", made)
    assert (made.slug, made.siren, made.capital_cents, made.cell.path) == (
        "forges-daubevoye",
        "732829320",
        100_000_050,
        "/companies/forges-daubevoye/",
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("siren", "123456789", "La clé de ce SIREN est fausse."),
        ("siren", "7328293２0", "Neuf chiffres sont attendus."),
        ("shares", "9007199254740993", "9007199254740991"),
        ("shares", "1e6", "nombre"),
        ("capital", "-1", "supérieure ou égale"),
    ],
)
def test_what_cannot_be_entered_comes_back_as_typed(people, name, value, said):
    answer = people.top.post("/assembly/companies/new/", {**NEW, name: value})
    page = office.text(answer)
    assert answer.status_code == 422
    assert said in page
    assert f'value="{value}"' in page
    assert "Forges d’Aubevoye" in page
    assert not Company.objects.exists()


def test_the_same_name_twice_is_refused_with_its_seal(people, company):
    answer = people.top.post("/assembly/companies/new/", {**NEW, "name": "Arsenal"})
    assert answer.status_code == 422
    assert "Une société a déjà cet identifiant" in office.text(answer)
    assert "Ce refus est lui-même un acte" in office.text(answer)


def test_bylaws_stand_on_the_rules_that_they_speak_of(people, company):
    page = office.text(people.secretary.get(office.of("company", company)))
    assert "identifiant et code à usage unique" in page
    assert "la loi : non" in page
    assert "C. com., art. R. 225-77, 3°" in page
    assert office.of("bylaw", company, "assembly.quorum.ordinary") in page
    assert "forms" not in page.split("Où les statuts")[1]


def test_a_clause_is_entered_and_ends_the_one_before(people, company):
    answer = adopt(people.secretary, company, "assembly.vote.double", **{"param-granted": "no", "since": "2026-02-01"})
    assert answer.status_code == 303
    clauses = list(Bylaw.objects.filter(rule_id="assembly.vote.double").order_by("since"))
    assert [clause.until for clause in clauses] == [date(2026, 2, 1), None]
    assert clauses[1].param == {"granted": False}
    page = office.text(people.secretary.get(office.of("company", company)))
    assert "Histoire de la clause" in page


def test_a_value_may_only_go_the_way_that_the_law_lets_it(people, company):
    rule = "assembly.form.deadline-paper"
    answer = adopt(people.secretary, company, rule, **{"param-max_days_before": "4"})
    page = office.text(answer)
    assert answer.status_code == 422
    assert "cette valeur ne peut que baisser" in page
    assert 'id="id_param-max_days_before_error"' in page
    assert 'value="4"' in page
    assert not Bylaw.objects.filter(rule_id=rule).exists()
    assert adopt(people.secretary, company, rule, **{"param-max_days_before": "2"}).status_code == 303


def test_a_quorum_below_the_law_is_refused_when_it_is_entered_and_not_on_the_day(people, company):
    rule = "assembly.quorum.ordinary"
    refused = adopt(people.secretary, company, rule, **{"param-first": "1/10"})
    assert refused.status_code == 422
    assert "ne peuvent pas abaisser ce quorum" in office.text(refused)
    assert adopt(people.secretary, company, rule, **{"param-first": "1/4"}).status_code == 303
    assert Bylaw.objects.get(rule_id=rule).param == {"first": [1, 4]}


@pytest.mark.parametrize("value", ["0.25", "1/0", "un quart", "1/4/2", "１/４"])
def test_a_fraction_is_written_as_one(people, company, value):
    answer = adopt(people.secretary, company, "assembly.quorum.ordinary", **{"param-first": value})
    assert answer.status_code == 422
    assert "Écrivez une fraction, comme 1/4." in office.text(answer)


def test_a_clause_that_changes_nothing_is_no_clause(people, company):
    answer = adopt(people.secretary, company, "assembly.vote.cap")
    assert answer.status_code == 422
    assert "La clause ne change rien" in office.text(answer)


def test_an_earlier_clause_over_a_later_one_is_refused(people, company):
    answer = adopt(people.secretary, company, "assembly.vote.double", **{"param-granted": "no", "since": "2019-01-01"})
    assert answer.status_code == 422
    assert "Une clause plus récente porte déjà sur cette règle" in office.text(answer)


@pytest.mark.parametrize("rule", ["assembly.form.deadline-electronic", "assembly.sas.free", "assembly.nothing"])
def test_rules_that_bylaws_may_not_touch_have_no_page(people, company, rule):
    assert people.secretary.get(office.of("bylaw", company, rule)).status_code == 404


def test_the_pages_are_in_english_too(people, company):
    people.secretary.get("/assembly/?lang=en")
    page = office.text(people.secretary.get(office.of("company", company)))
    assert "Where the bylaws may still speak" in page
    assert "Statuts" not in page.replace("Bylaws", "")
