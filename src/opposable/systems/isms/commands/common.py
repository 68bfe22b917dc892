"""What the verbs of `opposable isms` share."""

from __future__ import annotations

import argparse

from opposable.kernel import actors
from opposable.law import Text
from opposable.law.terminal import words
from opposable.systems.isms.models import Scope

CONSOLE = actors.system("console")


class Misuse(Exception):
    """What was asked cannot be done; the message says what to do instead."""


def scope_of(given: argparse.Namespace) -> Scope:
    """The management system that ``--scope`` names, or the only one."""
    rows = Scope.objects.select_related("cell")
    found = rows.filter(slug=given.scope) if given.scope else rows.all()
    if len(found) != 1:
        known = ", ".join(Scope.objects.order_by("slug").values_list("slug", flat=True)) or words(
            "aucun encore", "none yet"
        )
        raise Misuse(
            words(
                f"Dites quel système de management par --scope : {known}.",
                f"Say which management system with --scope: {known}.",
            )
        )
    return found[0]


def no_draft() -> str:
    """What is said when a verb needs the draft statement and there is none."""
    return words(
        "Il n’y a pas de projet de déclaration : opposable isms draft.",
        "There is no draft statement: opposable isms draft.",
    )


def line_fault(line: int, column: str, text: Text) -> str:
    """What is wrong on a line of a file."""
    where = column or words("fichier", "file")
    return words(f"ligne {line}, {where} : {text.fr}", f"line {line}, {where}: {text.en}")
