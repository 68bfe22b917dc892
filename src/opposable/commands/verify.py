"""Check a bundle, or an answer that a system made. It needs no installation and no database.

A system that issues files of its own declares how they are checked in the entry point group ``opposable.verifiers``: the name is
the ``kind`` in the file's ``answer.json``, the value a function of the parsed arguments that returns the exit status.
"""

import json
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

from opposable.law.terminal import Parser, words
from opposable.ledger.__main__ import add_verify_arguments, or_misuse, run_verify


def run(argv: list[str]) -> int:
    """Exit status 0 when everything holds, 1 when a check failed, 2 when what the verifier brought does not read."""
    parser = Parser(
        prog="opposable verify",
        description=words(
            "Contrôler un dossier de preuve, ou une réponse qu’un système a faite. Il ne faut ni installation ni base.",
            "Check a bundle, or an answer that a system made. It needs no installation and no database.",
        ),
    )
    add_verify_arguments(parser)
    given = parser.parse_args(argv)
    for verifier in entry_points(group="opposable.verifiers", name=kind_of(given.bundle)):
        return or_misuse(verifier.load(), given)
    return or_misuse(run_verify, given)


def kind_of(path: Path) -> str:
    """The ``kind`` of a system's file, "" for a bundle and for what does not read."""
    try:
        with zipfile.ZipFile(path) as file:
            return str(json.loads(file.read("answer.json")).get("kind", ""))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, AttributeError):
        return ""
