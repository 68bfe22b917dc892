"""Checkpoints (C2SP tlog-checkpoint v1.0.0): the signed size and root of a log.

<origin>
<size, decimal>
<root, base64>
[extension lines]
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from opposable.ledger.errors import NoteError
from opposable.ledger.merkle import EMPTY_ROOT, HASH_SIZE
from opposable.ledger.note import Verified, Verifier, check_characters, check_text, decode64, encode64, open_note

MAX_SIZE: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """State of a log: its name `origin`, its number of leaves `size`, the 32-byte Merkle `root` over them.

    Extension lines are read and kept, because they are signed; we write none, because nobody audits them.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            check_characters(line)
            if not line or "\n" in line:
                raise NoteError("the lines of a checkpoint are not empty")
        if type(self.size) is not int or not 0 <= self.size <= MAX_SIZE:
            raise NoteError(f"not the size of a log: {self.size!r}")
        if len(self.root) != HASH_SIZE:
            raise NoteError("the root of a checkpoint is not 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteError("an empty log with the root of another")

    def text(self) -> str:
        """The note text, ending with a newline."""
        return "\n".join([self.origin, str(self.size), encode64(self.root), *self.extensions]) + "\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of a note text; `NoteError` unless it is written in the one right way."""
        check_text(text)
        lines = text[:-1].split("\n")
        if len(lines) < 3:
            raise NoteError("a checkpoint has at least three lines")
        origin, size, root, *extensions = lines
        return cls(origin, parse_decimal(size), decode64(root), tuple(extensions))


def parse_decimal(text: str) -> int:
    """ASCII decimal without leading zeros, below 2**63; `NoteError` otherwise."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise NoteError(f"not a decimal number below 2**63: {text[:40]!r}")
    return int(text)


def open_checkpoint(note: str | bytes, verifiers: Iterable[Verifier]) -> tuple[Checkpoint, list[Verified]]:
    """The checkpoint of a signed note, and who of `verifiers` signed it.

    Raises `NoteError` when the note does not open, is no checkpoint, or when none of those keys bears the name of the
    log: a witness alone does not make a checkpoint.
    """
    text, verified = open_note(note, verifiers)
    checkpoint = Checkpoint.parse(text)
    if all(one.name != checkpoint.origin for one in verified):
        raise NoteError(f"not signed by a known key of the log {checkpoint.origin}")
    return checkpoint, verified
