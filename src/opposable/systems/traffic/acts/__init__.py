"""The writers of the system: one function, one act."""

from opposable.systems.traffic.acts.sources import close_source, declare_source

__all__ = ["close_source", "declare_source"]
