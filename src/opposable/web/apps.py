"""The Django app «web»."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """«Pages». Frame, page kit, proof pages, law browser."""

    name = "opposable.web"
    label = "web"
    verbose_name = "Opposable web"
