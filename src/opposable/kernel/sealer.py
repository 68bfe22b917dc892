"""The sealer: gives pending acts their index, grows the tree, signs the checkpoint. One at a time.

Order of one seal, and what a crash leaves behind:

    staged      the batch and its signed checkpoint are ready      nothing is kept: the next seal starts again
    swapped     the store holds both, in one durable step          from here on the batch is the past: `_recover` finishes it
    tiled       tiles can be read, a power cut may lose them       made again from the batch, same bytes
    committed   leaves, seal row; pending emptied                  the batch stays in the store
    published   log/checkpoint shows the checkpoint                made again from the store
    settled     tiles are on the disk, the store forgets batches   nothing is left over

Only two of these wait for the disk, `swapped` and `committed`: a receipt that is due now waits for no other. Settling comes
after the answers. Indexes are given here, contiguous from 0, from the set of pending acts: there is no counter that a late
commit could slip past.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from django.db import connection, transaction

from opposable.kernel import clock, files, guards, sealing
from opposable.kernel.checkpoints import CheckpointStore, Stored
from opposable.kernel.faults import Fault
from opposable.kernel.models import Leaf, Pending, Seal
from opposable.kernel.pen import pen
from opposable.law import t
from opposable.ledger import merkle, note, tiles
from opposable.ledger.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opposable.ledger.note import Signer

LIMIT = sealing.FULL
"""Acts in one seal. More wait for the next, a moment later."""
UNSETTLED = 32
"""Seals after which tiles are put on the disk even when people still wait."""
_LOCK = 0x0FF05AB1E


ROLLED_BACK = t(
    "elle a été ramenée en arrière, ou restaurée d’une vieille sauvegarde. Restaurez la plus récente ; ce qui manque a été signé et"
    " ne peut l’être de nouveau",
    "it was rolled back or restored from an old backup. Restore the newest backup; what is missing was signed and cannot be"
    " signed again",
)


class SealRefused(Fault):
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

    def encode(self) -> bytes:
        entries = b"".join(self.entries).hex()
        return orjson.dumps({"old": self.old_size, "acts": self.acts, "entries": entries})

    @classmethod
    def decode(cls, data: bytes) -> Batch:
        found = orjson.loads(data)
        entries = bytes.fromhex(found["entries"])
        return cls(found["old"], found["acts"], [entries[at : at + 32] for at in range(0, len(entries), 32)])


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
        self._unsettled: dict[int, list[str]] = {}
        """Sizes of the seals whose tiles may not be on the disk yet, and these tiles."""

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
        if len(self._unsettled) >= UNSETTLED:
            self.settle()
        return len(batch.acts)

    def settle(self) -> None:
        """Put the tiles on the disk, drop what they outgrew, and let the store forget the batches that made them.

        Of each tile the fullest one: the partial ones that it followed get there by themselves, and nothing stands on them.
        """
        if not self._unsettled:
            return
        written = [path for paths in self._unsettled.values() for path in paths]
        fullest = {path.partition(".p/")[0]: path for path in written}
        files.sync(self.log / path for path in fullest.values())
        _drop_outgrown_partials(self.log, written)
        self.store.forget(self._unsettled)
        self._unsettled.clear()
        self._step("settled")

    def recover(self) -> None:
        """Finish what a crash left. Signs nothing and needs no key. Raises SealRefused for another past than the signed one."""
        with self._alone():
            self._recover(self.store.get())
        self.settle()

    def _seal(self, last: Stored, batch: Batch) -> None:
        size, root, new_tiles = tiles.extend(self._read, last.size, batch.entries)
        signed = note.sign(Checkpoint(self.origin, size, root).text(), self.signers)
        new = Stored(size, root, signed)
        self._step("staged")
        self.store.swap(last, new, batch.encode())
        self._step("swapped")
        self._write_tiles(size, new_tiles)
        self._finish(new, batch)

    def _write_tiles(self, size: int, new_tiles: dict[str, bytes]) -> None:
        for path, data in new_tiles.items():
            files.write_soon(self.log / path, data)
        self._unsettled[size] = list(new_tiles)

    def _finish(self, new: Stored, batch: Batch) -> None:
        self._step("tiled")
        self._commit(new, batch)
        self._step("committed")
        files.write_soon(self.log / "checkpoint", new.note.encode())
        self._step("published")

    def _commit(self, new: Stored, batch: Batch) -> None:
        leaves = enumerate(batch.acts, start=batch.old_size)
        seal = Seal(size=new.size, root=new.root.hex(), note=new.note, at=clock.now())
        with guards.writing(), transaction.atomic():
            with pen() as held:
                held.pour("kernel_leaf", ("index", "act_id"), leaves)
            for chunk in _chunks(batch.acts, 500):
                Pending.objects.filter(act_id__in=chunk)._raw_delete(Pending.objects.db)
            Seal.objects.bulk_create([seal])

    # What is pending, and what a crash left

    def _pending(self, size: int) -> Batch:
        rows = list(Pending.objects.order_by("act_id").values_list("act_id", "act__entry")[:LIMIT])
        return Batch(size, [act for act, _ in rows], [bytes(entry) for _, entry in rows])

    def _recover(self, last: Stored) -> None:
        """Bring tiles, rows and the published checkpoint up to the last signed one."""
        leaves = self._count_leaves()
        if leaves > last.size:
            raise SealRefused(
                t(
                    f"la base porte {leaves} actes scellés, le dépôt des points de contrôle {last.size} : il est plus vieux que la"
                    " base. Remettez le dernier checkpoints.sqlite3",
                    f"the database holds {leaves} sealed acts, the checkpoint store {last.size}: the store is older than the"
                    " database. Put back the last checkpoints.sqlite3",
                )
            )
        published = self.log / "checkpoint"
        if self._checked and leaves == last.size and published.exists() and published.read_text() == last.note:
            return
        batches = [Batch.decode(data) for data in self.store.batches()]
        if batches:
            self._make_tiles_again(last, batches)
        if leaves == last.size:
            files.write_durably(published, last.note.encode())
            return
        if not batches or batches[-1].old_size != leaves:
            raise SealRefused(
                t(
                    f"le dépôt des points de contrôle connaît {last.size} actes scellés, cette base {leaves} : ",
                    f"the checkpoint store knows {last.size} sealed acts, this database {leaves}: ",
                )
                + ROLLED_BACK
            )
        self._require_acts(batches[-1])
        self._finish(last, batches[-1])

    def _make_tiles_again(self, last: Stored, batches: list[Batch]) -> None:
        """The tiles of the batches that are not settled: a power cut may have lost them, or left them half written."""
        made: dict[int, dict[str, bytes]] = {}
        known: dict[str, bytes] = {}

        def read(path: str) -> bytes:
            return known[path] if path in known else self._read(path)

        size, root = 0, b""
        for batch in batches:
            size, root, made[batch.new_size] = tiles.extend(read, batch.old_size, batch.entries)
            known |= made[batch.new_size]
        if (size, root) != (last.size, last.root):
            raise SealRefused(
                t(
                    "les actes en attente ne font pas la racine signée : restaurez le dossier du journal depuis sa sauvegarde",
                    "the staged acts do not make the signed root: restore the log directory from its backup",
                )
            )
        for new_size, new_tiles in made.items():
            self._write_tiles(new_size, new_tiles)

    def _require_acts(self, batch: Batch) -> None:
        from opposable.kernel.models import Act  # only recovery needs it

        for start in range(0, len(batch.acts), 500):
            ids = batch.acts[start : start + 500]
            known = {pk: bytes(entry) for pk, entry in Act.objects.filter(pk__in=ids).values_list("pk", "entry")}
            if [known.get(pk) for pk in ids] != batch.entries[start : start + 500]:
                raise SealRefused(
                    t(
                        "des actes qui ont été signés ne sont pas dans cette base : ",
                        "acts that were signed are not in this database: ",
                    )
                    + ROLLED_BACK
                )

    def _compare_whole_past(self, last: Stored) -> None:
        """Once per process: the database's acts must make the root that was signed."""
        rows = Leaf.objects.order_by("index").values_list("index", "act__entry").iterator(chunk_size=10_000)
        hashes = []
        for position, (index, entry) in enumerate(rows):
            if index != position:
                raise SealRefused(
                    t(
                        f"la feuille {position} manque à la base : lancez `opposable audit`",
                        f"leaf {position} is missing from the database: run `opposable audit`",
                    )
                )
            hashes.append(merkle.leaf_hash(bytes(entry)))
        if len(hashes) != last.size or merkle.root(hashes) != last.root:
            raise SealRefused(
                t(
                    "la base raconte un autre passé que celui qui a été signé : lancez `opposable audit`",
                    "the database tells another past than the one that was signed: run `opposable audit`",
                )
            )

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


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _drop_outgrown_partials(log: Path, paths: Iterable[str]) -> None:
    """A full tile makes its partial ones superfluous (tlog-tiles lets a log delete them)."""
    for path in paths:
        partials = log / f"{path}.p"
        if partials.is_dir():
            for partial in partials.iterdir():
                partial.unlink()
            os.rmdir(partials)
