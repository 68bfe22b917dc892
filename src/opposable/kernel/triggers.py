"""Triggers on both databases, as SQL text: the same refusals in the two dialects.

Recorded rows: an UPDATE must advance ``seq`` by one and keep ``uid``; no DELETE. Acts: only ``header`` may change, and only to
NULL. Parts: only ``cipher`` and ``wrapped`` may change. Leaves, members, seals and anchors never change.
"""

from collections.abc import Iterator, Sequence

STALE = "opposable: seq does not follow"

_FROZEN = {
    "kernel_leaf": "",
    "kernel_member": "",
    "kernel_seal": "",
    "kernel_anchor": "",
    "kernel_act": "NEW.header IS NULL AND {same}",
    "kernel_part": "{same}",
}
_SAME = {
    "kernel_act": ("id", "type", "at", "actor", "obj", "seq", "outcome", "rule", "keep", "until", "entry"),
    "kernel_part": ("id", "act_id", "name", "digest", "keep"),
}


def statements(vendor: str, recorded: Sequence[str]) -> Iterator[str]:
    """Yield the statements, repeatable, for a database vendor ("sqlite" or "postgresql")."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    yield from make(recorded)


def trigger_names(recorded: Sequence[str]) -> set[str]:
    """The triggers that must be there, for the audit to look for."""
    tables = [*recorded, *_FROZEN]
    return {f"{table}_no_{verb}" for table in tables for verb in ("update", "delete")} | {"kernel_act_pending"}


def _allowed(table: str, same: str) -> str:
    """Condition under which an UPDATE is let through."""
    if table not in _FROZEN:
        return "NEW.seq = OLD.seq + 1 AND NEW.uid = OLD.uid"
    columns = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in _SAME.get(table, ()))
    return _FROZEN[table].format(same=columns) or "1 = 0"


def _message(table: str) -> str:
    return STALE if table not in _FROZEN else f"opposable: {table} is never changed"


def _sqlite(recorded: Sequence[str]) -> Iterator[str]:
    for table in [*recorded, *_FROZEN]:
        yield f"DROP TRIGGER IF EXISTS {table}_no_update"
        yield (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({_allowed(table, 'IS')})"
            f" BEGIN SELECT RAISE(ABORT, '{_message(table)}'); END"
        )
        yield f"DROP TRIGGER IF EXISTS {table}_no_delete"
        yield (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'opposable: {table} is never deleted'); END"
        )
    yield "DROP TRIGGER IF EXISTS kernel_act_pending"
    yield (
        "CREATE TRIGGER kernel_act_pending AFTER INSERT ON kernel_act"
        " BEGIN INSERT INTO kernel_pending (act_id) VALUES (NEW.id); END"
    )


def _postgresql(recorded: Sequence[str]) -> Iterator[str]:
    yield (
        "CREATE OR REPLACE FUNCTION opposable_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '%%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    ).replace("%%", "%")
    yield (
        "CREATE OR REPLACE FUNCTION opposable_pending() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO kernel_pending (act_id) VALUES (NEW.id); RETURN NULL; END $$"
    )
    for table in [*recorded, *_FROZEN]:
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN (NOT ({_allowed(table, 'IS NOT DISTINCT FROM')})) EXECUTE FUNCTION opposable_refuse('{_message(table)}')"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION opposable_refuse('opposable: {table} is never deleted')"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION opposable_refuse('opposable: {table} is never emptied')"
        )
    yield (
        "CREATE OR REPLACE TRIGGER kernel_act_pending AFTER INSERT ON kernel_act FOR EACH ROW"
        " EXECUTE FUNCTION opposable_pending()"
    )
