"""`opposable cabinet`: import the list of keys, show where they are."""

import argparse
from pathlib import Path

from opposable.kernel import actors

from key_cabinet import acts
from key_cabinet.exchange import read_keys
from key_cabinet.models import Key


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = argparse.ArgumentParser(prog="opposable cabinet", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("import", help="hang every key of a file").add_argument("file", type=Path)
    verbs.add_parser("list", help="every key, and who holds it")
    given = parser.parse_args(argv)
    if given.verb == "import":
        for number, opens in list(read_keys(given.file)):
            acts.add(actors.system("console"), number=number, opens=opens)
    for key in Key.objects.order_by("number"):
        print(f"{key.number:8} {key.opens:30} {key.holder or '-'}")
    return 0
