"""The manifest: what the system is called, what it keeps and how long, who may do what."""

from datetime import date, timedelta
from functools import partial

from opposable.kernel.system import Job, NavItem, RetentionClass, Role, System
from opposable.law import t, years_after
from opposable.systems.traffic.rules.words import FACT_LABELS


def _years_after(years: int, day: date) -> date:
    """The first day after the anniversary: a period ends at 24:00 of its last day."""
    return years_after(day, years)[0] + timedelta(days=1)


_READ = frozenset({"know", "read"})
_WRITE = frozenset({"know", "read", "write", "export"})
_CASE = ("traffic.requisition", "traffic.query", "traffic.answer", "traffic.invoice", "traffic.freeze")
_TRUST_READ = dict.fromkeys(("traffic.anchor", "traffic.revocations"), _READ)
_APPROVER = {
    **dict.fromkeys(_CASE, _READ),
    "traffic.requisition": _READ | {"approve"},
    "kernel.document": _READ,
    "kernel.decision": _READ | {"approve"},
}
"""A case is opened by grants on its own compartment alone: no role on the common tree names these kinds."""


class Traffic(System):
    """«Données de connexion»."""

    name = "opposable.systems.traffic"
    label = "traffic"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Données de connexion", "Connection data")
    fact_labels = FACT_LABELS
    nav = (
        NavItem(t("Réquisitions", "Requisitions"), "traffic:inbox", "traffic.desk"),
        NavItem(t("La loi, par date", "The law, by date"), "traffic:law", "traffic.desk"),
        NavItem(t("Liste de confiance", "Trust list"), "traffic:trust", "traffic.anchor"),
        NavItem(t("Fichiers reçus", "Files received"), "traffic:deliveries", "traffic.delivery"),
        NavItem(t("Jours", "Days"), "traffic:days", "traffic.segment"),
        NavItem(t("En nombres", "In numbers"), "traffic:figures", "traffic.statistics"),
    )
    search = "opposable.systems.traffic.views.search.search"
    awaiting = "opposable.systems.traffic.views.waiting.awaiting"
    roles = {
        "operator": Role(
            t("Exploitant des sources", "Operator of the sources"),
            {"traffic.source": _WRITE, "traffic.delivery": _WRITE, "traffic.segment": _WRITE},
        ),
        "registrar": Role(
            t("Greffe des réquisitions", "Registrar of the requisitions"),
            {"traffic.desk": _WRITE, "traffic.source": frozenset({"know"}), **_TRUST_READ},
        ),
        "legal-approver": Role(
            t("Approbateur juridique", "Legal approver"), {"traffic.desk": _READ, "traffic.source": frozenset({"know"})}
        ),
        "security-approver": Role(
            t("Approbateur sûreté", "Security approver"),
            {"traffic.desk": _READ, "traffic.source": frozenset({"know"}), **dict.fromkeys(_TRUST_READ, _WRITE)},
        ),
        "case-registrar": Role(
            t("Greffier de ce dossier", "Registrar of this case"),
            {**dict.fromkeys(_CASE, _WRITE), "kernel.document": _WRITE, "kernel.decision": _READ},
        ),
        "case-legal": Role(t("Approbateur juridique de ce dossier", "Legal approver of this case"), _APPROVER),
        "case-security": Role(t("Approbateur sûreté de ce dossier", "Security approver of this case"), _APPROVER),
        "statistician": Role(
            t("Statistiques des réquisitions", "Statistics of requisitions"),
            {"traffic.statistics": _READ, "traffic.source": frozenset({"know"})},
        ),
        "auditor": Role(
            t("Auditeur", "Auditor"),
            {
                **dict.fromkeys(
                    ("traffic.source", "traffic.delivery", "traffic.segment", *_TRUST_READ), _READ | {"export"}
                ),
                "kernel.*": _READ | {"export"},
            },
        ),
    }
    jobs = (
        Job("traffic-erasure", "opposable.systems.traffic.jobs.erase_due", timedelta(hours=1)),
        Job("traffic-identity-erasure", "opposable.systems.traffic.jobs.erase_identities_due", timedelta(hours=12)),
    )
    demo = "opposable.systems.traffic.commands.demo.play"
    audit = "opposable.systems.traffic.jobs.audit_segments"
    api = "opposable.systems.traffic.api.router"
    commands = "opposable.systems.traffic.commands.run"
    retention = (
        RetentionClass(
            "traffic.catalogue",
            t(
                "Catalogue, racines et preuves d’effacement : sans limite ; ce qui est dit d’un abonné est chiffré et s’efface à son terme",
                "Catalogue, roots and proofs of erasure: without end; what is said of a subscriber is encrypted, and goes at its end",
            ),
            "",
        ),
        RetentionClass(
            "traffic.case",
            t("Dossiers de réquisition : cinq ans", "Files of requisitions: five years"),
            "traffic.keeping.cases",
            partial(_years_after, 5),
        ),
        RetentionClass(
            "traffic.answer",
            t("Données remises : un an", "Data handed over: one year"),
            "traffic.keeping.answers",
            partial(_years_after, 1),
        ),
    )
