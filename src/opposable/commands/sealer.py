"""The sealer as a process of its own: its user reads keys/, no other needs to."""

import signal

from opposable.commands import open_home


def run(argv: list[str]) -> int:
    """Seal until told to stop (SIGTERM, SIGINT)."""
    import argparse

    argparse.ArgumentParser(prog="opposable sealer", description=__doc__).parse_args(argv)
    open_home()
    from opposable.kernel import sealing_service

    service = sealing_service.build()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    print("sealing", flush=True)
    service.run()
    return 0
