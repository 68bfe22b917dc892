"""The engine that reads and writes segments: DuckDB in memory, two databases a process, a cursor of each for each thread.

The one for segments has one thread: a question is put to many segments at once, and a segment is written while it is sealed, so
threads of the engine's own would only wait for each other. The one that pairs events of a whole file uses all cores.

Its extension for encryption and S3 comes from the lock, signed, and is loaded from the disk: nothing is ever fetched.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb
import duckdb_ext

from opposable.law import t
from opposable.systems.traffic.store.faults import StoreFault

MEMORY = "1GB"
CLOSED = {
    "allow_unsigned_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": MEMORY,
    "temp_directory": "",  # rows never touch the disk in the clear
}
FATAL = (duckdb.FatalException, duckdb.InternalException)
"""After one of these DuckDB refuses all further work: one damaged file would silence every other. The database is made anew."""
_local = threading.local()
_lock = threading.Lock()
_open: dict[bool, duckdb.DuckDBPyConnection] = {}


def cursor(*, wide: bool = False) -> duckdb.DuckDBPyConnection:
    """The cursor of this thread; ``wide``: on the database that uses all cores."""
    mine: dict[bool, tuple[Any, duckdb.DuckDBPyConnection]] = _local.__dict__.setdefault("cursors", {})
    with _lock:
        if wide not in _open:
            _open[wide] = _new(wide=wide)
        database = _open[wide]
        if wide not in mine or mine[wide][0] is not database:
            mine[wide] = database, database.cursor()
    return mine[wide][1]


def restart() -> None:
    """Leave databases that refuse further work; the next cursor is of a new one."""
    with _lock:
        _open.clear()


def _new(*, wide: bool) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(":memory:", config=CLOSED)
    if not wide:
        database.execute("SET threads = 1")
        database.execute(f"LOAD '{_extension()}'")
        database.execute("SET parquet_metadata_cache = true")
        # The engine's own copy of a file outlives a file that was put back within the same tick of the clock: it then reads what
        # no longer is there. The pages that the system keeps in memory serve as well.
        database.execute("SET enable_external_file_cache = false")
        _open_bucket(database)
    database.execute("SET preserve_insertion_order = true")
    return database


def _open_bucket(database: duckdb.DuckDBPyConnection) -> None:
    from opposable.systems.traffic.store import objects

    if of := objects.bucket():
        database.execute(objects.secret_sql(of))


def _extension() -> Path:
    folders = [Path(one) for one in duckdb_ext.__path__]
    found = [path for folder in folders for path in folder.glob(f"extensions/v{duckdb.__version__}/*/httpfs.*")]
    if not found:
        raise StoreFault(
            t(
                "L’extension de chiffrement de DuckDB {v} manque : installez duckdb-ext-httpfs de la même version.",
                "The encryption extension of DuckDB {v} is missing: install duckdb-ext-httpfs of the same version.",
            ).format(v=duckdb.__version__)
        )
    return found[0]
