"""The manifest: what the system is called, what it keeps and how long, who may do what."""

from datetime import timedelta

from opposable.kernel.system import Job, RetentionClass, Role, System
from opposable.law import t

_READ = frozenset({"know", "read"})
_WRITE = frozenset({"know", "read", "write", "export"})


class Traffic(System):
    """«Données de connexion»."""

    name = "opposable.systems.traffic"
    label = "traffic"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Données de connexion", "Connection data")
    roles = {
        "operator": Role(
            t("Exploitant des sources", "Operator of the sources"),
            {"traffic.source": _WRITE, "traffic.delivery": _WRITE, "traffic.segment": _WRITE},
        ),
        "registrar": Role(
            t("Greffe des réquisitions", "Registrar of the requisitions"), {"traffic.source": frozenset({"know"})}
        ),
        "legal-approver": Role(t("Approbateur juridique", "Legal approver"), {"traffic.source": frozenset({"know"})}),
        "security-approver": Role(
            t("Approbateur sûreté", "Security approver"), {"traffic.source": frozenset({"know"})}
        ),
        "auditor": Role(t("Auditeur", "Auditor"), {"traffic.*": _READ | {"export"}, "kernel.*": _READ | {"export"}}),
    }
    jobs = (Job("traffic-erasure", "opposable.systems.traffic.jobs.erase_due", timedelta(hours=1)),)
    audit = "opposable.systems.traffic.jobs.audit_segments"
    commands = "opposable.systems.traffic.commands.run"
    retention = (
        RetentionClass(
            "traffic.catalogue",
            t(
                "Catalogue, racines et preuves d’effacement : sans limite, aucune donnée d’une personne",
                "Catalogue, roots and proofs of erasure: without end, no data of any person",
            ),
            "",
        ),
    )
