"""Check a bundle. The same as `python -m opposable.ledger verify`: it needs no installation and no database."""

import argparse

from opposable.ledger.__main__ import add_verify_arguments, run_verify


def run(argv: list[str]) -> int:
    """Exit status 0 when everything holds, 1 when a check failed, 2 when the file is no bundle."""
    parser = argparse.ArgumentParser(prog="opposable verify", description=__doc__)
    add_verify_arguments(parser)
    return run_verify(parser.parse_args(argv))
