"""The log as the database holds it: acts and their parts are written by acts, leaves and seals by the sealer alone.

References to an act are no constraints of the database: an act is never deleted (`triggers`), what refers to it is written in
the transaction that knows it, and PostgreSQL would lock and rewrite the act's row anew for each part, member and leaf.
"""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class Number(models.BigAutoField):
    """The number of a row. What refers to it is called "integer" on SQLite: only then is a key the very place of its row.

    Django calls it "bigint" there, which means a second tree, and one more page written with every act.
    """

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().rel_db_type(connection)


class Place(models.BigIntegerField):
    """A whole number that is a key: see `Number`."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Act(models.Model):
    """«Acte». One row, never changed, save that retention may erase it: then ``entry`` alone is left, and keeps the tree whole.

    ``entry`` is SHA-256 of ``header`` (32 bytes); ``at`` is the act's only instant; ``obj`` and ``actor`` are pseudonyms. Of an
    erased act ``header`` and ``until`` are NULL, the texts empty, ``seq`` 0 and ``at`` the first instant of 1970.
    """

    id = Number(primary_key=True)
    type = models.CharField(max_length=80)
    at = models.DateTimeField()
    actor = models.CharField(max_length=32)
    obj = models.CharField(max_length=32)
    seq = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8)
    rule = models.CharField(max_length=120, blank=True)
    keep = models.CharField(max_length=64)
    until = models.DateField(null=True)
    entry = models.BinaryField(max_length=32)
    header = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["obj", "seq"], name="act_object"),
            models.Index(fields=["type", "id"], name="act_type"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entry"], name="act_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def index(self) -> int | None:
        """Position in the log, or None while the act waits for its seal."""
        leaf = Leaf.objects.filter(act_id=self.pk).first()
        return leaf.index if leaf else None


class Part(models.Model):
    """«Pièce de l’acte». Canonical bytes encrypted under a secret of their own, itself wrapped by the key of the bucket (class, day)."""

    id = models.BigAutoField(primary_key=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="parts", db_index=False, db_constraint=False)
    name = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32)
    keep = models.CharField(max_length=64)
    until = models.DateField(null=True)
    cipher = models.BinaryField(null=True)
    wrapped = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "name"], name="part_once")]
        indexes = [models.Index(fields=["keep", "until"], name="part_bucket")]

    def __str__(self) -> str:
        return f"{self.act_id}/{self.name}"


class Pending(models.Model):
    """An act that waits for its seal. A database trigger adds the row with the act: no act can be written without it."""

    act = models.OneToOneField(Act, models.PROTECT, primary_key=True, related_name="pending", db_constraint=False)

    def __str__(self) -> str:
        return str(self.act_id)


class Leaf(models.Model):
    """Position of an act in the log, from 0 and without gap. Written by the sealer."""

    index = Place(primary_key=True)
    act = models.OneToOneField(Act, models.PROTECT, related_name="leaf", db_constraint=False)

    def __str__(self) -> str:
        return str(self.index)


class Member(models.Model):
    """One object of an act that changed several: item ``position`` of the act's part ``objects``."""

    id = models.BigAutoField(primary_key=True)
    act = models.ForeignKey(Act, models.PROTECT, related_name="members", db_index=False, db_constraint=False)
    position = models.PositiveIntegerField()
    obj = models.CharField(max_length=32)
    seq = models.PositiveIntegerField()
    prev = models.CharField(max_length=64, blank=True)
    post = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "position"], name="member_position"),
            models.UniqueConstraint(fields=["obj", "seq"], name="member_object"),
        ]

    def __str__(self) -> str:
        return f"{self.obj}#{self.seq}"


class CitedRule(models.Model):
    """«Règle citée». A row of a rulebook, bylaws included, exactly as acts relied on it.

    ``data`` are its canonical bytes, ``row`` their SHA-256. Kept for ever: an act pins the digest, and whoever checks the act
    must be able to read the rule.
    """

    row = models.CharField(max_length=64, primary_key=True)
    rule_id = models.CharField(max_length=120)
    since = models.DateField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.rule_id} {self.since}"


class Seal(models.Model):
    """«Sceau». A signed checkpoint: tree ``size``, ``root`` (hex), the signed note."""

    size = Place(primary_key=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size} {self.root[:12]}"


class Anchor(models.Model):
    """«Ancrage». A checkpoint with its witnesses' cosignatures in ``note``, and the RFC 3161 response over the bytes of ``note``.

    ``digest`` is SHA-256 (hex) of the raw response: the value that later acts carry as ``after``.
    """

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField(db_index=True)
    note = models.TextField()
    response = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    token_at = models.DateTimeField()
    tsa = models.CharField(max_length=200)
    witnesses = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.size} {self.token_at:%Y-%m-%d %H:%M:%S}"
