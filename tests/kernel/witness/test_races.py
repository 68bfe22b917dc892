"""Races, crashes and clocks: whatever comes between the check and the answer, one past is cosigned."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from opposable.kernel.faults import Fault
from opposable.kernel.outbound import Unreachable
from opposable.kernel.witness import (
    Refusal,
    Witness,
    WitnessAhead,
    WitnessFault,
    WitnessHome,
    ask_witness,
    serve,
)
from opposable.kernel.witness.store import Store
from opposable.ledger import cosignature, note
from opposable.ledger.errors import NoteError
from tests.kernel.witness.scene import NAME, NOW, ORIGIN, Log, Scene

# ------------------------------------------------------------------------------------------ races


def test_concurrent_submissions_never_roll_back(tmp_path: Path, log: Log) -> None:
    """8 threads submit sizes of their own choice, upwards: what is written only ever grows, and every cosignature verifies."""
    written: list[int] = []
    home = WitnessHome.make(tmp_path, NAME).watch([log.vkey])
    plain = home.open()

    def step(name: str) -> None:
        if name == "written":  # inside the transaction
            written.append(witness.store.latest(ORIGIN).size)

    witness = Witness(NAME, plain._key, plain.logs, plain.store, step=step)
    with contextlib.closing(witness.store), serve(witness) as server:
        scene = Scene(log, witness, server, tmp_path)
        faults: list[Exception] = []

        def submit(seed: int) -> None:
            for size in sorted(random.Random(seed).sample(range(1, 65), 16)):
                try:
                    scene.ask(size)
                except WitnessAhead as ahead:
                    if ahead.known <= size:
                        faults.append(ahead)
                except (Fault, NoteError) as fault:
                    if "change de taille" not in str(fault):
                        faults.append(fault)

        threads = [threading.Thread(target=submit, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert faults == []
        scene.ask(64)
    assert written == sorted(written)
    assert written[-1] == 64
    assert len(set(written)) > 1


@pytest.mark.parametrize("other", ["same process", "another process"])
def test_nothing_comes_between_the_check_and_the_memory(tmp_path: Path, log: Log, other: str) -> None:
    """The race that the specification describes, forced: B is submitted when A has been checked and not yet kept."""
    home = WitnessHome.make(tmp_path, NAME).watch([log.vkey])
    first = home.open()
    second = first if other == "same process" else home.open()
    answers: list[str] = []

    def submit_b() -> None:
        try:
            answers.append(rival.add_checkpoint(log.body(0, 9)))
        except Refusal as refusal:
            answers.append(f"{refusal.status} {refusal.body}")

    def step(name: str) -> None:
        if name == "checked":
            b.start()
            b.join(0.3)  # B would have time to be cosigned, if it could

    b = threading.Thread(target=submit_b)
    witness = Witness(NAME, first._key, first.logs, first.store, step=step)
    rival = Witness(NAME, second._key, second.logs, second.store)
    assert witness.add_checkpoint(log.body(0, 5)).startswith("—")
    b.join(60)
    assert answers == ["409 5\n"]
    assert first.store.latest(ORIGIN).size == 5
    for opened in (first, second):
        opened.store.close()


def test_two_pasts_raced_against_each_other_never_both_get_a_cosignature(scene: Scene) -> None:
    pasts = [scene.log, *(Log(key=scene.log.key, flavour=f"past {number} ") for number in range(5))]
    won: list[tuple[int, bytes]] = []

    def submit(log: Log) -> None:
        for size in range(1, 6):
            with contextlib.suppress(WitnessFault):
                scene.ask(size, log=log)
                won.append((size, log.root(size)))

    threads = [threading.Thread(target=submit, args=(log,)) for log in pasts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert won
    assert any(all(past.root(size) == root for size, root in won) for past in pasts), "two pasts were cosigned"


def test_two_processes_on_one_memory_do_not_roll_it_back(scene: Scene) -> None:
    """A second server on the same folder, started by mistake."""
    home = WitnessHome.load(scene.home)
    assert home is not None
    second = home.open()
    with contextlib.closing(second.store), serve(second) as server:
        twin = Scene(scene.log, second, server, scene.home)
        for size in range(1, 20):
            (scene if size % 2 else twin).ask(size)
        assert twin.post(scene.log.body(3, 9)).body == scene.post(scene.log.body(3, 9)).body == b"19\n"


# ------------------------------------------------------------------------------------------ crashes

DYING = """
import os, signal, sys
from pathlib import Path
from opposable.kernel.witness import Witness, WitnessHome, server
home = Path(sys.argv[1])
found = WitnessHome.load(home).open()
def step(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
witness = Witness(found.name, found._key, found.logs, found.store, step=step)
with server.WitnessServer(witness, "127.0.0.1", 0) as listening:
    print(listening.server_port, flush=True)
    listening.serve_forever()
"""


@pytest.mark.parametrize(("point", "remembered"), [("checked", 5), ("written", 5), ("persisted", 9)])
def test_a_witness_killed_at_each_step_neither_forgets_nor_forks(scene: Scene, point: str, remembered: int) -> None:
    scene.ask(5)
    with subprocess.Popen(
        [sys.executable, "-c", DYING, scene.home, point], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with pytest.raises(Unreachable):
            ask_witness(f"http://127.0.0.1:{port}", scene.witness.vkey, 5, scene.log.proof(5, 9), scene.log.note(9))
        assert process.wait(60) == -signal.SIGKILL
    home = WitnessHome.load(scene.home)
    assert home is not None
    reborn = home.open()
    with contextlib.closing(reborn.store), serve(reborn) as server:
        assert reborn.store.latest(ORIGIN).size == remembered
        again = Scene(scene.log, reborn, server, scene.home)
        again.ask(9, old=5)  # the answer that was lost is given now, whichever side of the commit it died on
        with pytest.raises(WitnessFault):
            again.ask(9, log=Log(key=scene.log.key, flavour="evil"))


def test_a_memory_that_cannot_be_written_cosigns_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        import sqlite3

        raise sqlite3.OperationalError("database or disk is full")

    scene.ask(5)
    with monkeypatch.context() as patch:
        patch.setattr(scene.witness.store, "keep", full)
        answer = scene.post(scene.log.body(5, 9))
    assert answer.status == 503
    assert "—" not in answer.body.decode()
    assert scene.witness.store.latest(ORIGIN).size == 5
    scene.ask(9)


def test_the_memory_is_durable_before_it_is_believed(tmp_path: Path) -> None:
    with contextlib.closing(Store(tmp_path / "s")) as store:
        assert store._rows.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert store._rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


# ------------------------------------------------------------------------------------------ time


def test_a_clock_corrected_by_seconds_keeps_the_last_time_and_a_clock_gone_back_says_nothing(
    tmp_path: Path, log: Log
) -> None:
    opened = WitnessHome.make(tmp_path, NAME).watch([log.vkey]).open()
    at = [NOW]
    witness = Witness(NAME, opened._key, opened.logs, opened.store, now=lambda: at[0])
    with contextlib.closing(witness.store), serve(witness) as server:
        scene = Scene(log, witness, server, tmp_path)
        verifier = note.Verifier.parse(witness.vkey)
        for size, now in ((1, NOW), (2, NOW - timedelta(seconds=30)), (3, NOW + timedelta(seconds=1))):
            at[0] = now
            _, (who,) = cosignature.verify(note.add_signatures(log.note(size), [scene.ask(size)]), [verifier])
            assert who.at == int(max(now, NOW).timestamp())
        at[0] = NOW - timedelta(hours=1)
        assert scene.post(log.body(3, 4)).status == 500
        assert witness.store.latest(ORIGIN).size == 3
