"""«Liste de confiance»: the certification authorities that vouch for those who ask, each from a day to a day."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from opposable.kernel.models import Recorded
from opposable.kernel.models.recorded import RecordedQuerySet
from opposable.law import t


class AnchorQuerySet(RecordedQuerySet):
    """Reads of the trust list."""

    def on(self, day: date) -> AnchorQuerySet:
        """Those trusted on a day."""
        return self.filter(since__lte=day).filter(Q(until=None) | Q(until__gt=day)).order_by("pk")


class Anchor(Recorded):
    """«Autorité de certification reconnue». Its certificate, and the last list of what it revoked."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.anchor"
        keep = "traffic.catalogue"
        label = t("Autorité de certification reconnue", "Trusted certification authority")

    title = models.CharField(max_length=200)
    pem = models.TextField()
    sha256 = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField(null=True)
    """First day on which it is not trusted any more."""
    crl = models.TextField(blank=True)
    """PEM of the revocation list that was supplied last."""

    objects = AnchorQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "since"], name="anchor_once")]

    def __str__(self) -> str:
        return self.title

    def state(self) -> dict[str, object]:
        return {
            "title": self.title,
            "sha256": self.sha256,
            "pem": self.pem,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "crl": self.crl,
        }
