"""Run a witness."""

from opposable.kernel.witness import run

__all__ = ["run"]
