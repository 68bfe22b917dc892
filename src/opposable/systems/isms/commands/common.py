"""What the verbs of `opposable isms` share."""

from __future__ import annotations

import argparse

from opposable.kernel import actors
from opposable.systems.isms.models import Scope

CONSOLE = actors.system("console")


class Misuse(Exception):
    """What was asked cannot be done; the message says what to do instead."""


def scope_of(given: argparse.Namespace) -> Scope:
    """The management system that ``--scope`` names, or the only one."""
    rows = Scope.objects.select_related("cell")
    found = rows.filter(slug=given.scope) if given.scope else rows.all()
    if len(found) != 1:
        known = ", ".join(Scope.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise Misuse(f"Say which management system with --scope: {known}.")
    return found[0]
