"""Rows: one frozen dataclass a family. Its fields, in order, are the columns of the segment and of the sealed bytes.

Instants are aware, UTC, to the microsecond, corrected for the clock of their source: corrected = raw + ``skew`` milliseconds.
Addresses are 16 bytes in the segment, IPv4 mapped (RFC 4291 §2.5.5.2), so one column holds both. An empty text is "not given".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from itertools import repeat
from typing import Any, Literal, TypeVar

Made = TypeVar("Made")
Address = IPv4Address | IPv6Address
StoreName = Literal["identity", "source", "traffic"]
Kind = Literal["instant", "ip", "u8", "u16", "u32", "i32", "text"]
Category = Literal["", "I", "IV", "V"]
"""Of R. 10-13 CPCE: I civil identity, IV source and terminal, V traffic and location; "" is no data of a person."""

ORIGINATING, TERMINATING, FORWARDED = 0, 1, 2
VOICE, SMS, MMS, DATA = 0, 1, 2, 3
AS_GIVEN, END_INFERRED, START_INFERRED = 0, 1, 2
"""Values of ``inferred``: a session whose other end was never reported is closed by rule, and says so."""
START_TWICE, END_TWICE = 4, 8
"""Added to these: the source told it in an hour that its clocks showed twice, so the row has the first reading, or the last."""


def column(kind: Kind, category: Category = "", **more: Any) -> Any:
    """A field of a row: how it is stored, and which category of the decree it belongs to."""
    return field(metadata={"kind": kind, "category": category}, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row has. ``end`` equals ``start`` for what has no duration."""

    start: datetime = column("instant", "IV")
    end: datetime = column("instant", "IV")
    skew: int = column("i32", default=0)
    file: int = column("u16", default=0)

    @property
    def raw_start(self) -> datetime:
        """The instant as the clock of the source gave it."""
        return self.start - timedelta(milliseconds=self.skew)

    @property
    def raw_end(self) -> datetime:
        """The instant as the clock of the source gave it."""
        return self.end - timedelta(milliseconds=self.skew)


@dataclass(frozen=True, slots=True, kw_only=True)
class NatSession(Row):
    """«Traduction d’adresse». One session through a shared public address (RFC 8158). Destinations only with a legal basis."""

    public_ip: Address = column("ip", "IV")
    port: int = column("u16", "IV")
    protocol: int = column("u8", "IV")
    inside_ip: Address = column("ip", "IV")
    inside_port: int = column("u16", "IV")
    subscriber: str = column("text", "IV", default="")
    destination_ip: Address | None = column("ip", "V", default=None)
    destination_port: int = column("u16", "V", default=0)
    inferred: int = column("u8", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NatBlock(Row):
    """«Bloc de ports». Ports ``port`` to ``port_last`` of a public address, lent to one subscriber from start to end."""

    public_ip: Address = column("ip", "IV")
    port: int = column("u16", "IV")
    port_last: int = column("u16", "IV")
    inside_ip: Address = column("ip", "IV")
    subscriber: str = column("text", "IV", default="")
    inferred: int = column("u8", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSession(Row):
    """«Connexion». An address (or a prefix of ``prefix`` bits out of 128) lent to a subscriber: RADIUS accounting, DHCP."""

    ip: Address = column("ip", "IV")
    prefix: int = column("u8", "IV", default=128)
    subscriber: str = column("text", "IV")
    session: str = column("text", "IV", default="")
    terminal: str = column("text", "IV", default="")
    nas: str = column("text", "IV", default="")
    inferred: int = column("u8", default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeg(Row):
    """«Communication». One side of a call or message: ``served`` is whose leg it is, ``other`` the party at the other end."""

    served: str = column("text", "V")
    other: str = column("text", "V", default="")
    role: int = column("u8", "V", default=ORIGINATING)
    service: int = column("u8", "V", default=VOICE)
    duration: int = column("u32", "V", default=0)
    imsi: str = column("text", "IV", default="")
    imei: str = column("text", "IV", default="")
    cell: str = column("text", "V", default="")
    supplementary: str = column("text", "V", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Row):
    """«Courrier électronique». One delivery: never a subject, never content (L. 34-1 VI)."""

    sender: str = column("text", "V", default="")
    recipient: str = column("text", "V")
    client_ip: Address | None = column("ip", "IV", default=None)
    queue: str = column("text", "V", default="")
    status: str = column("text", "V", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOperation(Row):
    """«Opération de création de contenu» (décret 2021-1362, art. 5 and 6): who put, changed or took away what, from where."""

    subscriber: str = column("text", "IV")
    ip: Address = column("ip", "IV")
    port: int = column("u16", "IV", default=0)
    operation: str = column("text", "IV", default="")
    content: str = column("text", "IV", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """«Identité civile». What the contract says of a subscriber; ``closed_on`` None: the contract runs."""

    subscriber: str
    opened_on: str
    closed_on: str | None
    names: str = ""
    born: str = ""
    addresses: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    other: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Family:
    """«Famille». ``key``: the columns a segment is sorted by, in the order of the question asked most.

    ``group``: rows in a group of the file. Small ones where a question is a row or two of each day of a year: a group is read whole.
    """

    name: str
    row: type[Row]
    store: StoreName
    key: tuple[str, ...]
    group: int = 16_384

    @cached_property
    def columns(self) -> dict[str, Kind]:
        """Column → how it is stored, in the order of the sealed bytes."""
        return {one.name: one.metadata["kind"] for one in fields(self.row)}

    def default(self, name: str) -> Any:
        """What a column says when nothing is given; LookupError when it must be. Never changes: segments of before lean on it."""
        found = self.row.__dataclass_fields__[name].default
        if found is MISSING:
            raise LookupError(f"{self.name} needs {name}")
        return found

    @cached_property
    def needed(self) -> set[str]:
        """The columns that must be given."""
        return {name for name, one in self.row.__dataclass_fields__.items() if one.default is MISSING}

    @property
    def categories(self) -> dict[str, Category]:
        """Column → category of the decree."""
        return {one.name: one.metadata["category"] for one in fields(self.row)}


def filled(what: type[Made], count: int, values: Mapping[str, Iterable[Any]]) -> list[Made]:
    """Frozen data classes with slots, filled a column at a time: several times as fast as one by one."""
    made = list(map(object.__new__, repeat(what, count)))
    for name, column in values.items():
        deque(map(getattr(what, name).__set__, made, column), maxlen=0)
    return made


FAMILIES: dict[str, Family] = {
    one.name: one
    for one in (
        Family("nat_session", NatSession, "source", ("public_ip", "port", "start"), group=8_192),
        Family("nat_block", NatBlock, "source", ("public_ip", "port", "start")),
        Family("access_session", AccessSession, "source", ("ip", "start")),
        Family("host_operation", HostOperation, "source", ("subscriber", "start")),
        Family("call_leg", CallLeg, "traffic", ("served", "start"), group=2_048),
        Family("mail", Mail, "traffic", ("recipient", "start")),
    )
}
