"""The keys that sign the log."""

from opposable.kernel.keys.command import run

__all__ = ["run"]
