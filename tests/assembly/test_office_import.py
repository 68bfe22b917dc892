"""Importing a register in steps: nothing is written before it was understood, and hostile files change nothing."""

import io
import os

import pytest
from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.models import Act
from opposable.systems.assembly.models import Holder, RegisterImport
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

ISIN = "FR0000120271"
GOOD = (
    "Compte;Nom;Prénom;Courriel;ISIN;Forme;Quantité;Depuis\r\n"
    f"001;Durand;Élise;e@example.test;{ISIN};nominatif pur;40 000;01/01/2020\r\n"
    f"001;Durand;Élise;e@example.test;{ISIN};porteur;10000,00;\r\n"
    f"002;Nyström;Åsa;;{ISIN};na;20000;2021-05-04\r\n"
)
HOSTILE = {
    "empty": b"",
    "nothing but a mark": b"\xef\xbb\xbf",
    "zeros": b"\0" * 5_000,
    "noise": bytes(range(256)) * 40,
    "a zip": b"PK\x03\x04" + os.urandom(400),
    "an entity bomb": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>',
    "one endless line": b"Compte;Nom;ISIN;Forme;Quantite\n" + b"x" * 300_000,
    "ten thousand columns": b";".join(b"c%d" % n for n in range(10_000)) + b"\n",
    "an open quotation": b'Compte;Nom;ISIN;Forme;Quantite\n1;"Durand;FR0000120271;np;3\n',
    "more fields than columns": b"Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120271;np;3;4;5\n",
    "a NUL in a name": b"Compte;Nom;ISIN;Forme;Quantite\n1;Du\0rand;FR0000120271;np;3\n",
    "a quantity of 2^53": b"Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120271;np;9007199254740992\n",
    "1e6": b"Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120271;np;1e6\n",
    "full-width digits": "Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120271;np;１２\n".encode(),
    "a wrong ISIN": b"Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120272;np;3\n",
    "half of UTF-16": "Compte;Nom;ISIN;Forme;Quantite\n1;D;FR0000120271;np;3\n".encode("utf-16")[:-1],
}


@pytest.fixture
def people(log):
    return office.people()


@pytest.fixture
def company(people):
    with clock.frozen(story.at(2, 9)):
        return story.company()


def send(client, company, data, name="registre.csv", on="2026-03-01"):
    file = io.BytesIO(data)
    file.name = name
    with clock.frozen(story.at(3, 9)):
        return client.post(office.of("import", company), {"file": file, "on": on})


def staged():
    folder = settings.HOME / "run" / "register"
    return list(folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    for path in staged():
        path.unlink()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_register_goes_in_three_steps(people, company, encoding):
    answer = send(people.secretary, company, GOOD.encode(encoding))
    assert answer.status_code == 303
    assert not Holder.objects.exists()
    check = people.secretary.get(answer["Location"])
    page = office.text(check)
    assert check.status_code == 200
    assert "point-virgule" in page
    assert "le total est celui du capital" in page
    assert "Durand" in page
    done = people.secretary.post(answer["Location"] + "go/")
    assert done.status_code == 303
    assert {holder.ref: holder.shares for holder in Holder.objects.all()} == {"001": 50_000, "002": 20_000}
    assert RegisterImport.objects.get().effective_on.isoformat() == "2026-03-01"
    assert staged() == []
    listed = office.text(people.secretary.get(done["Location"]))
    assert "2 comptes importés, 70000 actions" in listed


def test_each_line_that_cannot_be_read_is_named(people, company):
    bad = GOOD.replace("porteur;10000,00", "au vent;dix")
    answer = people.secretary.get(send(people.secretary, company, bad.encode())["Location"])
    page = office.text(answer)
    assert answer.status_code == 422
    assert [(error.line, error.column) for error in answer.context["parsed"].errors] == [(3, "Forme"), (3, "Quantité")]
    assert "valeur inconnue" in page
    assert "nombre entier de titres attendu" in page
    assert "go/" not in page


def test_a_file_with_errors_is_not_imported_even_when_asked(people, company):
    check = send(people.secretary, company, b"Compte;Nom\n1;D\n")["Location"]
    answer = people.secretary.post(check + "go/")
    assert (answer.status_code, answer["Location"]) == (303, check)
    assert not RegisterImport.objects.exists()


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_answered_and_change_nothing(people, company, kind):
    answer = send(people.secretary, company, HOSTILE[kind])
    if answer.status_code == 303:
        answer = people.secretary.get(answer["Location"])
    assert answer.status_code == 422, kind
    assert len(answer.content) < 60_000
    assert not Holder.objects.exists()
    assert not Act.objects.filter(type="assembly.register.import").exists()


def test_too_few_or_too_many_shares_are_said(people, company):
    few = people.secretary.get(send(people.secretary, company, GOOD.replace("20000", "19999").encode())["Location"])
    many = people.secretary.get(send(people.secretary, company, GOOD.replace("20000", "20001").encode())["Location"])
    assert "actions manquantes : 1" in office.text(few)
    assert "actions en trop : 1" in office.text(many)


def test_the_same_file_twice_is_refused_with_its_seal(people, company):
    for _ in range(2):
        answer = people.secretary.post(send(people.secretary, company, GOOD.encode())["Location"] + "go/")
    page = office.text(answer)
    assert answer.status_code == 422
    assert "Ce fichier a déjà été importé" in page
    assert "Annulez l’import précédent" in page
    assert "Ce refus est lui-même un acte" in page


def test_an_import_is_undone_until_a_meeting_stands_on_it(people, company):
    people.secretary.post(send(people.secretary, company, GOOD.encode())["Location"] + "go/")
    done = RegisterImport.objects.get()
    answer = people.secretary.post(office.of("import-undo", company, done.uid))
    assert answer.status_code == 303
    assert not Holder.objects.filter(ended=False).exists()
    again = people.secretary.post(office.of("import-undo", company, done.uid))
    assert again.status_code == 422
    assert "Cet import est déjà annulé" in office.text(again)


def test_a_file_waits_for_the_person_who_sent_it_and_for_nobody_else(people, company):
    check = send(people.secretary, company, GOOD.encode())["Location"]
    assert people.top.get(check).status_code == 404
    assert people.secretary.get(check.replace("/check/", "/check/../")).status_code == 404
    for token in ("0" * 32, "..%2f..%2fopposable.toml", "x" * 32, "%00"):
        assert people.secretary.get(f"/assembly/companies/arsenal/imports/check/{token}/").status_code == 404


@pytest.mark.parametrize("given", [{"on": "2026-03-01"}, {"on": "31/02/2026"}])
def test_a_wrong_form_keeps_the_day_that_was_typed(people, company, given):
    answer = people.secretary.post(office.of("import", company), given)
    assert answer.status_code == 422
    assert f'value="{given["on"]}"' in office.text(answer)


def test_the_name_of_a_file_is_printed_without_what_turns_the_line_around(people, company):
    answer = people.secretary.get(send(people.secretary, company, GOOD.encode(), name="re\u202egistre.csv")["Location"])
    assert answer.context["staged"].name == "registre.csv"


def test_files_left_behind_are_forgotten(people, company):
    send(people.secretary, company, GOOD.encode())
    old = staged()[0]
    os.utime(old, (0, 0))
    send(people.secretary, company, GOOD.encode())
    assert old not in staged()
    assert len(staged()) == 1
