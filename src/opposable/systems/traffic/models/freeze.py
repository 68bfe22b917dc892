"""«Gel» of rows: what an authority ordered to be kept beyond its day, and nothing else of that day."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.traffic.models.requisition import Requisition


class Freeze(Recorded):
    """«Conservation rapide» (CPCE, art. L. 34-1, III bis). Copies of rows with their proofs, under an end of their own."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.freeze"
        keep = "traffic.case"
        label = t("Gel de lignes", "Freeze of rows")
        apart = True

    requisition = models.ForeignKey(Requisition, models.PROTECT, null=True, related_name="freezes")
    """The case for which it was ordered; none when the console placed it."""
    position = models.PositiveIntegerField(null=True)
    store = models.CharField(max_length=10, blank=True)
    """Which question of the case: its selector, from 0, and the store it is put to."""
    prolongs = models.CharField(max_length=32, blank=True)
    """The freeze (uid) whose rows it keeps longer. The former one goes on its own day."""
    ground = models.CharField(max_length=300)
    """Who ordered it, and its reference."""
    ordered_on = models.DateField()
    until = models.DateField()
    """First day on which the copies may not be kept any more."""
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=8, blank=True)
    """Where the copies lie: "" on this disk, "s3" in the bucket (`store.places`)."""
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["until"], name="freeze_until")]

    def __str__(self) -> str:
        return self.ground

    def scrub(self) -> None:
        """Who ordered it goes with the case."""
        self.ground = "—"

    @property
    def path(self) -> Path:
        """Where the copies lie when they are on the disk, encrypted under the key of their last day."""
        return settings.HOME / "segments" / "hold" / self.until.isoformat() / f"{self.uid}.hold"

    def state(self) -> dict[str, object]:
        return {
            "requisition": self.requisition.uid if self.requisition else None,
            "position": self.position,
            "store": self.store,
            "prolongs": self.prolongs,
            "ground": self.ground,
            "ordered_on": self.ordered_on.isoformat(),
            "until": self.until.isoformat(),
            "rows": self.rows,
            "sha256": self.sha256,
            "erased_at": clock.utc(self.erased_at) if self.erased_at else None,
            **({"place": self.place} if self.place else {}),
        }
