"""The queue of writers of one SQLite file."""

import sqlite3
from pathlib import Path

import pytest
from django.db import IntegrityError

from opposable.kernel.fair_sqlite3.base import DatabaseWrapper
from opposable.settings import SQLITE_OPTIONS


@pytest.fixture
def database(tmp_path: Path) -> DatabaseWrapper:
    from django.db import connections

    default = connections.settings["default"]
    options = {**SQLITE_OPTIONS, "timeout": 0, "door": tmp_path / "door"}
    return DatabaseWrapper({**default, "NAME": str(tmp_path / "some.sqlite3"), "OPTIONS": options}, "some")


@pytest.mark.django_db
def test_a_connection_closed_in_a_transaction_gives_its_lock_back(database: DatabaseWrapper, tmp_path: Path) -> None:
    """Also when somebody still holds the error that a statement raised, and with it a cursor."""
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE one (number INTEGER UNIQUE)")
        cursor.execute("INSERT INTO one VALUES (1), (2)")
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    kept = database.cursor()
    kept.execute("INSERT INTO one VALUES (3)")
    kept.execute("SELECT number FROM one")
    assert kept.fetchone() == (1,)  # and there is more to fetch
    with pytest.raises(IntegrityError):
        database.cursor().execute("INSERT INTO one VALUES (1)")
    database.close()

    with sqlite3.connect(tmp_path / "some.sqlite3", timeout=0) as other:
        other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM one").fetchone() == (2,)
    assert kept is not None
