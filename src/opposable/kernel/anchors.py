"""Anchoring: witnesses cosign the last checkpoint, then a time-stamping authority dates it.

Order of one anchoring, and what a crash leaves behind:

    cosigned     witnesses have signed; nothing is kept here       asked again, they answer the same
    stamped      the response is in log/tokens, durable            a token that no row names: harmless, the audit mentions it
    recorded     the row of the anchor                             from here on acts name the token (``after``)

Nobody outside stops the log: a witness that fails is logged and the token is asked for all the same; an authority that fails
raises AnchorFailed, and the next tick tries again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import clock, duties, files, guards, sealing
from opposable.kernel.checkpoints import CheckpointStore
from opposable.kernel.faults import Fault
from opposable.kernel.models import Anchor, Duty, Seal
from opposable.law import Text, t
from opposable.law.terminal import say, words
from opposable.ledger import note, tiles
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

    from opposable.kernel.actors import Actor
    from opposable.kernel.models import Recorded
    from opposable.kernel.tsa import Stamp
    from opposable.law import Rule

log = logging.getLogger(__name__)

DUTY = "kernel.log.anchor"
"""Act type of the duties that want a token at a legal instant."""
RETRY_SECONDS = 60.0
"""After a failure the authority is left alone for so long."""
_FRESH_SECONDS = 1.0
_known: tuple[float, str] = (float("-inf"), "")
_failed_at = float("-inf")


class AnchorFailed(Fault):
    """The time-stamping authority did not answer as it must. The log goes on; the next tick tries again."""


@dataclass(frozen=True)
class Anchored:
    """The anchor that was made, and the faults of the witnesses that are missing from it."""

    anchor: Anchor
    faults: tuple[Fault, ...] = ()


# --- what acts carry -------------------------------------------------------------------------------------------------


def last_digest() -> str:
    """Digest of the last token known: what a new act carries as ``after``. Read from the database at most once a second."""
    global _known  # noqa: PLW0603 - one value per process, replaced whole
    read_at, digest = _known
    now = time.monotonic()
    if now - read_at > _FRESH_SECONDS:
        digest = Anchor.objects.order_by("-id").values_list("digest", flat=True).first() or ""
        _known = (now, digest)
    return digest


def forget() -> None:
    """Read the last token anew at the next act (after anchoring, and between tests)."""
    global _known, _failed_at
    _known, _failed_at = (float("-inf"), ""), float("-inf")


# --- when ------------------------------------------------------------------------------------------------------------


def is_due(seconds: float) -> bool:
    """Whether there is an authority, something to anchor, and ``seconds`` have passed since the last token.

    A log without any token is due at once, even when it is empty: its first act then already has its "not before".
    """
    if not settings.CONFIG.tsa or time.monotonic() - _failed_at < RETRY_SECONDS:
        return False
    last = Anchor.objects.order_by("-id").values_list("size", "token_at").first()
    if last is None:
        return True
    size, token_at = last
    return _sealed_size() > size and clock.now() - token_at >= timedelta(seconds=seconds)


def anchor_at(row: Recorded, at: datetime, title: Text | None = None, *, rule: Rule | None = None) -> Duty:
    """Have the log anchored at a legal instant that concerns ``row`` (the close of a vote). Called inside an act.

    The first tick after ``at`` does it: everything that was done until then is sealed, witnessed and dated.
    """
    title = title or t("Horodater le journal", "Time-stamp the log")
    return duties.open_duty(row, DUTY, title, at, rule=rule, automatic=True)


def discharge(_actor: Actor, obj: str) -> None:
    """Do the duty that `anchor_at` opened. Raises AnchorFailed: the duty stays due, however often that happens."""
    mine = Duty.objects.filter(act=DUTY, obj=obj, closed_at=None)
    mine.update(attempts=0)
    if not sealing.request():
        raise AnchorFailed(
            t(
                "Aucun scelleur ne répond : lancez « opposable sealer » ou « opposable serve ».",
                'No sealer answers: run "opposable sealer" or "opposable serve".',
            )
        )
    anchor()
    mine.update(closed_at=clock.now())


# --- doing it --------------------------------------------------------------------------------------------------------


def anchor_when_due() -> list[str]:
    """Anchor if it is due (the period is the installation's). Returns what was done, for `tick`. Raises AnchorFailed."""
    if not is_due(settings.CONFIG.anchor_seconds):
        return []
    made = anchor()
    missing = "".join(f" ; {say(fault.text)}" for fault in made.faults)
    size, tsa = made.anchor.size, made.anchor.tsa
    return [words(f"journal ancré à {size} actes par {tsa}", f"log anchored at {size} acts by {tsa}") + missing]


def anchor() -> Anchored:
    """Anchor the last checkpoint now. Raises AnchorFailed without a token; faults of witnesses are logged and returned."""
    global _failed_at  # noqa: PLW0603
    from opposable.kernel.tsa import open_tsa  # its libraries: only whoever anchors needs them

    with _alone():
        signed = _last_note()
        cosigned, faults = _cosigned(signed)
        try:
            tsa = open_tsa(settings.HOME, settings.CONFIG.tsa, settings.CONFIG.tsa_roots)
            stamp = tsa.stamp(cosigned.encode())
        except Fault as fault:
            _failed_at = time.monotonic()
            raise AnchorFailed(fault.text) from fault
        _keep_files(stamp, tsa.roots)
        made = _record(cosigned, stamp)
    forget()
    return Anchored(made, tuple(faults))


def known_roots() -> list[bytes]:
    """Every root certificate (PEM) that an anchor of this log was verified with, past authorities included."""
    return [path.read_bytes() for path in sorted(token_folder(settings.HOME).glob("*.pem"))]


def token_folder(home: Path) -> Path:
    """Where the raw responses are: ``<digest>.tsr``; and the roots of the authorities: ``<digest>.pem``."""
    return home / "log" / "tokens"


def _sealed_size() -> int:
    return Seal.objects.order_by("-size").values_list("size", flat=True).first() or 0


def _last_note() -> str:
    signed = Seal.objects.order_by("-size").values_list("note", flat=True).first()
    if signed is not None:
        return signed
    with closing(CheckpointStore(settings.HOME, settings.ORIGIN)) as store:
        return store.get().note


def _cosigned(signed: str) -> tuple[str, list[Fault]]:
    """The note with the cosignatures that could be had, and why the others could not."""
    lines: list[str] = []
    faults: list[Fault] = []
    empty = Checkpoint.parse(note.split_note(signed)[0]).size == 0
    for url, vkey in settings.CONFIG.witnesses if not empty else ():
        try:
            lines.append(_ask(url, vkey, signed))
        except Fault as fault:
            faults.append(fault)
        except LedgerError as error:
            faults.append(_misconfigured(url, error))
    for found in faults:
        log.warning("witness: %s", say(found.text))
    return note.add_signatures(signed, lines), faults


def _ask(url: str, vkey: str, signed: str) -> str:
    from opposable.kernel.witness import ask_witness

    size = Checkpoint.parse(note.split_note(signed)[0]).size
    prove = partial(_prove, size)
    known = _last_cosigned(vkey, size)
    return ask_witness(url, vkey, known, prove(known), signed, prove=prove)


def _misconfigured(url: str, error: LedgerError) -> Fault:
    return Fault(
        t(
            "Le témoin {url} ne peut être interrogé ({error}) : vérifiez sa vkey et le dossier log/.",
            "The witness {url} cannot be asked ({error}): check its vkey and the folder log/.",
        ).format(url=url, error=error)
    )


def _last_cosigned(vkey: str, size: int) -> int:
    """The last size that this witness cosigned, as far as the anchors tell: it corrects us when it knows better."""
    name = note.Verifier.parse(vkey).name
    last = Anchor.objects.filter(note__contains=f"— {name} ", size__lte=size).order_by("-size").first()
    return last.size if last else 0


def _prove(size: int, old: int) -> list[bytes]:
    if old in (0, size):
        return []
    return tiles.TileTree(lambda path: (settings.HOME / "log" / path).read_bytes(), size).consistency_proof(old)


def _keep_files(stamp: Stamp, roots: tuple[bytes, ...]) -> None:
    folder = token_folder(settings.HOME)
    for pem in roots:
        path = folder / f"{hashlib.sha256(pem).hexdigest()}.pem"
        if not path.exists():
            files.write_durably(path, pem)
    files.write_durably(folder / f"{stamp.digest}.tsr", stamp.response)


def _record(cosigned: str, stamp: Stamp) -> Anchor:
    text, signatures = note.split_note(cosigned)
    checkpoint = Checkpoint.parse(text)
    with guards.writing():
        return Anchor.objects.create(
            size=checkpoint.size,
            note=cosigned,
            response=stamp.response,
            digest=stamp.digest,
            token_at=stamp.info.at,
            tsa=stamp.info.tsa[:200],
            witnesses=sum(signature.name != checkpoint.origin for signature in signatures),
        )


@contextmanager
def _alone() -> Iterator[None]:
    """One anchoring at a time on this machine: tokens cost money."""
    with (settings.HOME / "run" / "anchor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
