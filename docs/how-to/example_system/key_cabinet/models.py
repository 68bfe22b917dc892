"""The tables. A `Recorded` row is written by acts only; `state` is what the log commits to."""

from django.db import models
from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import t

from key_cabinet.rules import KeyFacts


class Key(Recorded):
    """«Clé». Who holds it, since when, and by when it must be back; nobody while it hangs in the cabinet."""

    class Evidence(Recorded.Evidence):
        kind = "cabinet.key"
        keep = "cabinet.movements"
        label = t("Clé", "Key")

    number = models.CharField(max_length=20, unique=True)
    opens = models.CharField(max_length=120)
    holder = models.CharField(max_length=120, blank=True)
    back_by = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.number} ({self.opens})"

    def state(self) -> dict[str, object]:
        return {
            "number": self.number,
            "opens": self.opens,
            "holder": self.holder,
            "back_by": clock.utc(self.back_by) if self.back_by else None,
        }

    def facts(self) -> KeyFacts:
        return KeyFacts(self.number, self.holder)
