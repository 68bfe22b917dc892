"""The catalogue of the store: where rows come from, which files came in, which segments lie on the disk."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.kernel.models.recorded import RecordedQuerySet
from opposable.law import t


class Source(Recorded):
    """«Source». A machine or service that reports: its format, its clock, what it may report."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.source"
        keep = "traffic.catalogue"
        label = t("Source", "Source")

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    format = models.CharField(max_length=40)
    zone = models.CharField(max_length=40, default="UTC")
    """Zone of instants that come without one."""
    tolerance_ms = models.PositiveIntegerField(default=1_000)
    """How far its clock may be off, by what is known of it: the doubt of every question to its rows."""
    mapping: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    """For CSV files: column of the file by column of the family, separator, forms of instants."""
    destinations_basis = models.CharField(max_length=300, blank=True)
    """Legal basis on which destinations are kept. Empty: they are dropped when they arrive."""
    note = models.CharField(max_length=500, blank=True)
    """What whoever reads its rows should know of it: where they come from, how they were made."""
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title

    def state(self) -> dict[str, object]:
        return {
            "slug": self.slug,
            "title": self.title,
            "format": self.format,
            "zone": self.zone,
            "tolerance_ms": self.tolerance_ms,
            "mapping": self.mapping,
            "destinations_basis": self.destinations_basis,
            "closed_at": clock.utc(self.closed_at) if self.closed_at else None,
            **({"note": self.note} if self.note else {}),  # sources of before have none
        }


class Delivery(Recorded):
    """«Fichier reçu». One file (or one batch of live messages), by its digest: it comes in once."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.delivery"
        keep = "traffic.catalogue"
        label = t("Fichier reçu", "Delivery")

    source = models.ForeignKey(Source, models.PROTECT, related_name="deliveries")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    received_at = models.DateTimeField()
    skew_ms = models.IntegerField(default=0)
    """What was added to the source's instants, as measured on this file or batch."""
    read = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    unlawful = models.BigIntegerField(default=0)
    losses: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    """What did not come or did not read: {fr, en, since, until}, the instants None where nobody can say when."""
    lost_since = models.DateTimeField(null=True)
    lost_until = models.DateTimeField(null=True)
    """The span of all losses: what questions look for."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "sha256"], name="delivery_once")]
        indexes = [
            models.Index(fields=["lost_until"], name="delivery_lost", condition=models.Q(lost_until__isnull=False)),
            models.Index(fields=["-received_at", "-id"], name="delivery_newest"),  # a live source brings 288 a day
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("traffic:delivery", args=[self.uid])

    def receive(self, at: datetime) -> None:
        """It came at an instant, which is that of its losses too where nobody knows their own."""
        self.received_at = at
        known = [datetime.fromisoformat(one[end]) for one in self.losses for end in ("since", "until") if one[end]]
        known += [at] * any(not (one["since"] and one["until"]) for one in self.losses)
        self.lost_since, self.lost_until = min(known, default=None), max(known, default=None)

    def state(self) -> dict[str, object]:
        return {
            "source": self.source.uid,
            "name": self.name,
            "sha256": self.sha256,
            "size": self.size,
            "received_at": clock.utc(self.received_at),
            "skew_ms": self.skew_ms,
            **{name: getattr(self, name) for name in COUNTS},
            **(self._lost() if self.losses else {}),  # deliveries of before know none
        }

    def _lost(self) -> dict[str, object]:
        ends = {"lost_since": self.lost_since, "lost_until": self.lost_until}
        return {"losses": self.losses, **{name: clock.utc(at) if at else None for name, at in ends.items()}}


COUNTS = ("read", "kept", "rejected", "duplicate", "expired", "unlawful")
"""What became of the rows of a delivery: read = the sum of the others."""


class SegmentQuerySet(RecordedQuerySet):
    """Reads of the catalogue."""

    def there(self) -> SegmentQuerySet:
        """Those that were not erased."""
        return self.filter(erased_at=None)

    def readable(self, day: date) -> SegmentQuerySet:
        """Those that may be read on a day: from its last day on a segment is passed over, whether or not it is still there."""
        return self.there().filter(until__gt=day)

    def touching(self, since: datetime, until: datetime) -> SegmentQuerySet:
        """Those with a row that may touch [since, until]."""
        return self.filter(first_at__lte=until, last_at__gte=since)


class Segment(Recorded):
    """«Segment». The rows of one day, of one family, of one delivery: a file, its root, and the day on which it goes."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.segment"
        keep = "traffic.catalogue"
        label = t("Segment", "Segment")

    source = models.ForeignKey(Source, models.PROTECT, related_name="segments")
    batch = models.CharField(max_length=64)
    """Digest of the delivery."""
    piece = models.PositiveIntegerField(default=0)
    """A delivery too large for one segment a day comes in pieces."""
    family = models.CharField(max_length=20)
    store = models.CharField(max_length=10)
    day = models.DateField()
    until = models.DateField()
    """First day on which it may not be read any more, and is erased."""
    late = models.BooleanField(default=False)
    """A supplementary segment: the day had been closed by earlier deliveries of the source."""
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    """The latest end of a row. A session lies in the day (Paris) of its end: until then the address was in use."""
    root = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=10, default="")
    """Empty: this disk. "s3": the bucket of the installation."""
    erased_at = models.DateTimeField(null=True)

    objects = SegmentQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "batch", "piece", "family", "day"], name="segment_once"),
        ]
        indexes = [
            models.Index(fields=["family", "first_at", "last_at"], name="segment_time"),
            models.Index(fields=["until"], name="segment_until"),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.day}"

    @property
    def path(self) -> Path:
        """Where it lies on this disk: all that expires on one day is in one folder."""
        return Path(self.path_under(str(settings.HOME)))

    def path_under(self, home: str) -> str:
        """The same as text, for a question to hundreds of them: a Path costs more than all of what it is put together from."""
        return f"{home}/segments/{self.store}/{self.until.isoformat()}/{self.uid}.parquet"

    def state(self) -> dict[str, object]:
        return {
            "source": self.source.uid,
            "batch": self.batch,
            "piece": self.piece,
            "family": self.family,
            "store": self.store,
            "day": self.day.isoformat(),
            "until": self.until.isoformat(),
            "late": self.late,
            "rows": self.rows,
            "size": self.size,
            "first_at": clock.utc(self.first_at),
            "last_at": clock.utc(self.last_at),
            "root": self.root,
            "sha256": self.sha256,
            "erased_at": clock.utc(self.erased_at) if self.erased_at else None,
            **({"place": self.place} if self.place else {}),  # segments of before know no place
        }
