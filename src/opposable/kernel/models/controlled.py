"""Documents that people must read: versions, what became of each, and who accepted which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from opposable.kernel import clock
from opposable.kernel.models.access import Account
from opposable.kernel.models.document import Document
from opposable.kernel.models.recorded import Recorded, RecordedQuerySet
from opposable.law import Text, t

if TYPE_CHECKING:
    from datetime import date
    from typing import Self

    from opposable.kernel.actors import Actor

STAGES = [
    ("draft", t("brouillon", "draft")),
    ("review", t("en relecture", "in review")),
    ("published", t("publiée", "published")),
    ("withdrawn", t("retirée", "withdrawn")),
]
"""What is stored. That a version under review is approved is never stored: `kernel.approvals.gate` says it of its exact text."""


class ControlledDocument(Recorded):
    """«Document maîtrisé»: a policy, a procedure, a charter. ``audience``: the roles whose bearers must accept each version.

    ``flow`` is the approval flow of its versions. ``review_on`` is when it must be looked at again.
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.controlled"
        keep = "kernel.permanent"
        label = t("Document maîtrisé", "Controlled document")

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="fr")
    flow = models.CharField(max_length=80)
    audience: models.JSONField[list[str]] = models.JSONField(default=list)
    accept_days = models.PositiveIntegerField(default=30)
    review_months = models.PositiveIntegerField(default=12)
    review_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    def __str__(self) -> str:
        return self.title

    def state(self) -> dict[str, Any]:
        names = ("key", "kind", "title", "language", "flow", "audience", "accept_days", "review_months")
        return {
            **{name: getattr(self, name) for name in names},
            "review_on": self.review_on.isoformat() if self.review_on else None,
        }


class VersionQuerySet(RecordedQuerySet):
    """Whoever may read the document reads its versions; whoever is asked to accept one reads that one."""

    def visible_to(self, actor: Actor) -> Self:
        from opposable.kernel.models.access import (
            readable_cells,
        )  # grants are recorded rows: the modules need each other

        asked = Q(acknowledgements__account_id=actor.account_id) if actor.account_id else Q(pk__in=[])
        seen = Q(cell__in=readable_cells(actor, ControlledDocument.Evidence.kind))
        return self.filter(seen | asked).distinct()


class DocumentVersion(Recorded):
    """«Version d’un document». Its text is what is decided on; ``issued`` is the PDF made when it was published."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.controlled-version"
        keep = "kernel.permanent"
        label = t("Version d’un document", "Version of a document")
        fields = {"body": t("texte", "text"), "change": t("objet de la version", "what this version is for")}

    document = models.ForeignKey(ControlledDocument, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    change = models.CharField(max_length=300, blank=True)
    stage = models.CharField(max_length=10, default="draft")
    issued = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = VersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="controlled_version")]

    def __str__(self) -> str:
        return f"{self.document.title} v{self.number}"

    @property
    def title(self) -> Text:
        return Text(f"{self.document.title}, version {self.number}", f"{self.document.title}, version {self.number}")

    def state(self) -> dict[str, Any]:
        return {
            **self.decided_state(),
            "stage": self.stage,
            "issued": self.issued.uid if self.issued else None,
            "published_at": clock.utc(self.published_at) if self.published_at else None,
            "withdrawn_at": clock.utc(self.withdrawn_at) if self.withdrawn_at else None,
        }

    def decided_state(self) -> dict[str, Any]:
        """The words, and whose they are: not the stage, which moves when they are approved."""
        names = ("number", "body", "change")
        return {"document": self.document.uid, "title": self.document.title, **{n: getattr(self, n) for n in names}}


class Acknowledgement(Recorded):
    """«Prise de connaissance». One person, one version: asked at its publication, given when he accepts it."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.acknowledgement"
        keep = "kernel.permanent"
        label = t("Prise de connaissance", "Acknowledgement")

    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="acknowledgements")
    account = models.ForeignKey(Account, models.PROTECT, related_name="acknowledgements")
    asked_at = models.DateTimeField()
    due_on: models.DateField[date, date] = models.DateField()
    given_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "account"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.version}"

    def state(self) -> dict[str, Any]:
        return {
            "version": self.version.uid,
            "account": self.account.uid,
            "asked_at": clock.utc(self.asked_at),
            "due_on": self.due_on.isoformat(),
            "given_at": clock.utc(self.given_at) if self.given_at else None,
            "sha256": self.sha256,
        }
