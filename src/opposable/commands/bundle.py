"""Write the evidence of an object or an act."""

import argparse
from pathlib import Path

from opposable.commands import open_home


def run(argv: list[str]) -> int:
    """SUBJECT is an object's uid, an act's index or its entry; the first characters of a uid do."""
    parser = argparse.ArgumentParser(prog="opposable bundle", description=__doc__)
    parser.add_argument("subject", help="uid of an object, index or entry of an act")
    parser.add_argument("--out", type=Path, required=True, help="file to write, as case.asice")
    parser.add_argument("--title", default="", help="what the summary is headed")
    parser.add_argument("--without-state", action="store_true", help="leave out the present state of the objects")
    given = parser.parse_args(argv)
    open_home()
    from opposable.kernel import evidence
    from opposable.kernel.sealing_service import sealed_first

    sealed_first()
    written = evidence.write_bundle(given.subject, given.out, with_state=not given.without_state, title=given.title)
    print(f"{written} ({written.stat().st_size} bytes). Check it with: opposable verify {written}")
    return 0
