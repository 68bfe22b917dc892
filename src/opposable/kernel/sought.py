"""Columns searched by a part of a word (``Evidence.sought``): indexes that hold nothing else, so that the table is not read.

An answer is the first few rows in the order of the first column. Both databases get an index that covers what is searched: SQLite one
that begins by the compartment, by which it looks rows up; PostgreSQL one in the order of the answers, which it follows until it has
enough of them. PostgreSQL also keeps the trigrams, for words that are rare; where the extension ``pg_trgm`` (part of its own contrib) is
not installed, or may not be created, searches give the same answers, slower.
They are put in place beside the triggers: a model can declare no index for one of the databases alone.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from opposable.kernel.models.recorded import Recorded

MAY_HAVE = """
    SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
        OR has_database_privilege(current_database(), 'CREATE')
            AND EXISTS (SELECT 1 FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted)
"""


def install(vendor: str, cursor: Any, models: Iterable[type[Recorded]]) -> None:
    """Put the indexes in place; those that are there stay."""
    trigrams = vendor == "postgresql" and _trigrams(cursor)
    for model in models:
        if model.Evidence.sought:
            for statement in _statements(vendor, model, trigrams=trigrams):
                cursor.execute(statement)


def _trigrams(cursor: Any) -> bool:
    cursor.execute(MAY_HAVE)
    may_have = bool(cursor.fetchone()[0])
    if may_have:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    return may_have


def _statements(vendor: str, model: type[Recorded], *, trigrams: bool) -> Iterator[str]:
    table, columns_of = model._meta.db_table, {field.name: field.column for field in model._meta.concrete_fields}
    first, *others = (f'"{columns_of[name]}"' for name in model.Evidence.sought)
    covered = [first, "id", *others]
    columns = ", ".join(["cell_id", *covered] if vendor == "sqlite" else [*covered, "cell_id"])
    yield f'CREATE INDEX IF NOT EXISTS "{table}_sought" ON "{table}" ({columns})'
    if trigrams:
        # as Django writes ``icontains``: UPPER(column) LIKE UPPER('%word%')
        words = ", ".join(f"upper({column}) gin_trgm_ops" for column in (first, *others))
        yield f'CREATE INDEX IF NOT EXISTS "{table}_trigrams" ON "{table}" USING gin ({words})'
