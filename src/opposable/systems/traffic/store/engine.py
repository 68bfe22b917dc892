"""The engine that reads and writes segments: DuckDB in memory, one database a process, one cursor a thread.

Its extension for encryption and S3 comes from the lock, signed, and is loaded from the disk: nothing is ever fetched.
"""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import Any

import duckdb
import duckdb_ext

from opposable.kernel.faults import Fault
from opposable.law import t

MEMORY = "1GB"
CLOSED = {
    "allow_unsigned_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": MEMORY,
    "temp_directory": "",  # rows never touch the disk in the clear
}
_local = threading.local()


class StoreFault(Fault):
    """The store does not do what it must: the disk is full, a file is damaged, a key is missing. Never passed over."""


def cursor() -> duckdb.DuckDBPyConnection:
    """The cursor of this thread."""
    found: Any = getattr(_local, "cursor", None)
    if found is None:
        found = _local.cursor = _database().cursor()
    return found


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(":memory:", config=CLOSED)
    database.execute(f"LOAD '{_extension()}'")
    database.execute("SET parquet_metadata_cache = true")
    database.execute("SET preserve_insertion_order = true")
    return database


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
