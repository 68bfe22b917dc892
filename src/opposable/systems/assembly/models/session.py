"""The day of the meeting: who is there, what they vote, what comes out."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.assembly.models.meeting import Meeting, Resolution
from opposable.systems.assembly.models.register import Holder
from opposable.systems.assembly.rules.quorum import Capacity

ERASED = "—"
"""Stands where a row said who, once nothing has to be kept of it any more."""


class Attendance(Recorded):
    """«Présence». Someone in the room from ``arrived_at`` to ``left_at``: a holder (``present``), or a ``proxy`` who holds no share.

    Who is represented or votes remotely is read from the forms; the attendance sheet puts the three together.
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.attendance"
        keep = "assembly.sheet"
        label = t("Présence", "Attendance")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    holder = models.ForeignKey(Holder, models.PROTECT, null=True, related_name="attendances")
    person = models.CharField(max_length=160, blank=True)
    capacity: models.CharField[str, Capacity] = models.CharField(max_length=12)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.holder or self.person} {self.capacity}"

    def get_absolute_url(self) -> str:
        return reverse("assembly:door", args=[self.meeting.uid])

    def scrub(self) -> None:
        """Who it was goes; that somebody was there stays."""
        self.holder, self.person = None, ERASED

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "holder": self.holder.uid if self.holder else None,
            "person": self.person,
            "capacity": self.capacity,
            "arrived_at": clock.utc(self.arrived_at),
            "left_at": clock.utc(self.left_at) if self.left_at else None,
        }


class LiveVote(Recorded):
    """«Vote en séance». Votes cast in the room on one resolution by one holder, for himself and those he represents."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.live-vote"
        keep = "assembly.form"
        label = t("Vote en séance", "Vote in session")

    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="live_votes")
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="live_votes")
    votes_for = models.BigIntegerField(default=0)
    votes_against = models.BigIntegerField(default=0)
    votes_abstain = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resolution", "holder"], name="live_vote_once")]

    def __str__(self) -> str:
        return f"{self.holder} {self.resolution}"

    def scrub(self) -> None:
        """How he voted goes: the result keeps the totals."""
        self.votes_for = self.votes_against = self.votes_abstain = 0

    def get_absolute_url(self) -> str:
        return reverse("assembly:vote", args=[self.resolution.meeting.uid, self.resolution.position])

    def state(self) -> dict[str, Any]:
        return {
            "resolution": self.resolution.uid,
            "holder": self.holder.uid,
            "for": self.votes_for,
            "against": self.votes_against,
            "abstain": self.votes_abstain,
            "at": clock.utc(self.at),
        }


class Incident(Recorded):
    """«Incident de séance». Goes into the minutes (art. R. 225-99)."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.incident"
        keep = "assembly.minutes"
        label = t("Incident", "Incident")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="incidents")
    at = models.DateTimeField()
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:60]

    def get_absolute_url(self) -> str:
        return reverse("assembly:session", args=[self.meeting.uid])

    def state(self) -> dict[str, Any]:
        return {"meeting": self.meeting.uid, "at": clock.utc(self.at), "text": self.text}


class Result(Recorded):
    """«Résultat». ``figures`` are exact integers and decimal strings as `rules.results` gives them; ``adopted`` is what the law says."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.result"
        keep = "assembly.minutes"
        label = t("Résultat", "Result")

    resolution = models.OneToOneField(Resolution, models.PROTECT, related_name="result")
    adopted = models.BooleanField()
    figures: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.resolution} {self.adopted}"

    def get_absolute_url(self) -> str:
        return f"{reverse('assembly:results', args=[self.resolution.meeting.uid])}#result-{self.resolution.position}"

    def state(self) -> dict[str, Any]:
        return {
            "resolution": self.resolution.uid,
            "adopted": self.adopted,
            "figures": self.figures,
            "at": clock.utc(self.at),
        }
