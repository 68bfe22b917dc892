"""The house's own pages: who sees what, in how many queries, and whether everyone can read them."""

import gzip
import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

import opposable.web
from opposable.kernel import accounts, anchors, clock
from opposable.kernel.keys import Keyring
from opposable.kernel.models import Act, Duty, Reading
from opposable.kernel.witness import WitnessHome, serve
from opposable.ledger.act import digest, parse_part
from opposable.ledger.policy import Policy
from opposable.ledger.proof import parse_proof
from tests.web import story
from tests.web.reading import faults
from tests.web.story import PASSWORD

STATIC = Path(opposable.web.__file__).parent / "static"
ADDRESSES = [
    "/",
    "/acts/",
    "/acts/?outcome=refused",
    "/acts/?q=web",
    "/acts/?q=99999999",
    "{hold}",
    "{refused}",
    "/law/",
    "/law/?on=2007-09-01",
    "/law/?on=2007-09-01&with=2026-11-23",
    "/keeping/",
    "/law/?q=nothing+like+it",
    "/law/assembly.form.abstention/",
    "/law/assembly.form.abstention/?on=2007-09-01&with=2026-11-23",
    "/law/assembly.form.abstention/?on=1950-01-01",
    "/log/",
    "/search/",
    "/search/?q=225-77",
    "/accounts/mfa/",
    "/accounts/password/change/",
]


def at(house, address):
    return address.format(hold=f"/acts/{house.hold.index}/", refused=f"/acts/{house.refused.index}/")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_can_be_read_by_everyone(house, secretary, address, lang):
    secretary.cookies["opposable_lang"] = lang
    page = secretary.get(at(house, address), follow=True)
    assert page.status_code == 200
    assert faults(page.text) == []


@pytest.mark.parametrize("address", [*ADDRESSES, "/acts/?format=csv"])
def test_a_page_makes_at_most_twelve_queries(house, secretary, address, django_assert_max_num_queries):
    where = at(house, address)
    with django_assert_max_num_queries(12):
        secretary.get(where)


@pytest.mark.parametrize("address", ["/", "/acts/", "{refused}", "/law/?on=2007-09-01&with=2026-11-23"])
def test_a_first_visit_weighs_at_most_sixty_kilobytes(house, secretary, address):
    page = secretary.get(at(house, address), headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(page.content).decode()
    files = set(re.findall(r'(?:src|href)="/static/([^"#]+)', text))
    assert {"opposable/tokens.css", "opposable/icons.svg", "opposable/kit.js"} <= files
    assert len(page.content) + sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files) <= 60 * 1024


def test_without_an_account_there_is_only_the_door(house):
    for address in ("/", "/acts/", f"/acts/{house.hold.index}/", "/law/", "/log/", "/search/?q=a"):
        there = Client().get(address)
        assert there.status_code == 302
        assert there.headers["Location"].startswith("/accounts/login/?next=")


def test_what_one_may_not_see_does_not_exist(house, stranger):
    index = house.hold.index
    for address in ("", "act.json", "part-why.json", "part-note.json"):
        assert stranger.get(f"/acts/{index}/{address}").status_code == 404
    assert "web.hold.place" not in stranger.get("/acts/").text
    assert f"n° {index}<" not in stranger.get("/acts/?format=csv").getvalue().decode()
    assert "Lever le gel" not in stranger.get("/").text
    assert "acte n°" not in stranger.get(f"/search/?q={index}").text


def test_one_sees_the_acts_about_oneself(house, stranger):
    done = stranger.get("/acts/").text
    assert "Ouvrir un compte" in done or "Connexion" in done or "Aucun acte" in done
    opened = house.stranger.uid
    assert Act.objects.filter(obj=opened).exists() == (
        f'title="{opened}"' in stranger.get("/acts/?columns=object").text
    )


def test_rights_on_one_compartment_do_not_open_another(house, stranger):
    accounts.give(story.SYSTEM, account=house.stranger, role="assembly.secretary", cell=house.apart)
    assert stranger.get(f"/acts/{house.hidden.index}/").status_code == 200
    assert stranger.get(f"/acts/{house.hold.index}/").status_code == 404


def test_today_shows_what_is_due_with_its_rule_and_the_refusals(house, secretary):
    page = secretary.get("/").text
    assert "Lever le gel" in page
    assert "R. 225-77" in page
    assert "Contester un gel" in page
    assert "journal scellé" in page


def test_a_duty_that_was_not_done_in_time_says_so(house, secretary):
    Duty.objects.update(due_at=clock.now() - timedelta(hours=2))
    assert "en retard" in secretary.get("/").text


def test_the_proof_page_says_what_where_and_why(house, secretary):
    page = secretary.get(f"/acts/{house.refused.index}/").text
    for words in (
        "Contester un gel",
        "refusé",
        "Trop tard",
        "Ce qui reste possible",
        "racine signée",
        "aucun jeton",
        "Vérifier ici",
    ):
        assert words in page
    assert "Secretary Vidal" in page


def test_the_header_is_the_very_bytes_that_the_log_commits_to(house, secretary):
    data = secretary.get(f"/acts/{house.hold.index}/act.json").content
    assert digest(data) == house.hold.entry


def test_the_proof_file_verifies_with_the_published_policy_and_needs_no_account(house):
    anyone = Client()
    proof = parse_proof(anyone.get(f"/acts/{house.hold.index}/act.tlog-proof").content)
    policy = Policy.parse(anyone.get("/log/policy").content)
    trusted = proof.verify(bytes.fromhex(house.hold.entry), policy)
    assert trusted.checkpoint.size > house.hold.index
    assert anyone.get("/log/log.vkey").text.split()[0] == policy.logs[0].vkey()


def test_a_proof_that_does_not_exist_yet_is_not_found(house):
    assert Client().get("/acts/99999/act.tlog-proof").status_code == 404


def test_the_public_files_of_the_log_are_there_for_other_sites_and_nothing_else_is(house):
    anyone = Client()
    checkpoint = anyone.get("/log/checkpoint")
    size = int(checkpoint.text.split("\n")[1])
    assert checkpoint.headers["Access-Control-Allow-Origin"] == "*"
    tile = anyone.get(f"/log/tile/0/000.p/{size}")
    assert len(tile.content) == 32 * size
    assert "immutable" in tile.headers["Cache-Control"]
    for path in ("../keys/log.key", "0/../../staging", "0/000.p/../../../checkpoint", "0/999", "entries"):
        assert anyone.get(f"/log/tile/{path}").status_code in {404, 302}


@pytest.fixture
def anchored(house, log, tmp_path, settings, monkeypatch):
    """The house with a token before its last act, then a witness and a token after it. Yields (index, both anchors)."""
    monkeypatch.delenv("OPPOSABLE_PASSPHRASE", raising=False)
    first = anchors.anchor().anchor
    receipt = story.place(story.SYSTEM, reason="entre deux jetons", cell=house.root)
    log.seal_once()
    vkey = Keyring(settings.HOME, settings.ORIGIN).vkeys()[0]
    made = WitnessHome.make(tmp_path / "witness", "auditor.example/witness").watch([vkey]).open()
    with closing(made.store), serve(made) as server:
        settings.CONFIG = replace(settings.CONFIG, witnesses=((server.url, made.vkey),))
        yield receipt.index, first, anchors.anchor().anchor


def test_an_act_is_dated_from_both_sides_and_says_who_saw_it(anchored, secretary):
    index, before, after = anchored
    page = secretary.get(f"/acts/{index}/").text
    assert "auditor.example/witness" in page
    assert "prochain jeton attendu" not in page
    assert "aucun jeton" not in page
    assert f"/log/tokens/{after.digest}.tsr" in page
    assert faults(page) == []
    for token in (before, after):
        raw = Client().get(f"/log/tokens/{token.digest}.tsr")
        assert digest(raw.content) == token.digest
        assert raw.headers["Content-Type"] == "application/timestamp-reply"


def test_the_page_of_an_anchored_act_makes_at_most_twelve_queries(anchored, secretary, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        secretary.get(f"/acts/{anchored[0]}/")


def test_the_witness_is_in_the_proof_file_and_in_the_policy(anchored):
    index, _, _ = anchored
    proof = parse_proof(Client().get(f"/acts/{index}/act.tlog-proof").content)
    policy = Policy.parse(Client().get("/log/policy").content)
    act = Act.objects.get(leaf__index=index)
    assert list(proof.verify(bytes(act.entry), policy).witnesses) == ["w1"]


def test_only_tokens_are_given_from_the_folder_of_tokens(anchored):
    for name in ("..%2fcheckpoint", "x.tsr", "0" * 64 + ".key", "0" * 64 + ".tsr"):
        assert Client().get(f"/log/tokens/{name}").status_code in {302, 404}


def test_reading_a_part_is_noted(house, secretary):
    data = secretary.get(f"/acts/{house.hold.index}/part-note.json").content
    assert parse_part(data).data == {"reason": "Litige"}
    noted = Reading.objects.get(what="part note")
    assert (noted.actor, noted.obj) == (house.secretary.uid, house.hold.result.uid)


def test_the_law_of_2007_and_of_today_stand_side_by_side(house, secretary):
    page = secretary.get("/law/assembly.form.abstention/?on=2007-09-01&with=2026-11-23").text
    assert "<del>négatif" in page
    assert "<ins>" in page
    assert "2019" in page


def test_the_law_browser_says_when_nothing_is_on_file(house, secretary):
    assert "Aucune rédaction au dossier" in secretary.get("/law/assembly.form.abstention/?on=1950-01-01").text
    assert secretary.get("/law/no.such.rule/").status_code == 404
    assert secretary.get("/law/?on=not-a-date&with=2026-02-31").status_code == 200


def test_a_rule_names_the_acts_that_relied_on_it(house, secretary):
    page = secretary.get("/law/assembly.form.deadline-electronic/").text
    assert "Placer un gel" in page
    assert f"/acts/{house.hold.index}/" in page


def test_search_finds_pages_rules_and_acts(house, secretary):
    def found(words):
        return secretary.get("/search/", {"q": words}, headers={"Accept": "application/json"}).json()["results"]

    assert [hit["href"] for hit in found("registre des actes")] == ["/acts/"]
    assert any(hit["href"].startswith("/law/assembly.form.deadline") for hit in found("225-77"))
    assert found(str(house.hold.index))[0]["href"] == f"/acts/{house.hold.index}/"
    assert found("") != []
    assert found("<script>") == []


def test_login_and_failed_login_are_acts(house):
    person = Client()
    wrong = person.post("/accounts/login/", {"login": "secretary@house.example", "password": "no"})
    assert faults(wrong.text) == []
    assert Act.objects.filter(type="kernel.login", outcome="refused").count() == 1
    right = person.post("/accounts/login/", {"login": "secretary@house.example", "password": PASSWORD})
    assert right.status_code == 302
    done = Act.objects.get(type="kernel.login", outcome="done")
    assert done.actor == house.secretary.uid
    assert person.get("/accounts/signup/").status_code in {200, 302}
    assert "password1" not in person.get("/accounts/signup/").text


def test_the_secret_of_an_authenticator_app_is_not_in_the_database():
    from opposable.web.accounts import Authenticators

    box = Authenticators()
    sealed = box.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert box.decrypt(sealed) == "JBSWY3DPEHPK3PXP"


def test_a_change_of_credentials_is_an_act(house, secretary):
    from opposable.web.accounts import ClosedDoor

    ClosedDoor().send_notification_mail("mfa/email/totp_activated", house.secretary)
    assert Act.objects.filter(type="kernel.credential.change", actor=house.secretary.uid).count() == 1
