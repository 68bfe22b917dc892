"""The commands as a tired operator types them: what is wrong is said in one sentence that says what to do, and the status tells it.

0: done, and it holds; 1: looked at, and false or refused; 2: not as it must be asked.
"""

import errno
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tomllib

import pytest

from opposable.cli import main
from opposable.kernel import installation
from opposable.kernel.checkpoints import NAME
from opposable.ledger.bundle import writer
from opposable.ledger.errors import sentence
from tests.bad.case import close, good_content, good_files, good_plan, seal


@pytest.fixture
def opposable(monkeypatch, capsys, tmp_path):
    """Run a command in this process; (status, what it said)."""
    monkeypatch.setenv("OPPOSABLE_HOME", str(tmp_path / "unset"))

    def run(*arguments):
        status = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def one_sentence(said):
    return said.startswith("opposable: ") and said.count("\n") == 1 and "Traceback" not in said and "Errno" not in said


@pytest.mark.parametrize(
    "command", [("audit",), ("tick",), ("sealer",), ("restore",), ("serve",), ("bundle", "0", "--out", "x"), ("account", "list"),
                ("key", "list")], ids=lambda words: words[0],
)  # fmt: skip
def test_where_there_is_no_installation_the_command_says_how_to_make_one(opposable, tmp_path, command):
    status, said = opposable(*command, "--home", tmp_path / "none")
    assert (status, one_sentence(said)) == (2, True), said
    assert "no Opposable home: run `opposable init" in said
    assert not (tmp_path / "none").exists(), "and it makes nothing there"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return writer.write_files(close(good_files()), tmp_path_factory.mktemp("bundle") / "good.asice")


def test_verify_tells_what_is_false_from_what_is_misused(opposable, bundle, tmp_path):
    text, folder = tmp_path / "text", tmp_path
    text.write_text("root:x:0:0\n")
    assert opposable("verify", bundle)[0] == 0
    status, said = opposable("verify", text, "--lang", "en")
    assert status == 1
    assert "not a ZIP archive" in said
    for wrong in (
        [tmp_path / "none"],
        [folder],
        [bundle, "--policy", tmp_path / "none"],
        [bundle, "--policy", text],
        [bundle, "--policy", bundle],
        [bundle, "--tsa", text],
        [bundle, "--checkpoint", text],
        [bundle, "--checkpoint", folder],
    ):
        status, said = opposable("verify", *wrong)
        assert (status, one_sentence(said)) == (2, True), (wrong, said)
    assert opposable("verify")[0] == opposable("verify", bundle, "--nonsense")[0] == 2


def test_a_bundle_that_cannot_be_written_names_the_path_that_was_asked_for(tmp_path):
    for path, named in ((tmp_path, tmp_path), (tmp_path / "none/x.asice", tmp_path / "none")):
        with pytest.raises(OSError, match=str(named)) as caught:
            writer.write(good_content(seal(good_plan())), path)
        assert caught.value.filename == str(named)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_bundle(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        writer.write(good_content(seal(good_plan())), tmp_path / "x.asice")
    assert sentence(caught.value) == f"the disk of {tmp_path / 'x.asice'} is full: make room, then do it again"
    assert list(tmp_path.iterdir()) == []


def test_every_advice_is_a_sentence():
    for number in (errno.EACCES, errno.EROFS, errno.ENOSPC, errno.ELOOP):
        said = sentence(OSError(number, "said by the machine", "/a/file"))
        assert "/a/file" in said
        assert "said by" not in said
    assert sentence(OSError(errno.EIO, "Input/output error", "/a/file")) == "/a/file: Input/output error"
    assert sentence(OSError("no number")) == "no number"


@pytest.mark.parametrize("number", ["0", "-4", "65536", "99999", "http", "8000.5", "٨٠"])
def test_what_is_no_port_is_refused_before_anything_is_started(opposable, number):
    for command in ("serve", "demo"):
        status, said = opposable(command, f"--port={number}")
        assert status == 2
        assert "is no port" in said


def test_a_demo_whose_ports_are_taken_builds_nothing(opposable, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, said = opposable(
            "demo", "--no-serve", "--home", tmp_path / "demo", "--port", taken.getsockname()[1] - 3
        )
    assert (status, one_sentence(said)) == (2, True), said
    assert "choose another with --port" in said
    assert not (tmp_path / "demo").exists()


# --- making an installation ------------------------------------------------------------------------------------------


def test_an_installation_is_closed_to_other_accounts_but_for_its_public_log(tmp_path):
    installation.create(tmp_path / "home", "example/2026", draw=True)
    open_to_others = {
        path.relative_to(tmp_path / "home").as_posix()
        for path in (tmp_path / "home").rglob("*")
        if path.stat().st_mode & 0o077
    }
    # below a closed folder nothing can be reached, whatever its own rights
    reachable = {name for name in open_to_others if not name.startswith("keys/")}
    assert reachable <= {"log", "log/checkpoint", NAME, f"{NAME}-wal", f"{NAME}-shm"}
    assert (tmp_path / "home/db.sqlite3").stat().st_mode & 0o777 == 0o600
    secrets = [
        path for path in (tmp_path / "home/keys").rglob("*") if path.suffix == ".key" or path.name == "passphrase"
    ]
    assert len(secrets) >= 2
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in secrets)


def test_names_are_written_so_that_they_are_read_as_they_were_given(tmp_path):
    odd = {"mail_from": 'é "x" \\ \t', "url": "http://a/'\n", "mail": "]] #"}
    installation.create(tmp_path / "home", 'a"b/2026', draw=True, **odd)
    found = tomllib.loads((tmp_path / "home/opposable.toml").read_text("utf-8"))
    assert {name: found[name] for name in odd} == odd
    assert found["origin"] == 'a"b/2026'


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_no_log_can_have_makes_nothing(opposable, tmp_path, origin):
    status, said = opposable("init", "--home", tmp_path / "home", f"--origin={origin}", "--draw-passphrase")
    assert (status, one_sentence(said)) == (2, True), said
    assert not (tmp_path / "home").exists()


def test_a_home_that_lost_its_settings_is_no_place_for_another_log(opposable, tmp_path):
    installation.create(tmp_path / "home", "example/2026", draw=True)
    (tmp_path / "home/opposable.toml").unlink()
    status, said = opposable("init", "--home", tmp_path / "home", "--origin=other/2026", "--draw-passphrase")
    assert (status, one_sentence(said)) == (2, True), said
    assert "put this file back" in said


# --- an installation that is not as it was ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An installation on the embedded database, whatever the tests run on."""
    home = tmp_path_factory.mktemp("installed") / "home"
    status, said = run(home, "init", "--origin", "example/2026", "--draw-passphrase")
    assert status == 0, said
    return home


@pytest.fixture
def broken(home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


def run(home, *arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPPOSABLE_", "DJANGO_"))}
    kept["OPPOSABLE_LANG"] = "en"
    command = [sys.executable, "-m", "opposable", *arguments, "--home", str(home)]
    done = subprocess.run(command, env=kept, capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, done.stdout + done.stderr


def test_settings_without_their_secret_sign_no_session(broken):
    settings = broken / "opposable.toml"
    lines = [line for line in settings.read_text("utf-8").splitlines() if not line.startswith("secret")]
    for short in ("", 'secret = "short"\n'):
        settings.write_text("\n".join(lines) + "\n" + short, "utf-8")
        status, said = run(broken, "tick")
        assert (status, one_sentence(said)) == (2, True), said
        assert "put back the line" in said


@pytest.mark.parametrize(
    ("harm", "advice"),
    [
        (lambda path: path.write_bytes(b"no database" * 500), "put back the newest backup"),
        (lambda path: path.write_bytes(b""), "manage migrate"),
    ],
)
def test_a_database_that_is_none_is_said_so(broken, harm, advice):
    harm(broken / "db.sqlite3")
    status, said = run(broken, "audit")
    assert (status, one_sentence(said)) == (2, True), said
    assert advice in said


def test_a_database_of_an_earlier_version_is_said_so(broken):
    """By tick, before it does anything; by another command when it meets what is not there."""
    with sqlite3.connect(broken / "db.sqlite3") as base:
        base.execute("ALTER TABLE kernel_duty RENAME COLUMN attempts TO tried")
    base.close()
    status, said = run(broken, "tick")
    assert (status, one_sentence(said)) == (2, True), said
    assert "has not the columns of this version: run `opposable manage migrate`" in said
    with sqlite3.connect(broken / "db.sqlite3") as base:
        base.execute("DELETE FROM django_migrations WHERE app = 'kernel' AND name = '0001_initial'")
    base.close()
    status, said = run(broken, "tick")
    assert (status, one_sentence(said)) == (2, True), said
    assert "1 migration is missing, kernel.0001_initial among them" in said


def test_a_checkpoint_store_that_does_not_read_is_an_alarm_and_nothing_is_signed(broken):
    (broken / NAME).write_bytes(b"no database" * 500)
    status, said = run(broken, "audit")
    assert status == 1
    assert "store.missing" in said
    status, said = run(broken, "sealer")
    assert (status, one_sentence(said)) == (1, True), said


def test_a_store_of_another_log_is_an_alarm(broken):
    with sqlite3.connect(broken / NAME) as store:
        store.execute("UPDATE checkpoint SET origin = 'other/2026'")
    store.close()
    status, said = run(broken, "audit")
    assert status == 1
    assert "store.missing" in said
