"""Nobody writes beside the acts: a guard in the software, triggers in the database.

The guard is an execute wrapper (a documented Django hook): it refuses INSERT, UPDATE and DELETE on a recorded table, or on
the log's own tables, outside `writing`. The triggers hold against anything else that speaks SQL. Whoever has the rights to
drop a trigger is found by the audit, which recomputes every state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.apps import AppConfig, apps
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from opposable.kernel import sought, triggers

LOG_TABLES = frozenset(
    f"kernel_{name}" for name in ("act", "part", "pending", "leaf", "member", "seal", "anchor", "citedrule")
)
_BETWEEN = r"(?:\s|/\*.*?\*/|--[^\n]*\n)+"
_VERBS = (
    "INSERT INTO", r"INSERT OR \w+ INTO", "REPLACE INTO", "UPDATE", "UPDATE ONLY", r"UPDATE OR \w+", "DELETE FROM", "DELETE FROM ONLY",
    "TRUNCATE", "TRUNCATE TABLE", "MERGE INTO", "COPY",
)  # fmt: skip
_WRITE = re.compile(
    rf"\b(?:{'|'.join(verb.replace(' ', _BETWEEN) for verb in sorted(_VERBS, key=len, reverse=True))}){_BETWEEN}"
    r"(?:[\"`\[]?\w+[\"`\]]?\s*\.\s*)?[\"`\[]?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
_READS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPO", "RELEAS")

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class WriteOutsideAct(RuntimeError):
    """A programming error: a recorded table is written by something that is not an act."""


@contextmanager
def writing() -> Iterator[None]:
    """Inside, the log's own writers may write. For `acting`, `sealer`, `anchors` and `retention` only."""
    mark = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(mark)


def require_writing() -> None:
    """Raise WriteOutsideAct outside `writing`: for the writer that does not pass through the guard."""
    if not _writing.get():
        raise WriteOutsideAct("the log's tables are written by acts only: call a function of acts.py")


def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Refuse a write to a guarded table outside `writing`."""
    if not _writing.get() and (";" in sql or not sql.startswith(_READS)):
        touched = guarded_tables().intersection(_WRITE.findall(sql))
        if touched:
            raise WriteOutsideAct(f"{', '.join(sorted(touched))} is written by acts only: call a function of acts.py")
    return execute(sql, params, many, context)


@cache
def guarded_tables() -> frozenset[str]:
    """The recorded tables of every installed system, and the log's own."""
    return LOG_TABLES | frozenset(model._meta.db_table for model in recorded_models())


def recorded_models() -> list[Any]:
    """Every concrete subclass of `Recorded`."""
    from opposable.kernel.models import Recorded  # models import the kernel, not the other way round, while apps load

    return [model for model in apps.get_models() if issubclass(model, Recorded)]


def install_guard(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of ``connection_created``."""
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


def install_triggers(sender: AppConfig | None = None, **_: Any) -> None:
    """Receiver of ``post_migrate``: put every trigger in place again (a migration that rebuilds a table drops them).

    The signal comes once for each application; all triggers are put in place with the last one.
    """
    from django.db import connection  # the connection of the moment: tests and databases change it

    if sender is not None and sender is not [config for config in apps.get_app_configs() if config.models_module][-1]:
        return
    names = set(connection.introspection.table_names())
    if names >= LOG_TABLES:
        recorded = [model for model in recorded_models() if model._meta.db_table in names]
        tables = sorted(model._meta.db_table for model in recorded)
        with writing(), connection.cursor() as cursor:
            for statement in triggers.statements(connection.vendor, tables):
                cursor.execute(statement)
            sought.install(connection.vendor, cursor, recorded)


def is_stale(error: DatabaseError) -> bool:
    """Whether a trigger refused because another act came first."""
    return triggers.STALE in str(error)
