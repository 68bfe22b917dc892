"""One row of eight columns, kept in four ways: plainly, by django-simple-history, by django-auditlog, and by acts.

`Trail` is the ordinary audit row that most applications write by hand: what, who, when, before and after.
"""

from django.db import models
from simple_history.models import HistoricalRecords

from opposable.kernel import clock
from opposable.kernel.models import Cell, Recorded, new_uid
from opposable.law import t

COLUMNS = ("ref", "name", "kind", "email", "quantity", "since", "choices")


class Row(models.Model):
    """The columns themselves: some text, an amount, a date, an instant, a small JSON value."""

    ref = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12)
    email = models.CharField(max_length=254)
    quantity = models.BigIntegerField()
    since = models.DateField()
    choices = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def content(self):
        return {
            **{name: getattr(self, name) for name in COLUMNS},
            "since": self.since.isoformat(),
            "at": clock.utc(self.at),
        }


class Named(Row):
    """What an application without acts has as well: a public number of its own, and the compartment it belongs to."""

    uid = models.CharField(max_length=32, unique=True, default=new_uid)
    cell = models.ForeignKey(Cell, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Plain(Named):
    """Django alone."""


class Historied(Named):
    """With django-simple-history: a copy of the whole row at each save."""

    history = HistoricalRecords()


class Audited(Named):
    """With django-auditlog: a row with the difference at each save (registered in `apps`)."""


class Trail(models.Model):
    """An audit row written by hand in the same transaction."""

    table = models.CharField(max_length=40)
    row = models.BigIntegerField()
    actor = models.CharField(max_length=32)
    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=40)
    content = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["table", "row"], name="trail_row")]


class PlainHolder(models.Model):
    """An account of a register without acts."""

    uid = models.CharField(max_length=32, unique=True, default=new_uid)
    ref = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=160, db_index=True)
    given_name = models.CharField(max_length=120)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40)
    address = models.CharField(max_length=300)
    language = models.CharField(max_length=2)
    lots = models.JSONField()
    shares = models.BigIntegerField()


class Kept(Recorded, Row):
    """By acts: state, chain, part, leaf."""

    class Evidence(Recorded.Evidence):
        kind = "bench.kept"
        keep = "kernel.access"
        label = t("Ligne mesurée", "Measured row")

    def state(self):
        return self.content()
