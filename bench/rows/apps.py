from django.apps import AppConfig


class Rows(AppConfig):
    name = "bench.rows"
    label = "rows"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from bench.rows.models import Audited

        auditlog.register(Audited)
