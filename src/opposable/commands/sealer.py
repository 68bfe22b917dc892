"""The sealer as a process of its own: its user reads keys/, no other needs to."""

from opposable.commands import open_home
from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """Seal until told to stop (SIGTERM, SIGINT)."""
    Parser(
        prog="opposable sealer",
        description=words(
            "Le scelleur, en processus à part : son compte lit keys/, nul autre n’en a besoin.",
            "The sealer as a process of its own: its user reads keys/, no other needs to.",
        ),
    ).parse_args(argv)
    open_home()
    from opposable.kernel import sealing_service, stopping

    service = sealing_service.build()
    stopping.when_asked(service.stop)
    print(words("le scelleur tourne", "sealing"), flush=True)
    service.run()
    return 0
