"""What follows a text: what was sent of it, who signed it, what is owed, what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import Text, t
from opposable.systems.contracts.models.contract import Contract, ContractVersion
from opposable.systems.contracts.rules.keeping import ERASED

SIGNATURES: dict[str, Text] = {
    "simple": t("signature simple, avec dossier de preuve", "simple signature, with its proof file"),
    "paper": t("original sur papier", "original on paper"),
    "imported": t("PDF signé, vérifié", "signed PDF, checked"),
}


class Dispatch(Recorded):
    """«Envoi». Released by the gate, then handed to the mail server; ``pdf_sha256`` is what was approved and what left.

    ``status``: "ready", then what the server said: "sent", "refused" (for good) or "failed" (to be tried again).
    """

    class Evidence(Recorded.Evidence):
        kind = "contracts.dispatch"
        keep = "contracts.file"
        whole = True
        label = t("Envoi", "Dispatch")

    version = models.ForeignKey(ContractVersion, models.PROTECT, related_name="dispatches")
    address = models.EmailField()
    message_id = models.CharField(max_length=120)
    body = models.TextField()
    pdf_sha256 = models.CharField(max_length=64)
    message_sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=8, default="ready")
    answer = models.CharField(max_length=300, blank=True)
    released_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.version} → {self.status}"

    @classmethod
    def over(cls) -> models.QuerySet[Dispatch]:
        """Those of contracts whose file may go."""
        return cls.objects.filter(version__contract__in=Contract.over())

    def scrub(self) -> None:
        """To whom it went goes, and with which words; what left, and whether the server took it, stays."""
        self.address = self.body = self.answer = ""

    def state(self) -> dict[str, Any]:
        names = ("address", "message_id", "body", "pdf_sha256", "message_sha256", "status", "answer")
        return {
            **{name: getattr(self, name) for name in names},
            "version": self.version.uid,
            "released_at": clock.utc(self.released_at),
            "answered_at": clock.utc(self.answered_at) if self.answered_at else None,
        }


class SignatureProof(Recorded):
    """«Preuve de signature». ``proof`` says how it was made or checked; ``sha256`` is that of the signed bytes."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.signature"
        keep = "contracts.file"
        whole = True
        label = t("Signature", "Signature")

    version = models.ForeignKey(ContractVersion, models.PROTECT, related_name="signatures")
    how = models.CharField(max_length=10)
    side = models.CharField(max_length=5)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    proof: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    until: models.DateField[date | None, date | None] = models.DateField(null=True)
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} {self.name}"

    @classmethod
    def over(cls) -> models.QuerySet[SignatureProof]:
        """Those of contracts whose file may go."""
        return cls.objects.filter(version__contract__in=Contract.over())

    @classmethod
    def filed(cls) -> models.QuerySet[SignatureProof]:
        """Those whose signed PDF came back and is kept."""
        return cls.objects.filter(how="imported").order_by("pk")

    @property
    def erased(self) -> bool:
        """Whether its time is over: who signed is not said any more."""
        return self.name == ERASED and not self.proof

    def scrub(self) -> None:
        """Who signed goes, and how it was checked."""
        self.name, self.proof = ERASED, {}

    @property
    def how_label(self) -> Text:
        return SIGNATURES[self.how]

    def state(self) -> dict[str, Any]:
        names = ("how", "side", "name", "sha256", "proof")
        return {
            **{name: getattr(self, name) for name in names},
            "version": self.version.uid,
            "until": self.until.isoformat() if self.until else None,
            "signed_at": clock.utc(self.signed_at),
        }


class Obligation(Recorded):
    """«Obligation». Who owes what, from which clause, by which day; done with its evidence."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.obligation"
        keep = "contracts.file"
        whole = True
        label = t("Obligation", "Obligation")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="obligations")
    side = models.CharField(max_length=5)
    what = models.CharField(max_length=300)
    clause = models.CharField(max_length=20, blank=True)
    trigger = models.CharField(max_length=200, blank=True)
    due_on: models.DateField[date, date] = models.DateField()
    every_months = models.PositiveIntegerField(default=0)
    done_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    evidence = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.what

    @classmethod
    def over(cls) -> models.QuerySet[Obligation]:
        """Those of contracts whose file may go."""
        return cls.objects.filter(contract__in=Contract.over())

    def scrub(self) -> None:
        """What was owed goes, and what showed that it was done."""
        self.what, self.trigger, self.evidence = ERASED, "", ""

    def state(self) -> dict[str, Any]:
        names = ("side", "what", "clause", "trigger", "every_months", "evidence")
        return {
            **{name: getattr(self, name) for name in names},
            "contract": self.contract.uid,
            "due_on": self.due_on.isoformat(),
            "done_on": self.done_on.isoformat() if self.done_on else None,
        }


class ContractEvent(Recorded):
    """«Événement du progiciel» that puts the guarantee of evolution to the test, and what it showed."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.event"
        keep = "contracts.file"
        whole = True
        label = t("Événement du progiciel", "Event of the software")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=300)
    on: models.DateField[date, date] = models.DateField()
    delivered_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    verdict = models.CharField(max_length=10)
    answer = models.TextField(blank=True)
    answered_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    def __str__(self) -> str:
        return self.what

    @classmethod
    def over(cls) -> models.QuerySet[ContractEvent]:
        """Those of contracts whose file may go."""
        return cls.objects.filter(contract__in=Contract.over())

    def scrub(self) -> None:
        """What happened goes, in words, and what was answered; of which kind it was stays, and the verdict."""
        self.what, self.answer = ERASED, ""

    def state(self) -> dict[str, Any]:
        names = ("kind", "what", "verdict")
        found = {
            **{name: getattr(self, name) for name in names},
            "contract": self.contract.uid,
            "on": self.on.isoformat(),
            "delivered_on": self.delivered_on.isoformat() if self.delivered_on else None,
        }
        # added to the state once there is an answer: the states of before keep their digest
        if self.answered_on:
            found |= {"answer": self.answer, "answered_on": self.answered_on.isoformat()}
        return found
