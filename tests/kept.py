"""Stories that many tests begin with: told by their acts, then put back for the next test that begins with them.

A story is kept from where it began: an empty house, or the end of another kept story with nothing written since. Anywhere else,
and outside the transaction of a test, it is told. What is put back is exact: rows as the literals of the database that runs, the
files of the installation, the signed checkpoint, what the sealer knew. Each test has rows and files of its own, and may do with
them what it likes.
"""

import os
import pickle
from collections import Counter
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from types import SimpleNamespace

from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection

from opposable.kernel import anchors, clock, guards, sealing, store
from opposable.kernel.system import law
from opposable.systems.assembly.views import office_kept
from opposable.web import shell

GIVEN = {"django_content_type", "auth_permission"}
"""Tables that are filled when they are made."""
PENDING = "kernel_pending"
"""Filled by a trigger, emptied by the sealer: the one table whose rows go."""
CHECKPOINTS = {"checkpoint": 4, "batch": 3}
"""Tables of the checkpoint store, and how many columns they have."""
EMPTY = "an empty house"


@dataclass(frozen=True)
class Told:
    """What a story came to, beside where it began."""

    rows: dict  # by table, what it wrote: each row as literals
    pending: set
    files: dict  # by name: mode, bytes
    checkpoints: dict  # by table; none when nothing was sealed
    sealer: bytes
    result: bytes


_told = {}
_times = Counter()
_now = SimpleNamespace(telling=False, end=None, traces=None)
"""Whether a story is being told; the kept one that ended last, and the traces by which it is known that nothing was written since."""


def kept(tell):
    """A story whose arguments are words and numbers, and whose result can be pickled."""

    @wraps(tell)
    def begin(*args, **named):
        where = None if _now.telling or not connection.in_atomic_block else _where()
        if where is None or not all(isinstance(value, str | int | None) for value in (*args, *named.values())):
            return tell(*args, **named)
        hour = clock.now() if clock._frozen.get() else None
        key = where, hour, law(), tell.__module__, tell.__qualname__, args, tuple(sorted(named.items()))
        _times[key] += 1
        if _times[key] == 1:
            return tell(*args, **named)  # it may be told this once: it is looked at when it comes again
        _now.telling = True
        try:
            result = _put_back(_told[key]) if key in _told else _look(key, lambda: tell(*args, **named))
        finally:
            _now.telling = False
        _now.end, _now.traces = (key, _traces()) if key in _told else (None, None)
        return result

    return begin


def _where():
    """The kept story at whose end we are, an empty house, or nothing that is known."""
    sealer = _sealer()
    if sealer is None:
        return None
    if _now.end and _now.traces == _traces():
        return _now.end
    if sealer.store.get().size or any((settings.HOME / "log").iterdir()):
        return None
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f'SELECT 1 WHERE EXISTS (SELECT 1 FROM "{table}")' for table in _tables()))
        return EMPTY if cursor.fetchone() is None else None


def _sealer():
    """The sealer of the fixture ``log``: each test has its own."""
    return getattr(sealing.inline, "__self__", None)


@cache
def _tables():
    """By name, their columns."""
    models = [model._meta for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {
        meta.db_table: [f'"{field.column}"' for field in meta.local_concrete_fields]
        for meta in models
        if meta.db_table not in GIVEN and not meta.proxy
    }


def _traces():
    """What changes with anything that is written: the database's count of rows written, the times of the files."""
    traces = [_sealer(), *sorted((str(path), path.stat().st_mtime_ns) for path in _paths())]
    if connection.vendor == "sqlite":
        return [connection.connection.total_changes, *traces]
    counts = " + ".join(f"pg_stat_get_xact_tuples_{what}(oid)" for what in ("inserted", "updated", "deleted"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sum({counts}) FROM pg_class WHERE relkind = 'r'")
        return [cursor.fetchone(), *traces]


def _paths():
    """The files of the installation, but for the databases."""
    for folder, _, names in os.walk(settings.HOME):
        yield from (Path(folder, name) for name in names if ".sqlite3" not in name)


def _files():
    return {str(path): (path.stat().st_mode, path.read_bytes()) for path in _paths()}


def _rows():
    """Every row of every table."""
    literal = "quote({})" if connection.vendor == "sqlite" else "quote_nullable({}::text)"
    found = {}
    with connection.cursor() as cursor:
        for table, columns in _tables().items():
            row = " || ',' || ".join(map(literal.format, columns))
            cursor.execute(f'SELECT {row} FROM "{table}"')
            found[table] = {row for (row,) in cursor.fetchall()}
    return found


def _signed(sealer):
    return {table: sealer.store._db.execute(f"SELECT * FROM {table}").fetchall() for table in CHECKPOINTS}


def _look(key, tell):
    """Tell a story and keep what it came to: unless it did what cannot be put back."""
    sealer, letters = _sealer(), len(mail.outbox)
    rows, files, signed = _rows(), _files(), _signed(sealer)
    result = tell()
    now, after = _rows(), _files()
    changed = [table for table, found in rows.items() if table != PENDING and not found <= now[table]]
    if changed or len(mail.outbox) != letters or not files.keys() <= after.keys():
        return result
    _told[key] = Told(
        rows={table: more for table in now if table != PENDING and (more := now[table] - rows[table])},
        pending=now[PENDING],
        files=after,
        checkpoints=now_signed if (now_signed := _signed(sealer)) != signed else {},
        sealer=pickle.dumps((sealer._checked, sealer._unsettled)),
        result=pickle.dumps(result),
    )
    return result


def _put_back(told):
    sealer = _sealer()
    there = _files()
    for name, (mode, data) in told.files.items():
        if there.get(name) != (mode, data):  # keys also are others when the buckets of another test were erased
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(data)
            Path(name).chmod(mode)
    with sealer.store._db as db:
        for table, rows in told.checkpoints.items():
            db.execute(f"DELETE FROM {table}")
            db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * CHECKPOINTS[table])})", rows)
    sealer._checked, sealer._unsettled = pickle.loads(told.sealer)
    with guards.writing(), connection.cursor() as cursor:
        for table, rows in told.rows.items():
            _insert(cursor, table, rows)
        cursor.execute(f"DELETE FROM {PENDING}")
        _insert(cursor, PENDING, told.pending)
    for forget in (anchors.forget, shell.forget_log_state, office_kept.forget, store.buckets.cache_clear):
        forget()
    return pickle.loads(told.result)


def _insert(cursor, table, rows):
    if rows:
        values = ",".join(f"({row})" for row in sorted(rows))
        cursor.execute(f'INSERT INTO "{table}" ({",".join(_tables()[table])}) VALUES {values}')
