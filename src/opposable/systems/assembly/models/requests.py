"""What holders ask to be put on the agenda."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.assembly.models.meeting import Meeting
from opposable.systems.assembly.rules.register import Body
from opposable.systems.assembly.rules.requests import RequestKind


class AgendaRequest(Recorded):
    """«Demande d’inscription à l’ordre du jour». A draft resolution or a point, with who asks and what each held then.

    ``by``: holders, an association of theirs, the works council; ``on_behalf`` names the last two, and ``statutes_on`` says
    since when the company has the association's statutes. ``status``: received (admissible), refused, listed (on the agenda),
    lapsed (the second certificate did not come), withdrawn (by its authors).
    ``authors``: one object a holder (uid, ref, shares on the day of the request, certificate: SHA-256 of the document or "").
    ``comment`` is what the board says of it (R. 22-10-23). ``proved_at``: the second certificate came (R. 225-71, last par.).
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.request"
        keep = "assembly.minutes"
        label = t("Demande d’inscription à l’ordre du jour", "Request to put on the agenda")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="requests")
    kind: models.CharField[str, RequestKind] = models.CharField(max_length=5)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    about_candidate = models.TextField(blank=True)
    body: models.CharField[str, Body] = models.CharField(max_length=14)
    by = models.CharField(max_length=11, default="holders")
    on_behalf = models.CharField(max_length=200, blank=True)
    statutes_on = models.DateField(null=True)
    authors: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    sent_on = models.DateField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=9)
    acknowledged_on = models.DateField(null=True)
    acknowledged_by = models.CharField(max_length=12, blank=True)
    listed_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    proved_at = models.DateTimeField(null=True)
    withdrawn_on = models.DateField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("assembly:request", args=[self.meeting.uid, self.uid])

    @property
    def shares(self) -> int:
        """What the authors held together on the day of the request."""
        return sum(int(author["shares"]) for author in self.authors)

    @property
    def certified(self) -> bool:
        """Certificates of entry in an account are asked of shareholders (R. 225-71), of nobody else."""
        return self.by == "holders"

    def state(self) -> dict[str, Any]:
        days = ("sent_on", "acknowledged_on")
        instants = ("received_at", "listed_at", "proved_at")
        plain = (
            "kind",
            "title",
            "text",
            "reasons",
            "about_candidate",
            "body",
            "authors",
            "status",
            "acknowledged_by",
            "comment",
        )
        return {
            "meeting": self.meeting.uid,
            **{name: getattr(self, name) for name in plain},
            **{name: day.isoformat() if (day := getattr(self, name)) else None for name in days},
            **{name: clock.utc(at) if (at := getattr(self, name)) else None for name in instants},
            **self._later(),
        }

    def _later(self) -> dict[str, Any]:
        """Said only where there is something: older requests are in the state that their acts left."""
        said: dict[str, Any] = {"by": self.by if self.by != "holders" else "", "on_behalf": self.on_behalf}
        said |= {name: day.isoformat() for name in ("statutes_on", "withdrawn_on") if (day := getattr(self, name))}
        return {name: value for name, value in (said | {"withdrawn_reason": self.withdrawn_reason}).items() if value}
