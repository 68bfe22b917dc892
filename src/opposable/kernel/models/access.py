"""Accounts, and who may do what where, from when until when."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, QuerySet

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.models.recorded import Recorded, new_uid
from opposable.kernel.system import roles_with
from opposable.law import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_known: ContextVar[tuple[Actor, list[tuple[str, str]]] | None] = ContextVar("known_grants", default=None)


class AccountManager(BaseUserManager["Account"]):
    """Accounts are named by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account: Account = self.model(email=self.normalize_email(email), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """«Compte». A person who works on the register. Its rights are grants; the account by itself opens nothing."""

    uid = models.CharField(max_length=32, unique=True, default=new_uid, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default="fr")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor(self.uid, "account", self.name, self.pk)


class Cell(models.Model):
    """«Compartiment». A place in the tree of who sees what. ``path`` starts and ends with "/"; a right on a cell holds below it.

    A path that starts with "~" stands apart: no right on the common tree reaches it, not even one on "/". Kinds whose rows may
    lie there say so (``Evidence.apart``).
    """

    path = models.CharField(max_length=200, unique=True)
    label = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.path


class Grant(Recorded):
    """«Habilitation». ``role`` (as "assembly.secretary") on ``cell`` and all below it, from ``since``, until ``until`` (exclusive)."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.grant"
        keep = "kernel.permanent"
        label = t("Habilitation", "Grant")
        apart = True

    account = models.ForeignKey(Account, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=60)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "role"], name="grant_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.role} {self.cell}"

    def state(self) -> dict[str, Any]:
        return {
            "account": self.account.uid,
            "cell": self.cell.path,
            "role": self.role,
            "since": clock.utc(self.since),
            "until": clock.utc(self.until) if self.until else None,
        }


class ApiToken(Recorded):
    """«Jeton d’accès». Lets a program act as ``account`` until ``until`` (exclusive). Only a digest of the token is kept."""

    class Evidence(Recorded.Evidence):
        kind = "kernel.token"
        keep = "kernel.access"
        label = t("Jeton d’accès", "Access token")

    account = models.ForeignKey(Account, models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=80)
    hashed = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.label

    def state(self) -> dict[str, Any]:
        return {
            "account": self.account.uid,
            "label": self.label,
            "hashed": self.hashed,
            "since": clock.utc(self.since),
            "until": clock.utc(self.until),
        }

    @staticmethod
    def digest(token: str) -> str:
        """What is kept of a token: it has 256 random bits, so one SHA-256 is enough."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def actor_of(cls, token: str, at: datetime) -> Actor | None:
        """Who bears the token at an instant, if it runs."""
        found = cls._default_manager.select_related("account").filter(
            hashed=cls.digest(token), since__lte=at, until__gt=at
        )
        row = found.filter(account__is_active=True).first()
        return row.account.actor if row else None


def grants_at(actor: Actor, at: datetime) -> QuerySet[Grant]:
    """The grants of an account that run at an instant. Empty for whoever has no account."""
    if actor.account_id is None:
        return Grant.objects.none()
    running = Q(since__lte=at) & (Q(until=None) | Q(until__gt=at))
    return Grant.objects.filter(running, account_id=actor.account_id, account__is_active=True)


def held_by(actor: Actor) -> list[tuple[str, str]]:
    """The running grants of an account now, as (role, path of the cell). No query inside `knowing`."""
    known = _known.get()
    if known is not None and known[0] == actor:
        return known[1]
    return list(grants_at(actor, clock.now()).values_list("role", "cell__path"))


@contextmanager
def knowing(actor: Actor, held: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Inside, the grants of ``actor`` are those that the caller has just read: a page with many kinds asks once."""
    mark = _known.set((actor, list(held)))
    try:
        yield
    finally:
        _known.reset(mark)


def readable_cells(actor: Actor, kind: str, verb: str = "read") -> QuerySet[Cell]:
    """The cells where ``actor`` may ``verb`` objects of ``kind`` now. A job of the software sees all."""
    if actor.is_system:
        return Cell.objects.all()
    wanted = roles_with(kind, verb)
    below = Q(pk__in=[])
    for role, path in held_by(actor):
        if role in wanted:
            below |= Q(path__startswith=path)
    return Cell.objects.filter(below)


def may(actor: Actor, verb: str, kind: str, cell: Cell | None, at: datetime) -> bool:
    """Whether ``actor`` may ``verb`` an object of ``kind`` in ``cell`` at an instant."""
    if actor.is_system:
        return True
    if cell is None:
        return False
    grants = grants_at(actor, at).filter(role__in=roles_with(kind, verb)).values_list("cell__path", flat=True)
    return any(cell.path.startswith(path) for path in grants)
