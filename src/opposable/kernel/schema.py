"""The tables: of today's models at once in an empty database, by migrations in one that has a past."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from opposable.kernel.home import HomeError
from opposable.law import t


def bring_up_to_date() -> None:
    """Make the tables, or bring those that are there to the present version."""
    if connection.introspection.table_names():
        call_command("migrate", verbosity=0)
    else:
        create()


def pending() -> list[str]:
    """The migrations of this version that the database has not had, as «traffic.0012_unsaid».

    By the names of their files: to read the migrations themselves takes longer than most commands.
    """
    done = set(MigrationRecorder(connection).applied_migrations())
    return [f"{app}.{name}" for app, name in _on_disk() if (app, name) not in done]


def _on_disk() -> list[tuple[str, str]]:
    found = []
    for config in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(config.label)
        if module is None or config.module is None or not hasattr(config.module, "__path__"):
            continue
        try:
            package = import_module(module)
        except ModuleNotFoundError:  # an app without migrations
            continue
        found += [(config.label, item.name) for item in iter_modules(package.__path__) if item.name[0] not in "_~"]
    return sorted(found)


def require_present() -> None:
    """Raise HomeError when the database is of an earlier version, and say what brings it up to date."""
    if missing := pending():
        raise HomeError(
            t(
                "la base est d’une version antérieure ({n} (migration manque|migrations manquent), dont {first}) :"
                " lancez `opposable manage migrate`, puis recommencez",
                "the database is of an earlier version ({n} (migration is|migrations are) missing, {first} among them):"
                " run `opposable manage migrate`, then do it again",
            )
            .counted(len(missing))
            .format(n=len(missing), first=missing[0])
        )


def create() -> None:
    """Every table of an empty database, and every migration marked as applied: one transaction.

    What the migrations would come to (a test compares the two), in a fifth of the time: each of them builds all models anew.
    """
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
        recorder = MigrationRecorder(connection)
        for app, name in MigrationLoader(connection).disk_migrations:
            recorder.record_applied(app, name)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
