"""What the store says when it cannot; apart from the engine, which is not loaded to name a fault."""

from __future__ import annotations

from opposable.kernel.faults import Fault


class StoreFault(Fault):
    """The store does not do what it must: the disk is full, a file is damaged, a key is missing. Never passed over."""
