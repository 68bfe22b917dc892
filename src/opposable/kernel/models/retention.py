"""Holds that stop erasure, and the expiring journal of who read what."""

from django.db import models

from opposable.kernel import clock
from opposable.kernel.models.recorded import Recorded
from opposable.law import t


class Hold(Recorded):
    """«Gel». While it lasts, nothing of the object ``obj`` (a uid), or of the whole class ``keep``, is erased."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.hold"
        keep = "kernel.permanent"
        label = t("Gel", "Hold")

    obj = models.CharField(max_length=32, blank=True, db_index=True)
    retention_class = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.obj or self.retention_class}"

    def state(self) -> dict[str, object]:
        return {
            "obj": self.obj,
            "class": self.retention_class,
            "reason": self.reason,
            "since": clock.utc(self.since),
            "lifted_at": clock.utc(self.lifted_at) if self.lifted_at else None,
        }


class Reading(models.Model):
    """«Consultation». Who read a sensitive object, and when. Outside the log and erased after a year."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=32)
    obj = models.CharField(max_length=32, db_index=True)
    what = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.actor} {self.what} {self.obj}"
