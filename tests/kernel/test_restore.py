"""A backup put back: what was erased since stays erased, and an older past is not signed on."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

SCRIPT = """
import sys
from datetime import datetime, timedelta, UTC
from opposable.commands import start_django
start_django()
from opposable.kernel import actors, clock
from opposable.kernel.accounts import log_in
from opposable.kernel.retention import run
from opposable.kernel.sealing_service import in_process

WRITTEN = datetime(2025, 3, 1, tzinfo=UTC)
with in_process() as seal:
    for line in sys.argv[1:]:
        verb, _, what = line.partition(":")
        with clock.frozen(WRITTEN + timedelta(days=int(what) if verb == "erase" else 0)):
            if verb == "write":
                log_in(actors.system("tests"), method=what, success=True, email="somebody@secret.example")
            elif verb == "erase":
                print(run(thorough=True))
            seal()
"""


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    assert opposable(home, "init", "--origin", "restore.example/2026", "--draw-passphrase").returncode == 0
    return home


def opposable(home, *arguments):
    command = [sys.executable, "-m", "opposable", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment(home))


def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPPOSABLE", "DJANGO"))}
    return {**kept, "OPPOSABLE_HOME": str(home)}


def play(home, *lines):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *lines],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment(home),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def back_up(home, to):
    """The backup of the how-to page: SQLite's own, while the site may be running. The log and the keys are not in it."""
    with closing(sqlite3.connect(home / "db.sqlite3")) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def put_back(backup, home):
    for name in ("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(backup, home / "db.sqlite3")


def parts_left(home):
    with closing(sqlite3.connect(home / "db.sqlite3")) as db:
        return db.execute("SELECT count(*) FROM kernel_part WHERE name = 'login' AND cipher IS NOT NULL").fetchone()[0]


def test_what_was_erased_since_the_backup_is_erased_again(home, tmp_path):
    play(home, "write:password")
    back_up(home, tmp_path / "before.sqlite3")
    assert "parts erased" in play(home, "erase:400")
    assert parts_left(home) == 0
    put_back(tmp_path / "before.sqlite3", home)
    assert parts_left(home) == 1, "the backup brought it back, unreadable: its key is in no backup"
    done = opposable(home, "restore")
    assert parts_left(home) == 0
    assert "1 erasure acts replayed" in done.stdout or "2 erasure acts replayed" in done.stdout
    assert done.returncode == 1, "the erasure act itself is newer than the backup"
    assert "lacks" in done.stdout


def test_the_newest_backup_may_be_opened(home, tmp_path):
    play(home, "write:password", "erase:400")
    back_up(home, tmp_path / "newest.sqlite3")
    put_back(tmp_path / "newest.sqlite3", home)
    done = opposable(home, "restore")
    assert done.returncode == 0, done.stdout + done.stderr
    audit = opposable(home, "audit", "--parts", "--json")
    assert audit.returncode == 0, json.loads(audit.stdout)["findings"]


def test_an_older_database_is_not_signed_on(home, tmp_path):
    play(home, "write:one")
    back_up(home, tmp_path / "old.sqlite3")
    play(home, "write:two")
    put_back(tmp_path / "old.sqlite3", home)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "write:three"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(home),
    )
    assert done.returncode != 0
    assert "rolled back or restored" in done.stderr
    assert opposable(home, "audit").returncode == 1


def test_an_erasure_that_the_log_did_not_seal_is_refused(home):
    play(home, "write:password", "erase:400")
    (place,) = sorted(Path(home, "log", "erasures").iterdir())[:1]
    part = place / "part-erasure.json"
    part.write_bytes(part.read_bytes().replace(b'"until"', b'"Until"', 1))
    done = opposable(home, "restore")
    assert done.returncode == 1
    assert "no erasure that the log sealed" in done.stderr or "n’est pas un effacement" in done.stderr


def test_nothing_of_what_was_erased_is_on_the_disk(home, tmp_path):
    play(home, "write:password")
    back_up(home, tmp_path / "before.sqlite3")
    play(home, "erase:400")
    for path in [*home.rglob("*"), tmp_path / "before.sqlite3"]:
        if path.is_file():
            assert b"somebody@secret" not in path.read_bytes(), path
