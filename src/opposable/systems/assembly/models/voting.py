"""Identification of voters, and the forms received."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.models import Act, Recorded, RecordedQuerySet
from opposable.law import t
from opposable.systems.assembly.models.meeting import Meeting
from opposable.systems.assembly.models.register import Holder


class Voter(Recorded):
    """«Accès au site de vote». One holder at one meeting: ``login`` is printed on the notice, the code comes by a second channel.

    ``totp`` is the encrypted secret of an authenticator, ``passkeys`` the registered public keys; both stay empty until enrolled.
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.voter"
        keep = "assembly.form"
        label = t("Accès au vote", "Voting access")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="voters")
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="voters")
    login = models.CharField(max_length=16)
    totp = models.CharField(max_length=120, blank=True)
    passkeys: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "holder"], name="voter_once"),
            models.UniqueConstraint(fields=["login"], name="voter_login"),
        ]

    def __str__(self) -> str:
        return self.login

    def get_absolute_url(self) -> str:
        return reverse("assembly:notices", args=[self.meeting.uid])

    def scrub(self) -> None:
        """The means by which he identified himself go."""
        self.login, self.totp, self.passkeys = self.uid[:16], "", []

    @property
    def actor(self) -> Actor:
        """The voter as the author of acts: his pseudonym is this access, not his account in the register."""
        return Actor(self.uid, "voter", str(self.holder))

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "holder": self.holder.uid,
            "login": self.login,
            # the secret itself is nobody's business; that nobody put another in its place is
            "totp": sha256(self.totp.encode()).hexdigest() if self.totp else "",
            "passkeys": self.passkeys,
        }


class Challenge(models.Model):
    """A code on its way to a voter: kept hashed, for ten minutes, a few tries. Not recorded: the identification is the act."""

    voter = models.ForeignKey(Voter, models.PROTECT, related_name="challenges")
    hashed = models.CharField(max_length=200)
    channel = models.CharField(max_length=10)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.channel} {self.expires_at:%H:%M}"


class FormQuerySet(RecordedQuerySet):
    """Forms; a first keying is its author's alone until another person has keyed the same scan."""

    def hidden_from(self, actor: Actor) -> Self:
        """«Double saisie»: what somebody else keyed once, and nobody has confirmed. Who keys second must not have seen it."""
        if actor.is_system:
            return self.none()
        return self.filter(status=KEYED).exclude(_his(actor))

    def visible_to(self, actor: Actor) -> Self:
        seen = super().visible_to(actor)
        # said of the row itself: a list of those that are hidden would be looked for among all the forms
        return seen if actor.is_system else seen.filter(~models.Q(status=KEYED) | models.Q(_his(actor)))


def _his(actor: Actor) -> Exists:
    """He did an act on the row."""
    return Exists(Act.objects.filter(obj=OuterRef("uid"), actor=actor.uid))


KEYED = "keyed"
"""A paper form that waits for its second keying: it counts in nothing."""


class Form(Recorded):
    """«Formulaire de vote». ``choices``: in the order of the resolutions, [for, against, abstain] votes, or null where unmarked.

    ``status``: counted, late, void, amended, superseded, keyed. ``key`` is the submission's own: the same key is the same form.
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.form"
        keep = "assembly.form"
        label = t("Formulaire de vote", "Voting form")

    # Both lead an index below: none of their own, that every form received would have to enter
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="forms", db_index=False)
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="forms", db_index=False)
    key = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    mode = models.CharField(max_length=14)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=12)
    choices: models.JSONField[list[list[int] | None]] = models.JSONField(default=list)
    new_resolutions = models.CharField(max_length=14, blank=True)
    new_proxy = models.CharField(max_length=160, blank=True)
    proxy_holder = models.ForeignKey(Holder, models.PROTECT, null=True, related_name="mandates")
    proxy_name = models.CharField(max_length=160, blank=True)
    signature_level = models.CharField(max_length=10)
    identified_by = models.CharField(max_length=20)
    agenda_digest = models.CharField(max_length=64)

    objects = FormQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "key"], name="form_key"),
            models.UniqueConstraint(
                fields=["meeting", "holder"],
                condition=models.Q(status__in=["counted", "amended"]),
                name="form_counted_once",
            ),
        ]
        indexes = [
            models.Index(fields=["meeting", "id"], name="form_received"),
            models.Index(fields=["meeting", "status"], name="form_status"),
            # What one holder sent: without it SQLite goes through every form of the meeting, in the transaction that receives one
            models.Index(fields=["holder", "meeting"], name="form_holder"),
        ]

    def __str__(self) -> str:
        return str(self.holder)

    def get_absolute_url(self) -> str:
        return reverse("assembly:form", args=[self.meeting.uid, self.uid])

    def scrub(self) -> None:
        """How he voted, and whom he empowered, goes; that a form came, when and what became of it, stays."""
        self.choices, self.new_resolutions, self.new_proxy = [], "", ""
        self.proxy_holder, self.proxy_name, self.key = None, "", self.uid

    @property
    def marks(self) -> tuple[tuple[int, int, int] | None, ...]:
        """The choices as the rules read them."""
        return tuple((mark[0], mark[1], mark[2]) if mark else None for mark in self.choices)

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "holder": self.holder.uid,
            "key": self.key,
            "channel": self.channel,
            "mode": self.mode,
            "received_at": clock.utc(self.received_at),
            "status": self.status,
            "choices": self.choices,
            "new_resolutions": self.new_resolutions,
            "new_proxy": self.new_proxy,
            "proxy_holder": self.proxy_holder.uid if self.proxy_holder else None,
            "proxy_name": self.proxy_name,
            "signature_level": self.signature_level,
            "identified_by": self.identified_by,
            "agenda_digest": self.agenda_digest,
        }
