"""VERIFY.sh, run by /bin/sh in an unpacked bundle, agrees with the verifier in Python."""

import io
import os
import re
import shutil
import subprocess
import zipfile

import pytest

from opposable.ledger import assets
from opposable.ledger.bundle import layout
from opposable.ledger.bundle.writer import write_files
from opposable.ledger.catalogue import BY_ID
from opposable.ledger.verify import verify
from tests.bad import case
from tests.bad.cheats import CHEATS
from tests.bad.good import VARIANTS
from tests.bad.tsa import tsa

OPTIONS = {"policy": "--policy", "held": "--checkpoint", "roots": "--tsa"}
SHELLS = [
    shell
    for shell in ("dash", "bash", "bash --posix", "busybox sh", "ksh", "mksh", "yash")
    if shutil.which(shell.split()[0])
]
SEEN = [cheat for cheat in CHEATS if cheat.shell]


@pytest.fixture(scope="module", autouse=True)
def needs_openssl(leg):
    leg("openssl")


def sh(folder, *arguments, shell="/bin/sh", **environment):
    command = [*shell.split(), str(folder / "VERIFY.sh"), *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, cwd="/", env=os.environ | environment
    )


def failures(done):
    """Ids of the checks that failed; the numbers are those of the catalogue."""
    found = re.findall(r"^FAIL (\d+) (\S+) ", done.stdout, re.MULTILINE)
    assert all(BY_ID[check].number == int(number) for number, check in found)
    return {check for _, check in found}


def notices(done):
    found = re.findall(r"^- (\d+) (\S+): ", done.stdout, re.MULTILINE)
    assert all(BY_ID[check].number == int(number) for number, check in found)
    return {check for _, check in found}


def as_shell_says(checks):
    """The shell reads a header only in its one canonical form: it cannot tell 301 from 302."""
    return {"act.fields" if check == "act.canonical" else check for check in checks}


@pytest.mark.parametrize("cheat", SEEN, ids=lambda cheat: cheat.name)
def test_a_cheat_is_found_and_named(cheat, made, unpacked, brought):
    more = [OPTIONS[cheat.trust], brought[cheat.trust]] if cheat.trust else []
    folder = unpacked(made(cheat))
    done = sh(folder, *more)
    assert (done.returncode, done.stderr) == (1, "")
    assert failures(done) == as_shell_says(cheat.checks), done.stdout
    assert "FAUX / FALSE" in done.stdout


def test_a_bit_flipped_in_any_member_is_found_and_the_member_named(flipped, tmp_path):
    """By both; the script is run from elsewhere, for its own copy in the bundle is among what is changed."""
    for number, (name, data) in enumerate(flipped.items()):
        report, folder = verify(data), tmp_path / str(number)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(folder / "case")
        (folder / "VERIFY.sh").write_bytes(assets.verify_sh())
        done = sh(folder, folder / "case")
        assert (done.returncode, done.stderr) == (1, ""), name
        assert failures(done) & report.failed, (name, done.stdout)
        if name != layout.MANIFEST or "manifest.form" in failures(
            done
        ):  # a digest in it blames what it is of, and the token
            assert name in done.stdout
            assert name in {one.where for one in report.findings}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_good_bundle_is_green(variant, tmp_path, unpacked):
    done = sh(unpacked(write_files(variant.make(), tmp_path / "good.asice")))
    assert (done.returncode, done.stderr, failures(done)) == (0, "", set()), done.stdout
    assert "VÉRIFIÉ / VERIFIED" in done.stdout
    assert variant.notices <= notices(done)


def test_votes_counted_are_told_in_words(unpacked, tmp_path):
    done = sh(unpacked(write_files(case.close(case.good_files(case.counted_plan())), tmp_path / "counted.asice")))
    assert done.stdout.endswith("compté comme / counted as: 1.for 9, 1.against 1 (table of act 4)\n"), done.stdout
    assert "not checked here: that the line of the table hides these very votes" in done.stdout


def test_everything_brought_along(good, unpacked, brought):
    done = sh(unpacked(good), *[word for name, path in brought.items() for word in (OPTIONS[name], path)])
    assert done.returncode == 0, done.stdout
    assert not notices(done) & {"trust.key", "trust.tsa", "history.alone", "witness.none"}
    assert "acts 7, erasures 1, log arsenal.example/2026 of 14 acts" in done.stdout
    assert "not after: Jun  1 12:00:00 2027 GMT" in done.stdout


def test_a_policy_may_name_witnesses_alone(good, unpacked, tmp_path):
    (tmp_path / "policy").write_text(f"witness auditor {case.WITNESS_VKEY}\nquorum auditor\n")
    done = sh(unpacked(good), "--policy", tmp_path / "policy")
    assert done.returncode == 0, done.stdout
    assert "trust.key" in notices(done)


def test_it_says_what_it_cannot_see(good, unpacked):
    assert "not checked here: the ZIP itself" in sh(unpacked(good)).stdout


def test_roots_of_another_authority(good, unpacked, tmp_path):
    (tmp_path / "other.pem").write_bytes(tsa("stranger").root)
    done = sh(unpacked(good), "--tsa", tmp_path / "other.pem")
    assert failures(done) == {"manifest.token", "token.checkpoint", "token.after"}


def test_a_policy_with_groups_is_counted(good, unpacked, tmp_path):
    base = case.trusted_policy().replace("quorum witnesses\n", "").replace("group witnesses all auditor\n", "")
    other = case.note.vkey("other.example", case.OTHER_KEY.public_key().public_bytes_raw(), case.note.COSIGNATURE)
    base = f"# who we trust\n\n{base}witness  other\t{other} https://other.example\n"
    folder = unpacked(good)
    for lines, status in (
        ("quorum none\n", 0),
        ("quorum auditor\n", 0),
        ("quorum other\n", 1),
        ("group both all auditor other\nquorum both\n", 1),
        ("group one any auditor other\nquorum one\n", 0),
        ("group one 1 auditor other\ngroup top all one\nquorum top\n", 0),
        ("group two 2 auditor other\ngroup top any two\nquorum top\n", 1),
        ("group three 3 auditor other\nquorum three\n", 2),
        ("group one any auditor auditor\nquorum one\n", 2),
        ("group one any nobody\nquorum one\n", 2),
        ("quorum one\n", 2),
        ("quorum none", 2),
        ("", 2),
    ):
        (tmp_path / "policy").write_text(base + lines)
        done = sh(folder, "--policy", tmp_path / "policy")
        assert done.returncode == status, (lines, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "arguments", [["--policy"], ["--policy", "/nowhere"], ["--what"], ["/nowhere"], ["/", "/tmp"]], ids=" ".join
)
def test_wrong_use_is_told_apart(arguments, good, unpacked):
    done = sh(unpacked(good), *arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_folder_can_be_named(good, unpacked, tmp_path):
    folder = unpacked(good)
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "VERIFY.sh").write_bytes(assets.verify_sh())
    assert sh(elsewhere, folder).returncode == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_of_the_machine_gives_the_same_answer(shell, good, unpacked):
    folder = unpacked(good)
    done = sh(folder, shell=shell)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    part = folder / "acts/6/part-form.json"
    part.write_bytes(part.read_bytes().replace(b"[9,1,0]", b"[1,9,0]"))
    assert failures(sh(folder, shell=shell)) == {"manifest.digest", "part.digest"}


def test_the_language_of_the_machine_changes_nothing(good, unpacked):
    assert sh(unpacked(good), LC_ALL="fr_FR.UTF-8", LANG="fr_FR.UTF-8").returncode == 0


def test_it_uses_nothing_but_a_shell_openssl_and_coreutils(good, unpacked, tmp_path):
    """With a path on which only these programs lie."""
    allowed = [
        "cat",
        "cut",
        "expr",
        "mkdir",
        "mktemp",
        "od",
        "openssl",
        "rm",
        "sha256sum",
        "sha384sum",
        "sha512sum",
        "tr",
        "wc",
    ]
    path = tmp_path / "bin"
    path.mkdir()
    for name in allowed:
        (path / name).symlink_to(shutil.which(name))
    done = sh(unpacked(good), PATH=str(path))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_links_in_an_unpacked_bundle_are_refused(good, unpacked, tmp_path):
    folder = unpacked(good)
    (folder / "acts/0/part-why.json").rename(tmp_path / "why")
    (folder / "acts/0/part-why.json").symlink_to(tmp_path / "why")
    assert "container.layout" in failures(sh(folder))


def test_file_names_from_an_enemy_run_nothing(good, unpacked, tmp_path):
    folder = unpacked(good)
    for name in ("$(touch owned)", "a b", "-n", "x;touch owned", "`touch owned`"):
        (folder / "acts" / "0" / name).write_bytes(b"")
    done = sh(folder)
    assert failures(done) == {"container.names", "container.layout", "manifest.unlisted"}
    assert not list(tmp_path.rglob("owned"))
