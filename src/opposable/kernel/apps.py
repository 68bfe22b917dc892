"""The kernel as a Django application."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class Kernel(AppConfig):
    """Puts the guard on every connection and the triggers into every database."""

    name = "opposable.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from opposable.kernel import guards  # needs the loaded models

        connection_created.connect(guards.install_guard, dispatch_uid="opposable.guard")
        post_migrate.connect(guards.install_triggers, dispatch_uid="opposable.triggers")
