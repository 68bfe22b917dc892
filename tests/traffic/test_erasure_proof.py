"""The proof of an erasure: a signed PDF with its data, the acts that it names, by page, API and command line."""

import json
import subprocess
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from opposable.kernel import accounts, clock
from opposable.kernel.documents import check_seal, files
from opposable.law import Refused
from opposable.ledger.verify import verify
from opposable.systems.traffic import acts, jobs
from opposable.systems.traffic.commands import run
from opposable.systems.traffic.exchange.erasure_proof import make_proof
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Segment
from tests.legs import need
from tests.traffic import desk as office, generate
from tests.traffic.conftest import CONSOLE

DAY = date(2026, 11, 20)
OVER = datetime(2027, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def over(cgnat, tmp_path):
    """A day that was kept, and that is over."""
    ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))
    with clock.frozen(OVER):
        yield


def test_a_day_that_is_kept_or_never_was_has_no_proof(cgnat, tmp_path):
    ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))
    for day in (DAY, date(2026, 11, 1)):
        with pytest.raises(Refused) as refused:
            acts.attest(CONSOLE, day=day)
        assert refused.value.code == "erasure.none"


def test_what_was_erased_and_is_still_there_is_no_erasure(over):
    segment = Segment.objects.get()
    kept = segment.path.read_bytes()
    jobs.erase_due()
    segment.path.parent.mkdir(parents=True)
    segment.path.write_bytes(kept)
    with pytest.raises(Refused) as refused:
        acts.attest(CONSOLE, day=DAY)
    assert refused.value.code == "erasure.left"


def attached(pdf, folder):
    """The data inside the PDF."""
    out = folder / "inside"
    out.mkdir()
    need("poppler")
    subprocess.run(["pdfdetach", "-saveall", "-o", out, pdf], check=True, capture_output=True)
    (only,) = out.iterdir()
    return json.loads(only.read_bytes())


def test_the_proof_is_a_signed_pdf_with_its_data_and_its_acts_verify(over, log, tmp_path, capsys):
    segment = Segment.objects.get()
    jobs.erase_due()
    log.seal_once()
    pdf, bundle = tmp_path / "proof.pdf", tmp_path / "proof.asice"
    assert run(["day", DAY.isoformat(), "--proof", str(pdf), "--bundle", str(bundle)]) == 0
    assert "issued and sealed" in capsys.readouterr().out
    said = attached(pdf, tmp_path)
    assert [(one["segment"], one["root"], one["rows"]) for one in said["segments"]] == [
        (segment.uid, segment.root, segment.rows)
    ]
    assert said["segments"][0]["sealed_by"] < said["segments"][0]["erased_by"]
    need("poppler")
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert "Preuve d’effacement" in text
    assert "20 novembre 2026" in text
    seen = verify(bundle)
    assert seen.ok, seen.as_data()
    with zipfile.ZipFile(bundle) as file:
        names = file.namelist()
    assert len([name for name in names if name.endswith("/act.json")]) >= 3
    assert any(name.endswith("part-erasure.json") for name in names)
    document = make_proof(CONSOLE, DAY)
    assert document.version == 2
    assert check_seal(document).good
    assert files.read(document)[:5] == b"%PDF-"


def test_by_page_for_who_may_export_and_404_for_everybody_else(over, capsys):
    desk = office.people()
    auditor = Client()
    auditor.force_login(desk.outsider)
    assert "à son terme" in auditor.get("/traffic/days/2026-11-20/").content.decode()  # before any tick
    run(["day", DAY.isoformat()])
    assert "its time was over on 2027-11-21: nothing reads it any more" in capsys.readouterr().out
    jobs.erase_due()
    assert "traductions d’adresse" in auditor.get("/traffic/days/").content.decode()
    assert auditor.get("/traffic/").url.startswith("/traffic/")  # the first page that he may see, not the desk's
    assert auditor.get(auditor.get("/traffic/").url).status_code == 200
    assert auditor.get("/traffic/days/2026-11-20/proof.pdf").status_code == 404
    assert auditor.post("/traffic/days/2026-11-20/prove/").status_code == 303
    page = auditor.get("/traffic/days/2026-11-20/").content.decode()
    assert "proof.pdf" in page
    assert auditor.get("/traffic/days/2026-11-20/proof.pdf").content[:5] == b"%PDF-"
    assert auditor.get("/traffic/days/2026-11-20/proof.asice").content[:2] == b"PK"
    assert auditor.get("/traffic/days/2026-11-20/proof.exe").status_code == 404
    assert auditor.get("/traffic/days/hier/").status_code == 404
    assert auditor.post("/traffic/days/2026-11-19/prove/").status_code == 422
    clerk = Client()
    clerk.force_login(desk.clerk)
    for page in ("", "2026-11-20/", "2026-11-20/proof.pdf"):
        assert clerk.get(f"/traffic/days/{page}").status_code == 404
    _, token = accounts.issue_token(CONSOLE, account=desk.clerk, label="t").result
    api = Client(headers={"authorization": f"Bearer {token}"})
    body = {"day": "2026-11-20"}
    answer = api.post("/api/acts/traffic.erasure.attest", body, content_type="application/json")
    assert answer.json()["refusal"]["code"] == "access.denied", answer.content
