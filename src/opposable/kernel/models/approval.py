"""Approval: the flow as dated data, each case under the version it began with, and who stands in for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models

from opposable.kernel import clock
from opposable.kernel.models.access import Account
from opposable.kernel.models.decision import SubjectQuerySet
from opposable.kernel.models.recorded import Recorded
from opposable.law import Text, t

if TYPE_CHECKING:
    from datetime import date


class ApprovalFlow(Recorded):
    """«Circuit d’approbation». One version of the flow ``key``, never changed: another version is another row.

    ``data`` is read by `kernel.approvals.rules.Flow`; ``sha256`` is that of its canonical bytes. In force from ``since``, until
    ``until`` (exclusive). Cases that run stay on their version.
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.flow"
        keep = "kernel.permanent"
        label = t("Circuit d’approbation", "Approval flow")

    key = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    data: models.JSONField[dict[str, Any]] = models.JSONField()
    sha256 = models.CharField(max_length=64)
    since: models.DateField[date, date] = models.DateField()
    until: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="flow_version")]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    def state(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "version": self.version,
            "data": self.data,
            "sha256": self.sha256,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
        }


class ApprovalCase(Recorded):
    """«Demande d’approbation». One object, in one exact state (``sha256``), put to the steps of one version of a flow.

    ``facts`` decide which steps apply. ``assigned`` names persons added to a step by an administrator, ``due`` the last day of
    each open step. ``outcome`` is "" while it runs, then "approved", "rejected" or "cancelled"; whether an approval still holds
    is never stored (`kernel.approvals.gate`).
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.approval"
        keep = "kernel.permanent"
        label = t("Demande d’approbation", "Request for approval")
        apart = True

    flow = models.ForeignKey(ApprovalFlow, models.PROTECT, related_name="cases")
    subject = models.CharField(max_length=32, db_index=True)
    subject_kind = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    facts: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    text = models.TextField()
    title_fr = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    link = models.CharField(max_length=200, blank=True)
    opened_by = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    assigned: models.JSONField[dict[str, list[str]]] = models.JSONField(default=dict)
    due: models.JSONField[dict[str, str]] = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, blank=True, db_index=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = SubjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title_fr

    @property
    def title(self) -> Text:
        return Text(self.title_fr, self.title_en)

    def state(self) -> dict[str, Any]:
        names = (
            "subject", "subject_kind", "sha256", "facts", "text", "title_fr", "title_en", "link", "opened_by", "assigned", "due",
            "outcome",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "flow": self.flow.uid,
            "opened_at": clock.utc(self.opened_at),
            "closed_at": clock.utc(self.closed_at) if self.closed_at else None,
        }


class Delegation(Recorded):
    """«Délégation». ``taker`` may approve in the place of ``giver``, for ``roles`` (all when empty), from ``since`` on.

    ``until`` is exclusive. What the giver may not do himself, his delegate may not do either, and nobody delegates further.
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.delegation"
        keep = "kernel.permanent"
        label = t("Délégation", "Delegation")

    giver = models.ForeignKey(Account, models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Account, models.PROTECT, related_name="delegations_taken")
    roles: models.JSONField[list[str]] = models.JSONField(default=list)
    since: models.DateField[date, date] = models.DateField()
    until: models.DateField[date, date] = models.DateField()

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"

    def state(self) -> dict[str, Any]:
        return {
            "giver": self.giver.uid,
            "taker": self.taker.uid,
            "roles": self.roles,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }
