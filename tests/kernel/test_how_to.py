"""The commands of three how-to pages, run as they are printed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opposable.kernel.keys import Keyring, draw_passphrase
from opposable.ledger import note

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
ORIGIN = "arsenal.example/2026"
BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """The shell blocks of a page in order: (word after ``sh``, commands)."""
    return BLOCK.findall((HOW_TO / page).read_text())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run commands with ``opposable`` on the path, in an empty folder, with a HOME that has a log key."""
    home = tmp_path / "var"
    home.mkdir()
    (home / "opposable.toml").write_text(f'origin = "{ORIGIN}"\n')
    draw_passphrase(home)
    Keyring(home, ORIGIN).create()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/opposable").write_text(f'#!/bin/sh\nexec {sys.executable} -m opposable "$@"\n')
    (tmp_path / "bin/opposable").chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OPPOSABLE_")} | {
        "OPPOSABLE_LANG": "en"
    }
    environ["PATH"] = f"{tmp_path}/bin:{environ['PATH']}"
    environ["OPPOSABLE_HOME"] = str(home)
    started: list[subprocess.Popen[str]] = []

    def run(commands: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["sh", "-euc", commands],
            cwd=tmp_path,
            env=environ | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # the shell and what it started end together
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)


def output(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return said


def test_run_a_witness(shell: Callable[..., subprocess.Popen[str]], tmp_path: Path, leg: Callable[[str], None]) -> None:
    leg("curl")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    vkey, said = "", []
    for kind, commands in blocks("run-a-witness.md"):
        running = shell(commands.replace("8099", port), LOG_VKEY=vkey)
        if kind == "background":
            assert running.stdout
            assert any(line.startswith("serves") for line in running.stdout)
            continue
        said.append(output(running))
        vkey = vkey or said[0].strip()
    assert note.Verifier.parse(vkey).name == ORIGIN
    asked, made, front = said
    assert asked.strip() == vkey
    assert f"watches  {ORIGIN}" in made
    assert "cabinet.example/temoin" in front
    assert ORIGIN in front
    assert {path.name for path in (tmp_path / "witness").iterdir()} >= {"witness.toml", "witness.sqlite3", "keys"}


def test_rotate_the_log_key(shell: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    said = [output(shell(commands)) for kind, commands in blocks("rotate-the-log-key.md") if not kind]
    listed, rotated, vkey, retired, changed = said
    old = listed.split()[0]
    assert rotated.split("\n")[0] == vkey.strip()
    assert old in retired
    assert not (tmp_path / "var/keys/log.key").exists()
    assert not (tmp_path / "var/keys/passphrase").exists()
    assert changed.count("signs") == 1
    phrase = {"OPPOSABLE_PASSPHRASE": "a long sentence that only the sealer is told"}
    (signer,) = Keyring(tmp_path / "var", ORIGIN, phrase).signers()
    assert note.vkey(ORIGIN, signer.public_key) == vkey.strip()


def test_back_up_and_restore(shell: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    home = {"OPPOSABLE_HOME": str(tmp_path / "installation"), "DJANGO_SETTINGS_MODULE": "opposable.settings"}
    output(shell(f"opposable init --origin {ORIGIN} --draw-passphrase", **home))
    output(
        shell(
            "OPPOSABLE_PASSWORD='a sentence that is long enough' opposable account create a@arsenal.example A", **home
        )
    )
    said = [output(shell(commands, **home)) for _, commands in blocks("back-up-and-restore.md")]
    assert "Next: opposable audit" in said[1]
    assert {path.name for path in (tmp_path / "backup/data").iterdir()} == {
        "db.sqlite3",
        "log",
        "documents",
        "opposable.toml",
    }


def test_rotate_into_a_hardware_module(
    shell: Callable[..., subprocess.Popen[str]], tmp_path: Path, leg: Callable[[str], None]
) -> None:
    leg("pkcs11")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    (commands,) = [commands for kind, commands in blocks("rotate-the-log-key.md") if kind == "pkcs11"]
    said = output(shell(commands, OPPOSABLE_PIN="123456", SOFTHSM2_CONF=str(tmp_path / "softhsm2.conf")))
    assert said.count("signs") == 2
    assert "pkcs11:module=" in said
