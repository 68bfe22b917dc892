"""The manifest of the system: what it is called, what it keeps and how long, who may do what."""

from datetime import date
from functools import partial

from opposable.kernel.system import NavItem, RetentionClass, Role, System
from opposable.law import t
from opposable.systems.assembly.views.office_words import FACT_LABELS, PARAM_WORDS, VALUE_LABELS


def _years_after(years: int, day: date) -> date:
    """The first day after ``years`` full financial years (calendar years here) following the one of ``day``."""
    return date(day.year + years + 1, 1, 1)


_READ = frozenset({"know", "read"})
_WRITE = frozenset({"know", "read", "write", "export"})
_ALL = frozenset({"know", "read", "write", "export", "approve"})


class Assembly(System):
    """«Assemblées d’actionnaires»."""

    name = "opposable.systems.assembly"
    label = "assembly"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Assemblées", "Meetings")
    nav = (
        NavItem(t("Assemblées", "Meetings"), "assembly:meetings", "assembly.meeting"),
        NavItem(t("Sociétés et registres", "Companies and registers"), "assembly:companies", "assembly.company"),
    )
    search = "opposable.systems.assembly.views.office_search.search"
    awaiting = "opposable.systems.assembly.views.office_awaiting.awaiting"
    fact_labels = {**PARAM_WORDS, **FACT_LABELS}
    value_labels = VALUE_LABELS
    roles = {
        "secretary": Role(t("Secrétaire de la société", "Company secretary"), {"assembly.*": _ALL, "kernel.*": _READ}),
        "bureau": Role(
            t("Membre du bureau", "Member of the bureau"),
            {
                # What a bureau does, and nothing else: it holds the sitting (attendance, votes, incidents, results) and signs.
                "assembly.meeting": _READ,
                "assembly.resolution": _READ,
                "assembly.request": _READ,
                "assembly.attendance": _WRITE,
                "assembly.live-vote": _WRITE,
                "assembly.incident": _WRITE,
                "assembly.result": _READ | {"export", "approve"},
                "assembly.form": _READ,
                "assembly.entitlement": _READ,
                "assembly.holder": _READ,
                "assembly.company": _READ,
                "kernel.document": _READ,
            },
        ),
        "scrutineer": Role(
            t("Scrutateur", "Scrutineer"),
            {
                "assembly.meeting": _READ,
                "assembly.resolution": _READ,
                "assembly.form": _READ | {"export"},
                "assembly.attendance": _READ,
                "assembly.live-vote": _READ,  # those of the room as those of the forms: he certifies their total
                "assembly.entitlement": _READ,
                "assembly.result": _READ | {"approve"},
                "assembly.company": _READ,
                "kernel.document": _READ,
            },
        ),
        "auditor": Role(t("Auditeur", "Auditor"), {"assembly.*": _READ | {"export"}, "kernel.*": _READ | {"export"}}),
    }
    duties = {
        "assembly.entitlements.fix": "opposable.systems.assembly.jobs.fix_entitlements",
        "assembly.vote.close": "opposable.systems.assembly.jobs.close_voting",
        "assembly.agenda.notify": "opposable.systems.assembly.jobs.notify_agenda",
        "assembly.cancellation.notify": "opposable.systems.assembly.jobs.notify_cancellation",
        "assembly.forms.carry": "opposable.systems.assembly.jobs.carry_forms",
    }
    api = "opposable.systems.assembly.api.router"
    commands = "opposable.systems.assembly.commands.run"
    retention = (
        RetentionClass(
            "assembly.minutes",
            t(
                "Procès-verbaux et actes de la société : vie de la société",
                "Minutes and company acts: life of the company",
            ),
            "assembly.minutes",
        ),
        RetentionClass(
            "assembly.sheet",
            t("Feuilles de présence : trois derniers exercices", "Attendance sheets: last three financial years"),
            "assembly.keeping.access",
            partial(_years_after, 3),
        ),
        RetentionClass(
            "assembly.form",
            t("Formulaires et accès : trois derniers exercices", "Forms and access: last three financial years"),
            "assembly.keeping.access",
            partial(_years_after, 3),
        ),
        RetentionClass(
            "assembly.register",
            t("Registre des titulaires : trois derniers exercices", "Register of holders: last three financial years"),
            "assembly.keeping.access",
            partial(_years_after, 3),
        ),
    )
