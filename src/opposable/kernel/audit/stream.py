"""Raw rows in the order of the acts, as few and as small Python objects as will do: a million acts go through here."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from opposable.kernel.audit.snapshot import beside

COLUMNS: Final = 4
"""Where the columns begin that the header says too: type, at, actor, obj, seq, outcome, rule, keep; then until."""
PART: Final = 13
"""Where the part begins."""
CHUNK: Final = 300
"""Rows that the server hands over at once: more of them do not fit in a processor's cache."""
CIPHER_GONE: Final = 1
SECRET_GONE: Final = 2
_AT: Final = {"sqlite": "a.at||''", "postgresql": "(a.at AT TIME ZONE 'UTC')::text"}
_GONE: Final = "CASE WHEN p.cipher IS NULL THEN 1 ELSE 0 END + CASE WHEN p.wrapped IS NULL THEN 2 ELSE 0 END"
Row = tuple[Any, ...]


def rows(sql: str) -> Iterator[Row]:
    """Stream the rows of a query, on PostgreSQL through a cursor of the server."""
    if connection.vendor == "postgresql":
        yield from _as_kept(sql)
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        yield from cursor.cursor  # the driver's own: nothing between it and the loop


def _as_kept(sql: str) -> Iterator[Row]:
    """As the server keeps them: Django's own cursor has each byte written in hex and read from it again."""
    import psycopg

    connection.ensure_connection()
    name = f"audit_{secrets.token_hex(8)}"
    with psycopg.ServerCursor(connection.connection, name, withhold=connection.get_autocommit()) as cursor:
        cursor.execute(sql, binary=True)
        while chunk := cursor.fetchmany(CHUNK):
            yield from chunk


def _without_pause(sql: str) -> Iterator[Row]:
    """On PostgreSQL through a connection of its own, where nobody has to ask for the next rows; elsewhere as `rows`."""
    with beside() as other:
        if other is None:
            yield from rows(sql)
            return
        import psycopg

        size = CHUNK if psycopg.capabilities.has_stream_chunked() else 1
        with psycopg.Cursor(other.connection) as cursor:
            yield from cursor.stream(sql, binary=True, size=size)


@dataclass(frozen=True)
class Share:
    """Share ``number`` of ``of``: a run of the acts, and the rows whose pseudonym lies between two bounds. Together they are all."""

    number: int = 0
    of: int = 1

    def holds(self, *columns: str) -> list[str]:
        """A condition in SQL on each column with an act's id: runs of one length, as the ids go, without end on both sides."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT (SELECT min(id) FROM kernel_act), (SELECT max(id) FROM kernel_act)")
            first, last = (one or 0 for one in cursor.fetchone())
        cuts = [first + (last + 1 - first) * number // self.of for number in (self.number, self.number + 1)]
        low = f"{{0}} >= {cuts[0]}" if self.number else "1 = 1"
        high = f"{{0}} < {cuts[1]}" if self.number + 1 < self.of else "1 = 1"
        return [f"{low} AND {high}".format(column) for column in columns]

    def bounds(self) -> tuple[str, str]:
        """The lowest pseudonym of the share and the first beyond it, "" where there is no such bound."""
        return self._bound(self.number), self._bound(self.number + 1)

    def _bound(self, number: int) -> str:
        return f"{number * 256 // self.of:02x}" if 0 < number < self.of else ""


def acts(share: Share) -> Iterator[Row]:
    """The acts of the share in order, once for each of their parts, in any order.

    id, index, entry, header; type, at, actor, obj, seq, outcome, rule, keep, until; name, digest, keep, until of the part, and
    what is gone of it: 0, or the sum of `CIPHER_GONE` and `SECRET_GONE`. Instants and days are texts, as the database writes
    them; an act without part has None for its name.
    """
    index = connection.ops.quote_name("index")
    act, leaf, part = share.holds("a.id", "l.act_id", "p.act_id")  # said of each: no table is read from its start
    return _without_pause(
        f"SELECT a.id, l.{index}, a.entry, a.header,"  # noqa: S608 - our own words
        f" a.type, {_AT[connection.vendor]}, a.actor, a.obj, a.seq, a.outcome, a.rule, a.keep, {_day('a.until')},"
        f" p.name, p.digest, p.keep, {_day('p.until')}, {_GONE}"
        f" FROM kernel_act a LEFT JOIN kernel_leaf l ON l.act_id = a.id AND {leaf}"
        f" LEFT JOIN kernel_part p ON p.act_id = a.id AND {part}"
        f" WHERE {act} ORDER BY a.id"
    )


def _day(column: str) -> str:
    """A date as text, "" for none: the driver makes no date of it."""
    return f"coalesce({column}{'::text' if connection.vendor == 'postgresql' else ''}, '')"


def members(share: Share) -> Iterator[Row]:
    """(act id, obj, seq, prev, post, entry of the act, index) of the objects that acts changed beside their principal."""
    index = connection.ops.quote_name("index")
    (held,) = share.holds("m.act_id")
    return rows(
        f"SELECT m.act_id, m.obj, m.seq, m.prev, m.post, a.entry, l.{index} FROM kernel_member m"  # noqa: S608 - our own words
        " JOIN kernel_act a ON a.id = m.act_id LEFT JOIN kernel_leaf l ON l.act_id = m.act_id"
        f" WHERE m.position > 0 AND {held} ORDER BY m.act_id"
    )
