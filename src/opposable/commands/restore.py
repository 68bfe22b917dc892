"""After a backup of the data was put back: erase again what was erased since, before the site opens."""

from opposable.commands import open_home
from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """Exit status 0 when the database may be opened, 1 when it lacks acts that were sealed."""
    Parser(
        prog="opposable restore",
        description=words(
            "Une sauvegarde des données ayant été remise : effacer de nouveau ce qui l’a été depuis, avant que le site n’ouvre.",
            "After a backup of the data was put back: erase again what was erased since, before the site opens.",
        ),
    ).parse_args(argv)
    open_home()
    from opposable.commands.init import migrate
    from opposable.kernel.restore import replay

    migrate()
    done = replay()
    print(
        words(
            f"{done.erasures} actes d’effacement rejoués ; {done.destroyed} parties et actes que la sauvegarde avait ramenés ont disparu",
            f"{done.erasures} erasure acts replayed; {done.destroyed} parts and acts that the backup had brought back are gone",
        )
    )
    if done.missing:
        print(
            words(
                f"Il manque à cette base {done.missing} actes scellés : remettez la sauvegarde la plus récente. Rien n’y sera signé",
                f"This database lacks {done.missing} acts that were sealed: put back the newest backup. Nothing will be signed on it",
            )
        )
        return 1
    print(
        words(
            "Ensuite : opposable audit --parts, puis opposable serve",
            "Next: opposable audit --parts, then opposable serve",
        )
    )
    return 0
