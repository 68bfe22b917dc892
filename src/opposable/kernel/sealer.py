"""The sealer: gives pending acts their index, grows the tree, signs the checkpoint. One at a time.

Order of one seal, and what a crash leaves behind:

    staged      log/staging holds the batch, durable        nothing is signed: the next seal starts again
    swapped     the store holds the new signed checkpoint   from here on the batch is the past: `_recover` finishes it
    tiled       tiles are durable                           finished again, same bytes
    committed   leaves, seal row; pending emptied           finished again, only the checkpoint file is missing
    published   log/checkpoint shows the checkpoint         only the staging file is left over

Indexes are given here, contiguous from 0, from the set of pending acts: there is no counter that a late commit could slip past.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from django.db import connection, transaction

from opposable.kernel import clock, files, guards
from opposable.kernel.checkpoints import CheckpointStore, Stored
from opposable.kernel.models import Leaf, Pending, Seal
from opposable.ledger import merkle, note, tiles
from opposable.ledger.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opposable.ledger.note import Signer

LIMIT = 5_000
"""Acts in one seal. More wait for the next, a moment later."""
_LOCK = 0x0FF05AB1E
_INSERT_LEAF = "INSERT INTO kernel_leaf (index, act_id) VALUES (%s, %s)"


class SealRefused(RuntimeError):
    """The database and the checkpoint store do not tell the same past. Nothing is signed until a person has looked."""


@dataclass(frozen=True)
class Batch:
    """Acts between two tree sizes: ``acts`` are row ids, ``entries`` their 32-byte entries, in index order."""

    old_size: int
    acts: list[int]
    entries: list[bytes]

    @property
    def new_size(self) -> int:
        return self.old_size + len(self.entries)


class Sealer:
    """Seals the log of one HOME. ``signers`` sign the checkpoint (two of them while a key is being changed)."""

    def __init__(
        self, home: Path, origin: str, signers: Sequence[Signer], step: Callable[[str], None] = lambda _name: None
    ) -> None:
        self.home = home
        self.log = home / "log"
        self.origin = origin
        self.signers = signers
        self.store = CheckpointStore(home, origin)
        self._step = step
        self._checked = False

    def seal_once(self) -> int:
        """Seal what is pending, at most `LIMIT` acts. Returns their number. Raises SealRefused, StoreError."""
        with self._alone():
            last = self.store.get()
            self._recover(last)
            if not self._checked:
                self._compare_whole_past(last)
                self._checked = True
            batch = self._pending(last.size)
            if not batch.acts:
                return 0
            self._seal(last, batch)
            return len(batch.acts)

    def recover(self) -> None:
        """Finish what a crash left. Signs nothing and needs no key. Raises SealRefused for another past than the signed one."""
        with self._alone():
            self._recover(self.store.get())

    def _seal(self, last: Stored, batch: Batch) -> None:
        size, root, new_tiles = tiles.extend(self._read, last.size, batch.entries)
        signed = note.sign(Checkpoint(self.origin, size, root).text(), self.signers)
        new = Stored(size, root, signed)
        self._stage(batch)
        self._step("staged")
        self.store.swap(last, new)
        self._step("swapped")
        self._finish(new, batch, new_tiles)

    def _finish(self, new: Stored, batch: Batch, new_tiles: dict[str, bytes]) -> None:
        for path, data in new_tiles.items():
            files.write_durably(self.log / path, data)
        self._step("tiled")
        self._commit(new, batch)
        self._step("committed")
        files.write_durably(self.log / "checkpoint", new.note.encode())
        self._step("published")
        (self.log / "staging").unlink(missing_ok=True)
        _drop_outgrown_partials(self.log, new_tiles)

    def _commit(self, new: Stored, batch: Batch) -> None:
        rows = list(enumerate(batch.acts, start=batch.old_size))
        with guards.writing(), transaction.atomic():
            done = Leaf.objects.filter(index__gte=batch.old_size).count()
            with connection.cursor() as cursor:
                cursor.executemany(_quoted(_INSERT_LEAF), rows[done:])
                for chunk in _chunks(batch.acts, 500):
                    Pending.objects.filter(act_id__in=chunk)._raw_delete(Pending.objects.db)
            Seal.objects.get_or_create(
                size=new.size, defaults={"root": new.root.hex(), "note": new.note, "at": clock.now()}
            )

    # What is pending, and what a crash left

    def _pending(self, size: int) -> Batch:
        rows = list(Pending.objects.order_by("act_id").values_list("act_id", "act__entry")[:LIMIT])
        return Batch(size, [act for act, _ in rows], [bytes(entry) for _, entry in rows])

    def _stage(self, batch: Batch) -> None:
        data = {"old": batch.old_size, "acts": batch.acts, "entries": [entry.hex() for entry in batch.entries]}
        files.write_durably(self.log / "staging", orjson.dumps(data))

    def _recover(self, last: Stored) -> None:
        """Bring tiles, rows and the published checkpoint up to the last signed one."""
        leaves = self._count_leaves()
        if leaves > last.size:
            raise SealRefused(
                f"the database holds {leaves} sealed acts, the checkpoint store {last.size}: the store is older than the"
                " database. Put back the last checkpoints.sqlite3"
            )
        published = self.log / "checkpoint"
        if leaves == last.size and published.exists() and published.read_text() == last.note:
            return
        batch = self._signed_batch(leaves, last)
        if batch is None:
            files.write_durably(published, last.note.encode())
            return
        size, root, new_tiles = tiles.extend(self._read, batch.old_size, batch.entries)
        if (size, root) != (last.size, last.root):
            raise SealRefused("the staged acts do not make the signed root: restore the log directory from its backup")
        self._finish(last, batch, new_tiles)

    def _signed_batch(self, leaves: int, last: Stored) -> Batch | None:
        """The batch that was signed and perhaps not finished. None when only the published file is behind."""
        batch = self._staged()
        if batch is not None and batch.new_size == last.size and batch.old_size <= leaves:
            self._require_acts(batch)
            return batch
        if leaves == last.size:
            return None
        raise SealRefused(
            f"the checkpoint store knows {last.size} sealed acts, this database {leaves}: it was rolled back or restored from"
            " an old backup. Restore the newest backup; what is missing was signed and cannot be signed again"
        )

    def _staged(self) -> Batch | None:
        path = self.log / "staging"
        if not path.exists():
            return None
        data = orjson.loads(path.read_bytes())
        return Batch(data["old"], data["acts"], [bytes.fromhex(entry) for entry in data["entries"]])

    def _require_acts(self, batch: Batch) -> None:
        from opposable.kernel.models import Act  # only recovery needs it

        for start in range(0, len(batch.acts), 500):
            ids = batch.acts[start : start + 500]
            known = {pk: bytes(entry) for pk, entry in Act.objects.filter(pk__in=ids).values_list("pk", "entry")}
            if [known.get(pk) for pk in ids] != batch.entries[start : start + 500]:
                raise SealRefused(
                    "acts that were signed are not in this database: it was rolled back. Restore the newest backup"
                )

    def _compare_whole_past(self, last: Stored) -> None:
        """Once per process: the database's acts must make the root that was signed."""
        rows = Leaf.objects.order_by("index").values_list("index", "act__entry").iterator(chunk_size=10_000)
        hashes = []
        for position, (index, entry) in enumerate(rows):
            if index != position:
                raise SealRefused(f"leaf {position} is missing from the database: run `opposable audit`")
            hashes.append(merkle.leaf_hash(bytes(entry)))
        if len(hashes) != last.size or merkle.root(hashes) != last.root:
            raise SealRefused("the database tells another past than the one that was signed: run `opposable audit`")

    def _count_leaves(self) -> int:
        last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
        return 0 if last is None else last + 1

    def _read(self, path: str) -> bytes:
        return (self.log / path).read_bytes()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One sealer on this machine (file lock) and on this database (PostgreSQL advisory lock)."""
        with (self.home / "run" / "sealer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if connection.vendor != "postgresql":
                yield
                return
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
                try:
                    yield
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _quoted(sql: str) -> str:
    return sql.replace("index", connection.ops.quote_name("index"))


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _drop_outgrown_partials(log: Path, new_tiles: dict[str, bytes]) -> None:
    """A full tile makes its partial ones superfluous (tlog-tiles lets a log delete them)."""
    for path in new_tiles:
        partials = log / f"{path}.p"
        if partials.is_dir():
            for partial in partials.iterdir():
                partial.unlink()
            os.rmdir(partials)
