from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from opposable.ledger import cosignature, merkle, note
from opposable.ledger.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from opposable.ledger.errors import NoteError

# C2SP tlog-checkpoint and tlog-cosignature: the example (its keys are not published).
SPEC_NOTE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
# A checkpoint of a public log in operation, with its Ed25519 and RFC 6962 signatures and the cosignatures of witnesses.
REAL_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""
REAL_LOG = note.Verifier.parse(
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
REAL_WITNESSES = [
    note.Verifier.parse("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"),
    note.Verifier.parse(
        "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM"
    ),
    note.Verifier.parse("witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO"),
    note.Verifier.parse("witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"),
]
AT = 1_779_573_024

ORIGIN = "cabinet.example/2026"
ROOT = merkle.leaf_hash(b"acte")
LOG = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
KEY = Ed25519PrivateKey.generate()
WITNESS = note.Verifier("auditor.example/w", note.COSIGNATURE, KEY.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(ORIGIN, 7, ROOT)
SIGNED = note.sign(CHECKPOINT.text(), [LOG])
LINE = cosignature.cosign(SIGNED, WITNESS.name, KEY, AT)
COSIGNED = note.add_signatures(SIGNED, [LINE])


def test_the_example_of_the_specification_is_read():
    text, signatures = note.split_note(SPEC_NOTE)
    checkpoint = Checkpoint.parse(text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root.hex()[:8]) == (
        "example.com/behind-the-sofa",
        20852163,
        "0ac5186a",
    )
    assert checkpoint.text() == text
    assert note.split_timestamp(signatures[1].data)[0] == 1_679_315_147
    assert note.cosigned_message(text, 1_679_315_147) == b"cosignature/v1\ntime 1679315147\n" + text.encode()


def test_a_checkpoint_of_a_public_log_opens_with_its_witnesses():
    checkpoint, verified = open_checkpoint(REAL_NOTE, [REAL_LOG, *REAL_WITNESSES])
    assert (checkpoint.origin, checkpoint.size) == (REAL_LOG.name, 1_432_088_532)
    assert {one.name: one.at for one in verified} == {REAL_LOG.name: None} | {one.name: AT for one in REAL_WITNESSES}
    assert cosignature.verify(REAL_NOTE, REAL_WITNESSES)[0] == checkpoint
    for changed in (REAL_NOTE.replace("1432088532", "1432088533"), REAL_NOTE.replace("qEiEg", "qEiEh")):
        with pytest.raises(NoteError, match="does not verify"):
            cosignature.verify(changed, REAL_WITNESSES)


ORIGINS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(ORIGINS, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(ORIGINS))
def test_a_checkpoint_is_read_as_it_was_written(origin, size, root, extensions):
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


def test_the_empty_log_has_the_empty_root():
    assert Checkpoint.parse(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT).text()).size == 0
    with pytest.raises(NoteError, match="empty log"):
        Checkpoint(ORIGIN, 0, ROOT)


ROOT64 = b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\n{ROOT64}",
        f"\n7\n{ROOT64}\n",
        f"{ORIGIN}\n\n{ROOT64}\n",
        f"{ORIGIN}\n07\n{ROOT64}\n",
        f"{ORIGIN}\n+7\n{ROOT64}\n",
        f"{ORIGIN}\n-7\n{ROOT64}\n",
        f"{ORIGIN}\n7 \n{ROOT64}\n",
        f"{ORIGIN}\n7.0\n{ROOT64}\n",
        f"{ORIGIN}\n٧\n{ROOT64}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT64}\n",
        f"{ORIGIN}\n{'9' * 5_000}\n{ROOT64}\n",
        f"{ORIGIN}\n0\n{ROOT64}\n",
        f"{ORIGIN}\n7\n{ROOT64[:-1]}\n",
        f"{ORIGIN}\n7\n{b64encode(ROOT[1:]).decode()}\n",
        f"{ORIGIN}\n7\n{ROOT64[:-2]}F=\n",
        f"{ORIGIN}\n7\n{ROOT.hex()}\n",
        f"{ORIGIN}\n7\n{ROOT64}\n\n",
        f"{ORIGIN}\n7\n{ROOT64}\n\nextension\n",
        f"{ORIGIN}\r\n7\r\n{ROOT64}\r\n",
    ],
)
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("", 7, ROOT),
        ("a\nb", 7, ROOT),
        ("a\tb", 7, ROOT),
        (ORIGIN, -1, ROOT),
        (ORIGIN, True, ROOT),
        (ORIGIN, 2**63, ROOT),
        (ORIGIN, 7, ROOT[1:]),
        (ORIGIN, 7, ROOT, ("",)),
        (ORIGIN, 7, ROOT, ("a\nb",)),
    ],
)
def test_checkpoints_that_cannot_be_written_are_refused(arguments):
    with pytest.raises(NoteError):
        Checkpoint(*arguments)


def test_decimals_have_one_spelling():
    assert [parse_decimal(text) for text in ("0", "7", "10", str(2**63 - 1))] == [0, 7, 10, 2**63 - 1]
    for text in ("", "00", "01", " 1", "1\n", "0x1", "1_0"):
        with pytest.raises(NoteError):
            parse_decimal(text)


def test_a_checkpoint_opens_with_a_key_of_its_own_name():
    assert open_checkpoint(COSIGNED, [LOG.verifier])[0] == CHECKPOINT
    assert [one.at for one in open_checkpoint(COSIGNED, [LOG.verifier, WITNESS])[1]] == [None, AT]
    with pytest.raises(NoteError, match="not signed by a known key of the log"):
        open_checkpoint(COSIGNED, [WITNESS])
    other = note.Signer("other.example/2026", Ed25519PrivateKey.generate())
    with pytest.raises(NoteError, match="not signed by a known key of the log"):
        open_checkpoint(note.sign(CHECKPOINT.text(), [other]), [other.verifier])
    with pytest.raises(NoteError, match="at least three lines"):
        open_checkpoint(note.sign("not a checkpoint\n", [LOG]), [LOG.verifier])


def test_a_cosignature_states_its_time():
    checkpoint, verified = cosignature.verify(COSIGNED, [WITNESS])
    assert checkpoint == CHECKPOINT
    assert [(one.name, one.at) for one in verified] == [(WITNESS.name, AT)]
    assert WITNESS.vkey() == cosignature.witness_vkey(WITNESS.name, WITNESS.public_key)
    at_zero = note.add_signatures(
        SIGNED, [cosignature.cosign(SIGNED.encode(), WITNESS.name, KEY.sign, 0, WITNESS.public_key)]
    )
    assert [one.at for one in cosignature.verify(at_zero, [WITNESS])[1]] == [0]


def test_a_cosignature_covers_extension_lines():
    signed = note.sign(Checkpoint(ORIGIN, 7, ROOT, ("extension",)).text(), [LOG])
    cosigned = note.add_signatures(signed, [cosignature.cosign(signed, WITNESS.name, KEY, AT)])
    assert cosignature.verify(cosigned, [WITNESS])[0].extensions == ("extension",)
    with pytest.raises(NoteError):
        cosignature.verify(cosigned.replace("extension", "Extension"), [WITNESS])


def raw_line(data, key_id=WITNESS.key_id):
    return note.Signature(WITNESS.name, key_id, data).line()


SIGNATURE = note.parse_signature(LINE[:-1]).data


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE[8:],
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        (AT + 1).to_bytes(8, "big") + SIGNATURE[8:],
        (2**63).to_bytes(8, "big") + SIGNATURE[8:],
        AT.to_bytes(8, "little") + SIGNATURE[8:],
        SIGNATURE[:8] + KEY.sign(CHECKPOINT.text().encode()),
    ],
)
def test_a_wrong_cosignature_is_refused(data):
    assert cosignature.verify(note.add_signatures(SIGNED, [raw_line(SIGNATURE)]), [WITNESS])
    with pytest.raises(NoteError):
        cosignature.verify(note.add_signatures(SIGNED, [raw_line(data)]), [WITNESS])


def test_a_cosignature_is_no_signature_and_the_reverse():
    plain = note.Verifier(WITNESS.name, note.ED25519, WITNESS.public_key)
    with pytest.raises(NoteError, match="no signature of a known key"):
        note.open_note(COSIGNED, [plain])
    with pytest.raises(NoteError, match="does not verify"):
        note.open_note(note.add_signatures(SIGNED, [raw_line(SIGNATURE[8:], plain.key_id)]), [plain])
    with pytest.raises(NoteError, match="not the key of a witness"):
        cosignature.verify(COSIGNED, [WITNESS, LOG.verifier])


@pytest.mark.parametrize("at", [-1, 2**63, 1.5, True, None, "0"])
def test_a_cosignature_needs_a_time_in_seconds(at):
    with pytest.raises(NoteError):
        cosignature.cosign(SIGNED, WITNESS.name, KEY, at)


def test_only_checkpoints_are_cosigned():
    with pytest.raises(NoteError):
        cosignature.cosign(note.sign("not a checkpoint\n", [LOG]), WITNESS.name, KEY, AT)
    with pytest.raises(NoteError):
        cosignature.cosign(CHECKPOINT.text(), WITNESS.name, KEY, AT)
