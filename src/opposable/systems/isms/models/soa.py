"""The statement of applicability, version by version, line by line."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.isms.models.scope import Scope
from opposable.systems.isms.rules import soa as rules
from opposable.systems.isms.rules.referential import Referential, referential

SOA_STATES = {
    "draft": t("en préparation", "in preparation"),
    "published": t("publiée", "published"),
    "replaced": t("remplacée", "replaced"),
    "dropped": t("abandonnée", "dropped"),
}


class Soa(Recorded):
    """«Déclaration d’applicabilité», one version for a scope and an edition. A published one never changes."""

    class Evidence(Recorded.Evidence):
        kind = "isms.soa"
        keep = "isms.record"
        label = t("Déclaration d’applicabilité", "Statement of applicability")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="statements")
    edition = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="draft")
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=120, blank=True)
    lines_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "edition", "version"], name="isms_soa_version"),
            models.UniqueConstraint(fields=["scope"], condition=models.Q(status="draft"), name="isms_soa_one_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("isms:soa", args=[self.scope.slug, self.version])

    @property
    def book(self) -> Referential:
        return referential(self.edition)

    def decided_state(self) -> dict[str, Any]:
        """What is approved is the lines; that it is published or replaced afterwards changes nothing of them."""
        lines = self.lines.order_by("position").select_related("soa")
        return {
            "scope": self.scope.uid,
            "edition": self.edition,
            "version": self.version,
            "lines": [line.facts().as_data() for line in lines],
        }

    def state(self) -> dict[str, Any]:
        return {
            "scope": self.scope.uid,
            "edition": self.edition,
            "version": self.version,
            "status": self.status,
            "published_at": clock.utc(self.published_at) if self.published_at else None,
            "published_by": self.published_by,
            "lines_sha256": self.lines_sha256,
        }


class SoaLine(Recorded):
    """«Ligne de la déclaration». ``applicable`` is None while nobody decided; ``controls`` are uids."""

    class Evidence(Recorded.Evidence):
        kind = "isms.line"
        keep = "isms.record"
        label = t("Ligne de la déclaration d’applicabilité", "Line of the statement of applicability")

    soa = models.ForeignKey(Soa, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    requirement = models.CharField(max_length=20)
    applicable = models.BooleanField(null=True)
    reasons: models.JSONField[list[str]] = models.JSONField(default=list)
    justification = models.TextField(blank=True)
    status = models.CharField(max_length=14, blank=True)
    owner = models.CharField(max_length=120, blank=True)
    controls: models.JSONField[list[str]] = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["soa", "requirement"], name="isms_line_once")]

    def __str__(self) -> str:
        return self.requirement

    def get_absolute_url(self) -> str:
        return reverse("isms:line", args=[self.soa.scope.slug, self.soa.version, self.requirement])

    def facts(self) -> rules.Line:
        return rules.Line(
            self.requirement,
            self.applicable,
            tuple(self.reasons),
            self.justification,
            self.status,
            self.owner,
            tuple(self.controls),
        )

    def state(self) -> dict[str, Any]:
        names = ("position", "requirement", "applicable", "reasons", "justification", "status", "owner", "controls")
        return {"soa": self.soa.uid, **{name: getattr(self, name) for name in names}}
