"""Do what is due now: automatic duties, anchoring. Run it each minute, or let `serve` do it."""

from opposable.commands import open_home
from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """One tick. Prints what was done."""
    Parser(
        prog="opposable tick",
        description=words(
            "Faire ce qui est dû maintenant : échéances automatiques, ancrage. À lancer chaque minute, ou laisser faire `serve`.",
            "Do what is due now: automatic duties, anchoring. Run it each minute, or let `serve` do it.",
        ),
    ).parse_args(argv)
    open_home()
    from opposable.kernel import duties, schema

    schema.require_present()
    for line in duties.tick():
        print(line)
    return 0
