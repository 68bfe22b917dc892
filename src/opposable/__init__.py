"""Opposable: information systems whose records can be relied on against others."""

__version__ = "0.1.0"
