"""The register of holders, and what each may vote at the record date."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.assembly.models.company import Company
from opposable.systems.assembly.models.meeting import Meeting
from opposable.systems.assembly.rules import register as facts

ERASED = "—"
"""The name of who left the register, once it has to be kept no longer."""


class RegisterImport(Recorded):
    """«Import du registre». One file: its digest, what it held, and whether it was undone."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.import"
        keep = "assembly.register"
        label = t("Import du registre", "Register import")

    company = models.ForeignKey(Company, models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    holders = models.PositiveIntegerField()
    shares = models.BigIntegerField()
    at = models.DateTimeField()
    effective_on = models.DateField()
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("assembly:imports", args=[self.company.slug])

    def state(self) -> dict[str, Any]:
        return {
            "company": self.company.uid,
            "file_name": self.file_name,
            "sha256": self.sha256,
            "lines": self.lines,
            "holders": self.holders,
            "shares": self.shares,
            "at": clock.utc(self.at),
            "effective_on": self.effective_on.isoformat(),
            "undone_at": clock.utc(self.undone_at) if self.undone_at else None,
        }


class Holder(Recorded):
    """«Titulaire». One account of the register.

    ``consent_on``: day on which the holder agreed to electronic notices, ``consent_by`` how ("post", "electronic"),
    ``consent_until`` the day on which he asked for the post again (R. 225-63). ``represents`` are the joint holdings
    (``joint_ref``) whose votes he casts for all their owners (L. 225-110, 2nd par.; C. civ., 1844). ``lots`` is the whole
    content of the account, one JSON object a lot:

    ref, isin, form, quantity, since (ISO date), paid_up, right, joint_ref, pledged, treasury, deprived, custodian: the fields
    of `rules.register.Lot`. What moves later is a `Transfer`.
    """

    class Evidence(Recorded.Evidence):
        kind = "assembly.holder"
        keep = "assembly.register"
        sought = ("name", "given_name", "ref")
        label = t("Titulaire", "Holder")

    company = models.ForeignKey(Company, models.PROTECT, related_name="holders")
    source = models.ForeignKey(RegisterImport, models.PROTECT, null=True, related_name="+")
    ref = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, default="person")
    name = models.CharField(max_length=160)
    given_name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=2, default="fr")
    lots: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    shares = models.BigIntegerField(default=0)
    consent_on = models.DateField(null=True, blank=True)
    consent_by = models.CharField(max_length=12, blank=True)
    consent_until = models.DateField(null=True, blank=True)
    represents: models.JSONField[list[str]] = models.JSONField(default=list)
    ended = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "ref"], name="holder_ref")]
        indexes = [models.Index(fields=["company", "name"], name="holder_name")]

    def __str__(self) -> str:
        return f"{self.given_name} {self.name}".strip()

    @classmethod
    def over(cls) -> models.QuerySet[Holder]:
        """Who has left the register: an account is kept as long as it is one."""
        return cls.objects.filter(ended=True)

    def scrub(self) -> None:
        """Of who left, nothing is said any more. Should he come back, he is a new account."""
        self.ref, self.name, self.given_name, self.kind = self.uid, ERASED, "", "person"
        self.email = self.phone = self.address = self.consent_by = ""
        self.lots, self.shares, self.represents = [], 0, []
        self.consent_on = self.consent_until = None

    def get_absolute_url(self) -> str:
        return reverse("assembly:holder", args=[self.company.slug, self.uid])

    def state(self) -> dict[str, Any]:
        return {
            "company": self.company.uid,
            "ref": self.ref,
            "kind": self.kind,
            "name": self.name,
            "given_name": self.given_name,
            "email": self.email,
            "phone": self.phone,
            "address": self.address,
            "language": self.language,
            "lots": self.lots,
            "shares": self.shares,
            "consent_on": self.consent_on.isoformat() if self.consent_on else None,
            "consent_by": self.consent_by,
            "consent_until": self.consent_until.isoformat() if self.consent_until else None,
            "represents": self.represents,
            "source": self.source.uid if self.source else None,
            "ended": self.ended,
        }

    def lot_facts(self) -> list[facts.Lot]:
        """The lots as the rules read them; the holder is named by its ``uid``."""
        return [
            facts.Lot(**{**lot, "holder": self.uid, "since": date.fromisoformat(lot["since"])}) for lot in self.lots
        ]


class Transfer(Recorded):
    """«Mouvement de titres». ``quantity`` shares of the lot ``lot`` entered in another account, or form, at ``effective_at``."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.transfer"
        keep = "assembly.register"
        label = t("Mouvement de titres", "Transfer of shares")

    company = models.ForeignKey(Company, models.PROTECT, related_name="transfers")
    giver = models.ForeignKey(Holder, models.PROTECT, related_name="transfers_out")
    taker = models.ForeignKey(Holder, models.PROTECT, related_name="transfers_in")
    lot = models.CharField(max_length=60)
    into = models.CharField(max_length=60)
    quantity = models.BigIntegerField()
    form: models.CharField[str, facts.LotForm] = models.CharField(max_length=24)
    cause: models.CharField[str, facts.Cause] = models.CharField(max_length=14, default="sale")
    effective_at = models.DateTimeField()
    notified_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.quantity} {self.lot}"

    @classmethod
    def over(cls) -> models.QuerySet[Transfer]:
        """Those that a later register has taken in: until then what an account holds is read from them too."""
        later = RegisterImport.objects.filter(company=OuterRef("company"), undone_at=None)
        return cls.objects.filter(Exists(later.filter(effective_on__gt=OuterRef("effective_at"))))

    def scrub(self) -> None:
        """How many shares of which lot goes."""
        self.lot, self.into, self.quantity = ERASED, ERASED, 0

    def get_absolute_url(self) -> str:
        return self.giver.get_absolute_url()

    def state(self) -> dict[str, Any]:
        return {
            "company": self.company.uid,
            "giver": self.giver.uid,
            "taker": self.taker.uid,
            "lot": self.lot,
            "into": self.into,
            "quantity": self.quantity,
            "form": self.form,
            "cause": self.cause,
            "effective_at": clock.utc(self.effective_at),
            "notified_at": clock.utc(self.notified_at),
        }

    def facts(self) -> facts.Movement:
        return facts.Movement(
            self.effective_at, self.lot, self.quantity, self.taker.uid, self.form, self.cause, self.into
        )


class Entitlement(Recorded):
    """«Droit de vote au jour de la date d’enregistrement». Shares and votes of one holder at one meeting; ``why`` is the arithmetic."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.entitlement"
        keep = "assembly.sheet"
        label = t("Droits à la date d’enregistrement", "Entitlement at the record date")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="entitlements")
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="entitlements")
    shares_ordinary = models.BigIntegerField()
    shares_extraordinary = models.BigIntegerField()
    votes_ordinary = models.BigIntegerField()
    votes_extraordinary = models.BigIntegerField()
    shares_profits = models.BigIntegerField(null=True)
    votes_profits = models.BigIntegerField(null=True)
    """On the allocation of profits, where bare owner and usufructuary share the votes (C. civ., 1844); null: as ordinary ones."""
    why: models.JSONField[list[Any]] = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "holder"], name="entitlement_once")]
        indexes = [models.Index(fields=["meeting", "-votes_ordinary", "id"], name="entitlement_rank")]

    def __str__(self) -> str:
        return f"{self.holder} {self.votes_ordinary}"

    def scrub(self) -> None:
        """What he held and how it was counted goes: the results keep the totals."""
        self.shares_ordinary = self.shares_extraordinary = self.votes_ordinary = self.votes_extraordinary = 0
        self.shares_profits, self.votes_profits, self.why = None, None, []

    def get_absolute_url(self) -> str:
        return reverse("assembly:entitlement", args=[self.meeting.uid, self.uid])

    def voice(self) -> facts.Voice:
        """Shares and votes by body: bare owners vote in extraordinary meetings, usufructuaries in ordinary ones (L. 225-110)."""
        return facts.Voice(
            facts.Weight(self.shares_ordinary, self.votes_ordinary),
            facts.Weight(self.shares_extraordinary, self.votes_extraordinary),
            None if self.votes_profits is None else facts.Weight(self.shares_profits or 0, self.votes_profits),
        )

    def votes(self, body: facts.Pool) -> int:
        return self.voice().of(body).votes

    def state(self) -> dict[str, Any]:
        return {
            "meeting": self.meeting.uid,
            "holder": self.holder.uid,
            "shares_ordinary": self.shares_ordinary,
            "shares_extraordinary": self.shares_extraordinary,
            "votes_ordinary": self.votes_ordinary,
            "votes_extraordinary": self.votes_extraordinary,
            "why": self.why,
            # said only where they are kept apart: an entitlement of before is in the state that its act left
            **(
                {}
                if self.votes_profits is None
                else {"shares_profits": self.shares_profits, "votes_profits": self.votes_profits}
            ),
        }
