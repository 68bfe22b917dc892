"""«Conditions». What a selector asks of the rows of each family: said once, put to the engine as SQL and to `direct` as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from typing import Any, Literal, NamedTuple

from opposable.systems.traffic.store.proof import microseconds, packed
from opposable.systems.traffic.store.rows import Address
from opposable.systems.traffic.store.selectors import (
    ByAddress,
    ByCell,
    ByMailbox,
    ByNumber,
    BySubscriber,
    Selector,
)  # fmt: skip

TERMINAL = 15
"""Digits of an IMSI or IMEI (3GPP TS 23.003); a telephone number is written with its plus sign."""
SHORTEST = 32
"""Bits of an IPv6 prefix: a registry lends an operator no shorter one, so an operator lends none."""


class Compared(NamedTuple):
    """A column beside a value. ``end`` is a column too."""

    column: str
    sign: Literal["=", "<=", "<", ">="]
    value: str | int | bytes


Term = tuple[tuple[Compared, ...], ...]
"""Holds when all comparisons of one of its alternatives hold."""
Where = tuple[Term, ...]
"""Holds when all terms do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A selector as each family is asked, in [since, until]."""

    families: dict[str, Where]
    since: datetime
    until: datetime


def sql(where: Where) -> tuple[str, list[Any]]:
    """The condition with a ``?`` for each value, and the values."""
    said = " AND ".join("(" + " OR ".join(map(_all, term)) + ")" for term in where)
    return said, [one.value for term in where for each in term for one in each]


def _all(each: Sequence[Compared]) -> str:
    said = " AND ".join(f"{_name(one.column)} {one.sign} ?" for one in each)
    return f"({said})" if len(each) > 1 else said


def _name(column: str) -> str:
    return '"start" + span' if column == "end" else f'"{column}"'


def asked(selector: Selector) -> Asked:
    """What each family is asked that can hold an answer."""
    if isinstance(selector, ByAddress):
        return _by_address(selector)
    since, until = microseconds(selector.since), microseconds(selector.until)
    families: dict[str, Where]
    if isinstance(selector, BySubscriber):
        where = (_is("subscriber", selector.subscriber), *touches(since, until - 1))
        families = dict.fromkeys(("nat_session", "nat_block", "access_session", "host_operation"), where)
    elif isinstance(selector, ByNumber):
        who = tuple((Compared(column, "=", selector.number),) for column in _numbered(selector))
        families = {"call_leg": (who, *touches(since, until - 1))}
    elif isinstance(selector, ByCell):
        families = {"call_leg": (_is("cell", selector.cell), *_begins(since, until))}
    elif isinstance(selector, ByMailbox):
        box = tuple((Compared(column, "=", selector.mailbox),) for column in ("sender", "recipient"))
        families = {"mail": (box, *_begins(since, until))}
    return Asked(families, selector.since, selector.until)


def _is(column: str, value: str | int | bytes) -> Term:
    return ((Compared(column, "=", value),),)


def touches(since: int, until: int) -> Where:
    """Rows that were under way at some time of [since, until], in microseconds."""
    return ((Compared("start", "<=", until),),), ((Compared("end", ">=", since),),)


def _begins(since: int, until: int) -> Where:
    return ((Compared("start", ">=", since),),), ((Compared("start", "<", until),),)


def _numbered(selector: ByNumber) -> list[str]:
    """The columns to look in. Only one if it may be: with OR the engine cannot pass over what it need not read."""
    terminal = len(selector.number) == TERMINAL and selector.number.isdecimal()
    columns = ["imsi", "imei"] if terminal else ["served"]
    return [*columns, "other"] if selector.other else columns


def _by_address(asked: ByAddress, back: timedelta = timedelta(0)) -> Asked:
    since, until = asked.at - asked.tolerance - back, asked.at + asked.tolerance
    times = touches(microseconds(since), microseconds(until))
    ip, port = packed(asked.ip), asked.port
    exact: Where = () if port is None else (_is("port", port),)
    inside: Where = () if port is None else (((Compared("port", "<=", port), Compared("port_last", ">=", port)),),)
    given: Where = () if port is None else (((Compared("port", "=", 0),), (Compared("port", "=", port),)),)
    protocol: Where = () if asked.protocol is None else (_is("protocol", asked.protocol),)
    families: dict[str, Where] = {
        "nat_session": (_is("public_ip", ip), *exact, *protocol, *times),
        "nat_block": (_is("public_ip", ip), *inside, *times),
        "access_session": (*lent([asked.ip]), *times),
        "host_operation": (_is("ip", ip), *given, *times),
    }
    return Asked(families, since, until)


OPEN = timedelta(days=31)
"""So long a lending whose end was not told is looked for."""


def lent_before(asked: ByAddress) -> Asked:
    """Whatever was lent of the address (and port) until the instant and in the month before."""
    found = _by_address(asked, OPEN)
    lendings = ("nat_session", "nat_block", "access_session") if asked.port is not None else ("access_session",)
    return Asked({name: found.families[name] for name in lendings}, found.since, found.until)


def lent(addresses: Sequence[Address]) -> Where:
    """Rows of addresses, or of a prefix of any length that one is part of: the range lets the engine pass over most rows."""
    each: list[tuple[Compared, ...]] = []
    for ip in addresses:
        lengths: dict[bytes, list[int]] = {}
        for bits in range(SHORTEST, 129) if isinstance(ip, IPv6Address) else (128,):
            first = packed(IPv6Address(int(ip) >> (128 - bits) << (128 - bits)) if bits < 128 else ip)
            lengths.setdefault(first, []).append(
                bits
            )  # several have one first address, where the bits between are zeros
        each += [_prefix(first, bits[0], bits[-1]) for first, bits in lengths.items()]
    if len(each) == 1:
        return (tuple(each),)
    firsts = sorted({one[0].value for one in each if isinstance(one[0].value, bytes)})
    alike = tuple((Compared("ip", "=", first),) for first in firsts)
    return ((Compared("ip", ">=", firsts[0]),),), ((Compared("ip", "<=", firsts[-1]),),), alike, tuple(each)


Window = tuple[bytes, bytes, int, int]
"""First and last address, first and last microsecond."""


def translated(windows: Sequence[Window]) -> Where:
    """Translations that name nobody and were under way while an inside address was held."""
    return _is("subscriber", ""), _within("inside_ip", windows)


def holding(windows: Sequence[Window]) -> Where:
    """The sessions of whoever held these addresses then."""
    return (_within("ip", windows),)


def _within(column: str, windows: Sequence[Window]) -> Term:
    return tuple(
        (
            Compared(column, ">=", first), Compared(column, "<=", last), Compared("start", "<=", until),
            Compared("end", ">=", since),
        )
        for first, last, since, until in windows
    )  # fmt: skip


def _prefix(first: bytes, shortest: int, longest: int) -> tuple[Compared, ...]:
    if shortest == longest:
        return Compared("ip", "=", first), Compared("prefix", "=", longest)
    return Compared("ip", "=", first), Compared("prefix", ">=", shortest), Compared("prefix", "<=", longest)
