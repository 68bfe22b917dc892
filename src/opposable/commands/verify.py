"""Check a bundle."""

from opposable.ledger.__main__ import run

__all__ = ["run"]
