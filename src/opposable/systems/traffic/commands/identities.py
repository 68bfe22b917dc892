"""`opposable traffic identities FILE.csv`: take in the civil identities of contracts."""

from __future__ import annotations

import argparse
from pathlib import Path

from opposable.kernel import actors
from opposable.law.terminal import words
from opposable.systems.traffic.exchange import identities


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "identities",
        help=words(
            "prendre d’un fichier CSV les identités civiles des contrats",
            "take in the civil identities of contracts from a CSV file",
        ),
    )
    found.add_argument("file", type=Path, help=";".join(identities.COLUMNS))
    found.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    count = identities.import_file(actors.system("console"), given.file)
    print(words(f"{count} contrats pris", f"{count} contracts taken in"))
    return 0
