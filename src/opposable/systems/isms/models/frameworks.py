"""Referentials that the organisation brings: texts that it holds a licence for, other frameworks, and maps between them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import models

from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.ledger import canonical


class Framework(Recorded):
    """«Référentiel apporté». Its words belong to others: they stay in ``texts``, which is no part of the state.

    What goes into the log, and so into bundles, is the identifiers (facts) and the digest of the texts. ``texts``: identifier →
    {"name", "text"}.
    """

    class Evidence(Recorded.Evidence):
        kind = "isms.framework"
        keep = "isms.record"
        label = t("Référentiel apporté", "Framework brought in")

    ref = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    provider = models.CharField(max_length=200, blank=True)
    terms = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    ids: models.JSONField[list[str]] = models.JSONField(default=list)
    texts: models.JSONField[dict[str, dict[str, str]]] = models.JSONField(default=dict)
    withdrawn = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    def bring(self, texts: dict[str, dict[str, str]]) -> None:
        """Put the words in place."""
        self.texts, self.ids = texts, list(texts)

    @property
    def texts_sha256(self) -> str:
        """What the state says of the words: a word that is changed without an act is found by the audit."""
        return sha256(canonical.encode(self.texts)).hexdigest()

    def state(self) -> dict[str, Any]:
        names = ("ref", "name", "provider", "terms", "file_name", "sha256", "ids", "texts_sha256", "withdrawn")
        return {name: getattr(self, name) for name in names}


class CrossMap(Recorded):
    """«Correspondance apportée» between two referentials: ``rows`` are [source, target, relation], identifiers only."""

    class Evidence(Recorded.Evidence):
        kind = "isms.map"
        keep = "isms.record"
        label = t("Correspondance apportée", "Map brought in")

    ref = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=120)
    target = models.CharField(max_length=120)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows: models.JSONField[list[list[str]]] = models.JSONField(default=list)
    withdrawn = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    def state(self) -> dict[str, Any]:
        names = ("ref", "name", "source", "target", "file_name", "sha256", "rows", "withdrawn")
        return {name: getattr(self, name) for name in names}
