"""`opposable traffic`: sources, and what comes of them. Each verb is a module with ``add(verbs)`` and its own ``run``."""

from __future__ import annotations

from opposable.law.terminal import Parser, words
from opposable.systems.traffic.commands import (
    anchors,
    cluster,
    days,
    demo,
    identities,
    ingest,
    law,
    listen,
    move,
    requisition,
    sources,
)

VERBS = (anchors, sources, identities, ingest, listen, move, cluster, days, law, requisition, demo)


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = Parser(prog="opposable traffic", description=words("Données de connexion.", "Connection data."))
    verbs = parser.add_subparsers(dest="verb", required=True)
    for module in VERBS:
        module.add(verbs)
    given = parser.parse_args(argv)
    status: int = given.run(given)
    return status
