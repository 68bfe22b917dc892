"""`opposable traffic`: sources, and what comes of them. Each verb is in a module with ``add(verbs)`` and its own ``run``."""

from __future__ import annotations

from importlib import import_module

from opposable.law.terminal import Parser, words

VERBS = {
    "anchor": "anchors", "source": "sources", "sources": "sources", "identities": "identities", "ingest": "ingest", "listen": "listen",
    "move": "move", "cluster": "cluster", "day": "days", "erasures": "erasures", "law": "law", "requisition": "requisition",
    "demo": "demo", "adopt": "adopt",
}  # fmt: skip
"""Verb → its module. Only that one is imported: the law of a day wants no engine of segments, which takes longer than the answer."""


def run(argv: list[str]) -> int:
    """Run one verb."""
    parser = Parser(prog="opposable traffic", description=words("Données de connexion.", "Connection data."))
    verbs = parser.add_subparsers(dest="verb", required=True)
    asked = VERBS.get(argv[0]) if argv else None
    for module in [asked] if asked else dict.fromkeys(VERBS.values()):
        import_module(f"{__name__}.{module}").add(verbs)
    given = parser.parse_args(argv)
    status: int = given.run(given)
    return status
