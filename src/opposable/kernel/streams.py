"""Many rows, read while the database is still at them: a hundred thousand forms are not first put down somewhere, then fetched.

Django's `iterator` asks PostgreSQL for a cursor that outlives its transaction: the server reads everything, keeps a copy, and
only then gives the first row. Here rows come as they are found, so that both ends work at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

CHUNK = 1_000


def tuples(rows: QuerySet[Any, tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows of a `values_list`, once. Its fields are numbers and text, which need no conversion.

    Read them all before anything else is asked of the database: on PostgreSQL the connection is taken until then.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        yield from rows.iterator(chunk_size=CHUNK)
        return
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:  # a condition that nothing meets, as being among none
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        yield from cursor.cursor.stream(sql, params, size=CHUNK)
