"""«Titulaires». Who held an address inside, where the NAT that lent the ports names nobody: most write the inside address alone.

Whose that address was then, the access server said (RADIUS, DHCP): its rows belong to the answer, each with its own proof. Two
sessions on one inside address are two persons, and are counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opposable.systems.traffic.store.answers import Found
from opposable.systems.traffic.store.proof import packed
from opposable.systems.traffic.store.rows import (
    AccessSession,
    Address,
    CallLeg,
    HostOperation,
    Mail,
    NatBlock,
    NatSession,
)

SESSIONS = "access_session"
INSIDE = "inside "
"""Begins the name of a person of whom only the inside address is known."""
AT_ONCE = 500
"""Inside addresses that one question looks for."""


def nameless(rows: Iterable[Found]) -> list[Address]:
    """The inside addresses of translations that name no subscriber."""
    found = {one.row.inside_ip for one in rows if isinstance(one.row, NatSession | NatBlock) and not one.row.subscriber}
    return sorted(found, key=packed)


def inside_name(address: Address) -> str:
    """A person of whom only the inside address is known, as the store counts her."""
    return INSIDE + packed(address).hex().upper()


def persons_of(rows: Sequence[Found]) -> set[str]:
    """Of whom rows speak: an inside address is whoever held it, and somebody of its own where no session says who."""
    sessions = [one.row for one in rows if isinstance(one.row, AccessSession)]
    persons: set[str] = set()
    for one in rows:
        row = one.row
        if isinstance(row, NatSession | NatBlock) and not row.subscriber:
            persons |= {session.subscriber for session in sessions if _held(session, row)} or {
                inside_name(row.inside_ip)
            }
        else:
            persons.add(_named(one))
    return persons


def _held(session: AccessSession, row: NatSession | NatBlock) -> bool:
    shift = 128 - session.prefix
    same = int.from_bytes(packed(session.ip)) >> shift == int.from_bytes(packed(row.inside_ip)) >> shift
    return same and session.start <= row.end and session.end >= row.start


def _named(found: Found) -> str:
    row = found.row
    if isinstance(row, CallLeg):
        return row.served
    if isinstance(row, Mail):
        return row.recipient
    return row.subscriber if isinstance(row, NatSession | NatBlock | AccessSession | HostOperation) else ""
