"""`opposable traffic move`: bring the segments into the bucket of opposable.toml, or back to this disk."""

from __future__ import annotations

import argparse
import sys

from opposable.kernel import actors
from opposable.kernel.faults import Fault
from opposable.law.terminal import number, say, words
from opposable.systems.traffic.exchange.moving import move
from opposable.systems.traffic.store import places

CONSOLE = actors.system("console")
PLACES = {"bucket": places.BUCKET, "disk": places.DISK}


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    moving = verbs.add_parser(
        "move",
        help=words(
            "porter ce qui est gardé au stockage objet, ou l’en ramener : copié, vérifié, puis ôté",
            "bring what is stored into object storage, or back: copied, verified, then removed",
        ),
    )
    moving.add_argument(
        "--to",
        required=True,
        choices=sorted(PLACES),
        help=words("bucket : celui d’opposable.toml", "bucket: the one of opposable.toml"),
    )
    moving.set_defaults(run=_move)


def _move(given: argparse.Namespace) -> int:
    try:
        moved = move(CONSOLE, PLACES[given.to])
    except Fault as fault:
        print(say(fault.text), file=sys.stderr)
        return 1
    segments, size, emptied = number(moved.segments), number(moved.size), number(moved.emptied)
    print(
        words(
            f"{segments} segments portés, {size} octets ; {emptied} ôtés d’où ils étaient",
            f"{segments} segments moved, {size} bytes; {emptied} removed where they lay before",
        )
    )
    for fault_ in moved.faults:
        print(words(f"  reste où il était : {say(fault_)}", f"  stays where it was: {say(fault_)}"), file=sys.stderr)
    return 1 if moved.faults else 0
