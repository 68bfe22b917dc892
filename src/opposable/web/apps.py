"""The Django app «web»."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """«Pages». Frame, page kit, proof pages, law browser."""

    name = "opposable.web"
    label = "web"
    verbose_name = "Opposable web"

    def ready(self) -> None:
        """Make the acts of accounts known: the register names them also in a process where nobody logged in yet."""
        from opposable.web import accounts  # noqa: F401
