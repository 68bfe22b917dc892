"""Triggers on both databases, as SQL text: the same refusals in the two dialects.

Recorded rows: an UPDATE must advance ``seq`` by one and keep ``uid``; no DELETE. Acts: erased whole or not changed at all; of
an erased act only ``id`` and ``entry`` are left. Parts: only the bucket (``until``, ``cipher``, ``wrapped``) may change. Parts and
members go when the header of their act has gone. Leaves, seals and anchors never change.
"""

from collections.abc import Iterator, Sequence

STALE = "opposable: seq does not follow"
ERASED_AT = "1970-01-01 00:00:00"
"""What the instant of an act becomes (in UTC) when its header is erased; its other columns become "", 0 or NULL."""

_FROZEN = {
    "kernel_leaf": "",
    "kernel_member": "",
    "kernel_seal": "",
    "kernel_anchor": "",
    "kernel_citedrule": "",
    "kernel_act": "{same} AND NEW.header IS NULL AND NEW.until IS NULL AND NEW.at = {at} AND NEW.seq = 0 AND {blank}",
    "kernel_part": "{same}",
}
_SAME = {
    "kernel_act": ("id", "entry"),
    "kernel_part": ("id", "act_id", "name", "digest", "keep"),
}
_BLANK = ("type", "actor", "obj", "outcome", "rule", "keep")
_GO_WITH_HEADER = ("kernel_part", "kernel_member")


def statements(vendor: str, recorded: Sequence[str]) -> Iterator[str]:
    """Yield the statements, repeatable, for a database vendor ("sqlite" or "postgresql")."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    yield from make(recorded)


def trigger_names(vendor: str, recorded: Sequence[str]) -> set[str]:
    """The triggers that must be there, for the audit to look for."""
    verbs = ("update", "delete") if vendor == "sqlite" else ("update", "delete", "truncate")
    tables = [*recorded, *_FROZEN]
    return {f"{table}_no_{verb}" for table in tables for verb in verbs} | {"kernel_act_pending"}


def _allowed(table: str, vendor: str) -> str:
    """Condition under which an UPDATE is let through."""
    if table not in _FROZEN:
        return "NEW.seq = OLD.seq + 1 AND NEW.uid = OLD.uid"
    same = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    return (
        _FROZEN[table].format(
            same=" AND ".join(f"NEW.{column} {same} OLD.{column}" for column in _SAME.get(table, ())),
            at=f"'{ERASED_AT}'" if vendor == "sqlite" else f"TIMESTAMPTZ '{ERASED_AT}+00'",
            blank=" AND ".join(f"NEW.{column} = ''" for column in _BLANK),
        )
        or "1 = 0"
    )


def _message(table: str) -> str:
    return STALE if table not in _FROZEN else f"opposable: {table} is never changed"


def _sqlite(recorded: Sequence[str]) -> Iterator[str]:
    for table in [*recorded, *_FROZEN]:
        yield f"DROP TRIGGER IF EXISTS {table}_no_update"
        yield (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({_allowed(table, 'sqlite')})"
            f" BEGIN SELECT RAISE(ABORT, '{_message(table)}'); END"
        )
        yield f"DROP TRIGGER IF EXISTS {table}_no_delete"
        yield (
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}{_unless_header_gone(table)}"
            f" BEGIN SELECT RAISE(ABORT, 'opposable: {table} is never deleted'); END"
        )
    yield "DROP TRIGGER IF EXISTS kernel_act_pending"
    yield (
        "CREATE TRIGGER kernel_act_pending AFTER INSERT ON kernel_act"
        " BEGIN INSERT INTO kernel_pending (act_id) VALUES (NEW.id); END"
    )


def _unless_header_gone(table: str) -> str:
    if table not in _GO_WITH_HEADER:
        return ""
    return " WHEN (SELECT header FROM kernel_act WHERE id = OLD.act_id) IS NOT NULL"


def _postgresql(recorded: Sequence[str]) -> Iterator[str]:
    yield from FUNCTIONS.values()
    for table in [*recorded, *_FROZEN]:
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN (NOT ({_allowed(table, 'postgresql')})) EXECUTE FUNCTION opposable_refuse('{_message(table)}')"
        )
        keeper = "opposable_keep_with_header" if table in _GO_WITH_HEADER else "opposable_refuse"
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION {keeper}('opposable: {table} is never deleted')"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION opposable_refuse('opposable: {table} is never emptied')"
        )
    yield (
        "CREATE OR REPLACE TRIGGER kernel_act_pending AFTER INSERT ON kernel_act FOR EACH ROW"
        " EXECUTE FUNCTION opposable_pending()"
    )


_RAISE = "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';"
_BODIES = {
    "opposable_refuse": "REFUSE",
    "opposable_keep_with_header": (
        "IF EXISTS (SELECT 1 FROM kernel_act WHERE id = OLD.act_id AND header IS NOT NULL) THEN REFUSE END IF; RETURN OLD;"
    ),
    "opposable_pending": "INSERT INTO kernel_pending (act_id) VALUES (NEW.id); RETURN NULL;",
}
FUNCTIONS = {
    name: f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    for name, body in ((name, body.replace("REFUSE", _RAISE)) for name, body in _BODIES.items())
}
"""The functions behind the triggers of PostgreSQL, by name."""
