"""The tables: one file a waiver, one a dismissal, one a «contrat nouvelles embauches». A file has a reference, never a name."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models

from opposable.kernel.models import Recorded
from opposable.law import t
from opposable.systems.employment.rules.waiver import WaiverFacts

ERASED = "erased"
"""What the reference of a file begins with once its time is over."""
DATES = ("rupture_on", "known_on", "waived_on", "departed_on", "signed_on")


def _no_reference(row: Recorded) -> str:
    """A reference of its own that leads nowhere."""
    return f"{ERASED}-{row.uid}"


class WaiverFile(Recorded):
    """«Renonciation à une clause de non-concurrence». ``facts`` are those of `rules.waiver.WaiverFacts`, dates as ISO text."""

    class Evidence(Recorded.Evidence):
        kind = "employment.waiver"
        keep = "employment.file"
        label = t("Renonciation", "Waiver")

    ref = models.SlugField(max_length=40, unique=True)
    facts: models.JSONField[dict[str, Any]] = models.JSONField()

    def __str__(self) -> str:
        return self.ref

    def state(self) -> dict[str, Any]:
        return {"ref": self.ref, "facts": self.facts}

    @property
    def erased(self) -> bool:
        """Whether its time is over."""
        return self.ref == _no_reference(self)

    def scrub(self) -> None:
        """Which file it was goes, and every fact of it."""
        self.ref, self.facts = _no_reference(self), {}

    def read(self) -> WaiverFacts:
        """The facts as the rules take them."""
        dates = {name: date.fromisoformat(self.facts[name]) for name in DATES if self.facts.get(name)}
        others = {name: value for name, value in self.facts.items() if name not in DATES}
        return WaiverFacts(**{**others, **dates})


class DismissalFile(Recorded):
    """«Licenciement»: the days of the procedure, in the calendar of ``zone``."""

    class Evidence(Recorded.Evidence):
        kind = "employment.dismissal"
        keep = "employment.file"
        label = t("Licenciement", "Dismissal")

    ref = models.SlugField(max_length=40, unique=True)
    zone = models.CharField(max_length=8, default="FR")
    presented_on: models.DateField[date, date] = models.DateField()
    interview_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    letter_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    def __str__(self) -> str:
        return self.ref

    @property
    def erased(self) -> bool:
        """Whether its time is over."""
        return self.ref == _no_reference(self)

    def scrub(self) -> None:
        """Which file it was goes, and its days: the year of the summons is what is left."""
        self.ref, self.presented_on = _no_reference(self), date(self.presented_on.year, 1, 1)
        self.interview_on = self.letter_on = None

    def state(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "zone": self.zone,
            "presented_on": self.presented_on.isoformat(),
            "interview_on": self.interview_on.isoformat() if self.interview_on else None,
            "letter_on": self.letter_on.isoformat() if self.letter_on else None,
        }


class CneContract(Recorded):
    """«Contrat nouvelles embauches» signed while one could be: kept to know what it is today.

    Nobody tells the system that such a contract has ended: its row says a reference and a day, and stays.
    """

    class Evidence(Recorded.Evidence):
        kind = "employment.cne"
        keep = "employment.file"
        label = t("Contrat nouvelles embauches", "Contrat nouvelles embauches")

    ref = models.SlugField(max_length=40, unique=True)
    signed_on: models.DateField[date, date] = models.DateField()
    staff = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.ref

    def state(self) -> dict[str, Any]:
        return {"ref": self.ref, "signed_on": self.signed_on.isoformat(), "staff": self.staff}
