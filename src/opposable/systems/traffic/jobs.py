"""What `opposable tick` and `opposable audit` run of the store."""

from __future__ import annotations

from opposable.kernel.audit.report import Report
from opposable.systems.traffic.acts.erasing import erase_due
from opposable.systems.traffic.store import inspection

__all__ = ["audit_segments", "erase_due"]


def audit_segments(report: Report) -> None:
    """Every segment is there, whole, and leads to the root of its act; what was erased is gone, and its key too."""
    inspection.inspect(report)
