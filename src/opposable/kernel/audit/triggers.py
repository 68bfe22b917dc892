"""The guards of the database: there, enabled, and saying what they must."""

from __future__ import annotations

import re
from typing import Final

from django.db import connection

from opposable.kernel import guards, triggers
from opposable.kernel.audit.report import Report

_CREATE: Final = re.compile(r"CREATE (?:OR REPLACE )?TRIGGER (\w+) ")
_ON: Final = re.compile(r" ON (\w+)")
_NOISE: Final = re.compile(r"::text|::timestamp with time zone|timestamptz |[()\s]")
_POSTGRESQL: Final = (
    "SELECT t.tgname, c.relname, t.tgenabled, pg_get_triggerdef(t.oid, true), p.proname, p.prosrc FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
)


def check_triggers(report: Report) -> None:
    """Every trigger that must be there is there, word for word, and enabled."""
    tables = sorted(model._meta.db_table for model in guards.recorded_models())
    wanted: dict[str, str] = {}
    for statement in triggers.statements(connection.vendor, tables):
        match = _CREATE.match(statement)
        if match:
            wanted[match[1]] = statement
    found = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    for name, statement in wanted.items():
        report.counts["triggers"] += 1
        on = _ON.search(statement)
        table = on[1] if on else "-"
        if name not in found:
            report.alarm("trigger.missing", table, name)
        elif found[name] != statement and _plain(found[name]) != _plain(statement):
            report.alarm("trigger.changed", table, name)


def _sqlite() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _postgresql() -> dict[str, str]:
    """The triggers that are enabled and whose function has the body that it must have."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL)
        rows = cursor.fetchall()
    body = {name: text.split("$$")[1] for name, text in triggers.FUNCTIONS.items()}
    return {
        name: text if enabled == "O" and body.get(function) == source else f"not as it was: {function}"
        for name, _, enabled, text, function, source in rows
    }


def _plain(statement: str) -> str:
    """The statement without what the two databases write each in its own way."""
    text = statement.lower().replace("create or replace", "create")
    text = re.sub(r"(\S+) is not distinct from (\S+)", r"not \1 is distinct from \2", text)
    return _NOISE.sub("", text)
