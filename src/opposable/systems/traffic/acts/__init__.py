"""The writers of the system: one function, one act."""

from opposable.systems.traffic.acts.segments import erase_segments, receive_delivery, seal_segment
from opposable.systems.traffic.acts.sources import close_source, declare_source

__all__ = ["close_source", "declare_source", "erase_segments", "receive_delivery", "seal_segment"]
