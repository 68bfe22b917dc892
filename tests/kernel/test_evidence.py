"""Real bundles: each of the independent verifiers accepts them, and what is missing is lawfully missing."""

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest

from opposable.kernel import actors, anchors, clock, evidence, sealing
from opposable.kernel.accounts import cell as cell_at, log_in
from opposable.kernel.acts import act
from opposable.kernel.models import Act, Anchor, Hold, Part
from opposable.kernel.retention import erase_part, run
from opposable.law import Decision, Trace, t
from opposable.ledger import token
from opposable.ledger.verify import verify
from tests.kernel.holds import lift, place

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")
NOON = datetime(2025, 3, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCES = Path(__file__).parents[2] / "src"


@act("test.decide", label=t("Essai", "Test"), api=False)
def decide(a, *, hold, said):
    rule = a.law("assembly.form.deadline-electronic", date(2025, 3, 29))
    a.why(Decision(True, rule, {"said": said}, Trace()))
    a.part("said", {"said": said}, keep="kernel.access")
    hold.reason = said
    a.record(hold)


@pytest.fixture
def case(log):
    """An object with a history: made among three, changed by a rule, changed again. Yields it, in March 2025."""
    with clock.frozen(NOON):
        anchors.anchor()
        first = place(SYSTEM, reason="x", count=3, cell=cell_at("/tests/")).result
        one = Hold.objects.order_by("-pk").first()
        decide(SYSTEM, hold=one, said="first words")
        log.seal_once()
        place(SYSTEM, reason="something else", cell=cell_at("/tests/"))
        lift(SYSTEM, hold=one)
        log.seal_once()
        assert first.uid != one.uid
        yield one


def bundle(subject, tmp_path, **given):
    return evidence.write_bundle(str(subject), tmp_path / "case.asice", pdf=False, **given)


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def report(path):
    found = verify(path)
    assert [finding.as_data() for finding in found.findings] == []
    return found


def test_the_bundle_of_an_object_holds_and_shows_its_whole_history(case, tmp_path):
    path = bundle(case.uid, tmp_path)
    found, files = report(path), members(path)
    assert {notice.check_id for notice in found.notices} <= {
        "trust.key",
        "trust.tsa",
        "history.alone",
        "witness.none",
        "object.no-chain",
        "part.withheld",
        "time.no-after",
    }
    chain = json.loads(files[f"objects/{case.uid}.json"])
    assert [link["seq"] for link in chain["chain"]] == [1, 2, 3]
    assert [link["member"] is not None for link in chain["chain"]] == [True, False, False]
    assert chain["state"]["data"]["reason"] == "first words"
    assert "rules/assembly.form.deadline-electronic.json" in files
    assert any(name.startswith("tsa/") and name.endswith(".tsr") for name in files), "the token that the acts name"
    index = chain["chain"][1]["index"]
    assert {"act.json", "act.tlog-proof", "part-said.json", "part-why.json"} <= {
        name.rpartition("/")[2] for name in files if name.startswith(f"acts/{index}/")
    }


def test_of_an_act_on_several_only_what_concerns_the_object_is_told(case, tmp_path):
    files = members(bundle(case.uid, tmp_path))
    first = json.loads(files[f"objects/{case.uid}.json"])["chain"][0]["index"]
    assert {name for name in files if name.startswith(f"acts/{first}/part-")} == {f"acts/{first}/part-objects.json"}
    assert json.loads(files["withheld.json"])["acts"] == [{"index": first, "parts": ["note"]}]
    others = set(Hold.objects.exclude(uid=case.uid).values_list("uid", flat=True))
    principal = Act.objects.get(leaf__index=first).obj
    assert not [uid for uid in others - {principal} for data in files.values() if uid.encode() in data]


@pytest.mark.parametrize("name", ["index", "entry", "prefix"])
def test_a_subject_is_an_index_an_entry_or_the_beginning_of_a_uid(case, tmp_path, name):
    done = Act.objects.get(type="test.decide")
    subject = {"index": done.leaf.index, "entry": bytes(done.entry).hex(), "prefix": case.uid[:12]}[name]
    found = report(bundle(subject, tmp_path))
    assert found.facts["acts"] == 3


@pytest.mark.parametrize("subject", ["999", "0" * 64, "not hex" * 10, "ffffffff", ""])
def test_a_subject_that_names_nothing_is_refused(case, tmp_path, subject):
    with pytest.raises(evidence.EvidenceFault):
        bundle(subject, tmp_path)


def test_an_act_that_waits_is_sealed_for_the_bundle_and_not_proven_where_no_sealer_answers(case, tmp_path, monkeypatch):
    waiting = place(SYSTEM, reason="y", cell=cell_at("/tests/"))
    with monkeypatch.context() as alone:
        alone.setattr(sealing, "request", lambda: False)
        with pytest.raises(evidence.EvidenceFault, match="sceau"):
            bundle(waiting.result.uid, tmp_path)
    assert report(bundle(waiting.result.uid, tmp_path)).ok


def test_the_first_anchored_checkpoint_over_it_is_taken_and_made_when_there_is_none(case, tmp_path):
    assert Anchor.objects.count() == 1, "the one before the acts"
    path = bundle(case.uid, tmp_path)
    assert Anchor.objects.count() == 2
    place(SYSTEM, reason="later", cell=cell_at("/tests/"))
    sealing.request()
    anchors.anchor()
    assert members(bundle(case.uid, tmp_path))["checkpoint"] == members(path)["checkpoint"]
    assert token.inspect(members(path)["checkpoint.tsr"]).at == NOON


def test_the_recipient_gets_the_parts_that_he_may_see(case, tmp_path):
    path = bundle(case.uid, tmp_path, visible=lambda part: part.name == "said", with_state=False)
    report(path)
    files = members(path)
    decided = Act.objects.get(type="test.decide").leaf.index
    assert f"acts/{decided}/part-said.json" in files
    assert f"acts/{decided}/part-why.json" not in files
    assert {"index": decided, "parts": ["why"]} in json.loads(files["withheld.json"])["acts"]
    assert json.loads(files[f"objects/{case.uid}.json"])["state"] is None


# --- what was erased -----------------------------------------------------------------------------------------------------


def test_an_erased_part_is_covered_by_its_erasure_act(case, tmp_path):
    part = Part.objects.get(name="said")
    erase_part(SYSTEM, part, ground="RGPD, art. 17")
    path = bundle(case.uid, tmp_path)
    found = report(path)
    assert "erasure.lawful" in {notice.check_id for notice in found.notices}
    assert any(name.startswith("erasures/") for name in members(path))
    assert not any(name.endswith("part-said.json") for name in members(path))


def test_without_the_erasure_act_the_same_absence_is_a_failure(case, tmp_path, monkeypatch):
    erase_part(SYSTEM, Part.objects.get(name="said"), ground="RGPD, art. 17")
    monkeypatch.setattr(evidence, "_erasures", lambda *_: [])
    assert {finding.check_id for finding in verify(bundle(case.uid, tmp_path)).findings} == {"part.missing"}


def test_an_act_that_was_erased_whole_is_still_proven(log, tmp_path):
    with clock.frozen(NOON):
        anchors.anchor()
        receipt = log_in(SYSTEM, method="password", success=True)
        log.seal_once()
    with clock.frozen(NOON + 400 * DAY):
        run()
        anchors.anchor()
        path = bundle(receipt.index, tmp_path)
    found, files = report(path), members(path)
    assert "erasure.lawful" in {notice.check_id for notice in found.notices}
    assert {name for name in files if name.startswith("acts/")} == {f"acts/{receipt.index}/act.tlog-proof"}


def test_the_history_of_an_object_whose_acts_before_the_last_were_erased_begins_there(log, tmp_path, monkeypatch):
    """Nothing names any more what came before an act that was erased whole: the bundle says from which number on it tells."""
    monkeypatch.setattr(Hold.Evidence, "keep", "kernel.access")
    monkeypatch.setattr(Hold, "scrub", lambda row: setattr(row, "reason", ""), raising=False)
    with clock.frozen(NOON):
        anchors.anchor()
        row = place(SYSTEM, reason="somebody", cell=cell_at("/tests/")).result
        lift(SYSTEM, hold=row)
        log.seal_once()
    with clock.frozen(NOON + 400 * DAY):
        run()
        run()
        path = bundle(row.uid, tmp_path)
    begun = [notice for notice in report(path).notices if notice.check_id == "object.begun-earlier"]
    assert [notice.where for notice in begun] == [f"objects/{row.uid}.json"]
    told = json.loads(members(path)[f"objects/{row.uid}.json"])
    assert [link["seq"] for link in told["chain"]] == [2, 3]
    assert "somebody" not in str(members(path))


def test_the_history_of_an_object_whose_first_acts_were_erased_says_so(case, log, tmp_path, monkeypatch):
    monkeypatch.setattr(Hold.Evidence, "keep", "kernel.access")
    monkeypatch.setattr(Hold, "scrub", lambda row: setattr(row, "reason", ""), raising=False)
    with clock.frozen(NOON):
        row = place(SYSTEM, reason="somebody", cell=cell_at("/tests/")).result
        log.seal_once()
    with clock.frozen(NOON + 400 * DAY):
        run()
        run()
        path = bundle(row.uid, tmp_path)
    found = report(path)
    assert "erasure.lawful" in {notice.check_id for notice in found.notices}
    told = json.loads(members(path)[f"objects/{row.uid}.json"])
    assert [(link["seq"], link["prev"], bool(link["post"])) for link in told["chain"]] == [
        (1, "", False),
        (2, ANY, True),
    ]
    assert told["state"]
    assert "somebody" not in str(members(path))


# --- the other verifiers -------------------------------------------------------------------------------------------------


def test_the_module_and_the_shell_script_agree(case, tmp_path, leg):
    leg("openssl")
    erase_part(SYSTEM, Part.objects.get(name="said"), ground="RGPD, art. 17")
    path = bundle(case.uid, tmp_path)
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-m", "opposable.ledger", "verify", str(path), "--json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["ok"]
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    shell = subprocess.run(["sh", "VERIFY.sh"], cwd=folder, capture_output=True, text=True, check=False)
    assert shell.returncode == 0, shell.stdout + shell.stderr
    act_file = folder / "acts" / str(Act.objects.get(type="test.decide").leaf.index) / "act.json"
    act_file.write_bytes(act_file.read_bytes().replace(b"done", b"dome"))
    assert subprocess.run(["sh", "VERIFY.sh"], cwd=folder, capture_output=True, check=False).returncode == 1


def test_the_command_writes_a_bundle_that_the_command_accepts(scratch, tmp_path):
    uid = scratch.run(
        "row = place(SYSTEM, reason='x', cell=cell).result; sealer.seal_once(); print(json.dumps(row.uid))"
    )
    path = tmp_path / "case.asice"
    status, said = scratch.cli("bundle", uid[:16], "--out", str(path))
    assert status == 0, said
    status, said = scratch.cli("verify", str(path))
    assert status == 0, said
    assert "summary.pdf" in members(path)
    status, said = scratch.cli("bundle", "ffffffff", "--out", str(path))
    assert status == 1
    assert "names no object" in said
