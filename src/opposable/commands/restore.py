"""After a backup of the data was put back: erase again what was erased since, before the site opens."""

import argparse

from opposable.commands import open_home


def run(argv: list[str]) -> int:
    """Exit status 0 when the database may be opened, 1 when it lacks acts that were sealed."""
    argparse.ArgumentParser(prog="opposable restore", description=__doc__).parse_args(argv)
    open_home()
    from opposable.commands.init import migrate
    from opposable.kernel.restore import replay

    migrate()
    done = replay()
    print(
        f"{done.erasures} erasure acts replayed; {done.destroyed} parts and acts that the backup had brought back are gone"
    )
    if done.missing:
        print(
            f"This database lacks {done.missing} acts that were sealed: put back the newest backup. Nothing will be signed on it"
        )
        return 1
    print("Next: opposable audit --parts, then opposable serve")
    return 0
