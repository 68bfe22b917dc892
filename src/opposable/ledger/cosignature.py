"""Cosignatures of witnesses (C2SP tlog-cosignature v1.1.0-rc.1, the Ed25519 type 0x04).

A witness states: at this second, this is the largest tree that I have seen of this log, and it is consistent with all
that I saw before. Checking that consistency is the witness's part: nothing here does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError
from opposable.ledger.note import (
    COSIGNATURE,
    MAX_TIMESTAMP,
    Signature,
    Signer,
    Verified,
    Verifier,
    cosigned_message,
    open_note,
    split_note,
    vkey,
)


def witness_vkey(name: str, public_key: bytes) -> str:
    """The verifier key (type 0x04) of a witness."""
    return vkey(name, public_key, COSIGNATURE)


def cosign(
    checkpoint_note: str | bytes,
    witness_name: str,
    private_key: Ed25519PrivateKey | Callable[[bytes], bytes],
    at: int,
    public_key: bytes | None = None,
) -> str:
    """The signature line of a witness for a signed checkpoint, at the POSIX second `at`.

    Add it with `note.add_signatures`. The log's signature and the consistency with earlier checkpoints must have been
    checked. `public_key` goes with a signing function, as for `note.Signer`. Raises `NoteError`.
    """
    text, _ = split_note(checkpoint_note)
    Checkpoint.parse(text)
    if type(at) is not int or not 0 <= at <= MAX_TIMESTAMP:
        raise NoteError(f"not a POSIX time in seconds: {at!r}")
    signer = Signer(witness_name, private_key, public_key)
    verifier = Verifier(witness_name, COSIGNATURE, signer.public_key)
    data = at.to_bytes(8, "big") + signer.sign(cosigned_message(text, at))
    return Signature(witness_name, verifier.key_id, data).line()


def verify(checkpoint_note: str | bytes, witnesses: Iterable[Verifier]) -> tuple[Checkpoint, list[Verified]]:
    """The checkpoint and which of `witnesses` cosigned it, each with its time.

    Raises `NoteError` when none did, when a cosignature does not verify, or when a key is not of type 0x04. Says
    nothing of the log's own signature: `policy` and `checkpoint.open_checkpoint` do.
    """
    keys = list(witnesses)
    for key in keys:
        if key.key_type != COSIGNATURE:
            raise NoteError(f"{key.name} is not the key of a witness (type 0x04)")
    text, verified = open_note(checkpoint_note, keys)
    return Checkpoint.parse(text), verified
