"""The demo as a newcomer runs it: built by the command, audited, its evidence verified by whoever trusts nobody."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

HOLDERS = "20"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "home"
    done = opposable(folder, "demo", "--no-serve", "--holders", HOLDERS, "--port", str(free_port()))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def opposable(home, *arguments, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPPOSABLE", "DJANGO"))}
    environment["OPPOSABLE_LANG"] = "en"
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "opposable", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=400, **more)


def free_port():
    """Four ports in a row that nobody has."""
    for base in range(18_000 + os.getpid() % 1_000 * 10, 31_000, 10):
        try:
            for port in range(base, base + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free port")


def test_its_last_lines_say_where_to_look(home):
    folder, said = home
    assert "secretary@arsenal.example" in said
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", said)
    assert str(folder / "bundles") in said


def test_the_audit_finds_nothing(home):
    folder, _ = home
    done = opposable(folder, "audit", "--json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "status"), [("vote-compte", 0), ("vote-tardif", 0), ("vote-falsifie", 1)])
def test_the_bundles_are_verified_without_the_installation(home, tmp_path, name, status):
    folder, _ = home
    bundle = folder / "bundles" / f"{name}.asice"
    alone = [sys.executable, "-m", "opposable.ledger", "verify", str(bundle), "--json"]
    report = subprocess.run(alone, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=180)
    assert report.returncode == status, report.stdout
    told = json.loads(report.stdout)
    assert told["facts"]["not_after"]
    assert {"time.undated", "time.no-after"}.isdisjoint(notice["check"] for notice in told["notices"]), (
        "dated from both sides"
    )
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
    shell = subprocess.run(["sh", "VERIFY.sh"], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=180)
    assert (shell.returncode == 0) == (status == 0), shell.stdout + shell.stderr


def meetings(folder):
    return json.loads(opposable(folder, "assembly", "list", "--json").stdout)


def test_three_meetings_were_played(home):
    folder, _ = home
    assert [item["status"] for item in meetings(folder)][-1] == "open"
    assert len(meetings(folder)) == 3


def test_the_same_ballots_under_the_law_of_2007_give_other_figures(home):
    folder, _ = home
    held = meetings(folder)[1]["uid"]
    declared = json.loads(opposable(folder, "assembly", "results", held, "--json").stdout)
    compared = json.loads(opposable(folder, "assembly", "results", held, "--law", "2007-09-01", "--json").stdout)
    assert all(item["simulation"] for item in compared)
    for result, item in zip(declared, compared, strict=True):
        assert item["declared"] == result
        old = item["simulated"]
        assert old["base_kind"] == "held"
        assert old["base"] >= result["base"]
        assert result["base"] == result["for"] + result["against"]
        assert item["why"]["fr"]


@contextmanager
def served(folder):
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPPOSABLE", "DJANGO"))}
    environment["OPPOSABLE_LANG"] = "en"
    command = [sys.executable, "-m", "opposable", "serve", "--home", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            if line.startswith("voting"):
                break
        else:
            raise AssertionError("the server did not start")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def fetch(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_both_sites_answer_and_are_apart(home):
    folder, _ = home
    with served(folder) as port:
        assert fetch(port, "/accounts/login/")[0] == 200
        assert fetch(port, "/demo/mailbox/")[0] == 200
        assert fetch(port + 1, "/")[0] == 200
        for path in ("/accounts/login/", "/acts/", "/law/", "/assembly/", "/api/openapi.json", "/demo/mailbox/"):
            assert fetch(port + 1, path)[0] == 404, path


def test_a_second_build_is_refused_and_nothing_is_lost(home):
    folder, said = home
    again = opposable(folder, "demo", "--no-serve")
    assert again.returncode == 0
    assert again.stdout == said
    assert opposable(folder, "init", "--origin", "x.example/1").returncode == 2
    assert Path(folder, "opposable.toml").exists()


def test_a_port_that_is_taken_is_said_before_anything_is_built(tmp_path):
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 2))
        other.listen()
        done = opposable(tmp_path / "home", "demo", "--no-serve", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port + 2}" in done.stderr
    assert "--port" in done.stderr
    assert not (tmp_path / "home").exists()
