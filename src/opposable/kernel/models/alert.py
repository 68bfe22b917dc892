"""Alerts that were sent of what is due, and the secret address of a calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from opposable.kernel import clock
from opposable.kernel.models.access import Account
from opposable.kernel.models.recorded import Recorded
from opposable.law import t

if TYPE_CHECKING:
    from datetime import date


class Alert(models.Model):
    """«Alerte». One duty, one person, one stage (90, 30, 7 or 0 days before), with what the mail server answered.

    Not a recorded row: it says what was sent, and nothing that is due hangs on it. Erased with what is due.
    """

    act = models.CharField(max_length=80)
    obj = models.CharField(max_length=32)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    due_on: models.DateField[date, date] = models.DateField()
    stage = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "obj", "account", "due_on", "stage"], name="alert_once")]

    def __str__(self) -> str:
        return f"{self.act} {self.stage}"


class CalendarFeed(Recorded):
    """«Agenda». A secret address at which a calendar program reads what is due for ``account``. Only its digest is kept."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.calendar"
        keep = "kernel.access"
        label = t("Adresse d’agenda", "Calendar address")

    account = models.ForeignKey(Account, models.PROTECT, related_name="calendars")
    hashed = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.account)

    def state(self) -> dict[str, object]:
        return {
            "account": self.account.uid,
            "hashed": self.hashed,
            "since": clock.utc(self.since),
            "until": clock.utc(self.until) if self.until else None,
        }
