"""Checking and acting: automatic evidence, audits, findings, corrective actions, reviews, objectives and measures."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import Text, t
from opposable.systems.isms.models.scope import Scope, day

VERDICTS = {
    "pass": t("conforme", "pass"),
    "fail": t("non conforme", "fail"),
    "no-data": t("aucune donnée", "no data"),
}
AUDIT_STATES = {
    "planned": t("prévu", "planned"),
    "done": t("mené", "carried out"),
}


class EvidenceItem(Recorded):
    """«Preuve automatique» : a query over an interval of leaves, and what it found. ``last`` is exclusive."""

    class Evidence(Recorded.Evidence):
        kind = "isms.evidence"
        keep = "isms.record"
        label = t("Preuve automatique", "Automatic evidence")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="evidence")
    rule = models.CharField(max_length=20)
    verdict = models.CharField(max_length=8)
    since = models.DateTimeField()
    until = models.DateTimeField()
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    figures: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    cited: models.JSONField[list[int]] = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["scope", "rule", "-until"], name="isms_evidence_last")]

    def __str__(self) -> str:
        return f"{self.rule} {self.verdict}"

    def get_absolute_url(self) -> str:
        return reverse("isms:evidence-rule", args=[self.scope.slug, self.rule])

    def state(self) -> dict[str, Any]:
        names = ("rule", "verdict", "first", "last", "figures", "cited")
        return {
            "scope": self.scope.uid,
            "since": clock.utc(self.since),
            "until": clock.utc(self.until),
            **{name: getattr(self, name) for name in names},
        }


class AuditProgramme(Recorded):
    """«Programme d’audit» : which subjects are audited within which years."""

    class Evidence(Recorded.Evidence):
        kind = "isms.programme"
        keep = "isms.record"
        label = t("Programme d’audit", "Audit programme")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=120)
    since = models.DateField()
    until = models.DateField()
    subjects: models.JSONField[list[str]] = models.JSONField(default=list)
    grades: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("isms:audits", args=[self.scope.slug])

    def state(self) -> dict[str, Any]:
        return {
            "scope": self.scope.uid,
            "name": self.name,
            "since": day(self.since),
            "until": day(self.until),
            "subjects": self.subjects,
            "grades": self.grades,
        }


class Audit(Recorded):
    """«Audit interne». ``sample`` is drawn from ``population`` by ``seed``: anyone draws it again."""

    class Evidence(Recorded.Evidence):
        kind = "isms.audit"
        keep = "isms.record"
        label = t("Audit interne", "Internal audit")

    programme = models.ForeignKey(AuditProgramme, models.PROTECT, related_name="audits")
    title = models.CharField(max_length=160)
    criteria = models.TextField(blank=True)
    subjects: models.JSONField[list[str]] = models.JSONField(default=list)
    auditor = models.CharField(max_length=120)
    planned_on = models.DateField()
    done_on = models.DateField(null=True)
    conclusion = models.TextField(blank=True)
    population: models.JSONField[list[str]] = models.JSONField(default=list)
    seed = models.CharField(max_length=64, blank=True)
    sample: models.JSONField[list[str]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("isms:audit", args=[self.programme.scope.slug, self.uid])

    def state(self) -> dict[str, Any]:
        names = ("title", "criteria", "subjects", "auditor", "conclusion", "population", "seed", "sample")
        return {
            "programme": self.programme.uid,
            "planned_on": day(self.planned_on),
            "done_on": day(self.done_on),
            **{name: getattr(self, name) for name in names},
        }


class Finding(Recorded):
    """«Constat d’audit», graded on the programme's scale."""

    class Evidence(Recorded.Evidence):
        kind = "isms.finding"
        keep = "isms.record"
        label = t("Constat d’audit", "Audit finding")

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    grade = models.CharField(max_length=8)
    requirement = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    closed_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.grade} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("isms:finding", args=[self.audit.programme.scope.slug, self.uid])

    def state(self) -> dict[str, Any]:
        return {
            "audit": self.audit.uid,
            "number": self.number,
            "grade": self.grade,
            "requirement": self.requirement,
            "text": self.text,
            "closed_on": day(self.closed_on),
        }


class CorrectiveAction(Recorded):
    """«Action corrective» : correction, cause, action; whether it worked is judged by somebody else, later."""

    class Evidence(Recorded.Evidence):
        kind = "isms.corrective"
        keep = "isms.record"
        label = t("Action corrective", "Corrective action")

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="actions")
    correction = models.TextField(blank=True)
    cause = models.TextField()
    action = models.TextField()
    owner = models.CharField(max_length=120)
    due_on = models.DateField()
    done_on = models.DateField(null=True)
    done_by = models.CharField(max_length=120, blank=True)
    effective = models.BooleanField(null=True)
    checked_on = models.DateField(null=True)
    checked_by = models.CharField(max_length=120, blank=True)
    observed = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.action[:80]

    def get_absolute_url(self) -> str:
        return self.finding.get_absolute_url()

    def state(self) -> dict[str, Any]:
        names = ("correction", "cause", "action", "owner", "done_by", "effective", "checked_by", "observed")
        days = ("due_on", "done_on", "checked_on")
        return {
            "finding": self.finding.uid,
            **{name: getattr(self, name) for name in names},
            **{name: day(getattr(self, name)) for name in days},
        }


class ManagementReview(Recorded):
    """«Revue de direction» : the inputs as they stood on the day, and what was decided."""

    class Evidence(Recorded.Evidence):
        kind = "isms.review"
        keep = "isms.record"
        label = t("Revue de direction", "Management review")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="reviews")
    on = models.DateField()
    present = models.CharField(max_length=300)
    inputs: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    decisions = models.TextField(blank=True)
    next_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.scope} {self.on.isoformat()}"

    def get_absolute_url(self) -> str:
        return reverse("isms:reviews", args=[self.scope.slug])

    @property
    def told(self) -> list[tuple[Text, Text, str]]:
        """Each input: its name, what the register knew of it, what was added."""
        return [
            (Text(one["fr"], one["en"]), Text(one["text"]["fr"], one["text"]["en"]), one["remark"])
            for one in self.inputs
        ]

    def state(self) -> dict[str, Any]:
        return {
            "scope": self.scope.uid,
            "on": day(self.on),
            "present": self.present,
            "inputs": self.inputs,
            "decisions": self.decisions,
            "next_on": day(self.next_on),
        }


class Objective(Recorded):
    """«Objectif de sécurité» with its indicator: a whole number in ``unit``, to be at least or at most ``target`` (27001, 6.2)."""

    class Evidence(Recorded.Evidence):
        kind = "isms.objective"
        keep = "isms.record"
        label = t("Objectif de sécurité", "Security objective")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="objectives")
    title = models.CharField(max_length=200)
    indicator = models.CharField(max_length=200)
    unit = models.CharField(max_length=20)
    target = models.IntegerField()
    at_least = models.BooleanField(default=True)
    owner = models.CharField(max_length=120)
    due_on = models.DateField()
    every_days = models.PositiveIntegerField(default=90)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("isms:objectives", args=[self.scope.slug])

    def met(self, value: int) -> bool:
        return value >= self.target if self.at_least else value <= self.target

    def state(self) -> dict[str, Any]:
        names = ("title", "indicator", "unit", "target", "at_least", "owner", "every_days")
        return {"scope": self.scope.uid, "due_on": day(self.due_on), **{name: getattr(self, name) for name in names}}


class Measure(Recorded):
    """«Mesure d’un indicateur» : a value on a day, and where it was read."""

    class Evidence(Recorded.Evidence):
        kind = "isms.measure"
        keep = "isms.record"
        label = t("Mesure d’un indicateur", "Measure of an indicator")

    objective = models.ForeignKey(Objective, models.PROTECT, related_name="measures")
    on = models.DateField()
    value = models.IntegerField()
    source = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.value} {self.objective.unit}"

    def get_absolute_url(self) -> str:
        return self.objective.get_absolute_url()

    def state(self) -> dict[str, Any]:
        return {"objective": self.objective.uid, "on": day(self.on), "value": self.value, "source": self.source}
