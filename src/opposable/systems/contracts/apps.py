"""The manifest: what the system is called, who may do what, what it keeps and how long."""

from opposable.kernel.system import NavItem, RetentionClass, Role, System
from opposable.law import t
from opposable.systems.contracts.rules.keeping import kept_until
from opposable.systems.contracts.rules.words import FACT_LABELS, KINDS

_READ = frozenset({"know", "read"})
_WRITE = frozenset({"know", "read", "write", "export"})
_APPROVE = frozenset({"know", "read", "export", "approve"})


class Contracts(System):
    """«Contrats»."""

    name = "opposable.systems.contracts"
    label = "contracts"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Contrats", "Contracts")
    fact_labels = FACT_LABELS
    value_labels = {kind: label for kind, label in KINDS.items() if kind != "other"}
    nav = (
        NavItem(t("Contrats", "Contracts"), "contracts:contracts", "contracts.contract"),
        NavItem(t("Fournisseurs", "Suppliers"), "contracts:parties", "contracts.party"),
        NavItem(t("Bibliothèque de clauses", "Clause library"), "contracts:library", "contracts.clause"),
    )
    search = "opposable.systems.contracts.views.search.search"
    named = "opposable.systems.contracts.views.search.named"
    roles = {
        "manager": Role(t("Gestionnaire des contrats", "Contract manager"), {"contracts.*": _WRITE}),
        "lawyer": Role(
            t("Juriste", "Lawyer"),
            {
                "contracts.clause": _WRITE | {"approve"},
                "contracts.template": _WRITE | {"approve"},
                "contracts.*": _APPROVE,
            },
        ),
        "director": Role(t("Direction", "Management"), {"contracts.*": _APPROVE}),
        "reader": Role(t("Consultant", "Reader"), {"contracts.*": _READ}),
    }
    retention = (
        RetentionClass(
            "contracts.file",
            t(
                "Dossier d’un contrat : dix ans après l’année de l’acte, et après celle où le contrat a pris fin",
                "File of a contract: ten years after the year of the act, and after that in which the contract ended",
            ),
            "contracts.keeping",
            kept_until,
        ),
    )
    duties = {"contracts.dispatch.record": "opposable.systems.contracts.jobs.send_released"}
    audit = "opposable.systems.contracts.jobs.audit_files"
    commands = "opposable.systems.contracts.commands.run"
