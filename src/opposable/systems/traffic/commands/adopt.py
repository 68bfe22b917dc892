"""`opposable traffic adopt`: a catalogue that was lost is made again from the files of the store."""

from __future__ import annotations

import argparse
import sys

from opposable.kernel import actors
from opposable.law.terminal import number, say, words
from opposable.systems.traffic.commands.ingest import source_named
from opposable.systems.traffic.exchange.adopting import adopt

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "adopt",
        help=words(
            "reprendre au catalogue ce qui est dans le stockage et qu’aucun acte ne connaît plus (catalogue perdu)",
            "enter into the catalogue again what lies in the store and no act knows any more (catalogue lost)",
        ),
    )
    found.add_argument(
        "--source",
        required=True,
        help=words("la source à laquelle on les rattache", "the source that they are put down to"),
    )
    found.set_defaults(run=_adopt)


def _adopt(given: argparse.Namespace) -> int:
    done = adopt(CONSOLE, source_named(given.source))
    for one in done.segments:
        print(
            words(
                f"{one.day} {one.family} : {number(one.rows)} lignes reprises",
                f"{one.day} {one.family}: {number(one.rows)} rows adopted",
            )
        )
    for name, reason in done.left:
        print(words(f"{name} reste dehors : {say(reason)}", f"{name} stays out: {say(reason)}"), file=sys.stderr)
    if not done.segments and not done.left:
        print(words("aucun fichier hors du catalogue", "no file outside the catalogue"))
    return 1 if done.left else 0
