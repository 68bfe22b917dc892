"""What leaves and what comes in: OSCAL under NIST's schema and in other people's tools, spreadsheets, PDF, libraries, evidence."""

import json
import os
import shutil
import subprocess
from base64 import b64decode
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from opposable.kernel import clock, decisions, documents
from opposable.kernel.documents import installation_signer
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.exchange import downloads, dsse, libraries, monarc, oscal, replay
from opposable.systems.isms.models import Scenario, Soa
from opposable.systems.isms.rules.referential import referential
from tests.isms.story import CONSOLE, NOW, decide_all, found, person, risk
from tests.legs import OSCAL

pytestmark = pytest.mark.django_db
SCHEMA = Path(__file__).resolve().parents[1] / "vectors/oscal/oscal_complete_schema.json"


@pytest.fixture
def published(log):
    """A published statement, with an accepted risk, evidence and an audit finding."""
    with clock.frozen(NOW):
        boss = person("Hélène Simon", "management").actor
        scope, campaign = found()
        control = acts.add_control(
            CONSOLE,
            scope=scope,
            ref="M-1",
            title="Chiffrement",
            status="implemented",
            owner="Léa",
            requirements_met=["8.1"],
        ).result
        scenario = risk(campaign)
        acts.treat_scenario(
            CONSOLE, scenario=scenario, option="modify", plan="Chiffrer", cites=["8.1"], controls=[control.uid]
        )
        acts.add_action(CONSOLE, scenario=scenario, title="Chiffrer", owner="Léa", due_on=date(2026, 12, 1))
        acts.accept_risk(boss, scenario=scenario, text="J’accepte", seen=decisions.state_digest(scenario))
        soa = acts.draft_statement(CONSOLE, scope=scope).result
        decide_all(soa)
        acts.decide_lines(
            CONSOLE,
            soa=soa,
            requirements=["7.4"],
            applicable=False,
            reasons=[],
            justification="Bailleur",
            status="",
            owner="",
        )
        acts.decide_lines(
            CONSOLE, soa=soa, requirements=["8.1"], applicable=True, reasons=["RRA", "LR"], justification="Vols", status="partial", owner="Léa",
            controls=[control.uid],
        )  # fmt: skip
        acts.publish_statement(boss, soa=soa, text="J’approuve", seen=decisions.state_digest(soa))
        programme = acts.add_programme(
            CONSOLE, scope=scope, name="P", since=date(2026, 1, 1), until=date(2029, 1, 1)
        ).result
        audit = acts.plan_audit(
            CONSOLE,
            programme=programme,
            title="A",
            subjects=["9"],
            auditor="Odile",
            planned_on=NOW.date(),
            population=[],
            size=0,
        ).result
        finding = acts.record_finding(CONSOLE, audit=audit, grade="NCM", text="Un écart", requirement="9").result
        acts.correct(CONSOLE, finding=finding, cause="c", action="a", owner="Léa", due_on=date(2026, 12, 24))
        acts.restore_succeeded(CONSOLE, scope=scope, what="Lue en entier")
        log.seal_once()
        acts.collect(CONSOLE, scope=scope)
        log.seal_once()
        yield Soa.objects.select_related("scope", "cell").get(pk=soa.pk)


@pytest.fixture(scope="session")
def schema():
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))


@pytest.mark.parametrize("edition", ["iso27001-2005", "iso27001-2013", "iso27001-2022"])
def test_drafts_of_every_edition_are_valid_oscal(log, schema, edition):
    with clock.frozen(NOW):
        scope, _ = found(edition=edition)
        soa = acts.draft_statement(CONSOLE, scope=scope).result
        made = oscal.documents(soa, NOW)
    assert list(made) == list(oscal.FILES)
    for name, document in made.items():
        assert [error.message for error in schema.iter_errors(document)] == [], name


def test_a_published_statement_is_valid_oscal_and_says_what_it_says(published, schema):
    made = oscal.documents(published, NOW, "en")
    for name, document in made.items():
        assert [error.message for error in schema.iter_errors(document)] == [], name
    requirements = {
        one["control-id"]: one
        for one in made["ssp"]["system-security-plan"]["control-implementation"]["implemented-requirements"]
    }
    assert len(requirements) == 93
    assert requirements["a.7.4"]["by-components"][0]["implementation-status"] == {
        "state": "not-applicable",
        "remarks": "Bailleur",
    }
    assert [one["value"] for one in requirements["a.8.1"]["props"] if one["name"] == "soa-reason"] == ["LR", "RRA"]
    result = made["assessment-results"]["assessment-results"]["results"][0]
    assert result["risks"][0]["status"] == "deviation-approved"
    assert len(result["observations"]) == 12
    assert "a.7.4" not in made["profile"]["profile"]["imports"][0]["include-controls"][0]["with-ids"]
    assert made == oscal.documents(published, NOW, "en")
    with clock.frozen(NOW):
        scenario = Scenario.objects.select_related("campaign__method", "cell").get()
        acts.rate_scenario(
            CONSOLE, scenario=scenario, kind="current", values={"likelihood": 4, "impact": 3}, reason="Pire"
        )
    stale = oscal.documents(published, NOW)["assessment-results"]["assessment-results"]["results"][0]["risks"][0]
    assert stale["status"] == "open"
    assert stale["risk-log"]["entries"][0]["status-change"] == "deviation-approved"


def test_an_oscal_profile_comes_back(published):
    made = oscal.documents(published, NOW)
    book = referential(published.edition)
    assert oscal.included(made["profile"], book) == [one for one in book.requirements if one != "7.4"]
    assert oscal.included(made["catalog"], book) == list(book.requirements)
    assert oscal.included({"profile": {"imports": [{"include-controls": [{"with-ids": ["x-1"]}]}]}}, book) == []


def test_the_signature_holds_and_falls_with_one_letter(published, tmp_path):
    dsse.write(tmp_path, oscal.documents(published, NOW), installation_signer())
    key = load_pem_public_key((tmp_path / dsse.KEY_FILE).read_bytes())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signed = json.loads((tmp_path / "ssp.json.dsse").read_bytes())
    payload = b64decode(signed["payload"])
    key.verify(b64decode(signed["signatures"][0]["sig"]), dsse._pae(payload), ec.ECDSA(SHA256()))
    assert json.loads(payload)["subject"][0]["name"] == "ssp.json"


@pytest.mark.one_database
def test_others_tools_take_it(published, tmp_path, leg):
    """trestle reads and verifies; oscal-validate finds no error. Neither was written here."""
    leg("oscal")
    folder = tmp_path / "out"
    dsse.write(folder, oscal.documents(published, NOW), installation_signer())
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TRESTLE_BETA_FEATURES": "json-signing"}

    def tool(name, *arguments, cwd=tmp_path):
        return subprocess.run(
            [OSCAL / name, *arguments],
            capture_output=True,
            text=True,
            cwd=cwd,
            env=environment,
            timeout=120,
            check=False,
        )

    for name in ("ssp", "assessment-results"):
        checked = tool("oscal-validate", "--resolve", folder, folder / f"{name}.json")
        assert checked.returncode == 0, (name, checked.stdout, checked.stderr)
    verify = (
        "verify",
        "--file",
        folder / "ssp.json",
        "--signature",
        folder / "ssp.json.dsse",
        "--public-key",
        folder / dsse.KEY_FILE,
    )
    done = tool("trestle", *verify)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / "ssp.json").read_text("utf-8")
    (folder / "ssp.json").write_text(text.replace("Bailleur", "Bailleuse", 1), "utf-8")
    assert tool("trestle", *verify).returncode != 0
    workspace = tmp_path / "work"
    workspace.mkdir()
    assert tool("trestle", "init", "--local", cwd=workspace).returncode == 0
    for name in ("catalog", "assessment-results"):
        kind = tool("trestle", "import", "-f", folder / f"{name}.json", "-o", name, cwd=workspace)
        assert kind.returncode == 0, (name, kind.stdout + kind.stderr)


@pytest.mark.one_database
def test_the_table_opens_in_a_spreadsheet(published, tmp_path, leg):
    leg("libreoffice")
    (tmp_path / "soa.xlsx").write_bytes(downloads.xlsx(published))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        shutil.which("soffice"),
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):59,34,76",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "soa.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    lines = (tmp_path / "soa.csv").read_text("utf-8").splitlines()
    assert len(lines) == 94
    assert lines[0].startswith("Identifiant;Thème")
    assert any(line.startswith("7.4;Lieux;") and "Bailleur" in line for line in lines)


def test_the_pdf_is_the_same_bytes_each_time_and_bears_the_proof(published):
    first = downloads.pdf(published)
    assert first == downloads.pdf(published)
    seen = documents.check(first, [], [])
    assert not seen.intact
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=first, capture_output=True, check=True).stdout.decode()
        assert "Bailleur" in text
        assert "acte n°" in text.replace("\u00a0", " ")


# ---- evidence, judged again --------------------------------------------------------------------------------------------


def test_evidence_is_judged_again_from_its_file_and_from_the_public_log(published, settings):
    item = published.scope.evidence.get(rule="EV-01")
    data = replay.export(item)
    again = replay.judge_again(data)
    assert (again.claimed, again.found.name, again.found.cited) == ("pass", "pass", tuple(item.cited))
    entries = replay.entries_of_log(settings.HOME / "log")
    assert replay.judge_again(data, entries).found.name == "pass"
    for rule in ("EV-05", "EV-11", "EV-12", "EV-02"):
        other = published.scope.evidence.get(rule=rule)
        assert replay.judge_again(replay.export(other), entries).same, rule


def test_a_file_that_hides_or_alters_an_act_is_refused(published, settings):
    data = json.loads(replay.export(published.scope.evidence.get(rule="EV-01")))
    entries = replay.entries_of_log(settings.HOME / "log")
    hidden = {**data, "headers": data["headers"][1:]}
    with pytest.raises(replay.ReplayFault, match="missing"):
        replay.judge_again(json.dumps(hidden).encode())
    place = next(n for n, (_, header) in enumerate(data["headers"]) if "isms.restore.succeed" in header)
    index, header = data["headers"][place]
    data["headers"][place] = [index, header.replace("isms.restore.succeed", "isms.restore.fail")]
    with pytest.raises(replay.ReplayFault, match="not the one in the log"):
        replay.judge_again(json.dumps(data).encode(), entries)
    assert replay.judge_again(json.dumps(data).encode()).found.name == "fail"
    with pytest.raises(replay.ReplayFault):
        replay.judge_again(b"{}")


# ---- libraries -------------------------------------------------------------------------------------------------------


LIBRARY = """
name: Example
objects:
  threats:
    - {ref_id: T.1, name: Theft, translations: {fr: {name: Vol}}}
  reference_controls:
    - {ref_id: C.1, name: Encrypt}
  risk_matrix:
    - probability: [{name: low}, {name: high}]
      impact: [{name: low}, {name: high}]
      risk: [{name: low}, {name: medium}, {name: high}]
      grid: [[0, 1], [1, 2]]
"""


def test_a_library_of_another_tool_is_taken(published, tmp_path, capsys):
    (tmp_path / "library.yaml").write_text(LIBRARY, "utf-8")
    assert run(["import-library", str(tmp_path / "library.yaml"), "--from", "ciso-assistant", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"threats": 1, "controls": 1, "methods": 1}
    assert published.scope.methods.order_by("-version").first().read.name(3).en == "high"
    assert published.scope.controls.get(ref="C.1").title == "Encrypt"


BOMB = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nobjects: {threats: [*b]}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "alias"),
        ("[" * 200, "profond"),
        ("a: !!python/object/apply:os.system [x]", "ne se lit pas"),
        ("name: x", "objects"),
        ("", "vide"),
        ("objects: {risk_matrix: [{grid: x}]}", "grille"),
    ],
)
def test_yaml_that_would_harm_is_refused(text, words):
    with pytest.raises(libraries.LibraryFault, match=words):
        libraries.read_ciso_assistant(text.encode())


def test_a_monarc_export_is_taken_and_an_old_one_is_not():
    data = {
        "monarc_version": "v2.9.0",
        "threats": {"x": {"code": "MA11", "label1": "Vol", "label2": "Theft", "c": 1, "i": 0, "a": 1}},
        "vuls": {"y": {"code": "1", "label1": "Disque"}},
    }
    read = monarc.read_knowledge(json.dumps(data).encode())
    assert read.threats == [{"code": "MA11", "fr": "Vol", "en": "Theft", "affects": "CA"}]
    assert read.vulnerabilities == [{"code": "1", "fr": "Disque", "en": "Disque"}]
    with pytest.raises(libraries.LibraryFault, match=r"2\.8\.2"):
        monarc.read_knowledge(json.dumps({**data, "monarc_version": "2.7.1"}).encode())
    with pytest.raises(libraries.LibraryFault):
        monarc.read_knowledge(b"[" * 100_000)
