"""The witness as a server, a folder and a command."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from opposable.kernel.faults import Fault
from opposable.kernel.keys import KeyFault, create_file_key
from opposable.kernel.witness import (
    WitnessAhead,
    WitnessHome,
    ask_witness,
    server as server_module,
)
from opposable.kernel.witness.protocol import LIMIT
from opposable.ledger import note
from tests.kernel.witness.scene import NAME, ORIGIN, Log, Scene

# ------------------------------------------------------------------------------------------ HTTP


def test_the_pages_say_who_we_are_and_what_was_cosigned(scene: Scene) -> None:
    scene.ask(5)
    status, front = scene.get("/")
    assert status == 200
    for said in (NAME, scene.witness.vkey, ORIGIN, "5 feuilles"):
        assert said in front
    assert "ALERTE" not in front
    status, page = scene.get(f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
    assert status == 200
    keys = [note.Verifier.parse(scene.log.vkey), note.Verifier.parse(scene.witness.vkey)]
    assert [who.name for who in note.open_note(page, keys)[1]] == [ORIGIN, NAME]
    assert scene.get(f"/{'0' * 64}/checkpoint")[0] == 404
    assert scene.get("/../witness.toml")[0] == 404
    assert scene.get("/add-checkpoint")[0] == 405


def raw(scene: Scene, request: bytes, timeout: float = 60) -> bytes:
    with socket.create_connection(("127.0.0.1", scene.server.server_port), timeout=timeout) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -1\r\n\r\n", b"411"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1e3\r\n\r\n", b"411"),
        (
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"411",
        ),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1), b"413"),
        (b"POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b"404"),
        (b"HEAD / HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n", b"200"),
        (b"PUT /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 0\r\n\r\n", b"501"),
    ],
)
def test_requests_out_of_the_protocol_are_refused(scene: Scene, head: bytes, status: bytes) -> None:
    answer = raw(scene, head)
    assert answer.split(b" ", 2)[1] == status
    if head.startswith(b"HEAD"):
        assert answer.endswith(b"\r\n\r\n")


def test_a_connection_is_kept_alive(scene: Scene) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", scene.server.server_port, timeout=60)
    with contextlib.closing(connection):
        connection.connect()
        used = connection.sock
        for old, size, status in ((0, 3, 200), (0, 3, 409), (3, 9, 200)):
            connection.request("POST", "/add-checkpoint", scene.log.body(old, size))
            response = connection.getresponse()
            assert response.status == status
            response.read()
            assert connection.sock is used
    assert scene.witness.store.latest(ORIGIN).size == 9


def test_a_client_that_keeps_its_place_is_shown_out(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:  # who comes after it has the time it needs
        short.setattr(server_module, "LIFETIME", 0.3)
        connection = socket.create_connection(("127.0.0.1", scene.server.server_port), timeout=60)
        with connection, contextlib.suppress(ConnectionError):  # it may be shown out before it has spoken
            connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold")
            assert connection.recv(10) == b""
    scene.ask(3)


# ------------------------------------------------------------------------------------------ the folder


def test_a_witness_is_made_once_and_keeps_its_key_and_name(tmp_path: Path, log: Log) -> None:
    made = WitnessHome.make(tmp_path, NAME).watch([log.vkey])
    assert WitnessHome.load(tmp_path) == made
    assert made.watch([log.vkey]) is made
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {"witness.toml": 0o600, "witness.sqlite3": 0o600, "witness.key": 0o600, "passphrase": 0o600}


def test_a_crash_while_making_is_taken_up_again(tmp_path: Path) -> None:
    made = WitnessHome.make(tmp_path, NAME)
    (tmp_path / "witness.toml").unlink()
    assert WitnessHome.make(tmp_path, NAME) == made


def test_a_witness_without_its_memory_is_refused(tmp_path: Path) -> None:
    made = WitnessHome.make(tmp_path, NAME)
    (tmp_path / "witness.sqlite3").unlink()
    with pytest.raises(Fault, match="mémoire"):
        made.open()
    (tmp_path / "witness.toml").unlink()
    with pytest.raises(Fault, match="mémoire"):
        WitnessHome.make(tmp_path, NAME)


def test_a_witness_with_another_key_or_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPPOSABLE_PASSPHRASE", "a phrase of forty characters or more, long enough")
    made = WitnessHome.make(tmp_path, NAME)
    assert not (tmp_path / "keys/passphrase").exists()
    (tmp_path / "keys/witness.key").unlink()
    with pytest.raises(KeyFault, match="manque"):
        made.open()
    create_file_key(tmp_path / "keys/witness.key", os.environ["OPPOSABLE_PASSPHRASE"].encode())
    with pytest.raises(Fault, match="pas la clé de ce témoin"):
        made.open()


@pytest.mark.parametrize("name", ["", "two words", "a+b", 'a"b', "a\nb"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault, match="--name"):
        WitnessHome.make(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_witness_does_not_live_in_the_folder_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "opposable.toml").write_text('origin = "exemple.fr/2026"\n')
    with pytest.raises(Fault, match="un autre dossier"):
        WitnessHome.make(tmp_path, NAME)


def test_what_is_not_the_vkey_of_a_log_is_refused(tmp_path: Path) -> None:
    made = WitnessHome.make(tmp_path, NAME)
    for vkey in ("junk", made.vkey, "a+00000000+AAAA"):
        with pytest.raises(Fault, match="vkey d’un journal"):
            made.watch([vkey])
    (tmp_path / "witness.toml").write_text('name = "x"\n[[log]]\nvkey = 3\n')
    with pytest.raises(Fault, match="ne se lit pas"):
        WitnessHome.load(tmp_path)


# ------------------------------------------------------------------------------------------ the command


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`opposable witness …` in a process of its own: give it, and the lines it said up to «serves»."""
    code = "import sys; from opposable.kernel.witness import run; raise SystemExit(run(sys.argv[1:]))"
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said: list[str] = []
            for line in process.stdout:
                said.append(line.rstrip())
                if line.startswith("serves"):
                    break
            yield process, said
        finally:
            process.kill()


def test_the_command_from_first_start_to_restart(tmp_path: Path, log: Log) -> None:
    home, flags = str(tmp_path / "w"), ("--port", "0")
    with running("--home", home, "--name", NAME, "--log", log.vkey, *flags) as (process, said):
        url = said[-1].split()[1]
        vkey = next(line.split()[1] for line in said if line.startswith("vkey"))
        assert f"watches  {ORIGIN}" in said
        ask_witness(url, vkey, 0, [], log.note(5))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with running("--home", home, *flags) as (process, said):
        assert f"vkey     {vkey}" in said
        with pytest.raises(WitnessAhead):
            ask_witness(said[-1].split()[1], vkey, 0, [], log.note(4))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_the_command_needs_no_django(tmp_path: Path, log: Log) -> None:
    code = (
        "import sys; from opposable.kernel.witness import run\n"
        f"assert run(['--home', {str(tmp_path / 'w')!r}, '--name', {NAME!r}, '--log', {log.vkey!r}, '--check']) == 0\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)


def test_the_command_does_not_rename_a_witness(tmp_path: Path) -> None:
    WitnessHome.make(tmp_path, NAME)
    from opposable.kernel.witness import run

    with pytest.raises(Fault, match="ne change pas de nom"):
        run(["--home", str(tmp_path), "--name", "other.example", "--check"])
