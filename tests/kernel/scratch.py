"""Installations of their own, in processes of their own: for what kills, backs up, restores, or looks at the bytes on the disk."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

URL = os.environ.get("OPPOSABLE_DATABASE_URL", "")
ORIGIN = "scratch.example/2026"
PRELUDE = """
    import json, os, sys
    from datetime import UTC, date, datetime, timedelta
    from opposable.commands import start_django
    start_django()
    from django.conf import settings
    from django.db import connection
    from opposable.kernel import accounts, actors, anchors, clock, duties, parts, restore, retention, sealing
    from opposable.kernel.audit import audit
    from opposable.kernel.models import *
    from opposable.kernel.sealing_service import open_sealer
    from tests.kernel.holds import lift, place
    SYSTEM = actors.system("tests")
    NOON = datetime(2025, 3, 29, 12, tzinfo=UTC)
    DAY = timedelta(days=1)
    sealer = open_sealer()
    sealing.inline = sealer.seal_once
    cell = accounts.cell("/tests/")
"""


FILES = """
    SELECT pg_read_binary_file(path, 0, (pg_stat_file(path)).size, true)
    FROM (SELECT %(folder)s || '/' || name AS path FROM pg_ls_dir(%(folder)s) AS name) AS named
    WHERE NOT (pg_stat_file(path)).isdir
"""
"""What the files in a folder of the server hold; the server of the tests was started by them."""


@dataclass
class Scratch:
    """One installation: its HOME and, on PostgreSQL, its database."""

    home: Path
    database: str = ""

    @property
    def environ(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPPOSABLE_", "DJANGO_"))}
        kept |= {
            "OPPOSABLE_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "opposable.settings",
            "OPPOSABLE_LANG": "en",
        }
        return kept | ({"OPPOSABLE_DATABASE_URL": at(self.database)} if self.database else {})

    def run(self, code, *, status=0):
        """Run Python with the prelude; what it prints as JSON on its last line."""
        script = textwrap.dedent(PRELUDE) + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environ, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None

    def cli(self, *arguments):
        """Run `opposable`; exit status and everything it said."""
        command = [sys.executable, "-m", "opposable", *arguments]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=180, check=False)
        return done.returncode, done.stdout + done.stderr

    def back_up(self, name):
        """Copy the database, nothing else."""
        if self.database:
            copy(self.database, f"{self.database}_{name}")
        else:
            assert not (self.home / "db.sqlite3-wal").exists(), "the last process that ended left its journal"
            shutil.copy(self.home / "db.sqlite3", self.home.parent / name)  # no process has it open

    def empty(self):
        """Put a database without any table in the place of the present one."""
        if self.database:
            drop(self.database)
            copy("template1", self.database)
        else:
            (self.home / "db.sqlite3").unlink()

    def put_back(self, name):
        """Put a copied database in the place of the present one."""
        if self.database:
            drop(self.database)
            copy(f"{self.database}_{name}", self.database)
            return
        for suffix in ("-wal", "-shm"):
            (self.home / f"db.sqlite3{suffix}").unlink(missing_ok=True)
        shutil.copy(self.home.parent / name, self.home / "db.sqlite3")

    def server_places(self, secret):
        """Where the server keeps these bytes: ``tables`` (the files of the database), ``journal`` (its WAL), ``dump``."""
        found = {"dump"} if secret in dump(self.database) else set()
        with psycopg.connect(at(self.database), autocommit=True) as db:
            db.execute("CHECKPOINT")
            oid = db.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()[0]
            for name, folder in (("tables", f"base/{oid}"), ("journal", "pg_wal")):
                if any(secret.encode() in bytes(data) for (data,) in db.execute(FILES, {"folder": folder}) if data):
                    found.add(name)
        return found


def dump(database):
    """Every table as text, as a backup of the data has it: byte columns in hexadecimal and as they are."""
    said = []
    with psycopg.connect(at(database)) as db:
        for (table,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            with db.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))) as copied:
                said += [bytes(data).decode("latin-1") for data in copied]
    return "".join(said)


def at(database):
    parts = urlsplit(URL)
    return urlunsplit(parts._replace(path=f"/{database}"))


def copy(source, target):
    with psycopg.connect(URL, autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source)))


def drop(database):
    with psycopg.connect(URL, autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An installation to copy: made once."""
    made = Scratch(tmp_path_factory.mktemp("template") / "home", "scratch_template" if URL else "")
    if URL:
        drop(made.database)
        copy("template1", made.database)
    status, said = made.cli("init", "--origin", ORIGIN, "--draw-passphrase")
    assert status == 0, said
    return made


@pytest.fixture
def scratch(template, tmp_path, request):
    """A fresh copy of an empty installation."""
    return copied(template, tmp_path, request.node.nodeid)


def copied(source, folder, name):
    """An installation in ``folder`` that is as ``source`` is, which no process has open. ``name``: for its database."""
    shutil.copytree(source.home, folder / "home")
    database = ""
    if URL:
        database = f"scratch_{abs(hash(name)):x}"[:40]
        copy(source.database, database)
    return Scratch(folder / "home", database)
