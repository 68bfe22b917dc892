"""Check a bundle. The same as `python -m opposable.ledger verify`: it needs no installation and no database."""

import argparse

from opposable.ledger.__main__ import add_verify_arguments, or_misuse, run_verify


def run(argv: list[str]) -> int:
    """Exit status 0 when everything holds, 1 when a check failed, 2 when what the verifier brought does not read."""
    parser = argparse.ArgumentParser(prog="opposable verify", description=__doc__)
    add_verify_arguments(parser)
    return or_misuse(run_verify, parser.parse_args(argv))
