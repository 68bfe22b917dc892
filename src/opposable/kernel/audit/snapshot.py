"""One moment of the installation: the database and the files as they were between two seals.

Nobody is kept from acting or sealing while the audit goes on: only while the view is taken. With several processes each has
its own connection and all of them the same view: PostgreSQL hands it on by name, SQLite by holding writers off for a moment.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from opposable.kernel.checkpoints import CheckpointStore, Stored, StoreError

if TYPE_CHECKING:
    from pathlib import Path

_name: ContextVar[str] = ContextVar("state", default="")


@dataclass(frozen=True)
class View:
    """The last checkpoint of the store (None when it cannot be read, and why), and the published one ("" when there is none)."""

    last: Stored | None
    why: str
    published: str


def read_view(home: Path) -> View:
    """The files of the moment."""
    path = home / "log" / "checkpoint"
    published = path.read_text("utf-8") if path.exists() else ""
    try:
        with closing(CheckpointStore(home, settings.ORIGIN)) as store:
            return View(store.get(), "", published)
    except StoreError as error:
        return View(None, str(error), published)


@contextmanager
def between_seals() -> Iterator[None]:
    """No seal is half done, and none begins."""
    with (settings.HOME / "run" / "sealer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def one_state(tell: Callable[[str], None] = lambda _name: None) -> Iterator[None]:
    """Read one state of the database. ``tell`` has the other processes join it, by the name that they give to `joined`."""
    if connection.in_atomic_block:  # a test's transaction: it is one state already
        yield
        return
    with _writers_held_off() as let_go, _transaction(connection, "") as cursor:
        name = ""
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_export_snapshot()")
            name = cursor.fetchone()[0]
        tell(name)
        let_go()
        with _named(name):
            yield


@contextmanager
def joined(name: str, ready: Callable[[], None]) -> Iterator[None]:
    """In another process: the state that `one_state` told. ``ready`` says that it has been taken."""
    with _transaction(connection, name), _named(name):
        ready()
        yield


@contextmanager
def beside() -> Iterator[BaseDatabaseWrapper | None]:
    """One more connection to the same state; None where the state has no name."""
    if not (name := _name.get()):
        yield None
        return
    other = connection.copy()
    try:
        with _transaction(other, name):
            yield other
    finally:
        other.close()


@contextmanager
def _named(name: str) -> Iterator[None]:
    mark = _name.set(name)
    try:
        yield
    finally:
        _name.reset(mark)


@contextmanager
def _transaction(on: BaseDatabaseWrapper, name: str) -> Iterator[Any]:
    with on.cursor() as cursor:
        for statement in _begin(name):
            cursor.execute(statement)
        cursor.execute("SELECT 1 FROM kernel_act LIMIT 1")  # the state is that of the first read
        cursor.fetchall()
        try:
            yield cursor
        finally:
            cursor.execute("ROLLBACK")


def _begin(name: str) -> list[str]:
    if connection.vendor != "postgresql":
        return ["BEGIN DEFERRED"]
    shared = [f"SET TRANSACTION SNAPSHOT '{name}'"] if name else []
    return ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", *shared, "SET LOCAL DateStyle TO ISO"]


@contextmanager
def _writers_held_off() -> Iterator[Callable[[], object]]:
    """On SQLite nobody writes until the function given is called: a state has no name there."""
    if connection.vendor == "postgresql":
        yield lambda: None
        return
    path = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield partial(holder.execute, "ROLLBACK")
