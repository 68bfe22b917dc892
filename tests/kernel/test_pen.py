"""Many rows at once, and what the database knows of them afterwards."""

import pytest
from django.db import connection

from opposable.kernel import clock, guards
from opposable.kernel.models import Reading
from opposable.kernel.pen import MANY, pen

pytestmark = [pytest.mark.django_db, pytest.mark.pg]
TABLE = Reading._meta.db_table


def pour(count):
    with guards.writing(), pen() as held:
        lines = ((clock.now(), "a", str(number), "w") for number in range(count))
        held.pour(TABLE, ("at", "actor", "obj", "what"), lines)


def known():
    """Rows that the planner believes to be there; -1: nobody has looked yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        return cursor.fetchone()[0]


def test_the_planner_hears_of_many_rows_at_once(django_capture_on_commit_callbacks):
    before = known()
    with django_capture_on_commit_callbacks(execute=True) as few:
        pour(MANY - 1)
    assert (few, known()) == ([], before)
    with django_capture_on_commit_callbacks(execute=True) as many:
        pour(MANY)
    assert len(many) == 1
    assert known() >= 2 * MANY - 1
