"""Statements on their way to the database, without the ORM's machinery: an act costs every user a little on every save.

`Model.save` compiles its statement anew at each call and sends signals that nobody here listens to: two thirds of its time.
SQLite is in this very process: each statement goes straight to it. PostgreSQL is a journey away: the statements of an act
travel together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from opposable.kernel import guards

MANY = 1_000
Columns = tuple[str, ...]
Written = Callable[[int, int], None]
"""Told of a row once it is written: its number, if it is new, and how many rows the statement touched."""


class Pen(Protocol):
    """What writes. Nothing is sure to be written before `flush`. ``db``: the connection itself, which is dear to ask for."""

    db: BaseDatabaseWrapper

    def insert(self, table: str, columns: Columns, values: Sequence[Any], then: Written | None = None) -> None:
        """Write a new row."""

    def attach(self, table: str, columns: Columns, values: Sequence[Any]) -> None:
        """Write a row whose first column is the number of the row just inserted."""

    def update(self, table: str, columns: Columns, values: Sequence[Any], number: int, then: Written) -> None:
        """Change the row of that number."""

    def flush(self) -> None:
        """Have everything written, and everybody told."""

    def numbers(self, table: str, count: int) -> Iterable[int]:
        """Draw the numbers of ``count`` new rows: nobody else has them, or will."""

    def pour(self, table: str, columns: Columns, lines: Iterator[Sequence[Any]]) -> None:
        """Write many new rows at once."""


@contextmanager
def pen() -> Iterator[Pen]:
    """The pen of the transaction that is open, inside `guards.writing` only. Errors come out as Django's."""
    guards.require_writing()
    db = connections[DEFAULT_DB_ALIAS]
    with db.wrap_database_errors:
        held: Pen = _Far(db) if db.vendor == "postgresql" else _Near(db)
        yield held
        held.flush()


class _Near:
    """SQLite: the DB-API connection itself."""

    def __init__(self, db: BaseDatabaseWrapper) -> None:
        self.db = db
        self._raw = db.connection
        self._last = 0

    def insert(self, table: str, columns: Columns, values: Sequence[Any], then: Written | None = None) -> None:
        done = self._raw.execute(_insert(table, columns, "?"), values)
        self._last = done.lastrowid
        if then is not None:
            then(self._last, 1)

    def attach(self, table: str, columns: Columns, values: Sequence[Any]) -> None:
        self._raw.execute(_insert(table, columns, "?"), (self._last, *values))

    def update(self, table: str, columns: Columns, values: Sequence[Any], number: int, then: Written) -> None:
        then(number, self._raw.execute(_update(table, columns, "?"), (*values, number)).rowcount)

    def flush(self) -> None:
        """Nothing waits."""

    def numbers(self, table: str, count: int) -> Iterable[int]:
        found = self._raw.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        first = found[0] + 1 if found else 1  # the transaction of the act holds the only pen: no one draws in between
        return range(first, first + count)

    def pour(self, table: str, columns: Columns, lines: Iterator[Sequence[Any]]) -> None:
        self._raw.executemany(_insert(table, columns, "?"), lines)


class _Far:
    """PostgreSQL: statements wait until `flush` and make one journey; many rows go by COPY.

    What most acts are (one row, the act, its parts) is one statement whose parameters travel apart: the server prepares it once
    for each shape; parsing and planning were a quarter of writing an act. Statements that may meet in one table stay in their order.
    """

    def __init__(self, db: BaseDatabaseWrapper) -> None:
        self.db = db
        self._cursor = db.cursor()
        self._waiting: list[_Waiting] = []

    def insert(self, table: str, columns: Columns, values: Sequence[Any], then: Written | None = None) -> None:
        self._waiting.append(_Waiting("insert", table, columns, values, then))

    def attach(self, table: str, columns: Columns, values: Sequence[Any]) -> None:
        self._waiting.append(_Waiting("attach", table, columns, values, None))

    def update(self, table: str, columns: Columns, values: Sequence[Any], number: int, then: Written) -> None:
        self._waiting.append(_Waiting("update", table, columns, (*values, number), then))

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        tables = [one.table for one in waiting if one.kind != "attach"]
        if len(waiting) > 1 and len(tables) == len(set(tables)) <= TOGETHER:
            self._together(waiting)
        elif waiting:
            self._one_by_one(waiting)

    def _together(self, waiting: list[_Waiting]) -> None:
        from psycopg import Cursor  # on PostgreSQL alone: every command would pay for it

        sql = _one_statement(tuple((one.kind, one.table, one.columns) for one in waiting))
        values = [_untyped(value) for one in waiting for value in one.values]
        with Cursor(self.db.connection) as cursor:
            found = cursor.execute(sql, values, prepare=True).fetchone() or ()
        told = [one for one in waiting if one.kind != "attach"]
        for one, number in zip(told, found, strict=True):
            if one.then is not None:
                one.then(number or 0, int(number is not None))

    def _one_by_one(self, waiting: list[_Waiting]) -> None:
        sql, last = list[str](), ""
        for one in waiting:
            if one.kind == "update":
                sql.append(_update(one.table, one.columns, "%s"))
            elif one.kind == "attach":
                sql.append(_insert(one.table, one.columns, "%s", last))
            else:
                sql.append(f"{_insert(one.table, one.columns, '%s')} RETURNING id")
                last = f"currval('{one.table}_id_seq')"
        self._cursor.execute(";".join(sql), [value for one in waiting for value in one.values])
        for position, one in enumerate(waiting):
            if position:
                self._cursor.nextset()
            if one.then is not None:
                number = self._cursor.fetchone()[0] if self._cursor.description else 0
                one.then(number, self._cursor.rowcount)

    def numbers(self, table: str, count: int) -> Iterable[int]:
        drawn = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        self._cursor.execute(drawn, [table, count])
        return [number for (number,) in self._cursor.fetchall()]

    def pour(self, table: str, columns: Columns, lines: Iterator[Sequence[Any]]) -> None:
        self.flush()
        with self._cursor.copy(f"COPY {table} ({_names(columns)}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        if self._cursor.rowcount >= MANY:
            # after the commit: its lock would keep other acts waiting; what fails there is only slower
            transaction.on_commit(partial(_look_again, self.db, table), robust=True)


TOGETHER = 2
"""A row and its act: neither is looked up by the other, nor by the parts, so their order is nobody's business."""


class _Waiting(NamedTuple):
    """A statement on its way: "insert", "update" (the row's number is the last value) or "attach" to the row inserted before."""

    kind: str
    table: str
    columns: Columns
    values: Sequence[Any]
    then: Written | None


@cache
def _one_statement(shape: tuple[tuple[str, str, Columns], ...]) -> str:
    """All of them as one statement that answers with the numbers of the rows that are no attachments (NULL: none was touched)."""
    steps, last, told = list[str](), "", list[str]()
    for number, (kind, table, columns) in enumerate(shape):
        if kind == "attach":
            sql = _insert(table, columns, "%s", f"(SELECT id FROM {last})")  # noqa: S608 - our own words
        elif kind == "update":
            sql = f"{_update(table, columns, '%s')} RETURNING id"
        else:
            sql, last = f"{_insert(table, columns, '%s')} RETURNING id", f"s{number}"
        if kind != "attach":
            told.append(f"(SELECT id FROM s{number})")  # noqa: S608 - our own words
        steps.append(f"s{number} AS ({sql})")
    return f"WITH {', '.join(steps)} SELECT {', '.join(told)}"


def _untyped(value: Any) -> Any:
    """A value that takes the type of its column: the type of a whole number's size, or of nothing, would make another statement."""
    if type(value) is int:
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _look_again(db: BaseDatabaseWrapper, table: str) -> None:
    """Tell PostgreSQL what a table holds now: until it looks by itself, a minute later, it reads a large one from end to end."""
    with db.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


@cache
def _insert(table: str, columns: Columns, mark: str, first: str = "") -> str:
    marks = ", ".join([first or mark, *[mark] * (len(columns) - 1)])
    return f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own tables


@cache
def _update(table: str, columns: Columns, mark: str) -> str:
    places = ", ".join(f'"{column}" = {mark}' for column in columns)
    return f"UPDATE {table} SET {places} WHERE id = {mark}"  # noqa: S608 - names of our own tables


def _names(columns: Columns) -> str:
    return ", ".join(f'"{column}"' for column in columns)
