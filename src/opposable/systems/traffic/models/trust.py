"""«Liste de confiance»: the certification authorities that vouch for those who ask, each from a day to a day; what they revoked."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse

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

    def get_absolute_url(self) -> str:
        return reverse("traffic:anchor", args=[self.uid])

    def state(self) -> dict[str, object]:
        return {
            "title": self.title,
            "sha256": self.sha256,
            "pem": self.pem,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "crl": self.crl,
        }


class Revocations(Recorded):
    """«Liste de révocation» of an authority below a trusted one: its certificate, and the last list that it signed."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.revocations"
        keep = "traffic.catalogue"
        label = t("Liste de révocation d’une autorité intermédiaire", "Revocation list of an intermediate authority")

    anchor = models.ForeignKey(Anchor, models.PROTECT, related_name="below")
    title = models.CharField(max_length=300)
    """The subject of its certificate."""
    pem = models.TextField()
    sha256 = models.CharField(max_length=64)
    crl = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["anchor", "sha256"], name="revocations_once")]

    def __str__(self) -> str:
        return self.title

    def state(self) -> dict[str, object]:
        return {
            "anchor": self.anchor.uid,
            "title": self.title,
            "sha256": self.sha256,
            "pem": self.pem,
            "crl": self.crl,
        }
