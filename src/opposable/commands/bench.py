"""Measure this machine: each figure against its baseline, in the same run. Needs a source checkout (the folder bench/)."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """Exit status 0 when every goal is met (with --quick: when every measure runs), 1 when not."""
    parser = Parser(
        prog="opposable bench",
        description=words(
            "Mesurer cette machine : chaque chiffre contre son témoin, dans le même passage. Il faut les sources (le dossier bench/).",
            "Measure this machine: each figure against its baseline, in the same run. Needs a source checkout (the folder bench/).",
        ),
    )
    parser.add_argument(
        "names", nargs="*", help=words("mesures à faire (par défaut : toutes)", "measures to run (default: all)")
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=words(
            "petites tailles : pour voir que cela tourne, non pour citer",
            "small sizes: to see that it runs, not to quote",
        ),
    )
    parser.add_argument(
        "--no-write",
        action="store_true",
        help=words(
            "laisser bench/RESULTS.md tel qu’il est (--quick aussi)",
            "leave bench/RESULTS.md as it is (--quick does too)",
        ),
    )
    given = parser.parse_args(argv)
    root = Path(__file__).parents[3]
    if not (root / "bench" / "run.py").exists():
        raise argparse.ArgumentTypeError(
            words(
                "il n’y a pas de bench/ ici : lancez-le depuis les sources (git clone, puis make bench)",
                "there is no bench/ here: run it from a source checkout (git clone, then make bench)",
            )
        )
    sys.path.insert(0, str(root))
    done: int = import_module("bench.run").run(
        given.names, quick=given.quick, write=not (given.quick or given.no_write)
    )
    return done
