"""The body of ``POST add-checkpoint`` (C2SP tlog-witness), written and read.

old <size of the last checkpoint that the witness is thought to have cosigned>
<consistency proof, one base64 hash a line, at most 63>

<the signed checkpoint>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opposable.ledger.checkpoint import parse_decimal
from opposable.ledger.errors import NoteError
from opposable.ledger.note import decode64, encode64

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MAX_PROOF = 63
LIMIT = 65_536
"""Bytes of a body: 63 hashes are 3 KB, and post-quantum signatures reach 5 KB each."""


@dataclass(frozen=True)
class Submission:
    """What a log sends: the size it builds on, the hashes (32 bytes each) from there, and its signed checkpoint."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str


def format_submission(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    lines = [f"old {old_size}", *map(encode64, proof), ""]
    return ("\n".join(lines) + "\n" + note).encode()


def parse_submission(body: bytes) -> Submission:
    """Read a body; NoteError unless it is written in the one right way. The note is not looked at."""
    try:
        head, empty, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("a body that is not UTF-8") from error
    old, *proof = head.split("\n")
    word, space, size = old.partition(" ")
    if not empty or word != "old" or not space:
        raise NoteError("a body begins with its old size and has an empty line before the checkpoint")
    if len(proof) > MAX_PROOF:
        raise NoteError(f"more than {MAX_PROOF} lines of proof")
    return Submission(parse_decimal(size), tuple(map(_hash, proof)), note)


def _hash(line: str) -> bytes:
    digest = decode64(line)
    if len(digest) != 32:
        raise NoteError("a line of proof is not a hash of 32 bytes")
    return digest
