"""Do what is due now: automatic duties, anchoring. Run it each minute, or let `serve` do it."""

import argparse

from opposable.commands import start_django


def run(argv: list[str]) -> int:
    """One tick. Prints what was done."""
    argparse.ArgumentParser(prog="opposable tick", description=__doc__).parse_args(argv)
    start_django()
    from opposable.kernel import duties

    for line in duties.tick():
        print(line)
    return 0
