"""What a system declares of itself: its manifest. The kernel reads manifests; it knows no system by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from django.apps import AppConfig, apps

from opposable.law import Book, Law, Text, t

VERBS = ("know", "read", "write", "export", "approve")


@dataclass(frozen=True)
class Role:
    """«Rôle»: kind pattern ("assembly.*") → verbs among `VERBS`."""

    label: Text
    may: Mapping[str, frozenset[str]]
    _said: dict[tuple[str, str], bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def allows(self, kind: str, verb: str) -> bool:
        """Whether it lets ``verb`` be done to a kind. Found once: a page asks it of every kind of the house, again and again."""
        said = self._said.get((kind, verb))
        if said is None:
            said = any(verb in verbs for pattern, verbs in self.may.items() if fnmatchcase(kind, pattern))
            self._said[kind, verb] = said
        return said


@dataclass(frozen=True)
class RetentionClass:
    """«Classe de conservation». ``earliest(day)`` is the first day on which what was recorded on ``day`` may be erased; None: never.

    When the period changes by law, ``earliest`` answers by the day it is given: the audit asks it again for each act of the past.
    ``rule`` is the id of the dated rule that sets the period, "" when the period is the operator's own choice.
    """

    id: str
    label: Text
    rule: str
    earliest: Callable[[date], date | None] = field(default=lambda _day: None)


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation: label, URL name, kinds a person must be able to read to be shown it."""

    label: Text
    url: str
    kind: str = ""


@dataclass(frozen=True)
class Job:
    """What is run from time to time: name, dotted path of a function that returns what it did, line by line, and its period."""

    name: str
    path: str
    every: timedelta


class System(AppConfig):
    """Base of a system's manifest. Third-party systems declare it in the entry point group ``opposable.systems``."""

    title: Text
    nav: tuple[NavItem, ...] = ()
    roles: Mapping[str, Role] = {}
    retention: tuple[RetentionClass, ...] = ()
    api: str = ""
    """Dotted path of a router: what the API offers of the system beside its acts and its objects, under ``/api/<system>/``."""
    commands: str = ""
    """Dotted path of ``run(argv) -> int``: the verbs of ``opposable <system> …``."""
    duties: Mapping[str, str] = {}
    """Act type → dotted path of the function that `tick` calls when a duty of that type is due."""
    awaiting: str = ""
    """Dotted path of ``awaiting(request)``: what waits for a person, for the Today page (`opposable.web.waiting`)."""

    jobs: tuple[Job, ...] = ()
    """What `tick` runs from time to time beside the duties; each says what it did, line by line."""
    demo: str = ""
    """Dotted path of ``demo(say)``: a generator that plays the system for `opposable demo`. It yields twice: when what is older than the
    house's own story has been played, and at the end what to tell about it."""
    named: str = ""
    """Dotted path of ``named(actor, references)``: what here bears, or names, identifiers that other systems write down
    (`opposable.web.search.named_elsewhere`)."""
    audit: str = ""
    """Dotted path of ``audit(report)``: what `opposable audit` checks of the system beyond its rows (files of its own)."""

    @property
    def book_path(self) -> Path:
        return Path(self.path) / "law.toml"


KERNEL_ROLES: Mapping[str, Role] = {
    "kernel.keeper": Role(
        t("Gardien des accès", "Keeper of accesses"),
        {kind: frozenset({"know", "read", "write", "export"}) for kind in ("kernel.grant", "kernel.token")},
    ),
    "kernel.approvals": Role(
        t("Administrateur des approbations", "Administrator of approvals"),
        {
            kind: frozenset({"know", "read", "write"})
            for kind in ("kernel.flow", "kernel.approval", "kernel.delegation")
        },
    ),
}
"""Roles that no system declares. Who gives rights sees nothing of what they open."""

KERNEL_RETENTION = (
    RetentionClass("kernel.permanent", t("Conservation permanente", "Kept for ever"), ""),
    RetentionClass("kernel.erasure", t("Preuves d’effacement", "Proofs of erasure"), ""),
    RetentionClass(
        "kernel.access",
        t("Connexions et consultations : un an", "Logins and readings: one year"),
        "",
        lambda day: date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1),
    ),
)


def systems() -> Iterator[System]:
    """The installed systems, in the order of the settings."""
    return (config for config in apps.get_app_configs() if isinstance(config, System))


@cache
def law() -> Law:
    """All rulebooks of the installation. Always asked with a date."""
    return Law([Book.load(system.book_path) for system in systems() if system.book_path.exists()])


@cache
def retention_classes() -> dict[str, RetentionClass]:
    """Every declared retention class by id."""
    declared = [*KERNEL_RETENTION, *(item for system in systems() for item in system.retention)]
    return {item.id: item for item in declared}


@cache
def roles() -> dict[str, Role]:
    """Every declared role by its full name, as "assembly.secretary"."""
    declared = {f"{system.label}.{name}": role for system in systems() for name, role in system.roles.items()}
    return {**declared, **KERNEL_ROLES}


@cache
def roles_with(kind: str, verb: str) -> tuple[str, ...]:
    """The roles that may ``verb`` objects of ``kind``."""
    return tuple(name for name, role in roles().items() if role.allows(kind, verb))
