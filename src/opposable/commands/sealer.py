"""The sealer as a process of its own: its user reads keys/, no other needs to."""

from opposable.commands import open_home


def run(argv: list[str]) -> int:
    """Seal until told to stop (SIGTERM, SIGINT)."""
    import argparse

    argparse.ArgumentParser(prog="opposable sealer", description=__doc__).parse_args(argv)
    open_home()
    from opposable.kernel import sealing_service, stopping

    service = sealing_service.build()
    stopping.when_asked(service.stop)
    print("sealing", flush=True)
    service.run()
    return 0
