"""Requisitions: the case, who approved what, each question put to the store, what was handed over, what is owed.

Each case lies in a compartment apart (``~traffic/<uid>/``), which no grant on the common tree reaches: nobody outside the case
finds it. The rows hold what identifies persons; the log commits to their digests only.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import local_day, t
from opposable.ledger import canonical
from opposable.systems.traffic.rules.asking import Ask
from opposable.systems.traffic.rules.categories import CATEGORIES, Category

KEEP = "traffic.case"
KEEP_ANSWER = "traffic.answer"

STATUSES = {
    "registered": t("enregistrée", "registered"),
    "qualified": t("qualifiée", "qualified"),
    "approved": t("approuvée", "approved"),
    "extracted": t("extraite", "extracted"),
    "answered": t("réponse scellée", "answer sealed"),
    "delivered": t("remise", "delivered"),
    "acknowledged": t("accusée", "acknowledged"),
    "refused": t("refusée", "refused"),
    "cancelled": t("retirée par l’autorité", "withdrawn by the authority"),
}
OPEN = ("registered", "qualified", "approved", "extracted", "answered", "delivered")
CHANNELS = {"pnij": t("PNIJ", "PNIJ platform"), "outside": t("hors PNIJ", "outside the platform")}


ERASED = "—"
"""Stands where a case that is over said who, whom and why: the row is still counted."""


def _at(at: datetime | None) -> str | None:
    return clock.utc(at) if at else None


class Requisition(Recorded):
    """«Réquisition». What an authority asks, on which basis, and how far the answer is. Instants are exact, dates legal."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.requisition"
        keep = KEEP
        label = t("Réquisition", "Requisition")
        apart = True

    authority = models.CharField(max_length=200)
    organisation = models.CharField(max_length=80)
    """The authority's identifier in the delivered XML (authorisedOrganisationID)."""
    requester = models.CharField(max_length=20)
    person = models.CharField(max_length=160)
    unit = models.CharField(max_length=160, blank=True)
    reference = models.CharField(max_length=80)
    paper_name = models.CharField(max_length=200, blank=True)
    paper_sha256 = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=10, default="outside")
    basis = models.CharField(max_length=20)
    dated_on = models.DateField()
    received_at = models.DateTimeField()
    authorised = models.BooleanField(default=False)
    offence = models.CharField(max_length=300, blank=True)
    offence_months = models.PositiveIntegerField(default=0)
    by_network = models.BooleanField(default=False)
    author_only = models.BooleanField(default=False)
    victim_asks = models.BooleanField(default=False)
    missing_person = models.BooleanField(default=False)
    protected = models.CharField(max_length=20, blank=True)
    consent = models.BooleanField(default=False)
    judge_order = models.BooleanField(default=False)
    categories: models.JSONField[list[str]] = models.JSONField(default=list)
    selectors: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    since = models.DateTimeField()
    until = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    certificate = models.TextField(blank=True)
    """PEM of the authority: what the answer is encrypted to."""
    network = models.CharField(max_length=10, default="mobile")
    electronic = models.BooleanField(default=False)
    """The request came so that its numbers can be copied («demande copiable sous forme électronique»): tariffs know the difference."""
    status = models.CharField(max_length=14, default="registered")
    registered_by = models.CharField(max_length=32)
    verdicts: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    qualified_at = models.DateTimeField(null=True)
    accepted_persons = models.PositiveIntegerField(default=0)
    emergency = models.CharField(max_length=500, blank=True)
    emergency_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    frozen_until = models.DateTimeField(null=True)
    closing = models.CharField(max_length=500, blank=True)
    """Why it was refused or withdrawn."""

    def __str__(self) -> str:
        return f"{self.reference} · {self.authority}"

    def get_absolute_url(self) -> str:
        return reverse("traffic:requisition", args=[self.uid])

    @property
    def code(self) -> str:
        """A short name that says nothing: what is due is also told by e-mail and in calendars."""
        return self.uid[:6]

    @property
    def days(self) -> tuple[date, date]:
        """First and last day (Paris) of the period asked for."""
        return local_day(self.since), local_day(self.until)

    def ask(self) -> Ask:
        """The facts as the rules look at them."""
        since, last = self.days
        return Ask(
            basis=self.basis,
            requester=self.requester,
            dated_on=self.dated_on,
            categories=self.wanted,
            since=since,
            last=last,
            authorised=self.authorised,
            offence_months=self.offence_months,
            by_network=self.by_network,
            author_only=self.author_only,
            victim_asks=self.victim_asks,
            missing_person=self.missing_person,
            protected=self.protected,
            consent=self.consent,
            judge_order=self.judge_order,
        )

    @property
    def wanted(self) -> tuple[Category, ...]:
        return tuple(name for name in CATEGORIES if name in self.categories)

    @property
    def answered_categories(self) -> tuple[str, ...]:
        """What the qualification lets be looked up."""
        return tuple(one["category"] for one in self.verdicts if one["status"] in {"kept", "partly"})

    def asked(self) -> dict[str, Any]:
        """What was asked: everything but how far the answer is."""
        names = (
            "authority", "organisation", "requester", "person", "unit", "reference", "paper_name", "paper_sha256", "channel",
            "basis", "authorised", "offence", "offence_months", "by_network", "author_only", "victim_asks",
            "missing_person", "protected", "consent", "judge_order", "categories", "selectors", "certificate", "network",
        )  # fmt: skip
        return {
            **{name: getattr(self, name) for name in names},
            "dated_on": self.dated_on.isoformat(),
            "received_at": clock.utc(self.received_at),
            "since": clock.utc(self.since),
            "until": clock.utc(self.until),
            **({"electronic": True} if self.electronic else {}),  # requisitions of before do not say
        }

    def scrub(self) -> None:
        """At its end, what it says of anybody and of any affair goes. What is counted stays: basis, categories, dates, how it ended."""
        self.authority = self.organisation = self.person = self.reference = ERASED
        self.unit = self.paper_name = self.paper_sha256 = self.offence = self.protected = self.certificate = ""
        self.emergency = self.closing = ""
        self.offence_months = 0
        self.selectors, self.verdicts = [], []

    def question(self, position: int, store: str) -> str:
        """The digest of one question as the case puts it now: selector, period, what may be answered. Another one is another question."""
        asked = {
            "selector": self.selectors[position] if position < len(self.selectors) else None,
            "store": store,
            "since": clock.utc(self.since),
            "until": clock.utc(self.until),
            "answered": list(self.answered_categories),
        }
        return sha256(canonical.encode(asked)).hexdigest()

    def current_queries(self) -> list[Query]:
        """What was looked up of the case as it is now, in order. What was looked up of an earlier wording answers nothing."""
        rows = self.queries.order_by("position", "-store")
        return [one for one in rows if one.question == self.question(one.position, one.store)]

    def decided_state(self) -> dict[str, Any]:
        """What an approval is about: the question, the verdicts, the widening; not how far the answer is."""
        asked = self.asked()
        del asked["certificate"]  # to whom it is encrypted may come, or be renewed, later
        return {**asked, "verdicts": self.verdicts, "accepted_persons": self.accepted_persons}

    def state(self) -> dict[str, Any]:
        names = ("status", "registered_by", "verdicts", "accepted_persons", "emergency", "closing")
        instants = ("due_at", "qualified_at", "emergency_at", "reviewed_at", "frozen_until")
        return {
            **self.asked(),
            **{name: getattr(self, name) for name in names},
            **{name: _at(getattr(self, name)) for name in instants},
        }


class Query(Recorded):
    """«Interrogation». One question put to one store for one requisition: counted first, read after. Its rows are a part of its act."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.query"
        keep = KEEP
        label = t("Interrogation", "Query")
        apart = True

    requisition = models.ForeignKey(Requisition, models.PROTECT, related_name="queries")
    position = models.PositiveIntegerField()
    """Which selector of the requisition, from 0."""
    store = models.CharField(max_length=10)
    selector: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    question = models.CharField(max_length=64, blank=True)
    """Digest of what was approved of it when it was counted (`Requisition.question`)."""
    counted_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    persons = models.PositiveIntegerField()
    missing: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    lost: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    """What the sources lost about that time, as it was known when the question was asked: {source, fr, en, since, until}."""
    unsaid = models.PositiveIntegerField(default=0)
    """Not given: of a subscriber, translations of which nobody can say that they are hers; of an address, lendings without a told end."""
    read_at = models.DateTimeField(null=True)
    given = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    """SHA-256 (hex) of the canonical bytes of the rows read."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["requisition", "position", "store"], name="query_once")]

    def __str__(self) -> str:
        return f"{self.store} {self.position}"

    def scrub(self) -> None:
        """What was looked for goes, and what was missing; how many rows of how many persons stays."""
        self.selector, self.missing, self.lost = {}, [], []
        self.question = self.digest = ""

    def state(self) -> dict[str, Any]:
        names = ("position", "store", "selector", "rows", "persons", "missing", "given", "digest")
        return {
            "requisition": self.requisition.uid,
            **{name: getattr(self, name) for name in names},
            **({"question": self.question} if self.question else {}),
            **({"lost": self.lost} if self.lost else {}),  # questions of before know none
            **({"unsaid": self.unsaid} if self.unsaid else {}),
            "counted_at": clock.utc(self.counted_at),
            "read_at": _at(self.read_at),
        }


class Answer(Recorded):
    """«Réponse». The sealed file for the authority: digests of the file and of what it encloses, delivery, acknowledgement."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.answer"
        keep = KEEP
        label = t("Réponse", "Answer")
        apart = True

    requisition = models.OneToOneField(Requisition, models.PROTECT, related_name="answer")
    made_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    proven = models.PositiveIntegerField()
    complete = models.BooleanField()
    inner_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    recipient = models.CharField(max_length=300)
    """Subject of the certificate it is encrypted to."""
    document = models.CharField(max_length=32, blank=True)
    keep_until = models.DateField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.CharField(max_length=120, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_ref = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.sha256[:12]

    def scrub(self) -> None:
        """To whom it went, and how, goes."""
        self.recipient = self.delivered_by = self.acknowledged_ref = ""

    def state(self) -> dict[str, Any]:
        names = (
            "rows", "proven", "complete", "inner_sha256", "sha256", "size", "recipient", "document", "delivered_by",
            "acknowledged_ref",
        )  # fmt: skip
        return {
            "requisition": self.requisition.uid,
            **{name: getattr(self, name) for name in names},
            "made_at": clock.utc(self.made_at),
            "keep_until": self.keep_until.isoformat() if self.keep_until else None,
            "delivered_at": _at(self.delivered_at),
            "acknowledged_at": _at(self.acknowledged_at),
        }


class Invoice(Recorded):
    """«Mémoire de frais». Lines at the tariff of the requisition's date, in cents, excluding tax."""

    class Evidence(Recorded.Evidence):
        kind = "traffic.invoice"
        keep = KEEP
        label = t("Mémoire de frais", "Invoice")
        apart = True

    requisition = models.OneToOneField(Requisition, models.PROTECT, related_name="invoice")
    made_at = models.DateTimeField()
    lines: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    cents = models.PositiveBigIntegerField()
    document = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"{self.cents}"

    def scrub(self) -> None:
        """What it was for goes; what it came to stays."""
        self.lines = []

    def state(self) -> dict[str, Any]:
        return {
            "requisition": self.requisition.uid,
            "made_at": clock.utc(self.made_at),
            "lines": self.lines,
            "cents": self.cents,
            "document": self.document,
        }
