from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from opposable.ledger import merkle, note, policy
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import LedgerError, NoteError, PolicyError, ProofError
from opposable.ledger.proof import format_proof, parse_proof

ORIGIN = "cabinet.example/2026"
LOG = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
ENTRIES = [f"acte {i}".encode().ljust(32, b".") for i in range(1_000)]
TREE = merkle.Tree(merkle.leaf_hashes(ENTRIES))
SIGNED = note.sign(Checkpoint(ORIGIN, 1_000, TREE.root()).text(), [LOG])
TRUST = policy.Policy.parse(policy.write_policy([LOG.vkey]))
PROOF = format_proof(738, TREE.inclusion_proof(738), SIGNED)


def test_a_proof_is_the_file_of_the_specification():
    hashes = "".join(b64encode(digest).decode() + "\n" for digest in TREE.inclusion_proof(738))
    assert f"c2sp.org/tlog-proof@v1\nindex 738\n{hashes}\n{SIGNED}" == PROOF
    extra = format_proof(738, TREE.inclusion_proof(738), SIGNED.encode(), b"age-v1.2.1")
    assert extra == PROOF.replace("index", "extra YWdlLXYxLjIuMQ==\nindex")
    parsed = parse_proof(extra.encode())
    assert (parsed.index, parsed.extra, parsed.checkpoint_note) == (738, b"age-v1.2.1", SIGNED)
    assert list(parsed.hashes) == TREE.inclusion_proof(738)
    assert parsed.checkpoint() == Checkpoint(ORIGIN, 1_000, TREE.root())
    assert parse_proof(PROOF).extra is None


def test_a_proof_of_the_only_leaf_has_no_hashes():
    signed = note.sign(Checkpoint(ORIGIN, 1, TREE.root(1)).text(), [LOG])
    proof = format_proof(0, [], signed)
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\ncabinet.example/2026\n1\n")
    assert parse_proof(proof).verify(ENTRIES[0], TRUST).checkpoint.size == 1


@given(st.integers(0, 999), st.none() | st.binary(min_size=1))
def test_each_entry_is_proven(index, extra):
    proof = parse_proof(format_proof(index, TREE.inclusion_proof(index), SIGNED, extra))
    assert proof.extra == extra
    trusted = proof.verify(ENTRIES[index], TRUST)
    assert (trusted.checkpoint.size, trusted.logs, trusted.witnesses) == (1_000, (LOG.verifier,), {})
    with pytest.raises(ProofError):
        proof.verify(ENTRIES[index - 1], TRUST)


def test_a_proof_is_worth_what_the_policy_trusts():
    proof = parse_proof(PROOF)
    stranger = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
    with pytest.raises(NoteError):
        proof.verify(ENTRIES[738], policy.Policy.parse(policy.write_policy([stranger.vkey])))
    witness = note.vkey("auditor.example", stranger.public_key, note.COSIGNATURE)
    with pytest.raises(PolicyError):
        proof.verify(ENTRIES[738], policy.Policy.parse(policy.write_policy([LOG.vkey], {"auditor": witness})))


@given(st.data())
def test_no_bit_of_a_proof_can_change(data):
    raw = bytearray(PROOF.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(LedgerError):
        parse_proof(bytes(raw)).verify(ENTRIES[738], TRUST)


HASH = b64encode(TREE.inclusion_proof(738)[0]).decode()


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        SIGNED,
        PROOF.removeprefix("c2sp.org/tlog-proof@v1\n"),
        PROOF.replace("@v1", "@v2"),
        PROOF.replace("@v1", "@v1 "),
        PROOF.replace("\n", "\r\n"),
        PROOF.replace("index 738\n", ""),
        PROOF.replace("index 738", "index  738"),
        PROOF.replace("index 738", "index 0738"),
        PROOF.replace("index 738", "index -5"),
        PROOF.replace("index 738", "index notanumber"),
        PROOF.replace("index 738", "index 738\nindex 738"),
        PROOF.replace("index 738", "Index 738"),
        PROOF.replace("index 738", "index 1000"),
        PROOF.replace("index 738", f"index {2**64}"),
        PROOF.replace("index 738", "extra \nindex 738"),
        PROOF.replace("index 738", "extra !!\nindex 738"),
        PROOF.replace("index 738", "extra YQ==\nextra YQ==\nindex 738"),
        PROOF.replace("index 738", "index 738\nextra YQ=="),
        PROOF.replace("index 738", "other YQ==\nindex 738"),
        PROOF.replace(HASH, "!!notbase64!!"),
        PROOF.replace(HASH, HASH[:-1]),
        PROOF.replace(HASH, HASH + " "),
        PROOF.replace(HASH, b64encode(bytes(64)).decode()),
        PROOF.replace(HASH, b64encode(bytes(31)).decode()),
        PROOF.replace(HASH, "\n".join([HASH] * 64)),
        PROOF.replace(HASH + "\n", "\n"),
        PROOF.split("\n\n")[0] + "\n",
        PROOF.split("\n\n")[0] + "\n\n",
        PROOF.rsplit("\n\n", 1)[0] + "\n",
        PROOF.rsplit("\n\n", 1)[0] + "\n\n",
        PROOF[:-1],
        PROOF.encode() + b"\xff",
    ],
)
def test_malformed_proofs_are_refused(malformed):
    with pytest.raises(ProofError):
        parse_proof(malformed)


@pytest.mark.parametrize(
    "wrong",
    [
        (-1, [], SIGNED),
        (1_000, [], SIGNED),
        (0, [b"short"], SIGNED),
        (0, [TREE.root()] * 64, SIGNED),
        (0, [], "no note"),
        (0, [], note.sign("no checkpoint\n", [LOG])),
        (0, [], SIGNED, b""),
    ],
)
def test_what_would_not_be_read_is_not_written(wrong):
    with pytest.raises(LedgerError):
        format_proof(*wrong)
