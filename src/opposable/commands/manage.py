"""Django's own commands, for those who know them."""

import os


def run(argv: list[str]) -> int:
    """`opposable manage migrate`, `shell`, `dbshell`, …"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["opposable manage", *argv])
    return 0
