"""A new database gets its tables at once; they are those that the migrations come to."""

import re

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from opposable.kernel import schema, sought
from opposable.kernel.guards import recorded_models
from opposable.kernel.home import HomeError
from opposable.kernel.triggers import trigger_names

SAME = """
    from tests.kernel.test_schema import shape
    print(json.dumps(shape()))
"""
UNNAMED = re.compile(r"^(__unnamed_constraint_\d+__|fk_\d+)$")
"""What Django calls a constraint without a name: by its place among the columns, which an added column takes at the end."""
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def shape():
    """Columns, keys, indexes and constraints of each table, the triggers, and the migrations marked as applied."""
    look = connection.introspection
    with connection.cursor() as cursor:
        tables = {
            table: [
                sorted(str(column) for column in look.get_table_description(cursor, table)),
                sorted(f"{UNNAMED.sub('', name)} {what}" for name, what in look.get_constraints(cursor, table).items()),
            ]
            for table in look.table_names(cursor)
        }
        cursor.execute(TRIGGERS[connection.vendor])
        triggers = sorted(name for (name,) in cursor.fetchall())
    return [tables, triggers, sorted(list(one) for one in MigrationRecorder(connection).applied_migrations())]


def test_a_new_database_is_what_the_migrations_come_to(scratch):
    tables, triggers, applied = scratch.run(SAME)
    scratch.empty()
    status, said = scratch.cli("manage", "migrate")
    assert status == 0, said
    by_migrations = scratch.run(SAME)
    assert applied == by_migrations[2]
    assert triggers == by_migrations[1]
    assert set(triggers) >= trigger_names(connection.vendor, [model._meta.db_table for model in recorded_models()])
    assert tables.keys() == by_migrations[0].keys()
    # Django's own migrations give the link tables of groups, which we do not use, keys of another width.
    others = {
        table: (now, by_migrations[0][table])
        for table, now in tables.items()
        if now != by_migrations[0][table] and not table.startswith("auth_")
    }
    assert not others


def test_what_is_searched_by_a_part_of_a_word_has_its_indexes(db):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "assembly_holder")
        trigrams = connection.vendor == "postgresql" and sought._trigrams(cursor)
    covered = ["name", "id", "given_name", "ref"]
    whole = ["cell_id", *covered] if connection.vendor == "sqlite" else [*covered, "cell_id"]
    assert found["assembly_holder_sought"]["columns"] == whole
    assert ("assembly_holder_trigrams" in found) == trigrams


def test_tables_that_are_there_are_brought_up_to_date(scratch):
    assert (
        scratch.run("""
        from opposable.kernel import schema
        connection.cursor().execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        connection.cursor().execute("DROP TABLE django_session")
        schema.bring_up_to_date()
        print(json.dumps(sorted(connection.introspection.table_names())))
    """).count("django_session")
        == 1
    )


def test_a_database_of_an_earlier_version_is_said_so_and_what_to_run(db, monkeypatch):
    """The database of the tests was made without migrations: those it has had are stated here."""
    had = dict.fromkeys(MigrationLoader(connection).disk_migrations)
    assert set(schema._on_disk()) == set(had)
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: had)
    assert schema.pending() == []
    schema.require_present()
    del had["kernel", "0001_initial"]
    assert schema.pending() == ["kernel.0001_initial"]
    with pytest.raises(HomeError) as behind:
        schema.require_present()
    assert "1 migration manque, dont kernel.0001_initial" in behind.value.text.fr
    assert "run `opposable manage migrate`" in behind.value.text.en
