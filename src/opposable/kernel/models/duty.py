"""What is due, by which rule."""

from __future__ import annotations

from typing import Any

from django.db import models

from opposable.kernel.models.access import Cell


class Duty(models.Model):
    """«Échéance». ``act`` is the type of the act that will discharge it, ``obj`` the uid of the object concerned.

    ``person`` (a pseudonym) is set when it concerns one person only: then nobody else is shown it, and nobody else alerted.

    Rules decide, jobs tidy: a duty done late never makes an unlawful answer lawful. Not a recorded row: it is derived from
    acts, and the act that opens or closes it is in the log.
    """

    act = models.CharField(max_length=80)
    obj = models.CharField(max_length=32)
    cell = models.ForeignKey(Cell, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    person = models.CharField(max_length=32, blank=True, db_index=True)
    title_fr = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    link = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(db_index=True)
    asap = models.BooleanField(default=False)
    """«Dans les meilleurs délais»: the law sets no figure. It is due from ``due_at`` on, and nobody is told that it is late."""
    rule = models.CharField(max_length=120, blank=True)
    rule_since = models.DateField(null=True)
    trace: models.JSONField[list[Any]] = models.JSONField(default=list)
    automatic = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, db_index=True)
    closed_by = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "obj"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.act} {self.due_at:%Y-%m-%d %H:%M}"
