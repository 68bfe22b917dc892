"""The scope of the system, and the method by which its risks are assessed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.isms.rules import method as rules


def day(value: date | None) -> str | None:
    """A day as states carry it."""
    return value.isoformat() if value else None


class Scope(Recorded):
    """«Périmètre» of a management system (27001, 4.3), with its context (4.1) and interested parties (4.2)."""

    class Evidence(Recorded.Evidence):
        kind = "isms.scope"
        keep = "isms.record"
        label = t("Périmètre", "Scope")

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    organisation = models.CharField(max_length=160)
    text = models.TextField()
    excluded = models.TextField(blank=True)
    edition = models.CharField(max_length=20)
    owner = models.CharField(max_length=120)
    started_on = models.DateField()
    issues: models.JSONField[list[str]] = models.JSONField(default=list)
    parties: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("isms:scope", args=[self.slug])

    def state(self) -> dict[str, Any]:
        names = ("slug", "name", "organisation", "text", "excluded", "edition", "owner", "issues", "parties")
        return {**{name: getattr(self, name) for name in names}, "started_on": day(self.started_on)}


class Method(Recorded):
    """«Méthode d’appréciation», one version. ``data``: what `rules.method.read_method` reads; it never changes once used."""

    class Evidence(Recorded.Evidence):
        kind = "isms.method"
        keep = "isms.record"
        label = t("Méthode d’appréciation des risques", "Method of risk assessment")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="methods")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    data: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "version"], name="isms_method_version")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("isms:method", args=[self.scope.slug])

    @property
    def read(self) -> rules.Method:
        return rules.read_method(self.data)

    def state(self) -> dict[str, Any]:
        return {"scope": self.scope.uid, "version": self.version, "name": self.name, "data": self.data}
