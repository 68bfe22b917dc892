"""The kernel as a Django application."""

import atexit
import gc
from contextlib import suppress

from django.apps import AppConfig
from django.db import DatabaseError, connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

COLLECT_EVERY = 50_000
"""New objects between two rounds of Python's collector of cycles, instead of 700: a register of a hundred thousand holders
makes millions that all live to the end of the act, and going over them again and again took a third of its time."""


class Kernel(AppConfig):
    """Puts the guard on every connection and the triggers into every database."""

    name = "opposable.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from opposable.kernel import guards  # needs the loaded models

        gc.set_threshold(COLLECT_EVERY, 10, 10)
        atexit.register(_leave)
        connection_created.connect(guards.install_guard, dispatch_uid="opposable.guard")
        post_migrate.connect(guards.install_triggers, dispatch_uid="opposable.triggers")


def _leave() -> None:
    """Close what is open (the last one out folds SQLite's journal into its file), then end without ado.

    What still lives goes with the process: looking it over for cycles once more was a fifth of what a command takes.
    """
    with suppress(DatabaseError):
        connections.close_all()
    gc.freeze()
