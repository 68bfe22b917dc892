"""What a witness remembers: for each log, the last checkpoint it cosigned; and the forks it was shown.

Never restore this file from a backup: a witness that forgets what it has cosigned is one that lets a fork pass.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opposable.ledger.merkle import EMPTY_ROOT

MAX_FORKS = 100
"""Forks kept for one log: one is enough to convict it, and a log gone mad must not fill the disk."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS latest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS fork (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, known TEXT NOT NULL, other TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (origin, size, root)
) STRICT;
"""


@dataclass(frozen=True)
class Known:
    """The last checkpoint cosigned: size, root, the note with our cosignature, POSIX seconds."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    at: int = 0


@dataclass(frozen=True)
class Fork:
    """Two checkpoints of one size, both signed by the log, with different roots: proof of misconduct by itself."""

    origin: str
    size: int
    known: str
    other: str
    at: int


class Store:
    """The memory of one witness, an SQLite file. Safe between threads and between processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._rows = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        # write-ahead log and FULL: a commit is on the disk before it returns, the file names included
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=FULL")
        self._rows.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._rows.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the store against every other reader-then-writer; commit on success, undo on an exception."""
        with self._lock:
            self._rows.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._rows.execute("ROLLBACK")
                raise
            self._rows.execute("COMMIT")

    def latest(self, origin: str) -> Known:
        """Return what was last cosigned of a log; the empty tree when nothing was."""
        # under the lock: another thread's cosignature is not to be seen before it is committed
        with self._lock:
            row = self._rows.execute("SELECT size, root, note, at FROM latest WHERE origin = ?", (origin,)).fetchone()
        return Known(*row) if row else Known()

    def keep(self, origin: str, known: Known) -> None:
        """Put ``known`` in the place of the last checkpoint. Call inside `alone`, after comparing with `latest`."""
        self._rows.execute(
            "REPLACE INTO latest (origin, size, root, note, at) VALUES (?, ?, ?, ?, ?)",
            (origin, known.size, known.root, known.note, known.at),
        )

    def keep_fork(self, fork: Fork, root: bytes) -> None:
        """Keep the proof of a fork; call inside `alone`. Each is kept once, and `MAX_FORKS` of a log at most."""
        (count,) = self._rows.execute("SELECT count(*) FROM fork WHERE origin = ?", (fork.origin,)).fetchone()
        if count < MAX_FORKS:
            self._rows.execute(
                "INSERT OR IGNORE INTO fork (origin, size, root, known, other, at) VALUES (?, ?, ?, ?, ?, ?)",
                (fork.origin, fork.size, root, fork.known, fork.other, fork.at),
            )

    def forks(self, origin: str) -> list[Fork]:
        """Return the forks that a log was caught at, oldest first."""
        query = "SELECT origin, size, known, other, at FROM fork WHERE origin = ? ORDER BY at, size"
        with self._lock:
            return [Fork(*row) for row in self._rows.execute(query, (origin,))]
