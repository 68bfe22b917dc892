"""«Preuve»: what shows that an act is in the log, since when, and who saw it. Read from the public files and the anchors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel.keys import Keyring
from opposable.kernel.models import Act, Anchor, Seal
from opposable.ledger.act import parse_header
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.note import Verifier, open_note, split_note
from opposable.ledger.policy import write_policy
from opposable.ledger.proof import format_proof
from opposable.ledger.tiles import TileTree

if TYPE_CHECKING:
    from opposable.kernel.keys.ring import KeyEntry


@dataclass(frozen=True)
class Seen:
    """A witness that cosigned the checkpoint, and when it did."""

    name: str
    at: datetime


@dataclass(frozen=True)
class ActProof:
    """The inclusion of leaf ``index`` in a signed checkpoint. ``text`` is the tlog-proof file.

    ``after`` dates the act from below (the token whose digest its header carries), ``before`` from above (the token over
    the checkpoint); either may be None: before the first token, and until the next one.
    """

    index: int
    leaf: bytes
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: str
    text: str
    signed_by: tuple[str, ...]
    witnesses: tuple[Seen, ...]
    after: Anchor | None
    before: Anchor | None


def of(index: int, act: Act | None = None) -> ActProof | None:
    """The proof of leaf ``index`` in the first anchored checkpoint that has it, else in the newest one; None when not sealed.

    With its ``act``, also the token that dates it from below.
    """
    anchor = Anchor.objects.filter(size__gt=index).order_by("size", "pk").first()
    note = anchor.note if anchor else _newest(index)
    if note is None:
        return None
    checkpoint = Checkpoint.parse(split_note(note)[0])
    log = settings.HOME / "log"
    tree = TileTree(lambda path: (log / path).read_bytes(), checkpoint.size)
    hashes = tuple(tree.inclusion_proof(index))
    signed, seen = _signatures(note)
    return ActProof(
        index=index,
        leaf=tree.leaf(index),
        hashes=hashes,
        checkpoint=checkpoint,
        note=note,
        text=format_proof(index, hashes, note),
        signed_by=signed,
        witnesses=seen,
        after=_token_named_by(act) if act else None,
        before=anchor,
    )


def log_keys() -> list[KeyEntry]:
    """Every key that this log ever had, oldest first."""
    return Keyring(settings.HOME, settings.ORIGIN).entries()


def witnesses() -> list[Verifier]:
    """The keys of the witnesses that this installation asks."""
    return [Verifier.parse(vkey) for _, vkey in settings.CONFIG.witnesses]


def policy_text() -> str:
    """A tlog-policy naming this log and its witnesses. Who verifies should compare its keys with those he was given."""
    named = {f"w{number}": key.vkey() for number, key in enumerate(witnesses(), 1)}
    return write_policy([key.vkey for key in log_keys()], named)


def _signatures(note: str) -> tuple[tuple[str, ...], tuple[Seen, ...]]:
    """Who of the known keys signed: ids of log keys, and witnesses with their time. Raises NoteError for a false one."""
    known = [Verifier.parse(key.vkey) for key in log_keys()]
    _, verified = open_note(note, [*known, *witnesses()])
    logs = tuple(one.verifier.key_id.hex() for one in verified if one.at is None)
    seen = (Seen(one.name, datetime.fromtimestamp(one.at, UTC)) for one in verified if one.at is not None)
    return logs, tuple(seen)


def _newest(index: int) -> str | None:
    return Seal.objects.filter(size__gt=index).order_by("-size").values_list("note", flat=True).first()


def _token_named_by(act: Act) -> Anchor | None:
    if act.header is None:
        return None
    after = parse_header(bytes(act.header)).after
    return Anchor.objects.filter(digest=after).first() if after else None
