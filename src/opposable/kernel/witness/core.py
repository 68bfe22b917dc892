"""The decision: cosign a checkpoint, or say by which rule not (C2SP tlog-witness, status codes included).

One choice between versions: for the same size with another root, v1.0.0 answers 409 and its successor 422, so that
every 409 carries a size to start again from. We answer 422; our client understands both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.kernel import clock
from opposable.kernel.witness.protocol import SIZE_TYPE, Submission, parse_submission
from opposable.kernel.witness.store import Fork, Known, Store
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.cosignature import cosign, witness_vkey
from opposable.ledger.errors import NoteError, ProofError
from opposable.ledger.merkle import verify_consistency
from opposable.ledger.note import Verifier, add_signatures, open_note, split_note

CLOCK_SLACK = 60
"""Seconds by which our clock may go back (it was corrected); beyond, we say nothing about time."""


class Refusal(Exception):
    """No cosignature: HTTP status, body and media type of the answer."""

    def __init__(self, status: int, body: str, media_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(f"{status} {body.strip()}")
        self.status, self.body, self.media_type = status, body, media_type


class Witness:
    """«Témoin» : a name, a key of its own, the logs it was told to watch, and its memory.

    ``logs``: origin → the keys trusted for it. ``step`` is told the name of each crash point as it is passed.
    """

    def __init__(
        self,
        name: str,
        key: Ed25519PrivateKey,
        logs: Mapping[str, Sequence[Verifier]],
        store: Store,
        *,
        now: Callable[[], datetime] = clock.now,
        step: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.name, self.logs, self.store = name, dict(logs), store
        self._key, self._now, self._step = key, now, step

    @property
    def vkey(self) -> str:
        """Our verifier key (type 0x04): what a log's policy names."""
        return witness_vkey(self.name, self._key.public_key().public_bytes_raw())

    def add_checkpoint(self, body: bytes) -> str:
        """Return our cosignature line for the checkpoint of ``body``, after it has been made durable. Raises Refusal."""
        submission = _parsed(body)
        origin = submission.note.partition("\n")[0]
        checkpoint = self._opened(origin, submission.note)
        if submission.old_size > checkpoint.size:
            raise Refusal(400, "the old size is larger than the checkpoint\n")
        try:
            with self.store.alone():
                known = self.store.latest(origin)
                _check(submission, checkpoint, known)
                self._step("checked")
                line = self._cosigned(submission.note, checkpoint, known)
            self._step("persisted")
        except Refusal:
            self._note_fork(submission.note, checkpoint)
            raise
        return line

    def _opened(self, origin: str, note: str) -> Checkpoint:
        """Return the checkpoint of a note that a trusted key of its log signed."""
        if origin not in self.logs:
            raise Refusal(404, "this log is not one that we watch\n")
        try:
            text, _ = split_note(note)
        except NoteError as error:
            raise Refusal(400, f"{error}\n") from error
        try:
            open_note(note, self.logs[origin])
        except NoteError as error:
            raise Refusal(403, f"{error}\n") from error
        try:
            return Checkpoint.parse(text)
        except NoteError as error:
            # the one well-formed text that is no checkpoint: an empty log with the root of another
            raise Refusal(422 if text.split("\n")[1:2] == ["0"] else 400, f"{error}\n") from error

    def _cosigned(self, note: str, checkpoint: Checkpoint, known: Known) -> str:
        at = int(self._now().timestamp())
        if at < known.at - CLOCK_SLACK:
            raise Refusal(500, "our clock went back: no statement about time can be made\n")
        at = max(at, known.at)
        line = cosign(note, self.name, self._key, at)
        kept = add_signatures(self._trusted_part(note, checkpoint.origin), [line])
        self.store.keep(checkpoint.origin, Known(checkpoint.size, checkpoint.root, kept, at))
        self._step("written")
        return line

    def _trusted_part(self, note: str, origin: str) -> str:
        """Return the note with the signatures of the log alone: what others added is not ours to repeat."""
        text, signatures = split_note(note)
        trusted = {(verifier.name, verifier.key_id) for verifier in self.logs[origin]}
        lines = [signature.line() for signature in signatures if (signature.name, signature.key_id) in trusted]
        return text + "\n" + "".join(lines)

    def _note_fork(self, note: str, checkpoint: Checkpoint) -> None:
        """Keep the proof when the log has signed two roots for one size, however it was sent to us."""
        origin = checkpoint.origin
        with self.store.alone():
            known = self.store.latest(origin)
            if known.note and known.size == checkpoint.size and known.root != checkpoint.root:
                other = self._trusted_part(note, origin)
                at = int(self._now().timestamp())
                self.store.keep_fork(Fork(origin, known.size, known.note, other, at), checkpoint.root)


def _parsed(body: bytes) -> Submission:
    try:
        return parse_submission(body)
    except NoteError as error:
        raise Refusal(400, f"{error}\n") from error


def _check(submission: Submission, checkpoint: Checkpoint, known: Known) -> None:
    """Raise Refusal unless the checkpoint continues what we know."""
    if submission.old_size != known.size:
        raise Refusal(409, f"{known.size}\n", SIZE_TYPE)
    try:
        _prove(submission, checkpoint, known)
    except ProofError as error:
        raise Refusal(422, f"{error}\n") from error


def _prove(submission: Submission, checkpoint: Checkpoint, known: Known) -> None:
    if known.size:
        verify_consistency(known.size, checkpoint.size, submission.proof, known.root, checkpoint.root)
    elif submission.proof:  # the empty tree begins every tree: there is nothing to prove
        raise ProofError("from size 0 the proof is empty")
