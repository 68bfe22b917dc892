"""The store of civil identities: one sealed record a contract, under keys of its own, which no grant opens."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from django.db import models

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.kernel.models.recorded import RecordedQuerySet
from opposable.law import t


class SubscriberQuerySet(RecordedQuerySet):
    """Reads of the store."""

    def readable(self, day: date) -> SubscriberQuerySet:
        """Those that may be read on a day: from its last day on a record is passed over, whether or not it is still there."""
        return self.filter(erased_at=None).filter(models.Q(until=None) | models.Q(until__gt=day))


class Subscriber(Recorded):
    """«Abonné». A contract by its internal reference; what it says of a person is encrypted in ``cipher``.

    ``until`` is the first day without it: five years after the end of the contract; None while it runs. What was given at
    subscription and for payment (groups II and III of R. 10-13) lies beside it, under keys of its own, and goes on
    ``account_until``, four years sooner.
    """

    class Evidence(Recorded.Evidence):
        kind = "traffic.subscriber"
        keep = "traffic.catalogue"
        label = t("Abonné", "Subscriber")
        apart = True

    reference = models.CharField(max_length=80, unique=True)
    opened_on = models.DateField()
    closed_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    until: models.DateField[date | None, date | None] = models.DateField(null=True, db_index=True)
    digest = models.CharField(max_length=64)
    cipher = models.BinaryField(null=True)
    wrapped = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)
    account_until: models.DateField[date | None, date | None] = models.DateField(null=True, db_index=True)
    account_digest = models.CharField(max_length=64, blank=True)
    account_cipher = models.BinaryField(null=True)
    account_wrapped = models.BinaryField(null=True)

    objects = SubscriberQuerySet.as_manager()  # type: ignore[misc]

    def __str__(self) -> str:
        return self.reference

    def state(self) -> dict[str, Any]:
        sealed = sha256(bytes(self.cipher or b"") + bytes(self.wrapped or b"")).hexdigest() if self.cipher else ""
        return {
            "reference": self.reference,
            "opened_on": self.opened_on.isoformat(),
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "until": self.until.isoformat() if self.until else None,
            "digest": self.digest,
            "sealed": sealed,
            "erased_at": clock.utc(self.erased_at) if self.erased_at else None,
            **(self._account() if self.account_digest else {}),  # contracts of before have none
        }

    def _account(self) -> dict[str, Any]:
        sealed = sha256(bytes(self.account_cipher or b"") + bytes(self.account_wrapped or b"")).hexdigest()
        return {
            "account_until": self.account_until.isoformat() if self.account_until else None,
            "account_digest": self.account_digest,
            "account_sealed": sealed if self.account_cipher else "",
        }


class SubscriberKey(models.Model):
    """A keyed digest of a telephone number of a contract: found by whoever has the key, said to nobody."""

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="keys")
    key = models.CharField(max_length=64, db_index=True)

    def __str__(self) -> str:
        return self.key[:12]
