"""Documents made by the software: what was rendered, from which data, by which template, and who signed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from opposable.kernel import clock
from opposable.kernel.models.recorded import Recorded, RecordedQuerySet
from opposable.law import Text, t

if TYPE_CHECKING:
    from typing import Self

    from opposable.kernel.actors import Actor

LEVELS = [
    ("", t("sans signature", "not signed")),
    ("simple", t("signature simple", "simple signature")),
    ("advanced", t("signature avancée", "advanced signature")),
    ("qualified", t("signature qualifiée", "qualified signature")),
]
"""Levels of Regulation (EU) 910/2014 (eIDAS), art. 3 and 26. Ours is simple unless the operator's certificate says more."""


class DocumentQuerySet(RecordedQuerySet):
    """A document is seen by who may read documents where it lies *and* what it is about: those of another system are not."""

    def visible_to(self, actor: Actor) -> Self:
        from opposable.kernel.models.access import held_by  # grants are recorded rows: the modules need each other
        from opposable.kernel.models.decision import allowed

        if actor.is_system:
            return self.all()
        by_path: dict[str, set[str]] = {}
        for kind, path in allowed(held_by(actor), "read"):
            by_path.setdefault(path, set()).add(kind)
        papers, about = Q(pk__in=[]), Q(pk__in=[])
        for path, kinds in by_path.items():
            below = Q(cell__path__startswith=path)
            about |= below & Q(subject_kind__in=sorted(kinds))
            if self.model.Evidence.kind in kinds:
                papers |= below
        return self.filter(papers, about)


class Document(Recorded):
    """«Document». One rendering, never changed: another version is another row. Its data are the part «data» of its first act.

    ``subject`` is the uid of the object it is about. ``sha256`` is that of the bytes as rendered, ``signed_sha256`` that of
    the same bytes with the signatures appended; both are kept encrypted under the class ``keep``, until ``until``. The row
    itself says nothing personal: ``signed_by`` names signers by capacity and pseudonym.
    """

    class Evidence(Recorded.Evidence):
        kind = "kernel.document"
        keep = "kernel.permanent"
        label = t("Document", "Document")
        apart = True

    subject = models.CharField(max_length=32, db_index=True)
    subject_kind = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    title_fr = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=2, default="fr")
    issued_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    data_sha256 = models.CharField(max_length=64)
    template = models.CharField(max_length=100)
    template_sha256 = models.CharField(max_length=64)
    typst = models.CharField(max_length=20)
    keep = models.CharField(max_length=64)
    until = models.DateField(null=True)
    signed_by: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    signed_sha256 = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True)
    signature_level = models.CharField(max_length=10, blank=True)

    objects: ClassVar[Any] = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "language", "version"], name="document_version")
        ]

    def __str__(self) -> str:
        return f"{self.title_fr} ({self.version})"

    @property
    def title(self) -> Text:
        return Text(self.title_fr, self.title_en)

    @property
    def path(self) -> str:
        """Where the latest bytes are, below HOME: named by their own digest, encrypted."""
        return path_of(self.signed_sha256 or self.sha256)

    def state(self) -> dict[str, Any]:
        names = (
            "subject", "subject_kind", "kind", "title_fr", "title_en", "version", "language", "sha256", "size",
            "data_sha256", "template", "template_sha256", "typst", "keep", "signed_by", "signed_sha256", "signature_level",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "until": self.until.isoformat() if self.until else None,
            "issued_at": clock.utc(self.issued_at),
            "signed_at": clock.utc(self.signed_at) if self.signed_at else None,
        }


def path_of(digest: str) -> str:
    """The place of a file below HOME, by the SHA-256 (hex) of its bytes."""
    return f"documents/{digest[:2]}/{digest}.sealed"
