"""The witness over real HTTP: it cosigns what continues, and nothing else, by the status codes of the specification."""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from opposable.kernel.witness import (
    WitnessHome,
    serve,
)
from opposable.kernel.witness.protocol import MAX_PROOF, SIZE_TYPE, format_submission, parse_submission
from opposable.ledger import cosignature, note
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError
from tests.kernel.witness.scene import NAME, ORIGIN, Log, Scene

# ------------------------------------------------------------------------------------------ what continues


def test_a_log_that_grows_is_cosigned_each_time(scene: Scene) -> None:
    old = 0
    for size in (0, 1, 2, 3, 7, 7, 8, 32, 33, 64):
        asked = int(datetime.now(UTC).timestamp())
        answer = scene.post(scene.log.body(old, size))
        assert answer.status == 200, answer
        line = answer.body.decode()
        assert re.fullmatch(rf"— {NAME} \S+\n", line)
        cosigned = note.add_signatures(scene.log.note(size), [line])
        _, (who,) = cosignature.verify(cosigned, [note.Verifier.parse(scene.witness.vkey)])
        assert who.name == NAME
        assert asked <= (who.at or 0) <= datetime.now(UTC).timestamp()
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
