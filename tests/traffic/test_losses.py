"""What was lost on the way: kept with the delivery, shown of its day, told by every answer that touches that hour."""

import json
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.losses import lost_between
from opposable.systems.traffic.commands import run
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.exchange.answer.verify import described, verify
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.exchange.losing import MOST
from opposable.systems.traffic.models import Delivery, Query
from tests.traffic import desk as office
from tests.traffic.conftest import CONSOLE
from tests.traffic.producers import SECONDS, SESSION, message, session, template
from tests.traffic.test_requisition import opened, rewritten

BORN = datetime.fromtimestamp(SECONDS, UTC)
HEAD = (2, template(256, SESSION)[1])
GAP = "message 3, domain 1: 7 records are missing"


def exported(path, *, late=False, broken=False):
    """An exporter's file: a session, then seven records that never came, between its first minute and its third."""
    told = [
        message(0, HEAD, (256, session(1, 4))),
        message(1, (256, session(1, 5, at=60_000)), seconds=SECONDS + 60),
        message(9, (256, session(2, 4, at=180_000)), seconds=SECONDS + 180),
    ]
    if late:
        told.append(message(4, (256, session(3, 4, at=120_000)), seconds=SECONDS + 120))
    path.write_bytes(b"".join(told) + (b"\x00\x0a\x00" if broken else b""))
    return path


@pytest.fixture
def source(store):
    return acts.declare_source(CONSOLE, slug="nat-7", title="NAT 7", format="ipfix", note="Salle 3, baie 2.").result


def asked(at):
    return {"selectors": [{"kind": "address", "ip": "192.0.2.1", "port": "1025", "at": at.isoformat(), "tolerance": "1"}],
            "since": at - timedelta(hours=2), "until": at + timedelta(hours=2)}  # fmt: skip


def test_a_gap_in_the_numbers_is_kept_with_its_time_and_shown_of_its_day(source, tmp_path, capsys):
    desk = office.people()
    ingest_file(CONSOLE, source, exported(tmp_path / "nat.ipfix"))
    delivery = Delivery.objects.get()
    (loss,) = delivery.losses
    assert loss["en"] == GAP
    assert [loss["since"], loss["until"]] == [f"2026-11-19T{at}.000000Z" for at in ("14:54:20", "14:56:20")]
    auditor = Client()
    auditor.force_login(desk.outsider)
    pages = [f"/traffic/days/{BORN:%Y-%m-%d}/", f"/traffic/deliveries/{delivery.uid}/"]
    for page in pages:
        assert "il manque 7 enregistrements" in auditor.get(page).content.decode()
    assert "Salle 3, baie 2." in auditor.get(pages[1]).content.decode()
    assert "des pertes" in auditor.get("/traffic/deliveries/?losses=lost").content.decode()
    clerk = Client()
    clerk.force_login(desk.clerk)
    assert [clerk.get(page).status_code for page in (pages[1], "/traffic/deliveries/")] == [404, 404]
    capsys.readouterr()
    assert run(["day", f"{BORN:%Y-%m-%d}"]) == 0
    assert "lost before it came, NAT 7, 19 November 2026 at 15:54:20" in capsys.readouterr().out
    assert run(["day", f"{BORN:%Y-%m-%d}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["lost"]["en"] == GAP


def test_an_answer_tells_what_was_lost_about_its_hour(leg, source, tmp_path):
    leg("openssl")
    desk = office.people()
    ingest_file(CONSOLE, source, exported(tmp_path / "nat.ipfix"))
    case = office.approved(desk, **asked(BORN + timedelta(seconds=30)))
    office.extract(desk, case)
    assert [one["en"] for one in Query.objects.get().lost] == [GAP]
    clerk = Client()
    clerk.force_login(desk.clerk)
    assert "Perdu en amont" in clerk.get(case.get_absolute_url()).content.decode()
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    seen = verify(path)
    assert (seen.ok, seen.complete, seen.lost) == (True, True, 1)
    assert any("LOST BEFORE IT CAME: 1" in line for line in described(seen, "en"))
    with zipfile.ZipFile(path) as file:
        lost, xml = file.read("lost.csv").decode("utf-8-sig"), file.read("answer.xml").decode()
        (tmp_path / "letter.pdf").write_bytes(file.read("answer.pdf"))
    assert lost.splitlines()[1].startswith("1;NAT 7;2026-11-19T14:54:20.000000Z;2026-11-19T14:56:20.000000Z;message 3")
    assert "<!-- Perdu / lost, NAT 7, 2026-11-19T14:54:20.000000Z / 2026-11-19T14:56:20.000000Z: " in xml
    for cheat in (lambda members: members.pop("lost.csv"), _fewer):
        assert any("R7" in en for _, en in verify(rewritten(path, cheat)).faults)
    leg("poppler")
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "letter.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert "Ce que les équipements ont perdu" in text.stdout
    assert "il manque 7" in text.stdout


def _fewer(members):
    members["lost.csv"] = members["lost.csv"].replace(b"7 enregistrements", b"1 enregistrement")


@pytest.mark.parametrize("hours", [-3, 3])
def test_what_was_lost_at_another_hour_is_not_told(source, tmp_path, hours):
    ingest_file(CONSOLE, source, exported(tmp_path / "nat.ipfix"))
    at = BORN + timedelta(hours=hours)
    assert lost_between(at - timedelta(hours=1), at + timedelta(hours=1), "source") == []
    assert len(lost_between(BORN, BORN + timedelta(hours=1), "source")) == 1
    assert lost_between(BORN, BORN + timedelta(hours=1), "traffic") == []  # it has never brought a row of that store


def test_what_came_late_was_no_loss_and_what_does_not_read_is_one_of_the_file(source, tmp_path):
    ingest_file(CONSOLE, source, exported(tmp_path / "nat.ipfix", late=True, broken=True))
    gap, unread = Delivery.objects.get().losses
    assert gap["en"] == f"{GAP}, of which all or a part came late"
    assert unread["en"] == "1 line or message that came did not read"
    assert [unread["since"], unread["until"]] == ["2026-11-19T14:53:20.000000Z", "2026-11-19T14:56:20.000000Z"]


def test_many_gaps_are_told_together_and_where_no_time_is_known_reception_is(source, tmp_path):
    told = [message(3 * n, HEAD, (256, session(n, 4)), seconds=SECONDS + n) for n in range(MOST + 40)]
    (tmp_path / "many").write_bytes(b"".join(told))
    ingest_file(CONSOLE, source, tmp_path / "many")
    delivery = Delivery.objects.get()
    assert len(delivery.losses) == MOST
    assert delivery.losses[-1]["en"] == "40 other losses"
    (tmp_path / "nothing").write_bytes(b"\x00\x0a" * 30)
    outcome = ingest_file(CONSOLE, source, tmp_path / "nothing")
    received = outcome.delivery.received_at
    assert [(one["since"], one["until"]) for one in outcome.delivery.losses] == [(None, None)]
    assert len(lost_between(received, received)) == 1


def test_a_program_is_told_what_was_lost_of_a_file_of_a_day_and_about_an_answer(source, tmp_path):
    desk = office.people()
    ingest_file(CONSOLE, source, exported(tmp_path / "nat.ipfix"))
    case = office.approved(desk, **asked(BORN + timedelta(seconds=30)))
    office.extract(desk, case)
    auditor, clerk, legal = (program(one) for one in (desk.outsider, desk.clerk, desk.legal))
    delivery, day = Delivery.objects.get(), f"/api/traffic/days/{BORN:%Y-%m-%d}"
    told = {
        "source": "NAT 7", "delivery": delivery.uid, "en": GAP,
        "since": "2026-11-19T14:54:20.000000Z", "until": "2026-11-19T14:56:20.000000Z",
    }  # fmt: skip
    file = auditor.get(f"/api/objects/traffic.delivery/{delivery.uid}").json()
    assert [one["en"] for one in file["state"]["losses"]] == [GAP]
    (segment,), (loss,) = (auditor.get(day).json()[name] for name in ("segments", "losses"))
    assert (segment["source"], segment["rows"], segment["gone"]) == ("nat-7", 2, False)
    assert loss.items() >= told.items()
    assert auditor.get("/api/traffic/days/1999-01-01").json() == {"day": "1999-01-01", "segments": [], "losses": []}
    assert auditor.get("/api/traffic/days/yesterday").status_code == 422
    for edge in ("0001-01-01", "9999-12-31"):  # what a calendar has and UTC, or the day after, has not
        assert auditor.get(f"/api/traffic/days/{edge}").json()["losses"] == []
    assert clerk.get(day).status_code == 404
    about = f"/api/traffic/requisitions/{case.uid}/losses"
    for client in (clerk, legal):
        (loss,) = client.get(about).json()
        assert loss.items() >= {**told, "query": 1}.items()
    assert auditor.get(about).status_code == 404
    assert auditor.get(about).content == auditor.get(about.replace(case.uid, "0" * 32)).content
    shapes = clerk.get("/api/openapi.json").json()
    answer = shapes["paths"]["/api/traffic/days/{day}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["$ref"].endswith("/Day")
    assert {"since", "until", "source", "fr", "en"} <= set(shapes["components"]["schemas"]["Loss"]["properties"])


def program(account):
    _, token = accounts.issue_token(CONSOLE, account=account, label="t").result
    return Client(headers={"authorization": f"Bearer {token}"})
