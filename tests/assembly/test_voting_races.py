"""Two tabs, two processes, at the same moment: one form counts, and everybody is told which."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def home(request, tmp_path):
    """A HOME of its own on each database: (folder, environment)."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    address = environ.pop("OPPOSABLE_DATABASE_URL", "")
    if request.param == "sqlite":
        yield tmp_path / "home", environ
        return
    import psycopg

    name = f"race_{tmp_path.name[-20:]}".replace("-", "_").lower()
    parts = urlsplit(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield tmp_path / "home", {**environ, "OPPOSABLE_DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}"))}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def start(home, *words):
    folder, environ = home
    command = [sys.executable, "-m", "tests.assembly.race", str(folder), *words]
    return subprocess.Popen(
        command, env=environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(process):
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return json.loads(line)


def once(home, *words):
    process = start(home, *words)
    try:
        return said(process)
    finally:
        process.communicate(timeout=180)


def race(home, *runners):
    """Hold them all at the gate, then let them go; what each was answered."""
    processes = [start(home, "vote", *runner) for runner in runners]
    try:
        for process in processes:
            assert said(process) == {"ready": True}
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        return [said(process) for process in processes]
    finally:
        for process in processes:
            process.communicate(timeout=180)


def test_the_same_form_twice_at_once_is_one_form_with_one_receipt(home):
    key = once(home, "tell")["keys"][0]
    answers = race(home, (key, "for"), (key, "for"), (key, "for"))
    assert [answer["status"] for answer in answers] == [303] * 3
    assert len({answer["where"] for answer in answers}) == 1
    told = once(home, "report")
    assert [status for _, status, _ in told["forms"]] == ["counted"]
    assert told["acts"] == ["done"]


def test_two_forms_at_once_leave_one_that_counts(home):
    one, other = once(home, "tell")["keys"]
    answers = race(home, (one, "for"), (other, "against"))
    assert [answer["status"] for answer in answers] == [303, 303]
    assert len({answer["where"] for answer in answers}) == 2
    told = once(home, "report")
    assert sorted(status for _, status, _ in told["forms"]) == ["counted", "superseded"]
    assert told["acts"] == ["done", "done"]
    last = told["forms"][-1]
    assert last[1] == "counted"
