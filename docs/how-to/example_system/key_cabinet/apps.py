"""The manifest: what the system is called, who may do what, what it keeps and how long."""

from datetime import date, timedelta

from opposable.kernel.system import NavItem, RetentionClass, Role, System
from opposable.law import t


def _a_year_after(day: date) -> date:
    return day + timedelta(days=365)


class KeyCabinet(System):
    """«Armoire à clés»."""

    name = "key_cabinet"
    label = "cabinet"
    default_auto_field = "django.db.models.BigAutoField"
    title = t("Clés", "Keys")
    nav = (NavItem(t("Clés", "Keys"), "cabinet:keys", "cabinet.key"),)
    roles = {
        "keeper": Role(
            t("Gardien des clés", "Keeper of the keys"), {"cabinet.*": frozenset({"know", "read", "write", "export"})}
        ),
        "guest": Role(t("Consultant", "Reader"), {"cabinet.*": frozenset({"know", "read"})}),
    }
    retention = (
        RetentionClass(
            "cabinet.movements",
            t("Mouvements de clés : un an", "Movements of keys: one year"),
            "cabinet.keeping",
            _a_year_after,
        ),
    )
    commands = "key_cabinet.commands.run"
