"""The manifest: what the system is called, who may do what, what it keeps and how long."""

from datetime import date

from opposable.kernel.system import NavItem, RetentionClass, Role, System
from opposable.law import t
from opposable.systems.employment.rules.words import FACT_LABELS

_ALL = frozenset({"know", "read", "write", "export"})


def _five_years(day: date) -> date:
    """The first of January after five full years following that of the day."""
    return date(day.year + 6, 1, 1)


class Employment(System):
    """«Relations de travail»."""

    name = "opposable.systems.employment"
    label = "employment"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Relations de travail", "Employment")
    fact_labels = FACT_LABELS
    nav = (NavItem(t("Relations de travail", "Employment"), "employment:files", "employment.waiver"),)
    roles = {
        "officer": Role(t("Ressources humaines", "Human resources"), {"employment.*": _ALL}),
        "reader": Role(t("Consultant", "Reader"), {"employment.*": frozenset({"know", "read"})}),
    }
    retention = (
        RetentionClass(
            "employment.file",
            t("Dossier : cinq ans après l’année de l’acte", "File: five years after the year of the act"),
            "employment.keeping",
            _five_years,
        ),
    )
    commands = "opposable.systems.employment.commands.run"
