"""Forks, rollbacks, and the log's side of the protocol."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.kernel import outbound
from opposable.kernel.outbound import Answer
from opposable.kernel.witness import (
    WitnessAhead,
    WitnessFault,
    WitnessFork,
    ask_witness,
)
from opposable.kernel.witness.protocol import SIZE_TYPE, format_submission
from opposable.kernel.witness.store import MAX_FORKS
from opposable.ledger import cosignature, note
from opposable.ledger.checkpoint import Checkpoint
from tests.kernel.witness.scene import NAME, ORIGIN, Log, Scene

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
