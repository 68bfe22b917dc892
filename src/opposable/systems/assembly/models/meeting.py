"""The meeting, its resolutions, and the notices sent for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import Text, day_text, t
from opposable.systems.assembly.models.company import Company
from opposable.systems.assembly.rules import agenda as facts
from opposable.systems.assembly.rules.forms.reception import Level
from opposable.systems.assembly.rules.proxies import MeetingKind
from opposable.systems.assembly.rules.register import Body

if TYPE_CHECKING:
    from datetime import date

KINDS = [
    ("ordinary", t("ordinaire", "ordinary")),
    ("extraordinary", t("extraordinaire", "extraordinary")),
    ("combined", t("mixte", "combined")),
    ("special", t("spéciale", "special")),
]
STATUSES = [
    ("draft", t("en préparation", "in preparation")),
    ("convened", t("convoquée", "convened")),
    ("open", t("vote ouvert", "voting open")),
    ("closed", t("vote à distance clos", "remote voting closed")),
    ("in-session", t("en séance", "in session")),
    ("held", t("tenue", "held")),
    ("minuted", t("procès-verbal signé", "minutes signed")),
    ("cancelled", t("annulée", "cancelled")),
]


class Meeting(Recorded):
    """«Assemblée». ``at`` is its instant; ``zone`` its legal time. The statuses follow each other in the order of `STATUSES`.

    ``isin``: the class of shares that a special meeting brings together (L. 225-99); empty for the others.
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.meeting"
        keep = "assembly.minutes"
        label = t("Assemblée", "Meeting")

    company = models.ForeignKey(Company, models.PROTECT, related_name="meetings")
    kind: models.CharField[str, MeetingKind] = models.CharField(max_length=14)
    isin = models.CharField(max_length=12, blank=True)
    call = models.PositiveSmallIntegerField(default=1)
    first_meeting = models.ForeignKey("self", models.PROTECT, null=True, related_name="second_calls")
    at = models.DateTimeField()
    zone = models.CharField(max_length=40, default="Europe/Paris")
    place = models.CharField(max_length=300)
    status = models.CharField(max_length=12, default="draft", db_index=True)
    signature_level: models.CharField[str, Level] = models.CharField(max_length=10, default="simple")
    agenda_digest = models.CharField(max_length=64, blank=True)
    notice_at = models.DateTimeField(null=True)
    record_at = models.DateTimeField(null=True)
    entitlements_fixed_at = models.DateTimeField(null=True)
    remote_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    bureau: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.company} {self.day:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("assembly:meeting", args=[self.uid])

    @property
    def day(self) -> date:
        """The meeting's day in its legal time: the day whose law applies."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def title(self) -> Text:
        """«Assemblée mixte du 30 mars 2026»."""
        kind = dict(KINDS)[self.kind]
        return (
            t("Assemblée {kind} du {day}", "{kind} meeting of {day}")
            .format(kind=kind, day=day_text(self.day))
            .capital()
        )

    @property
    def resolutions(self) -> models.QuerySet[Resolution]:
        """The agenda: what was taken off it before the notice keeps its record, at place 0."""
        return self.every_resolution.filter(position__gt=0)

    @property
    def bodies(self) -> tuple[str, ...]:
        """The bodies that decide in it."""
        return ("ordinary", "extraordinary") if self.kind == "combined" else (self.kind,)

    def state(self) -> dict[str, Any]:
        instants = (
            "at",
            "notice_at",
            "record_at",
            "entitlements_fixed_at",
            "remote_until",
            "opened_at",
            "closed_at",
            "started_at",
            "ended_at",
        )
        return {
            "company": self.company.uid,
            "kind": self.kind,
            "isin": self.isin,
            "call": self.call,
            "first_meeting": self.first_meeting.uid if self.first_meeting else None,
            "zone": self.zone,
            "place": self.place,
            "status": self.status,
            "signature_level": self.signature_level,
            "agenda_digest": self.agenda_digest,
            "bureau": self.bureau,
            **{name: _utc(getattr(self, name)) for name in instants},
        }


class Resolution(Recorded):
    """«Résolution». ``author`` and ``approved_by_board`` decide how a blank proxy votes.

    ``excluded`` holds the uids of the holders who may not vote it. ``position`` counts from 1; 0: taken off the agenda before
    the notice. ``withdrawn_at`` with a position: withdrawn after the notice; it keeps its number and is not put to the vote.
    ``matter`` names what the law decides by a majority of its own ("seat", "reserves"…).
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.resolution"
        keep = "assembly.minutes"
        label = t("Résolution", "Resolution")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="every_resolution")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    reasons = models.TextField(blank=True)
    author: models.CharField[str, facts.Author] = models.CharField(max_length=10, default="board")
    approved_by_board = models.BooleanField(default=True)
    body: models.CharField[str, Body] = models.CharField(max_length=14)
    kind: models.CharField[str, facts.ResolutionKind] = models.CharField(max_length=10, default="draft")
    excluded: models.JSONField[list[str]] = models.JSONField(default=list)
    excluded_reason = models.CharField(max_length=300, blank=True)
    matter = models.CharField(max_length=12, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    voted_at = models.DateTimeField(null=True)
    request = models.ForeignKey("assembly.AgendaRequest", models.PROTECT, null=True, related_name="resolutions")
    """The request of holders that put it on the agenda."""

    class Meta:
        indexes = [models.Index(fields=["meeting", "position"], name="resolution_place")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"

    def get_absolute_url(self) -> str:
        return f"{reverse('assembly:resolutions', args=[self.meeting.uid])}#resolution-{self.position}"

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "position": self.position,
            "title": self.title,
            "text": self.text,
            "reasons": self.reasons,
            "author": self.author,
            "approved_by_board": self.approved_by_board,
            "body": self.body,
            "kind": self.kind,
            "excluded": self.excluded,
            "excluded_reason": self.excluded_reason,
            "matter": self.matter,
            "withdrawn_at": _utc(self.withdrawn_at),
            "withdrawn_reason": self.withdrawn_reason,
            "voted_at": _utc(self.voted_at),
            # said only where there is one: a resolution of before such requests is in the state that its act left
            **({"request": self.request.uid} if self.request else {}),
        }

    def facts(self) -> facts.Resolution:
        return facts.Resolution(
            self.position,
            self.body,
            self.author,
            self.approved_by_board,
            self.kind,
            frozenset(self.excluded),
            self.title,
            self.text,
            self.matter,
        )


class Mailing(Recorded):
    """«Envoi». One message to one holder: what was sent (its digest), to where, and what the mail server answered."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.mailing"
        keep = "assembly.register"
        label = t("Envoi", "Message sent")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="mailings")
    holder = models.ForeignKey("assembly.Holder", models.PROTECT, related_name="mailings")
    purpose = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    message_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=10)
    answer = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["holder", "meeting"], name="mailing_holder")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.status}"

    def scrub(self) -> None:
        """Where it went goes, and what was said on the way."""
        self.address = self.message_id = self.digest = self.answer = ""

    def get_absolute_url(self) -> str:
        return reverse("assembly:notices", args=[self.meeting.uid])

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "holder": self.holder.uid,
            "purpose": self.purpose,
            "address": self.address,
            "message_id": self.message_id,
            "digest": self.digest,
            "status": self.status,
            "answer": self.answer,
            "at": _utc(self.at),
        }


def _utc(instant: Any) -> str | None:
    return clock.utc(instant) if instant else None
