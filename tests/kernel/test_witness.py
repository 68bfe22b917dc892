"""The witness over real HTTP: it cosigns what continues, and nothing that rolls back or forks, whatever is thrown at it."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from opposable.kernel import outbound
from opposable.kernel.faults import Fault
from opposable.kernel.keys import KeyFault, create_file_key
from opposable.kernel.outbound import Answer, Unreachable
from opposable.kernel.witness import (
    Refusal,
    Witness,
    WitnessAhead,
    WitnessFault,
    WitnessFork,
    WitnessHome,
    ask_witness,
    serve,
    server as server_module,
)
from opposable.kernel.witness.protocol import LIMIT, MAX_PROOF, SIZE_TYPE, format_submission, parse_submission
from opposable.kernel.witness.server import WitnessServer
from opposable.kernel.witness.store import MAX_FORKS, Store
from opposable.ledger import cosignature, merkle, note
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError

ORIGIN = "exemple.fr/2026"
NAME = "cabinet.example/temoin"
NOW = datetime(2026, 3, 30, 8, 0, 0, tzinfo=UTC)


@dataclass
class Log:
    """A log in memory. ``flavour`` makes another past under the same key."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    origin: str = ORIGIN
    flavour: str = ""
    size: int = 64

    def __post_init__(self) -> None:
        self.leaves = [merkle.leaf_hash(f"{self.flavour}{index}".encode()) for index in range(self.size)]

    @property
    def vkey(self) -> str:
        return note.vkey(self.origin, self.key.public_key().public_bytes_raw())

    def root(self, size: int) -> bytes:
        return merkle.root(self.leaves[:size])

    def note(self, size: int, key: Ed25519PrivateKey | None = None) -> str:
        return note.sign(
            Checkpoint(self.origin, size, self.root(size)).text(), [note.Signer(self.origin, key or self.key)]
        )

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(self.leaves, old, new) if 0 < old < new else []

    def body(self, old: int, new: int) -> bytes:
        return format_submission(old, self.proof(old, new), self.note(new))


@dataclass
class Scene:
    """A log, its witness, and the witness's server."""

    log: Log
    witness: Witness
    server: WitnessServer
    home: Path

    def post(self, body: bytes) -> Answer:
        return outbound.post(f"{self.server.url}/add-checkpoint", body, media_type="text/plain")

    def ask(self, size: int, old: int = 0, log: Log | None = None, vkey: str = "") -> str:
        log = log or self.log
        line = ask_witness(
            self.server.url,
            vkey or self.witness.vkey,
            old,
            log.proof(old, size),
            log.note(size),
            prove=lambda known: log.proof(known, size),
        )
        verifier = note.Verifier.parse(self.witness.vkey)
        checkpoint, _ = cosignature.verify(note.add_signatures(log.note(size), [line]), [verifier])
        assert (checkpoint.size, checkpoint.root) == (size, log.root(size))
        return line

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def scene(tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.delenv("OPPOSABLE_PASSPHRASE", raising=False)
    witness = WitnessHome.make(tmp_path, NAME).watch([log.vkey]).open()
    with contextlib.closing(witness.store), serve(witness) as server:
        yield Scene(log, witness, server, tmp_path)


# ------------------------------------------------------------------------------------------ what continues


def test_a_log_that_grows_is_cosigned_each_time(scene: Scene) -> None:
    old = 0
    for size in (0, 1, 2, 3, 7, 7, 8, 32, 33, 64):
        answer = scene.post(scene.log.body(old, size))
        assert answer.status == 200, answer
        line = answer.body.decode()
        assert re.fullmatch(rf"— {NAME} \S+\n", line)
        cosigned = note.add_signatures(scene.log.note(size), [line])
        _, (who,) = cosignature.verify(cosigned, [note.Verifier.parse(scene.witness.vkey)])
        assert who.name == NAME
        assert abs((who.at or 0) - datetime.now(UTC).timestamp()) < 5
        old = size


def test_the_note_of_the_specification_is_understood() -> None:
    """The example body of C2SP tlog-witness, as printed there."""
    body = textwrap.dedent("""\
        old 20852014
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        """).encode()
    submission = parse_submission(body)
    assert submission.old_size == 20852014
    assert len(submission.proof) == 4
    assert Checkpoint.parse(note.split_note(submission.note)[0]).size == 20852163
    assert format_submission(submission.old_size, submission.proof, submission.note) == body


def test_two_keys_of_one_log_are_trusted_during_a_rotation(scene: Scene) -> None:
    other = Log(origin=ORIGIN)
    home = WitnessHome.load(scene.home)
    assert home is not None
    witness = home.watch([other.vkey, scene.log.vkey]).open()
    with contextlib.closing(witness.store), serve(witness) as server:
        rotated = Scene(scene.log, witness, server, scene.home)
        assert rotated.post(scene.log.body(0, 3)).status == 200
        signed = format_submission(3, scene.log.proof(3, 5), scene.log.note(5, other.key))
        assert rotated.post(signed).status == 200


def test_extension_lines_and_signatures_of_others_are_carried_but_not_repeated(scene: Scene) -> None:
    text = scene.log.note(4).partition("\n\n")[0] + "\nan extension\n"
    signed = note.sign(
        text, [note.Signer(ORIGIN, scene.log.key), note.Signer("x.example", Ed25519PrivateKey.generate())]
    )
    answer = scene.post(format_submission(0, [], signed))
    assert answer.status == 200
    cosignature.verify(note.add_signatures(signed, [answer.body.decode()]), [note.Verifier.parse(scene.witness.vkey)])
    kept = scene.witness.store.latest(ORIGIN).note
    assert "an extension" in kept
    assert "x.example" not in kept
    assert NAME in kept


# ------------------------------------------------------------------------------------------ what does not


def test_a_stale_old_size_is_answered_with_the_known_one(scene: Scene) -> None:
    scene.post(scene.log.body(0, 5))
    for body in (scene.log.body(0, 9), scene.log.body(4, 9), scene.log.body(6, 9), scene.log.body(0, 0)):
        answer = scene.post(body)
        assert (answer.status, answer.body, answer.media_type) == (409, b"5\n", SIZE_TYPE)


def test_an_unknown_log_is_404(scene: Scene) -> None:
    stranger = Log(origin="ailleurs.example/2026")
    assert scene.post(stranger.body(0, 3)).status == 404


def test_a_note_without_a_valid_trusted_signature_is_403(scene: Scene) -> None:
    mallory = Ed25519PrivateKey.generate()
    assert scene.post(format_submission(0, [], scene.log.note(3, mallory))).status == 403
    good, other = scene.log.note(3), scene.log.note(4)
    moved = good.partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2]
    assert scene.post(format_submission(0, [], moved)).status == 403
    both = note.add_signatures(good, [other.partition("\n\n")[2]])  # a good one does not excuse a false one
    assert scene.post(format_submission(0, [], both)).status == 403
    assert scene.witness.store.latest(ORIGIN).size == 0


def test_an_old_size_beyond_the_checkpoint_is_400(scene: Scene) -> None:
    scene.post(scene.log.body(0, 5))
    assert scene.post(format_submission(5, [], scene.log.note(3))).status == 400


@pytest.mark.parametrize("case", ["wrong", "short", "long", "missing", "swapped", "not from zero", "same size"])
def test_a_proof_that_does_not_prove_is_422(scene: Scene, case: str) -> None:
    scene.post(scene.log.body(0, 5))
    proof: Sequence[bytes] = scene.log.proof(5, 12)
    altered = {
        "wrong": [bytes(32), *proof[1:]],
        "short": proof[:-1],
        "long": [*proof, bytes(32)],
        "missing": [],
        "swapped": list(reversed(proof)),
    }
    if case == "same size":
        body = format_submission(5, [bytes(32)], scene.log.note(5))
    elif case == "not from zero":
        other = Log(origin=ORIGIN, key=scene.log.key)
        scene.witness.logs["autre.example"] = [note.Verifier.parse(Log(origin="autre.example", key=other.key).vkey)]
        body = format_submission(0, [bytes(32)], Log(origin="autre.example", key=other.key).note(5))
    else:
        body = format_submission(5, altered[case], scene.log.note(12))
    assert scene.post(body).status == 422
    assert scene.witness.store.latest(ORIGIN).size == 5


def test_an_empty_log_with_the_root_of_another_is_422(scene: Scene) -> None:
    text = f"{ORIGIN}\n0\n{note.encode64(bytes(32))}\n"
    signed = note.sign(text, [note.Signer(ORIGIN, scene.log.key)])
    assert scene.post(format_submission(0, [], signed)).status == 422


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"old 0",
        b"old 0\n",
        b"old\n\n",
        b"old 00\n\n",
        b"old -1\n\n",
        b"old +1\n\n",
        b"old  1\n\n",
        b"old 1 \n\n",
        b"old 0x1\n\n",
        "old \u0661\n\n".encode(),  # an Arabic digit is a decimal to Python's int()
        b"old 9999999999999999999\n\n",
        b"OLD 0\n\n",
        b"0\n\n",
        b"old 0\nAAAA\n\n",
        b"old 0\n" + b"A" * 43 + b"B\n\n",
        b"old 0\n" + b"A" * 44 + b"\n\n",
        b"old 0\r\n\r\n",
        b"\xff\xfe",
    ],
)
def test_a_malformed_body_is_400(scene: Scene, head: bytes) -> None:
    assert scene.post(head + scene.log.note(3).encode()).status == 400
    assert scene.witness.store.latest(ORIGIN).note == ""


@pytest.mark.parametrize(
    ("cut", "status"),
    [
        ("signature", 400),
        ("empty line", 400),
        ("size", 400),
        ("extra zero", 400),
        ("root", 400),
        ("nothing left", 404),
        ("line ends", 404),
    ],
)
def test_a_malformed_checkpoint_is_refused(scene: Scene, cut: str, status: int) -> None:
    lines = [ORIGIN, "3", note.encode64(scene.log.root(3))]
    if cut == "size":
        lines = [ORIGIN, "three", lines[2]]
    elif cut == "extra zero":
        lines = [ORIGIN, "03", lines[2]]
    elif cut == "root":
        lines = [ORIGIN, "3", note.encode64(scene.log.root(3)[:31])]
    signed = note.sign("\n".join(lines) + "\n", [note.Signer(ORIGIN, scene.log.key)])
    if cut == "signature":
        signed = signed[: signed.rindex("\n\n") + 2]
    elif cut == "empty line":
        signed = signed.replace("\n\n", "\n")
    elif cut == "line ends":
        signed = signed.replace("\n", "\r\n")
    elif cut == "nothing left":
        signed = ""
    assert scene.post(format_submission(0, [], signed)).status == status
    assert scene.witness.store.latest(ORIGIN).note == ""


def test_too_long_a_proof_is_400(scene: Scene) -> None:
    assert scene.post(format_submission(0, [bytes(32)] * (MAX_PROOF + 1), scene.log.note(3))).status == 400


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PROOF), st.text())
def test_what_is_written_is_read(old_size: int, proof: list[bytes], tail: str) -> None:
    read = parse_submission(format_submission(old_size, proof, tail))
    assert (read.old_size, list(read.proof), read.note) == (old_size, proof, tail)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    with contextlib.suppress(NoteError):
        parse_submission(body)


# ------------------------------------------------------------------------------------------ forks and rollbacks


def test_a_fork_of_the_same_size_is_refused_and_kept_as_proof(scene: Scene) -> None:
    scene.ask(5)
    evil = Log(key=scene.log.key, flavour="evil")
    assert scene.post(evil.body(5, 5)).status == 422
    assert scene.post(evil.body(0, 5)).status == 409  # not even through another door
    (fork,) = scene.witness.store.forks(ORIGIN)
    for signed in (fork.known, fork.other):  # each is signed by the log: the two convict it
        _, (who,) = note.open_note(signed, [note.Verifier.parse(scene.log.vkey)])
        assert who.name == ORIGIN
    known, other = (Checkpoint.parse(note.split_note(signed)[0]) for signed in (fork.known, fork.other))
    assert known.size == other.size == 5
    assert known.root != other.root
    assert "ALERTE" in scene.get("/")[1]
    assert scene.get(f"/{sha256(ORIGIN.encode()).hexdigest()}/forks") == (200, f"{fork.known}\n{fork.other}")


def test_a_fork_of_a_larger_size_is_refused(scene: Scene) -> None:
    scene.ask(5)
    evil = Log(key=scene.log.key, flavour="evil")
    assert scene.post(evil.body(5, 9)).status == 422
    with pytest.raises(WitnessFault, match="422"):
        scene.ask(9, old=5, log=evil)
    assert scene.witness.store.latest(ORIGIN).root == scene.log.root(5)


def test_a_log_that_forks_is_told_so_by_its_client(scene: Scene) -> None:
    scene.ask(5)
    with pytest.raises(WitnessFork, match="autre passé"):
        scene.ask(5, log=Log(key=scene.log.key, flavour="evil"))


def test_a_log_rolled_back_is_told_so_by_its_client(scene: Scene) -> None:
    scene.ask(9)
    with pytest.raises(WitnessAhead, match="ramené en arrière") as caught:
        scene.ask(4)
    assert caught.value.known == 9


def test_a_log_gone_mad_does_not_fill_the_memory(scene: Scene) -> None:
    scene.ask(1)
    for number in range(MAX_FORKS + 10):
        assert scene.post(Log(key=scene.log.key, flavour=f"{number}:", size=1).body(1, 1)).status == 422
    assert len(scene.witness.store.forks(ORIGIN)) == MAX_FORKS


def test_a_garbage_proof_around_a_true_checkpoint_accuses_nobody(scene: Scene) -> None:
    """Anybody may replay a published checkpoint with a false proof: that is no misconduct of the log."""
    scene.ask(5)
    assert scene.post(format_submission(5, [bytes(32)], scene.log.note(9))).status == 422
    assert scene.witness.store.forks(ORIGIN) == []


# ------------------------------------------------------------------------------------------ the client


def test_the_client_starts_again_from_the_size_that_the_witness_knows(scene: Scene) -> None:
    scene.ask(5)
    scene.ask(9, old=0)
    scene.ask(9, old=5)  # the same again, from a stale size: a lost answer is asked for anew
    scene.ask(20, old=12)
    assert scene.witness.store.latest(ORIGIN).size == 20


def test_without_a_way_to_prove_the_client_says_what_is_missing(scene: Scene) -> None:
    scene.ask(5)
    with pytest.raises(WitnessFault, match="5 feuilles"):
        ask_witness(scene.server.url, scene.witness.vkey, 0, [], scene.log.note(9))


def test_the_client_names_a_log_that_the_witness_does_not_watch(scene: Scene) -> None:
    for stranger in (Log(origin="ailleurs.example"), Log()):
        with pytest.raises(WitnessFault, match="donnez-lui la vkey"):
            scene.ask(3, log=stranger)


def test_the_client_does_not_believe_another_witness(scene: Scene) -> None:
    impostor = cosignature.witness_vkey(NAME, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(WitnessFault, match="ne se vérifie pas"):
        scene.ask(3, vkey=impostor)


class Scripted:
    """A witness that answers by a script: (status, media type, body) in turn, the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), 0
        monkeypatch.setattr(outbound, "post", self.post)

    def post(self, url: str, body: bytes, **_: object) -> Answer:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def scripted_ask(log: Log, size: int = 9) -> str:
    vkey = cosignature.witness_vkey(NAME, bytes(32))
    return ask_witness("http://w", vkey, 3, [], log.note(size), prove=lambda known: log.proof(known, size))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, "text/plain", b""), "ne se vérifie pas"),
        (Answer(200, "text/plain", b"junk"), "ne se vérifie pas"),
        (Answer(200, "text/plain", b"\xff"), "ne se vérifie pas"),
        (Answer(200, "text/plain", f"— {NAME} AAAAAAAAAA==\n".encode()), "ne se vérifie pas"),
        (Answer(409, "text/plain", b"5\n"), "HTTP 409"),
        (Answer(409, SIZE_TYPE, b"5"), "HTTP 409"),
        (Answer(409, SIZE_TYPE, b"-5\n"), "HTTP 409"),
        (Answer(409, SIZE_TYPE, b"3\n"), "HTTP 409"),
        (Answer(409, SIZE_TYPE, b"9" * 40 + b"\n"), "HTTP 409"),
        (Answer(500, "text/html", b"<b>" + b"x" * 5000), "HTTP 500"),
        (Answer(302, "text/plain", b""), "HTTP 302"),
    ],
)
def test_an_answer_out_of_the_protocol_is_a_fault(
    log: Log, monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    script = Scripted(monkeypatch, answer)
    with pytest.raises(WitnessFault, match=said) as caught:
        scripted_ask(log)
    assert script.asked == 1
    assert len(caught.value.text.fr) < 500


def test_a_witness_that_changes_its_mind_for_ever_is_left(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(monkeypatch, *(Answer(409, SIZE_TYPE, b"%d\n" % size) for size in (4, 5, 6, 7)))
    with pytest.raises(WitnessFault, match="change de taille"):
        scripted_ask(log)
    assert script.asked == 3


def test_the_first_version_of_the_protocol_says_409_for_a_fork(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    Scripted(monkeypatch, Answer(409, SIZE_TYPE, b"9\n"), Answer(409, "text/plain", b"root mismatch"))
    with pytest.raises(WitnessFork):
        scripted_ask(log)


def test_lines_of_unknown_keys_are_ignored(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    line = scene.ask(3)
    other = cosignature.cosign(scene.log.note(3), "other.example", Ed25519PrivateKey.generate(), 1_800_000_000)
    Scripted(monkeypatch, Answer(200, "text/plain", (other + line).encode()))
    assert scene.ask(3) == line


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
    b.join(20)
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
        assert process.wait(10) == -signal.SIGKILL
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


def raw(scene: Scene, request: bytes, timeout: float = 5) -> bytes:
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
    connection = http.client.HTTPConnection("127.0.0.1", scene.server.server_port, timeout=5)
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
    monkeypatch.setattr(server_module, "LIFETIME", 0.3)
    with socket.create_connection(("127.0.0.1", scene.server.server_port), timeout=5) as connection:
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
        assert process.wait(10) == 0
    with running("--home", home, *flags) as (process, said):
        assert f"vkey     {vkey}" in said
        with pytest.raises(WitnessAhead):
            ask_witness(said[-1].split()[1], vkey, 0, [], log.note(4))
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_the_command_needs_no_django(tmp_path: Path, log: Log) -> None:
    code = (
        "import sys; from opposable.kernel.witness import run\n"
        f"assert run(['--home', {str(tmp_path / 'w')!r}, '--name', {NAME!r}, '--log', {log.vkey!r}, '--check']) == 0\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=30)


def test_the_command_does_not_rename_a_witness(tmp_path: Path) -> None:
    WitnessHome.make(tmp_path, NAME)
    from opposable.kernel.witness import run

    with pytest.raises(Fault, match="ne change pas de nom"):
        run(["--home", str(tmp_path), "--name", "other.example", "--check"])
