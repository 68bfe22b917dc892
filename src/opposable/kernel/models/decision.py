"""Decisions: what a person decided, on which exact state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from opposable.kernel import clock
from opposable.kernel.models.recorded import Recorded, RecordedQuerySet
from opposable.law import t

if TYPE_CHECKING:
    from datetime import date
    from typing import Self

    from opposable.kernel.actors import Actor


class SubjectQuerySet(RecordedQuerySet):
    """Rows about another object (``subject``, ``subject_kind``): who may read that one may read them, and who administers them."""

    def visible_to(self, actor: Actor) -> Self:
        from opposable.kernel.models.access import held_by  # grants are recorded rows: the modules need each other

        if actor.is_system:
            return self.all()
        grants, own = held_by(actor), self.model.Evidence.kind
        seen = Q(pk__in=[])
        for kind, path in allowed(grants, "read"):
            seen |= Q(subject_kind=kind, cell__path__startswith=path)
        for kind, path in allowed(grants, "write"):
            if kind == own:
                seen |= Q(cell__path__startswith=path)
        return self.filter(seen)


def allowed(held: list[tuple[str, str]], verb: str) -> set[tuple[str, str]]:
    """The kinds of recorded objects that grants let ``verb``, each with the path below which they do."""
    from opposable.kernel.guards import recorded_models
    from opposable.kernel.system import roles

    known, kinds = roles(), {model.Evidence.kind for model in recorded_models()}
    return {(kind, path) for role, path in held if role in known for kind in kinds if known[role].allows(kind, verb)}


class Decision(Recorded):
    """«Décision». ``person`` (a pseudonym) decided, as ``role``, on the exact state of ``objects``, accepting ``text``.

    ``sha256`` is that of the canonical snapshot, which is the part `kernel.decisions.part_name` of the decision's first act.
    Whether it still holds is never stored: `kernel.decisions.standing` compares with the state of the moment. ``expires_on``
    is the first day on which it does not hold any more; ``principal`` is for whom a delegate signed.
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.decision"
        keep = "kernel.permanent"
        label = t("Décision", "Decision")
        apart = True

    subject = models.CharField(max_length=32, db_index=True)
    subject_kind = models.CharField(max_length=60)
    act = models.CharField(max_length=80)
    objects_decided: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    approves = models.BooleanField(default=True)
    person = models.CharField(max_length=32, db_index=True)
    principal = models.CharField(max_length=32, blank=True)
    role = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=10, default="simple")
    made_at = models.DateTimeField()
    expires_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=32, blank=True)
    case = models.ForeignKey("kernel.ApprovalCase", models.PROTECT, null=True, related_name="voices")
    step = models.CharField(max_length=40, blank=True)

    objects: ClassVar[Any] = SubjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "act"], name="decision_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.made_at:%Y-%m-%d}"

    def state(self) -> dict[str, Any]:
        names = (
            "subject", "subject_kind", "act", "objects_decided", "sha256", "text", "approves", "person", "principal",
            "role", "level", "revoked_by", "step",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "made_at": clock.utc(self.made_at),
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "revoked_at": clock.utc(self.revoked_at) if self.revoked_at else None,
            "case": self.case.uid if self.case else None,
        }
