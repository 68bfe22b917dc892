"""«Critères». What a requisition may ask of the store: nothing else can be put to it, so nobody browses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from opposable.systems.traffic.store.rows import Address

NONE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByAddress:
    """Who had this address (and port) at an instant. ``port`` None asks for everybody behind it.

    ``tolerance`` is the doubt about the clocks, on both sides: rows that touch [at - tolerance, at + tolerance] answer.
    """

    ip: Address
    port: int | None
    at: datetime
    tolerance: timedelta = NONE
    protocol: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BySubscriber:
    """What the store ``source`` holds of a subscriber in [since, until)."""

    subscriber: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNumber:
    """The legs of a number, or those of a terminal (IMSI, IMEI), in [since, until). ``other``: legs *towards* it as well."""

    number: str
    since: datetime
    until: datetime
    other: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCell:
    """The legs that began under a cell in [since, until)."""

    cell: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ByMailbox:
    """The deliveries from or to an address in [since, until)."""

    mailbox: str
    since: datetime
    until: datetime


Selector = ByAddress | BySubscriber | ByNumber | ByCell | ByMailbox
