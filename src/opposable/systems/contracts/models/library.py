"""Whom contracts are made with, and what they are made of."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse

from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.contracts.rules.clauses import Clause, Cover
from opposable.systems.contracts.rules.keeping import ERASED


class Party(Recorded):
    """«Cocontractant». ``controls`` and ``risks`` are references into the security management system: ids, not rows."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.party"
        keep = "contracts.file"
        whole = True
        label = t("Cocontractant", "Other party")

    name = models.CharField(max_length=200, unique=True)
    registration = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    critical = models.BooleanField(default=False)
    controls: models.JSONField[list[str]] = models.JSONField(default=list)
    risks: models.JSONField[list[str]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contracts:party", args=[self.uid])

    @classmethod
    def over(cls) -> models.QuerySet[Party]:
        """Those with whom nothing is left to keep: every contract was erased, or there never was one."""
        from opposable.systems.contracts.models.contract import Contract  # a contract names its party

        there = Contract.objects.exclude(title=ERASED).filter(party=OuterRef("pk"))
        return cls.objects.filter(~Exists(there))

    @property
    def erased(self) -> bool:
        """Whether its time is over: no more is known than that there was one."""
        return self.name.startswith(ERASED)

    def scrub(self) -> None:
        """Who it was goes, and where it could be reached. The name stays one of its own."""
        self.name, self.registration, self.address, self.email = f"{ERASED} {self.uid[:8]}", "", "", ""
        self.controls, self.risks = [], []

    def state(self) -> dict[str, Any]:
        names = ("name", "registration", "address", "email", "critical", "controls", "risks")
        return {name: getattr(self, name) for name in names}


class ClauseModel(Recorded):
    """«Clause de la bibliothèque». One version, never changed. ``covers``: point → the words of the text that cover it.

    ``mandatory_for`` is the rule that asks for it, ``fallback`` what may be conceded instead, once approved.
    """

    class Evidence(Recorded.Evidence):
        kind = "contracts.clause"
        keep = "contracts.file"
        label = t("Clause de la bibliothèque", "Clause of the library")

    key = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    covers: models.JSONField[dict[str, str]] = models.JSONField(default=dict)
    mandatory_for = models.CharField(max_length=80, blank=True)
    fallback: models.JSONField[list[str]] = models.JSONField(default=list)
    since: models.DateField[date, date] = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="clause_version")]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"

    def state(self) -> dict[str, Any]:
        names = ("key", "version", "title", "text", "covers", "mandatory_for", "fallback")
        return {**{name: getattr(self, name) for name in names}, "since": self.since.isoformat()}

    def clause(self, ref: str) -> Clause:
        """The clause as it enters a contract."""
        covers = tuple(Cover(point, quote) for point, quote in sorted(self.covers.items()))
        return Clause(ref, self.title, self.text, covers, str(self), self.text)


class TemplateModel(Recorded):
    """«Modèle de contrat»: the clauses of a kind of contract, in order. One version, never changed."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.template"
        keep = "contracts.file"
        label = t("Modèle de contrat", "Template of contracts")

    kind = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    clauses: models.JSONField[list[str]] = models.JSONField(default=list)
    since: models.DateField[date, date] = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="template_version")]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def state(self) -> dict[str, Any]:
        names = ("kind", "version", "title", "clauses")
        return {**{name: getattr(self, name) for name in names}, "since": self.since.isoformat()}
