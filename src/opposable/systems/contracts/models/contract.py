"""The contract, and the chain of its texts: the first one, then each amendment."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Account, Document, Hold, Recorded
from opposable.law import Text, local_day, t
from opposable.systems.contracts.models.library import Party
from opposable.systems.contracts.rules.clauses import Clause, ContractFacts, Cover
from opposable.systems.contracts.rules.keeping import ERASED, is_over
from opposable.systems.contracts.rules.terms import Terms, last_day
from opposable.systems.contracts.rules.text import Amendment, Change

STAGES: dict[str, Text] = {
    "draft": t("brouillon", "draft"),
    "submitted": t("en approbation", "in approval"),
    "sent": t("envoyé", "sent"),
    "signed": t("signé", "signed"),
}
FLAGS: dict[str, Text] = {
    "personal_data": t("données personnelles", "personal data"),
    "ict": t("service informatique", "ICT service"),
    "financial": t("nous sommes une entité financière", "we are a financial entity"),
    "critical": t("fonction critique ou importante", "critical or important function"),
}


class Contract(Recorded):
    """«Contrat». Its terms; its words are in its versions. ``flags`` decide, with ``kind``, which clauses it needs."""

    class Evidence(Recorded.Evidence):
        kind = "contracts.contract"
        keep = "contracts.file"
        whole = True
        label = t("Contrat", "Contract")

    ref = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    party = models.ForeignKey(Party, models.PROTECT, related_name="contracts")
    owner = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    governing_law = models.CharField(max_length=60, default="droit français")
    flags: models.JSONField[dict[str, bool]] = models.JSONField(default=dict)
    amount_cents = models.BigIntegerField(default=0)
    starts_on: models.DateField[date, date] = models.DateField()
    months = models.PositiveIntegerField(default=12)
    renewal_months = models.PositiveIntegerField(default=0)
    notice_months = models.PositiveIntegerField(default=0)
    notice_days = models.PositiveIntegerField(default=0)
    ended_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    reversibility: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.ref} · {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:contract", args=[self.uid])

    @classmethod
    def over(cls) -> models.QuerySet[Contract]:
        """Those whose file may go: ended long enough ago, or never sent. What still runs stays, and so does what a hold keeps."""
        today = local_day(clock.now())
        left = ContractVersion.objects.filter(contract=OuterRef("pk"), stage__in=("sent", "signed"))
        ends = Q(ended_on__lte=today) | Q(ended_on=None, months__gt=0, renewal_months=0, starts_on__lte=today)
        ended = cls.objects.filter(ends).exclude(title=ERASED)
        gone = [one.pk for one in ended.iterator() if is_over(last_day(one.terms()), today)]
        held = Hold.objects.filter(lifted_at=None).values("obj")
        return cls.objects.filter(Q(title=ERASED) | Q(pk__in=gone) | ~Exists(left)).exclude(uid__in=held)

    @property
    def erased(self) -> bool:
        """Whether its time is over: its reference, its kind and its dates are what is left."""
        return self.title == ERASED

    def scrub(self) -> None:
        """What it was about goes, who followed it, and the plan to leave it. The reference stays, the terms and the dates."""
        self.title, self.owner, self.reversibility = ERASED, None, {}

    def terms_state(self) -> dict[str, Any]:
        """What of the contract stands at the head of its text."""
        names = ("ref", "kind", "title", "governing_law", "flags", "amount_cents", "months", "renewal_months")
        found = {name: getattr(self, name) for name in (*names, "notice_months", "notice_days")}
        return {**found, "party": self.party.name, "starts_on": self.starts_on.isoformat()}

    def state(self) -> dict[str, Any]:
        return {
            **self.terms_state(),
            "party": self.party.uid,
            "owner": self.owner.uid if self.owner else None,
            "ended_on": self.ended_on.isoformat() if self.ended_on else None,
            "reversibility": self.reversibility,
        }

    def facts(self) -> ContractFacts:
        return ContractFacts(self.kind, self.flags)

    def terms(self) -> Terms:
        return Terms(
            self.starts_on, self.months, self.renewal_months, self.notice_months, self.notice_days, self.ended_on
        )


class ContractVersion(Recorded):
    """«Version»: number 1 is the first text (``clauses``), the others are amendments (``changes``, in force from ``effective_on``).

    What is decided on is the terms, the words and the digest of the PDF made of them: the bytes that will leave.
    """

    class Evidence(Recorded.Evidence):
        kind = "contracts.version"
        keep = "contracts.file"
        whole = True
        label = t("Texte du contrat", "Text of the contract")
        fields = {
            "terms": t("conditions", "terms"),
            "amount_cents": t("montant, en centimes", "amount, in cents"),
            "party": t("cocontractant", "other party"),
            "clauses": t("articles", "clauses"),
            "changes": t("modifications", "changes"),
            "text": t("texte", "text"),
            "pdf": t("empreinte du PDF", "digest of the PDF"),
            "months": t("durée en mois", "months of the term"),
            "renewal_months": t("reconduction, en mois", "renewal, in months"),
            "notice_months": t("préavis, en mois", "notice, in months"),
            "notice_days": t("préavis, en jours", "notice, in days"),
            "starts_on": t("prise d’effet", "first day"),
            "title": t("intitulé", "title"),
            "governing_law": t("droit applicable", "governing law"),
            "covers": t("points couverts", "points covered"),
            "model": t("modèle", "model"),
            "reason": t("motif de l’écart", "reason for the deviation"),
            "waives": t("points laissés de côté", "points left out"),
            "ref": t("référence", "reference"),
            "kind": t("genre", "kind"),
            "number": t("numéro du texte", "number of the text"),
            "effective_on": t("en vigueur le", "in force on"),
            "flags": t("touche", "touches"),
            "op": t("opération", "operation"),
            "after": t("après l’article", "after clause"),
            **FLAGS,
        }

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_on: models.DateField[date, date] = models.DateField()
    clauses: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    changes: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    stage = models.CharField(max_length=10, default="draft")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="contract_version")]

    def __str__(self) -> str:
        return f"{self.contract.ref} v{self.number}"

    @classmethod
    def over(cls) -> models.QuerySet[ContractVersion]:
        """The texts of contracts whose file may go."""
        return cls.objects.filter(contract__in=Contract.over())

    def scrub(self) -> None:
        """The words go. That there was such a text, from when, and how far it went stays."""
        self.clauses, self.changes = [], []

    def decided_state(self) -> dict[str, Any]:
        return {
            "terms": self.contract.terms_state(),
            "number": self.number,
            "effective_on": self.effective_on.isoformat(),
            "clauses": [_said(one) for one in self.clauses],
            "changes": [{"op": one["op"], "after": one["after"], **_said(one["clause"])} for one in self.changes],
            "pdf": self.document.sha256 if self.document else None,
        }

    def state(self) -> dict[str, Any]:
        return {
            "contract": self.contract.uid,
            "number": self.number,
            "effective_on": self.effective_on.isoformat(),
            "clauses": self.clauses,
            "changes": self.changes,
            "stage": self.stage,
            "document": self.document.uid if self.document else None,
            "submitted_at": clock.utc(self.submitted_at) if self.submitted_at else None,
        }

    def text(self) -> tuple[Clause, ...]:
        return tuple(read_clause(one) for one in self.clauses)

    def amendment(self) -> Amendment:
        found = (Change(one["op"], read_clause(one["clause"]), one.get("after", "")) for one in self.changes)
        return Amendment(self.number, self.effective_on, tuple(found))


def _said(clause: dict[str, Any]) -> dict[str, Any]:
    """A clause as it is decided on: its words, where they come from, why they differ. The model named is never changed."""
    names = ("ref", "title", "text", "model", "reason", "waives")
    covers = [f"{one['point']} : « {one['quote']} »" for one in clause["covers"]]
    return {**{name: clause[name] for name in names}, "covers": covers}


def read_clause(data: dict[str, Any]) -> Clause:
    """A clause from its column."""
    covers = tuple(Cover(one["point"], one["quote"]) for one in data["covers"])
    return Clause(
        data["ref"],
        data["title"],
        data["text"],
        covers,
        data["model"],
        data["expected"],
        data["reason"],
        tuple(data["waives"]),
    )


def clause_data(clause: Clause) -> dict[str, Any]:
    """A clause for its column."""
    return {
        "ref": clause.ref,
        "title": clause.title,
        "text": clause.text,
        "covers": [{"point": one.point, "quote": one.quote} for one in clause.covers],
        "model": clause.model,
        "expected": clause.expected,
        "reason": clause.reason,
        "waives": list(clause.waives),
    }
