"""The log's side: ask a witness, start again from the size it knows, and believe only its own signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from opposable.kernel import outbound
from opposable.kernel.faults import Fault
from opposable.kernel.witness.protocol import PATH, SIZE_TYPE, format_submission
from opposable.law.text import Text, t
from opposable.ledger.checkpoint import Checkpoint, parse_decimal
from opposable.ledger.cosignature import verify
from opposable.ledger.errors import NoteError
from opposable.ledger.note import Verifier, add_signatures, parse_signature, split_note

ATTEMPTS = 3
"""One to learn the size, one to use it, one more in case another process of the log was faster."""


class WitnessFault(Fault):
    """The witness gave no cosignature that verifies."""


class WitnessAhead(WitnessFault):
    """The witness has cosigned a longer log (``known`` leaves): ours may have been rolled back."""

    def __init__(self, text: Text, known: int) -> None:
        super().__init__(text)
        self.known = known


class WitnessFork(WitnessFault):
    """The witness has cosigned another past of this log: two checkpoints contradict each other."""


def ask_witness(
    url: str,
    vkey: str,
    old_size: int,
    proof: Sequence[bytes],
    checkpoint_note: str,
    *,
    prove: Callable[[int], Sequence[bytes]] | None = None,
    seconds: float = outbound.SECONDS,
) -> str:
    """Return the cosignature line (with its newline) of the witness ``vkey`` for a signed checkpoint.

    ``old_size``, ``proof``: the last size that it cosigned, as far as we know, and the consistency proof from there
    (32-byte hashes). When the witness knows another size, ``prove(size)`` is asked for the proof from that size.
    Raises WitnessAhead, WitnessFork, WitnessFault, or `outbound.Unreachable`.
    """
    verifier = Verifier.parse(vkey)
    checkpoint = Checkpoint.parse(split_note(checkpoint_note)[0])
    for _ in range(ATTEMPTS):
        answer = outbound.post(
            url.rstrip("/") + PATH,
            format_submission(old_size, proof, checkpoint_note),
            media_type="text/plain",
            seconds=seconds,
        )
        if answer.status == 200:
            return _cosignature(verifier, checkpoint_note, answer.body)
        known = _known_size(answer)
        if known is None or known == old_size:
            raise _refused(verifier.name, answer, same_size=old_size == checkpoint.size)
        if known > checkpoint.size:
            raise _ahead(verifier.name, known, checkpoint.size)
        old_size, proof = known, _proof_from(verifier.name, known, checkpoint.size, prove)
    raise _unsettled(verifier.name)


def _cosignature(verifier: Verifier, checkpoint_note: str, body: bytes) -> str:
    """Return the line of ``verifier`` among those received, verified; others are ignored."""
    try:
        lines = body.decode().splitlines(keepends=True)
        signatures = [parse_signature(line.removesuffix("\n")) for line in lines]
        ours = [one.line() for one in signatures if (one.name, one.key_id) == (verifier.name, verifier.key_id)]
        verify(add_signatures(checkpoint_note, ours), [verifier])
        return ours[0]
    except (NoteError, UnicodeDecodeError) as error:
        raise WitnessFault(
            t(
                "La cosignature du témoin {name} ne se vérifie pas ({why}) : vérifiez sa vkey.",
                "The cosignature of the witness {name} does not verify ({why}): check its vkey.",
            ).format(name=verifier.name, why=error)
        ) from error


def _known_size(answer: outbound.Answer) -> int | None:
    """Return the size that a conflict carries; None for every other answer."""
    if answer.status != 409 or answer.media_type != SIZE_TYPE or not re.fullmatch(rb"[0-9]+\n", answer.body):
        return None
    try:
        return parse_decimal(answer.body[:-1].decode())
    except NoteError:
        return None


def _proof_from(name: str, known: int, size: int, prove: Callable[[int], Sequence[bytes]] | None) -> Sequence[bytes]:
    if known in (0, size):
        return ()
    if prove is None:
        raise WitnessFault(
            t(
                "Le témoin {name} en est à {known} feuilles : donnez la preuve à partir de là.",
                "The witness {name} is at {known} leaves: give the proof from there.",
            ).format(name=name, known=known)
        )
    return prove(known)


def _refused(name: str, answer: outbound.Answer, *, same_size: bool) -> WitnessFault:
    said = answer.body[:200].decode(errors="replace").strip()
    if same_size and answer.status in (409, 422):
        return WitnessFork(
            t(
                "Le témoin {name} a cosigné un autre passé de ce journal, de la même taille : n’y ajoutez rien, et "
                "comparez son checkpoint au vôtre ({said}).",
                "The witness {name} has cosigned another past of this log, of the same size: add nothing to it, and "
                "compare its checkpoint with yours ({said}).",
            ).format(name=name, said=said)
        )
    if answer.status in (403, 404):
        return WitnessFault(
            t(
                "Le témoin {name} ne connaît pas ce journal ou sa clé : donnez-lui la vkey du journal ({said}).",
                "The witness {name} does not know this log or its key: give it the log's vkey ({said}).",
            ).format(name=name, said=said)
        )
    return WitnessFault(
        t(
            "Le témoin {name} a refusé (HTTP {status} : {said}).", "The witness {name} refused (HTTP {status}: {said})."
        ).format(name=name, status=answer.status, said=said)
    )


def _ahead(name: str, known: int, size: int) -> WitnessAhead:
    return WitnessAhead(
        t(
            "Le témoin {name} a cosigné {known} feuilles et ce checkpoint en a {size} : s’il n’est pas simplement "
            "ancien, le journal a été ramené en arrière, ne scellez plus rien.",
            "The witness {name} has cosigned {known} leaves and this checkpoint has {size}: unless it is merely an old "
            "one, the log was rolled back, seal nothing more.",
        ).format(name=name, known=known, size=size),
        known,
    )


def _unsettled(name: str) -> WitnessFault:
    return WitnessFault(
        t(
            "Le témoin {name} change de taille à chaque demande : la prochaine tentative suivra.",
            "The witness {name} changes its size at each request: it will be asked again.",
        ).format(name=name)
    )
