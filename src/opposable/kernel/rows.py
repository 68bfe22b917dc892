"""How recorded rows enter their tables. What a field makes of its value (JSON, dates) is still the field's own business."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, models
from django.db.backends.base.base import BaseDatabaseWrapper

from opposable.kernel.pen import Columns, Pen

if TYPE_CHECKING:
    from opposable.kernel.models import Recorded

_AS_IT_IS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
"""Fields whose value is what the database takes."""


@dataclass(frozen=True, slots=True)
class Table:
    """One model: its columns without the number, how each is read from a row, and which of them are numbers of other rows."""

    name: str
    columns: Columns
    readers: tuple[Callable[[Recorded, BaseDatabaseWrapper], Any], ...]
    parents: tuple[models.ForeignKey[Any, Any], ...]

    def values(self, row: Recorded, db: BaseDatabaseWrapper) -> list[Any]:
        """The row's values as the database takes them."""
        return [read(row, db) for read in self.readers]

    def take_keys(self, row: Recorded) -> bool:
        """Copy the numbers of the rows it refers to, known since they were written. False: one is still on its way."""
        for field in self.parents:
            if getattr(row, field.attname) is None and (parent := field.get_cached_value(row, default=None)):
                if parent.pk is None:
                    return False
                setattr(row, field.attname, parent.pk)
        return True


@cache
def table_of(model: type[Recorded]) -> Table:
    """The table of a model."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    return Table(
        model._meta.db_table,
        tuple(field.column for field in fields),
        tuple(_reader(field) for field in fields),
        tuple(field for field in fields if field.is_relation),
    )


def _reader(field: Any) -> Callable[[Recorded, BaseDatabaseWrapper], Any]:
    name = field.attname
    if isinstance(field, _AS_IT_IS):
        return lambda row, _db: getattr(row, name)
    if type(field) is models.DateTimeField:
        return partial(_read_instant, field)
    return lambda row, db: field.get_db_prep_save(getattr(row, name), db)


def _read_instant(field: models.DateTimeField[Any, Any], row: Recorded, db: BaseDatabaseWrapper) -> Any:
    value = getattr(row, field.attname)
    if type(value) is datetime and value.tzinfo is not None:
        return instant(value, db)
    return field.get_db_prep_save(value, db)


def instant(at: datetime, db: BaseDatabaseWrapper) -> str | datetime:
    """An aware instant as the database takes it: what Django makes of it, without asking the settings at each act."""
    return str(at.astimezone(db.timezone).replace(tzinfo=None)) if db.vendor == "sqlite" else at


def waits(row: Recorded) -> bool:
    """Whether a row refers to one that is not written yet."""
    return not table_of(type(row)).take_keys(row)


def write(pen: Pen, row: Recorded) -> None:
    """Write a new or changed row, after the rows it refers to. Raises DatabaseError for a changed row that is gone."""
    table = table_of(type(row))
    if not table.take_keys(row):
        pen.flush()
        if not table.take_keys(row):
            raise ValueError(f"{row!r} refers to a row that is not recorded: record that one first")
    if row._state.adding:
        pen.insert(table.name, table.columns, table.values(row, pen.db), partial(_added, row, pen.db.alias))
    else:
        pen.update(table.name, table.columns, table.values(row, pen.db), row.pk, partial(_changed, row))


def write_many(pen: Pen, model: type[Recorded], rows: Sequence[Recorded]) -> None:
    """Write many new rows of one model. Their numbers are drawn beforehand, so that each row knows its own."""
    table = table_of(model)
    pen.flush()
    for row, number in zip(rows, pen.numbers(table.name, len(rows)), strict=True):
        table.take_keys(row)
        row.pk = number
    pen.pour(table.name, ("id", *table.columns), ((row.pk, *table.values(row, pen.db)) for row in rows))
    for row in rows:
        _added(row, pen.db.alias, row.pk, 1)


def _added(row: Recorded, alias: str, number: int, _touched: int) -> None:
    row.pk = number
    row._state.adding, row._state.db = False, alias


def _changed(row: Recorded, _number: int, touched: int) -> None:
    if touched != 1:
        raise DatabaseError(f"{row._meta.db_table} {row.pk} is not there any more")
