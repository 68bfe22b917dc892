"""«Titulaires». Who held an address inside, where the NAT that lent the ports names nobody: most write the inside address alone.

Whose that address was then, the access server said (RADIUS, DHCP): its rows belong to the answer, each with its own proof. Two
sessions on one inside address are two persons, and are counted as such. Asked the other way round, by subscriber, her sessions lead to
the translations of the addresses that she held, as far as it is certain that they are hers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opposable.systems.traffic.store.answers import Found
from opposable.systems.traffic.store.conditions import Window
from opposable.systems.traffic.store.proof import microseconds, packed
from opposable.systems.traffic.store.rows import (
    END_INFERRED,
    START_INFERRED,
    START_TWICE,
    AccessSession,
    Address,
    CallLeg,
    HostOperation,
    Mail,
    NatBlock,
    NatSession,
)

SESSIONS = "access_session"
TRANSLATIONS = ("nat_session", "nat_block")
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
    return _lends(session, row.inside_ip) and session.start <= row.end and session.end >= row.start


def windows_of(rows: Iterable[Found], since: int, until: int) -> list[Window]:
    """The addresses that sessions lent, and when, within [since, until] in microseconds."""
    found = []
    for one in rows:
        if isinstance(one.row, AccessSession):
            first, width = packed(one.row.ip), 128 - one.row.prefix
            last = (int.from_bytes(first) | ((1 << width) - 1)).to_bytes(16)
            held = max(microseconds(one.row.start), since), min(microseconds(one.row.end), until)
            if held[0] <= held[1]:
                found.append((first, last, *held))
    return sorted(set(found))


def hers(subscriber: str, translations: Iterable[Found], sessions: Iterable[Found]) -> tuple[list[Found], int]:
    """(the translations that are a subscriber's, how many of her addresses may be another's).

    Hers is what began in her session, on an address that nobody else held at that instant. What began before it was lent to
    whoever held the address then, even where it ended later; a beginning that is inferred says nothing of whose it was.
    """
    held = [one.row for one in sessions if isinstance(one.row, AccessSession)]
    mine, unsaid = [], 0
    for one in translations:
        row = one.row
        assert isinstance(row, NatSession | NatBlock)
        who = {
            session.subscriber
            for session in held
            if _lends(session, row.inside_ip) and session.start <= row.start <= session.end
        }
        if who == {subscriber} and not row.inferred & (START_INFERRED | START_TWICE):
            mine.append(one)
        else:
            unsaid += 1
    return mine, unsaid


def _lends(session: AccessSession, inside: Address) -> bool:
    shift = 128 - session.prefix
    return int.from_bytes(packed(session.ip)) >> shift == int.from_bytes(packed(inside)) >> shift


def _named(found: Found) -> str:
    row = found.row
    if isinstance(row, CallLeg):
        return row.served
    if isinstance(row, Mail):
        return row.recipient
    return row.subscriber if isinstance(row, NatSession | NatBlock | AccessSession | HostOperation) else ""


def unended(rows: Iterable[Found]) -> int:
    """How many lendings have no told end and were followed by no other: they may have lasted until now."""
    last = {_what(one): one.row for one in sorted(rows, key=lambda one: (one.row.start, one.row.end))}
    return sum(bool(getattr(row, "inferred", 0) & END_INFERRED) for row in last.values())


def _what(one: Found) -> tuple[object, ...]:
    """The port, the block or the address that a row lends."""
    row = one.row
    if isinstance(row, NatSession):
        return one.family, row.public_ip, row.port, row.protocol
    if isinstance(row, NatBlock):
        return one.family, row.public_ip, row.port, row.port_last
    return one.family, getattr(row, "ip", None), getattr(row, "prefix", 0)
