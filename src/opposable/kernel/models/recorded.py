"""Rows whose every state is in the log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models

from opposable.ledger.act import part_bytes

if TYPE_CHECKING:
    from opposable.kernel.actors import Actor
    from opposable.law import Text


def new_uid() -> str:
    """A pseudonym: 128 random bits, 32 hex digits."""
    return secrets.token_hex(16)


def new_salt() -> str:
    """256 random bits, 64 hex digits. Forgetting it makes every digest of the row's states unguessable."""
    return secrets.token_hex(32)


class RecordedQuerySet(models.QuerySet[Any]):
    """Reads of recorded rows. What a person sees goes through `visible_to`; what he may not see does not exist for him."""

    def visible_to(self, actor: Actor) -> Self:
        from opposable.kernel.models.access import (
            readable_cells,  # grants are recorded rows: the modules need each other
        )

        return self.filter(cell__in=readable_cells(actor, self.model.Evidence.kind))


class Recorded(models.Model):
    """A row written only by acts. ``seq`` counts its acts, ``head`` is the entry (hex) of the last one.

    A subclass declares ``Evidence`` (kind, retention class, label) and `state`; ``Evidence.fields`` may name the keys of its
    state for people.
    """

    class Evidence:
        kind: ClassVar[str]
        keep: ClassVar[str]
        label: ClassVar[Text]
        fields: ClassVar[Mapping[str, Text]] = {}
        apart: ClassVar[bool] = False
        """Rows may lie in a compartment apart (`Cell`), which a right on "/" does not reach."""
        sought: ClassVar[Sequence[str]] = ()
        """Fields that people search by a part of a word in a large table, that of the order first (`kernel.sought`)."""
        whole: ClassVar[bool] = False
        """Of a model with ``over()``: what its acts say stays as long as the row is not over, whatever their own day."""

    uid = models.CharField(max_length=32, unique=True, default=new_uid, editable=False)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    seq = models.PositiveIntegerField(default=0, editable=False)
    head = models.CharField(max_length=64, blank=True, editable=False)
    cell = models.ForeignKey("kernel.Cell", models.PROTECT, related_name="+", editable=False)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True

    def state(self) -> dict[str, Any]:
        """The row's content on the canonical profile; other rows by their ``uid``, instants as `clock.utc` writes them."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its state is")

    def whole_state(self) -> dict[str, Any]:
        """What an act commits to: the row's content, and the compartment that says who may see it."""
        return {"cell": self.cell.path, **self.state()}

    def decided_state(self) -> dict[str, Any]:
        """What a person decides on, where it is not just the row: a contract with its clauses, without the stage it has reached."""
        return self.whole_state()

    def state_part(self, seq: int) -> bytes:
        """The bytes whose SHA-256 is ``post`` of act number ``seq`` on this row, if the row still is as that act left it."""
        salt = hashlib.sha256(bytes.fromhex(self.salt) + seq.to_bytes(8, "big")).hexdigest()
        return part_bytes(self.whole_state(), self.Evidence.keep, salt)
