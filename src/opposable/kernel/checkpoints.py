"""The checkpoint store: the last signed checkpoint of the log, kept apart from the database and never rolled back with it.

It is an SQLite file of its own. A backup of the database does not contain it, and a restore never touches it: that is how a
restored log is seen to be shorter than what was already signed. Nothing re-creates it silently: `create` is called by
`opposable init` and refuses where a file lies.

Beside the checkpoint it holds the batches that led to it, as long as their tiles may still be lost in a power cut: what was
signed can always be made again.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opposable.kernel.faults import Fault
from opposable.law.text import t

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "checkpoints.sqlite3"


class StoreError(Fault):
    """The checkpoint store is missing, or knows another past than the one it is shown. Nothing is signed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Tree ``size``, ``root`` (32 bytes), signed ``note``."""

    size: int
    root: bytes
    note: str


def create(home: Path, origin: str, root: bytes, note: str) -> None:
    """Create the store of a new log, with the checkpoint of the empty tree. Raises StoreError where one exists."""
    path = home / NAME
    if path.exists():
        raise StoreError(t(f"{path} existe : un journal se crée une fois", f"{path} exists: a log is created once"))
    with closing(_connect(path)) as db, db:
        db.execute(
            "CREATE TABLE checkpoint (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
        )
        db.execute("INSERT INTO checkpoint VALUES (?, 0, ?, ?)", (origin, root, note))


class CheckpointStore:
    """Check-and-set on the last checkpoint of one log."""

    def __init__(self, home: Path, origin: str) -> None:
        path = home / NAME
        if not path.exists():
            raise StoreError(
                t(
                    f"{path} manque. Il n’est jamais refait pour un journal qui existe : remettez le fichier lui-même",
                    f"{path} is missing. It is never made anew for an existing log: put back the file itself",
                )
            )
        self._origin = origin
        try:
            self._db = _connect(path)
        except sqlite3.DatabaseError as error:
            raise StoreError(
                t(
                    f"{path} ne s’ouvre pas ({error}). Il n’est jamais refait : remettez le fichier lui-même",
                    f"{path} does not open ({error}). It is never made anew: put back the file itself",
                )
            ) from None

    def get(self) -> Stored:
        """The last checkpoint signed for this log. Raises StoreError for an unknown origin."""
        try:
            row = self._db.execute(
                "SELECT size, root, note FROM checkpoint WHERE origin = ?", (self._origin,)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise StoreError(
                t(
                    f"le dépôt des points de contrôle ne se lit pas ({error}). Remettez le fichier lui-même",
                    f"the checkpoint store does not read ({error}). Put back the file itself",
                )
            ) from None
        if row is None:
            raise StoreError(
                t(
                    f"le dépôt des points de contrôle ne connaît pas de journal nommé {self._origin}",
                    f"the checkpoint store knows no log named {self._origin}",
                )
            )
        return Stored(*row)

    def swap(self, old: Stored, new: Stored, batch: bytes = b"") -> None:
        """Replace ``old`` by ``new`` if ``old`` still is the last one and ``new`` is longer. Durable when it returns.

        ``batch`` is what makes ``new`` of ``old``: both are there, or neither.
        """
        if new.size <= old.size:
            raise StoreError(t("un point de contrôle ne fait que croître", "a checkpoint only ever grows"))
        with self._db:
            changed = self._db.execute(
                "UPDATE checkpoint SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?",
                (new.size, new.root, new.note, self._origin, old.size, old.root),
            ).rowcount
            if changed != 1:
                raise StoreError(
                    t(
                        "un autre scelleur a signé entre-temps : il ne peut en tourner qu’un",
                        "another sealer signed in between: only one may run",
                    )
                )
            self._db.execute("INSERT INTO batch VALUES (?, ?, ?)", (self._origin, new.size, batch))

    def batches(self) -> list[bytes]:
        """The batches that are not settled yet, in their order."""
        rows = self._db.execute("SELECT batch FROM batch WHERE origin = ? ORDER BY size", (self._origin,))
        return [batch for (batch,) in rows]

    def forget(self, sizes: Iterable[int]) -> None:
        """Forget the batches that led to these sizes: their tiles are on the disk."""
        with self._db:
            rows = [(self._origin, size) for size in sizes]
            self._db.executemany("DELETE FROM batch WHERE origin = ? AND size = ?", rows)

    def close(self) -> None:
        self._db.close()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=20, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS batch (origin TEXT, size INTEGER, batch BLOB NOT NULL, PRIMARY KEY (origin, size))"
        )
    except BaseException:
        db.close()
        raise
    return db
