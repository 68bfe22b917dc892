"""Seals, anchors, the checkpoint store and the published checkpoint: who signed which size and root, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import OuterRef, Subquery

from opposable.kernel import anchors, clock
from opposable.kernel.audit.dates import Bounds
from opposable.kernel.audit.report import Report
from opposable.kernel.audit.stream import Share
from opposable.kernel.keys import Keyring
from opposable.kernel.models import Anchor, Leaf, Seal
from opposable.ledger import note, token
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import LedgerError, NoteError, TokenError
from opposable.ledger.merkle import Tree
from opposable.ledger.note import Verifier

if TYPE_CHECKING:
    from opposable.kernel.audit.snapshot import View

SLACK: Final = timedelta(minutes=5)
"""By how much the clocks of the processes that act and of the one that seals may differ."""
STEP: Final = 100


@dataclass(frozen=True)
class Signers:
    """The keys of the log, each with the end of its service, and those of the witnesses that the settings name."""

    logs: dict[Verifier, datetime | None]
    witnesses: tuple[Verifier, ...]

    @classmethod
    def load(cls) -> Signers:
        entries = Keyring(settings.HOME, settings.ORIGIN).entries()
        logs = {Verifier.parse(entry.vkey): entry.until for entry in entries}
        return cls(logs, tuple(Verifier.parse(vkey) for _, vkey in settings.CONFIG.witnesses))

    def open(self, text: str) -> tuple[Checkpoint, list[Verifier]]:
        """The checkpoint of a note and the keys of the log that signed it. Raises `NoteError` for any false signature."""
        plain, verified = note.open_note(text, [*self.logs, *self.witnesses])
        signed = [one.verifier for one in verified if one.verifier in self.logs]
        if not signed:
            raise NoteError("not signed by a key of the log")
        return Checkpoint.parse(plain), signed


# --- seals -----------------------------------------------------------------------------------------------------------


def check_signatures(signers: Signers, share: Share, report: Report, progress: Callable[[int], None]) -> None:
    """The seals of a share: signature, columns, and their place in time."""
    last_act = Leaf.objects.filter(index=OuterRef("size") - 1).values("act__at")[:1]
    before: datetime | None = None
    for number, seal in enumerate(Seal.objects.annotate(last_at=Subquery(last_act)).order_by("size").iterator(1_000)):
        if number % share.of == share.number:
            _check_signature(seal, signers, report)
            _check_date(seal, before, seal.last_at, report)
            report.counts["seals"] += 1
            if not report.counts["seals"] % STEP:
                progress(STEP)
        before = seal.at


def _check_signature(seal: Seal, signers: Signers, report: Report) -> None:
    try:
        checkpoint, signed = signers.open(seal.note)
    except LedgerError as error:
        report.alarm("seal.note", "kernel_seal", seal.size, f"note: {error}", act=seal.size - 1)
        return
    if (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) != (settings.ORIGIN, seal.size, seal.root):
        report.alarm("seal.root", "kernel_seal", seal.size, "size or root: not that of the note", act=seal.size - 1)
    ends = [signers.logs[key] for key in signed]
    if not any(end is None or seal.at <= end + SLACK for end in ends):
        report.alarm("seal.date", "kernel_seal", seal.size, f"at: {seal.at}, its key was retired", act=seal.size - 1)


def check_roots(tree: Tree, report: Report) -> None:
    """Every seal has the root of the acts below its size."""
    for size, root in Seal.objects.order_by("size").values_list("size", "root").iterator(10_000):
        if size > len(tree) or tree.root(size).hex() != root:
            report.alarm("seal.root", "kernel_seal", size, "the acts have another root", act=size - 1)


def _check_date(seal: Seal, before: datetime | None, last_act: datetime | None, report: Report) -> None:
    """``at`` is the clock of the sealer: between the seal before and now, and not before the acts under it."""
    floor = max(filter(None, (before, last_act)), default=seal.at)
    if not floor - SLACK <= seal.at <= clock.now() + SLACK:
        report.alarm("seal.date", "kernel_seal", seal.size, f"at: {seal.at}, expected from {floor}", act=seal.size - 1)


# --- anchors ---------------------------------------------------------------------------------------------------------


def read_anchors(report: Report) -> tuple[Bounds, list[Anchor]]:
    """The anchors whose token holds, in order of their rows, and what the tokens say of the time of the acts."""
    bounds, roots = Bounds(), anchors.known_roots()
    good: list[Anchor] = []
    for anchor in Anchor.objects.order_by("id"):
        report.counts["anchors"] += 1
        try:
            info = token.verify(bytes(anchor.response), anchor.note.encode(), roots)
        except TokenError as error:
            report.alarm("anchor.token", "kernel_anchor", anchor.pk, f"response or note: {error}", act=anchor.size - 1)
            continue
        _check_columns(anchor, info, good[-1] if good else None, report)
        bounds.add(anchor.size, anchor.digest, info)
        good.append(anchor)
    if not report.counts["anchors"]:
        report.notice("anchor.none", "kernel_anchor", "-")
    return bounds, good


def _check_columns(anchor: Anchor, info: token.TokenInfo, before: Anchor | None, report: Report) -> None:
    wrong = {
        "digest": anchor.digest != token.token_hash(bytes(anchor.response)),
        "token_at": anchor.token_at != info.at,
        "tsa": anchor.tsa != info.tsa[:200],
        "id": before is not None and (anchor.size, anchor.token_at) < (before.size, before.token_at),
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        report.alarm("anchor.column", "kernel_anchor", anchor.pk, name, act=anchor.size - 1)


def check_anchors(good: Sequence[Anchor], signers: Signers, tree: Tree, report: Report) -> None:
    """What was dated is the log: the note of each anchor, its witnesses, and the raw response in the public folder."""
    named = {key.name for key in (*signers.logs, *signers.witnesses)}
    sealed = set(Seal.objects.filter(size__in=[anchor.size for anchor in good]).values_list("size", flat=True))
    for anchor in good:
        try:
            checkpoint, _ = signers.open(anchor.note)
        except LedgerError as error:
            report.alarm("anchor.note", "kernel_anchor", anchor.pk, f"note: {error}", act=anchor.size - 1)
            continue
        if checkpoint.size > len(tree) or tree.root(checkpoint.size) != checkpoint.root:
            report.alarm("anchor.note", "kernel_anchor", anchor.pk, "not a root of this log", act=anchor.size - 1)
        if checkpoint.size and checkpoint.size not in sealed:
            report.alarm("seal.note", "kernel_seal", checkpoint.size, "missing: it is anchored", act=anchor.size - 1)
        others = [one.name for one in note.split_note(anchor.note)[1] if one.name != checkpoint.origin]
        wrong = {"size": anchor.size != checkpoint.size, "witnesses": anchor.witnesses != len(others)}
        for name in (name for name, is_wrong in wrong.items() if is_wrong):
            report.alarm("anchor.column", "kernel_anchor", anchor.pk, name, act=anchor.size - 1)
        for name in (name for name in others if name not in named):
            report.notice("anchor.witness", "kernel_anchor", anchor.pk, name, act=anchor.size - 1)
    _check_files(report)


def _check_files(report: Report) -> None:
    folder = anchors.token_folder(settings.HOME)
    known = {anchor.digest: anchor for anchor in Anchor.objects.all()}
    on_file = {path.stem: path for path in folder.glob("*.tsr")}
    for digest, anchor in known.items():
        path = on_file.pop(digest, None)
        if path is None or path.read_bytes() != bytes(anchor.response):
            where = f"tokens/{digest}.tsr"
            report.alarm("anchor.file", "log/", where, "changed" if path else "missing", act=anchor.size - 1)
    for digest, path in on_file.items():
        if token.token_hash(path.read_bytes()) == digest:
            report.notice("anchor.unknown-file", "log/", f"tokens/{path.name}")
        else:
            report.alarm("anchor.file", "log/", f"tokens/{path.name}", "changed")
    for path in sorted(folder.glob("*.pem")):
        if sha256(path.read_bytes()).hexdigest() != path.stem:
            report.alarm("anchor.file", "log/", f"tokens/{path.name}", "changed")


# --- the last word ---------------------------------------------------------------------------------------------------


def check_last(view: View, signers: Signers, tree: Tree, report: Report) -> None:
    """The checkpoint store, the published checkpoint and the last seal are one, and it is the state of these acts."""
    if view.last is None:
        report.alarm("store.missing", "checkpoints.sqlite3", settings.ORIGIN, view.why)
        return
    last, row = view.last, settings.ORIGIN
    try:
        checkpoint, _ = signers.open(last.note)
        if (checkpoint.origin, checkpoint.size, checkpoint.root) != (settings.ORIGIN, last.size, last.root):
            report.alarm("store.note", "checkpoints.sqlite3", row, "size or root: not that of the note")
    except NoteError as error:
        report.alarm("store.note", "checkpoints.sqlite3", row, f"note: {error}")
    if last.size != len(tree):
        detail = f"it knows {last.size} sealed acts, the database has {len(tree)}: {_advice(last.size > len(tree))}"
        report.alarm("store.note", "checkpoints.sqlite3", row, detail)
    elif last.root != tree.root():
        report.alarm("store.note", "checkpoints.sqlite3", row, "root: the acts have another")
    if view.published != last.note:
        report.alarm("log.checkpoint", "log/", "checkpoint", "changed" if view.published else "missing")
    seal = Seal.objects.order_by("-size").first()
    if last.size and (seal is None or (seal.size, seal.note) != (last.size, last.note)):
        report.alarm("seal.note", "kernel_seal", seal.size if seal else "-", "not the last one signed")


def _advice(rolled_back: bool) -> str:
    if rolled_back:
        return "the database is older; start the sealer if a seal was interrupted, else restore the newest backup"
    return "the store is older; put back the last checkpoints.sqlite3"
