"""The commands of `opposable`, one module each with ``run(argv) -> int``."""

import os


def start_django() -> None:
    """Load Django for a command that needs the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
    import django

    django.setup()
