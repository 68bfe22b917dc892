"""Do what is due now: automatic duties, anchoring. Run it each minute, or let `serve` do it."""

import argparse

from opposable.commands import open_home


def run(argv: list[str]) -> int:
    """One tick. Prints what was done."""
    argparse.ArgumentParser(prog="opposable tick", description=__doc__).parse_args(argv)
    open_home()
    from opposable.kernel import duties

    for line in duties.tick():
        print(line)
    return 0
