"""A waiver, a dismissal and a CNE by page and by act; what the system must keep."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.test import Client

from opposable.kernel import accounts, actors, clock, retention
from opposable.kernel.audit import audit
from opposable.kernel.models import Duty
from opposable.kernel.testing import contract
from opposable.law import Refused
from opposable.systems.employment import acts, commands
from opposable.systems.employment.models import WaiverFile

SYSTEM = actors.system("tests")
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


@pytest.fixture
def clients(log, db):
    found = {}
    with clock.frozen(NOON):
        for name in ("officer", "reader", "stranger"):
            account = accounts.open_account(
                SYSTEM, email=f"{name}@work.example", name=name.title(), password="x"
            ).result
            if name != "stranger":
                accounts.give(SYSTEM, account=account, role=f"employment.{name}", cell=accounts.root())
            found[name] = Client()
            found[name].force_login(account)
        yield found


WAIVER = {
    "ref": "D-68",
    "rupture": "prise-d-acte",
    "rupture_on": "2000-10-21",
    "known_on": "2000-10-21",
    "term_days": "0",
    "term_months": "0",
    "notice_worked": "on",
}


def test_the_seeds_waiver_by_page(clients):
    answer = clients["officer"].post("/employment/waivers/new/", WAIVER)
    assert answer.status_code == 302
    address = answer["Location"]
    assert Duty.objects.get(closed_at=None).due_at.date() == date(2000, 10, 21)
    assert clients["officer"].post(address, {"waived_on": "2000-11-20", "used": "registered"}).status_code == 303
    page = clients["officer"].get(address).content.decode()
    assert page.count("Cass. soc.") >= 9
    assert "en temps utile" in page
    assert "tardive" in page
    assert "ne s’accordent pas" in page
    assert not Duty.objects.filter(closed_at=None).exists()
    assert clients["officer"].post(address, {"waived_on": "2000-11-21", "used": "email"}).status_code == 422
    assert clients["reader"].get(address).status_code == 200
    assert clients["reader"].post(address, {"waived_on": "2000-11-20", "used": "hand"}).status_code == 422
    assert clients["stranger"].get(address).status_code == 404
    assert clients["stranger"].get("/employment/").status_code == 404
    assert clients["reader"].get("/employment/waivers/new/").status_code == 404


def test_a_dismissal_by_page(clients):
    form = {"ref": "L-1", "presented_on": "2026-11-02", "interview_on": "2026-11-09", "zone": "FR"}
    early = clients["officer"].post("/employment/dismissals/new/", form)
    assert early.status_code == 422
    assert "R. 1231-1" in early.content.decode().replace("\u00a0", " ")
    answer = clients["officer"].post("/employment/dismissals/new/", {**form, "interview_on": "2026-11-10"})
    address = answer["Location"]
    assert clients["officer"].post(address, {"letter_on": "2026-11-13"}).status_code == 422
    assert clients["officer"].post(address, {"letter_on": "2026-11-14"}).status_code == 303
    page = clients["officer"].get(address).content.decode()
    assert "2026-11-14" in page
    assert "Le délai part du" in page
    assert "assemblée" not in page  # another system's word for the same fact


def test_a_cne_cannot_be_created_any_more(clients):
    refused = clients["officer"].post("/employment/cne/", {"ref": "C-1", "signed_on": "2026-11-24", "staff": "5"})
    assert refused.status_code == 422
    assert "n’existe plus" in refused.content.decode()
    assert (
        clients["officer"].post("/employment/cne/", {"ref": "C-1", "signed_on": "2006-05-02", "staff": "5"}).status_code
        == 303
    )
    assert "ordinaire" in clients["reader"].get("/employment/cne/").content.decode()


def test_the_house_is_kept(clients):
    facts = {"rupture": "agreed", "rupture_on": date(2026, 12, 31), "known_on": date(2026, 12, 1)}
    file = acts.open_waiver(SYSTEM, ref="D-1", **facts, agreement="metallurgy", signed_on=date(2026, 12, 1)).result
    acts.summon(SYSTEM, ref="L-2", presented_on=date(2026, 11, 2), interview_on=date(2026, 11, 12))
    acts.sign_cne(SYSTEM, ref="C-2", signed_on=date(2006, 5, 2), staff=5)
    with pytest.raises(Refused):
        acts.make_waiver(SYSTEM, file=file, waived_on=date(2027, 1, 1))
    assert WaiverFile.objects.count() == 1
    assert contract("employment") == []


def test_five_years_after_the_year_of_the_act_a_file_says_nothing_of_anybody(clients, log):
    facts = {"rupture": "agreed", "rupture_on": date(2026, 12, 31), "known_on": date(2026, 12, 1)}
    waiver = acts.open_waiver(SYSTEM, ref="D-Quintefeuille", **facts).result
    days = {"presented_on": date(2026, 11, 2), "interview_on": date(2026, 11, 12)}
    dismissal = acts.summon(SYSTEM, ref="L-Quintefeuille", **days).result
    held = acts.summon(SYSTEM, ref="L-held", **days).result
    retention.place_hold(SYSTEM, objs=[held.uid], reason="prud’hommes")
    log.seal_once()
    places = (f"/employment/waivers/{waiver.uid}/", f"/employment/dismissals/{dismissal.uid}/")
    for year, gone in ((2031, False), (2032, True)):
        with clock.frozen(datetime(year, 1 if gone else 12, 2, 12, tzinfo=UTC)):
            retention.run()
            log.seal_once()
            retention.run()
            rows = [(m.__name__, r) for m in apps.get_models() for r in m._default_manager.values()]
            named = {name for name, row in rows if "Quintefeuille" in str(row)}
            assert named == (set() if gone else {"Duty", "DismissalFile", "WaiverFile"})
            for place in places:
                page = clients["officer"].get(place)
                assert (page.status_code, "Effacé au terme de sa conservation" in page.text) == (200, gone)
            assert "L-held" in clients["officer"].get("/employment/").text
            assert not audit(parts=True).findings
    waiver.refresh_from_db()
    with pytest.raises(Refused) as refused:
        acts.make_waiver(SYSTEM, file=waiver, waived_on=date(2026, 12, 30))
    assert refused.value.code == "file.erased"
    assert clients["officer"].post(places[0], {"waived_on": "2026-12-30", "used": "hand"}).status_code == 409


def test_the_command_line(capsys, db):
    words = ["waiver", "--rupture", "prise-d-acte", "--rupture-on", "2000-10-21", "--waived-on", "2000-11-20"]
    assert commands.run(words) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 9
    assert "in time" in said[0]
    assert "late" in said[-1]
    assert commands.run(["dismissal", "--presented-on", "2026-11-02"]) == 0
    assert "interview: from 2026-11-10" in capsys.readouterr().out
    assert commands.run(["cne", "--signed-on", "2008-06-27"]) == 1
    assert commands.run(["cne", "--signed-on", "2008-06-26"]) == 0
