"""The dated rules, read from the rulebooks on file."""

from opposable.commands import start_django


def run(argv: list[str]) -> int:
    """`list`, `at RULE DATE`, `diff DATE DATE`."""
    start_django()
    from opposable.kernel.system import law
    from opposable.law import cli

    return cli.run(argv, law())
