"""Writers of one SQLite file wait in a queue instead of trying their luck.

SQLite lets one writer in at a time and tells the others to come back: they sleep, up to a tenth of a second at each try, and
whoever writes without pause is back before they wake. An importer thus kept the sealer waiting for seconds, and a voter for
his receipt. Here whoever wants to begin first takes the place at the door (a lock on a file beside the database) and holds
it until he is in: a writer who has just left waits behind him. Reading needs no turn; statements outside a transaction take
their chance as before.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.backends.sqlite3 import base


class Door:
    """The place at the door: one at a time has it, in this process or another."""

    def __init__(self, path: os.PathLike[str]) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):  # it has none when the file could not be opened
            os.close(self._descriptor)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with the option ``door``: the path of the lock file."""

    _door: AbstractContextManager[None] = nullcontext()

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if (path := params.pop("door", None)) is not None and not isinstance(self._door, Door):
            self._door = Door(path)
        return params

    def _start_transaction_under_autocommit(self) -> None:
        with self._door:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # Django's own, missing in the stubs

    def _close(self) -> None:
        # SQLite keeps a closed connection, and its lock, as long as one cursor on it is referred to (by the traceback of an
        # error, say). What was not committed is rolled back now, not whenever that cursor is forgotten.
        if self.connection is not None and self.connection.in_transaction:
            self.connection.rollback()
        super()._close()  # type: ignore[misc] # Django's own, missing in the stubs
