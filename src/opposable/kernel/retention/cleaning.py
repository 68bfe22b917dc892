"""What is left in the cracks: free pages, the write-ahead log, and the journal of readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from opposable.kernel import clock, guards
from opposable.kernel.models import Reading
from opposable.kernel.retention.holds import Held
from opposable.kernel.store import expiry
from opposable.law.terminal import words

JOURNAL = "kernel.access"
"""Retention class of the journal of readings."""


def clean(*, thorough: bool = False) -> list[str]:
    """Drop the old pages of what was erased. ``thorough``: rewrite the tables, which takes time and locks them.

    SQLite overwrites what it frees (``secure_delete``) and its write-ahead log is emptied here; PostgreSQL frees dead rows and
    only rewriting removes their bytes. Archived logs and backups are out of reach: that is why parts are encrypted.
    """
    if connection.in_atomic_block:  # inside a test's transaction, or a caller's: nothing is final yet
        return [
            words(
                "nettoyage laissé au prochain passage : une transaction est ouverte",
                "cleaning left to the next run: a transaction is open",
            )
        ]
    return _clean_sqlite(thorough) if connection.vendor == "sqlite" else _clean_postgresql(thorough)


def _clean_sqlite(thorough: bool) -> list[str]:
    with connection.cursor() as cursor:
        if thorough:
            cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    left = words(
        "le journal d’écriture (WAL) est en usage et n’a pu être vidé : le prochain passage réessaiera",
        "the write-ahead log is in use and could not be emptied: the next run tries again",
    )
    return [left] if busy else []


def _clean_postgresql(thorough: bool) -> list[str]:
    how = "VACUUM (FULL)" if thorough else "VACUUM"
    tables = [*("kernel_act", "kernel_part", "kernel_member"), *scrubbable_tables()]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"{how} {connection.ops.quote_name(table)}")
    return []


def scrubbable_tables() -> list[str]:
    """The tables of the models that say how they are scrubbed."""
    return [model._meta.db_table for model in guards.recorded_models() if hasattr(model, "scrub")]


def purge_readings(held: Held) -> int:
    """Delete the lines of the journal of readings whose time is over. Returns their number."""
    if JOURNAL in held.classes:
        return 0
    today, gone = clock.now().date(), 0
    first = Reading.objects.order_by("at").values_list("at", flat=True).first()
    day = first.date() if first else today
    while (until := expiry(JOURNAL, day)) is not None and until <= today:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        old = Reading.objects.filter(at__gte=start, at__lt=start + timedelta(days=1))
        gone += old.exclude(obj__in=held.objects).delete()[0]
        day += timedelta(days=1)
    return gone
