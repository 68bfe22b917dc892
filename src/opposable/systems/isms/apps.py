"""The manifest of the system: what it is called, what it keeps and how long, who may do what."""

from opposable.kernel.system import NavItem, RetentionClass, Role, System
from opposable.law import t
from opposable.systems.isms.rules.words import FACT_LABELS

_READ = frozenset({"know", "read"})
_WRITE = frozenset({"know", "read", "write", "export"})
_ALL = frozenset({"know", "read", "write", "export", "approve"})


class Isms(System):
    """«Système de management de la sécurité de l’information» (SMSI)."""

    name = "opposable.systems.isms"
    label = "isms"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Sécurité (ISO 27001)", "Security (ISO 27001)")
    fact_labels = FACT_LABELS
    nav = (NavItem(t("Sécurité", "Security"), "isms:home", "isms.scope"),)
    awaiting = "opposable.systems.isms.views.waiting.awaiting"
    search = "opposable.systems.isms.views.search.search"
    named = "opposable.systems.isms.views.search.named"
    roles = {
        "officer": Role(
            t("Responsable de la sécurité (RSSI)", "Security officer"),
            {"isms.*": _WRITE, "kernel.*": _READ, "kernel.controlled*": _WRITE},
        ),
        "management": Role(
            t("Direction", "Management"), {"isms.*": _ALL, "kernel.*": _READ, "kernel.controlled*": _ALL}
        ),
        "owner": Role(
            t("Propriétaire de risques", "Risk owner"),
            {"isms.*": _READ, "isms.scenario": _ALL - {"write"}, "isms.action": _WRITE, "isms.corrective": _ALL},
        ),
        "auditor": Role(
            t("Auditeur interne", "Internal auditor"),
            {
                "isms.*": _READ | {"export"},
                "isms.programme": _WRITE,
                "isms.audit": _WRITE,
                "isms.finding": _ALL,
                "isms.corrective": _ALL,
                "kernel.*": _READ,
            },
        ),
        "reader": Role(t("Lecteur", "Reader"), {"isms.*": _READ}),
    }
    commands = "opposable.systems.isms.commands.run"
    retention = (
        RetentionClass(
            "isms.record",
            t("Dossier de sécurité : vie de l’organisation", "Security records: life of the organisation"),
            "",
        ),
    )
