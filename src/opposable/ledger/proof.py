"""Proofs in a file (C2SP tlog-proof): index, inclusion hashes and signed checkpoint, checked without the log.

c2sp.org/tlog-proof@v1
[extra <base64>]
index <decimal>
<hash, base64>            from the leaf's sibling up
…

<signed checkpoint>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from opposable.ledger import merkle
from opposable.ledger.checkpoint import MAX_SIZE, Checkpoint, parse_decimal
from opposable.ledger.errors import NoteError, ProofError
from opposable.ledger.note import as_text, decode64, encode64, split_note
from opposable.ledger.policy import Policy, Trusted

HEADER: Final = "c2sp.org/tlog-proof@v1"
SUFFIX: Final = ".tlog-proof"
_MAX_HASHES: Final = 63


@dataclass(frozen=True)
class Proof:
    """A parsed proof. Nothing in it is verified; `extra` is not even covered by a signature.

    `index` is the leaf's, `hashes` its inclusion proof (32 bytes each), `checkpoint_note` the signed checkpoint as it
    stands in the file.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None

    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the proof claims, unverified."""
        return Checkpoint.parse(split_note(self.checkpoint_note)[0])

    def verify(self, entry: bytes, policy: Policy) -> Trusted:
        """Check that `entry` is in a log that `policy` trusts; the checkpoint with who signed it.

        Raises `NoteError` for signatures that do not verify, `PolicyError` for signatures that are missing and
        `ProofError` for the inclusion.
        """
        trusted = policy.check(self.checkpoint_note)
        checkpoint = trusted.checkpoint
        merkle.verify_inclusion(merkle.leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return trusted


def format_proof(index: int, hashes: Sequence[bytes], checkpoint_note: str | bytes, extra: bytes | None = None) -> str:
    """The text of a proof file, for leaf `index` with its inclusion proof `hashes` in the checkpointed tree.

    Raises `ProofError` for what `parse_proof` would not read again.
    """
    lines = [HEADER, f"index {index}", *map(encode64, hashes), ""]
    if extra is not None:
        lines.insert(1, f"extra {encode64(extra)}")
    text = "\n".join(lines) + "\n" + as_text(checkpoint_note)
    parse_proof(text)
    return text


def parse_proof(text: str | bytes) -> Proof:
    """The proof of a file; `ProofError` unless it is well-formed, its checkpoint included."""
    try:
        return _parse(as_text(text))
    except NoteError as error:
        raise ProofError(f"not a proof: {error}") from error


def _parse(text: str) -> Proof:
    head, empty, checkpoint_note = text.partition("\n\n")
    if not empty:
        raise ProofError("not a proof: no empty line before the checkpoint")
    lines = head.split("\n")
    if lines.pop(0) != HEADER:
        raise ProofError(f"not a proof: the first line is not {HEADER}")
    extra = _parse_extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise ProofError("not a proof: no index")
    index = parse_decimal(lines[0].removeprefix("index "))
    proof = Proof(index, tuple(_parse_hash(line) for line in lines[1:]), checkpoint_note, extra)
    _check(proof)
    return proof


def _check(proof: Proof) -> None:
    if len(proof.hashes) > _MAX_HASHES or proof.index >= MAX_SIZE:
        raise ProofError("a proof of more hashes or leaves than a log can have")
    checkpoint = proof.checkpoint()
    if proof.index >= checkpoint.size:
        raise ProofError(f"leaf index {proof.index} is not in the checkpoint of {checkpoint.size} leaves")


def _parse_extra(line: str) -> bytes:
    data = decode64(line.removeprefix("extra "))
    if not data:
        raise ProofError("an extra line without data: it is left out when there is none")
    return data


def _parse_hash(line: str) -> bytes:
    digest = decode64(line)
    if len(digest) != merkle.HASH_SIZE:
        raise ProofError("a proof hash is not 32 bytes")
    return digest
