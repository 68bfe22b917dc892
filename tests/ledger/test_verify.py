"""The verifier in Python: every named cheat is found by exactly the checks it should be, every good bundle is green."""

import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from opposable.ledger.__main__ import describe
from opposable.ledger.bundle.writer import write_files
from opposable.ledger.errors import NoteError, PolicyError, TokenError
from opposable.ledger.verify import BY_ID, CATALOGUE, CATEGORIES, verify
from tests.bad import case
from tests.bad.cheats import CHEATS
from tests.bad.good import VARIANTS

TRUST = {"policy": "policy", "held": "checkpoint", "roots": "tsa_roots"}


def options(brought, *names):
    values = {name: brought[name].read_bytes() for name in names}
    return {TRUST[name]: [data] if name == "roots" else data for name, data in values.items()}


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_is_found_and_named(cheat, made, brought):
    report = verify(made(cheat), **(options(brought, cheat.trust) if cheat.trust else {}))
    assert report.failed == cheat.checks, [(one.check_id, one.where, one.detail) for one in report.findings]
    assert not report.ok


@pytest.mark.parametrize("cheat", [cheat for cheat in CHEATS if cheat.trust], ids=lambda cheat: cheat.name)
def test_some_cheats_are_seen_only_by_who_knows_something_from_elsewhere(cheat, made):
    """Why the verifier says what it took from the bundle itself."""
    report = verify(made(cheat))
    assert report.ok
    assert {"trust.key", "history.alone"} <= {notice.check_id for notice in report.notices}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_good_bundle_is_green(variant, tmp_path):
    report = verify(write_files(variant.make(), tmp_path / "good.asice"))
    assert report.findings == []
    assert variant.notices <= {notice.check_id for notice in report.notices}


def test_what_is_to_be_known_of_a_good_bundle_is_said_once_and_where(good):
    """A notice that is always there tells nobody anything: each is about something that is so."""
    said = sorted((notice.check_id, notice.where) for notice in verify(good).notices)
    assert said == [
        ("erasure.lawful", "acts/2/part-identity.json"),
        ("erasure.no-rule", "erasures/8/part-erasure.json"),
        ("history.alone", ""),
        ("object.no-chain", ""),
        ("part.withheld", "acts/6/part-identity.json"),
        ("time.no-after", ""),
        ("trust.key", "log.vkey"),
        ("trust.tsa", ""),
        ("witness.none", ""),
    ]


def test_everything_brought_along_leaves_no_doubt_about_trust(good, brought):
    report = verify(good, **options(brought, "policy", "roots", "held"))
    assert report.ok
    said = {notice.check_id for notice in report.notices}
    assert not said & {"trust.key", "trust.tsa", "history.alone", "witness.none"}
    assert report.facts["trust"] == "policy"
    assert report.facts["witnesses"] == {"auditor": int(case.LAST_TOKEN.timestamp()) - 60}
    assert report.performed["policy.quorum"] == report.performed["history.proof"] == 1


def test_a_policy_may_name_witnesses_alone(good):
    """The log is then known otherwise; here from the bundle, and that is said."""
    witnesses = f"witness auditor {case.WITNESS_VKEY}\nquorum auditor\n"
    report = verify(good, policy=witnesses)
    assert report.ok
    assert report.performed["policy.quorum"] == 1
    assert "trust.key" in {notice.check_id for notice in report.notices}


def test_roots_of_another_authority_are_not_enough(good):
    report = verify(good, tsa_roots=[case.tsa("stranger").root])
    assert report.failed == {"manifest.token", "token.checkpoint", "token.after"}


def test_a_checkpoint_of_another_log_is_refused(good):
    plan = case.good_plan()
    plan.origin = "elsewhere.example/2026"
    assert verify(good, checkpoint=case.seal(plan).held).failed == {"history.held"}


def test_a_checkpoint_larger_than_the_bundle_shows_that_it_is_old(good):
    plan = case.good_plan()
    for number in range(10, 13):
        plan.acts[f"later-{number}"] = case.Spec(
            "assembly.form.receive", "2027-05-04T08:00:00.000000Z", [(f"{number}" * 16, {})]
        )
    assert verify(good, checkpoint=case.seal(plan).signed()).failed == {"history.proof"}


def test_the_same_checkpoint_needs_no_proof(good):
    assert verify(good, checkpoint=case.seal(case.good_plan()).signed()).ok


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"policy": "quorum everybody\n"}, PolicyError),
        ({"tsa_roots": [b"none"]}, TokenError),
        ({"checkpoint": "no note"}, NoteError),
    ],
)
def test_what_the_verifier_brought_must_be_readable(good, what, error):
    with pytest.raises(error):
        verify(good, **what)


def test_every_check_was_made_on_the_good_bundle(good, brought):
    """A check that is never performed would never fail."""
    report = verify(good, **options(brought, "policy", "roots", "held"))
    missing = {check.id for check in CATALOGUE if check.level == "failure"} - set(report.performed)
    # These are made only when something is amiss or said otherwise.
    assert {check for check in missing if not check.startswith("count.")} == {"policy.form"}
    assert report.performed["proof.inclusion"] == 8
    assert report.performed["part.digest"] == 7


def test_votes_counted_are_told_in_words(tmp_path):
    """`verify` says as what the votes of the holder were counted, where the table that was published bears it out."""
    report = verify(write_files(case.close(case.good_files(case.counted_plan())), tmp_path / "counted.asice"))
    assert report.ok, report.findings
    assert {check for check in report.performed if check.startswith("count.")} == {
        "count.form", "count.line", "count.opening", "count.sum"
    }  # fmt: skip
    french, english = describe(report, "fr")[-1], describe(report, "en")[-1]
    assert french.startswith("  compté comme : 1 pour 9, 1 contre 1 (formulaire de l’acte n° 2, ligne ")
    assert english.startswith("  counted as: 1 for 9, 1 against 1 (form of act 2, line ")


def test_every_failure_of_the_catalogue_has_its_cheat():
    found = set().union(*(cheat.checks for cheat in CHEATS))
    # The checkpoint that the verifier holds is tested above.
    assert {check.id for check in CATALOGUE if check.level == "failure"} - found == {"history.held"}


def test_the_catalogue_is_numbered_by_category_and_says_things_twice():
    numbers = [check.number for check in CATALOGUE]
    assert numbers == sorted(set(numbers))
    assert len(BY_ID) == len(CATALOGUE)
    for check in CATALOGUE:
        assert list(CATEGORIES)[check.number // 100 - 1] == check.category
        assert all((check.name_fr, check.name_en, check.means_fr.endswith("."), check.means_en.endswith(".")))
        assert check.means_fr != check.means_en


def test_a_bundle_can_be_given_as_bytes(good):
    assert verify(good.read_bytes()).ok


@pytest.mark.parametrize("step", range(7))
def test_a_flipped_bit_anywhere_is_found(good, step):
    """Whatever it falls into: header, proof, token, manifest, ZIP directory. What stays green unpacks to the same."""
    data = good.read_bytes()
    whole = contents(data)
    for at in range(step * 131, len(data), 7 * 131):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        assert not verify(bytes(changed)).ok or contents(changed) == whole, f"bit of byte {at}"


def contents(data):
    """What is unpacked. A ZIP also holds dates, rights and idle bits of compression, which nobody reads as evidence."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- command line ----------------------------------------------------------------------------------------------------


def run(*arguments):
    command = [sys.executable, "-m", "opposable.ledger", *map(str, arguments)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"OPPOSABLE_LANG", "LANG", "LC_ALL", "LC_MESSAGES"}
    }
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, env=kept)


def test_the_command_says_verified_and_ends_with_0(good, brought):
    done = run(
        "verify", good, "--policy", brought["policy"], "--tsa", brought["roots"], "--checkpoint", brought["held"]
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "VÉRIFIÉ" in done.stdout
    assert "490 trust.key" not in done.stdout
    assert "490 trust.key" in run("verify", good).stdout


def test_the_command_names_what_is_false_and_ends_with_1(good, tmp_path):
    cheat = next(one for one in CHEATS if one.name == "part_changed")
    path = write_files(cheat.make(), tmp_path / "bad.asice")
    done = run("verify", path, "--lang", "en")
    assert done.returncode == 1
    assert "FALSE 312 part.digest acts/6/part-form.json" in done.stdout
    report = json.loads(run("verify", path, "--json").stdout)
    assert report["ok"] is False
    assert [(one["number"], one["check"], one["where"]) for one in report["findings"]] == [
        (312, "part.digest", "acts/6/part-form.json")
    ]


def test_the_command_is_given_wrong_things_and_ends_with_2(good, brought):
    for arguments in (["verify"], ["verify", "nowhere.asice"], ["verify", good, "--policy", good], ["else"]):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stderr
        assert "Traceback" not in done.stderr


def test_the_command_lists_the_checks():
    assert " 403  proof.inclusion" in run("checks").stdout
    assert len(json.loads(run("checks", "--json").stdout)) == len(CATALOGUE)


ALONE = """
import sys
from importlib.abc import MetaPathFinder

class Wall(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first in sys.stdlib_module_names or first in {"cryptography", "_cffi_backend", "cffi", "orjson", "rfc3161_client"}:
            return None
        if name == "opposable" or name.startswith("opposable.ledger"):
            return None
        raise ModuleNotFoundError(f"not installed on the verifier's machine: {name}")

sys.meta_path.insert(0, Wall())
from opposable.ledger.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_runs_without_django(good, brought):
    """Where nothing is installed but the few libraries of the ledger: no Django, no other part of the house."""
    trust = ["--policy", str(brought["policy"]), "--tsa", str(brought["roots"]), "--checkpoint", str(brought["held"])]
    for words, status in ((["checks"], 0), (["verify", str(good), *trust], 0), (["verify", __file__], 1)):
        done = subprocess.run(
            [sys.executable, "-c", ALONE, *words], capture_output=True, text=True, timeout=180, check=False
        )
        assert (done.returncode, done.stderr) == (status, "")
