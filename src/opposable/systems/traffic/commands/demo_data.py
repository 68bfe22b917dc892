"""The small operator of the demonstration: its subscribers, and what no producer that we could run writes of them.

Port blocks of a carrier's NAT box and call records of Asterisk (which Debian 12 has not) are written here, in their published
shapes; all else was recorded from real producers (`replay`). Seeded: the same subscribers, the same habits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from opposable.law import PARIS

SUBSCRIBERS = 120
PORTS = 512
"""Ports of a block; each subscriber holds one a day, behind one of four public addresses."""


def name(number: int) -> str:
    return f"ab{number:04}@arsenal-telecom.example"


def inside(number: int) -> str:
    return f"100.64.{number // 250}.{number % 250 + 1}"


DEVICES = 12
"""On the network behind the second NAT, where addresses are lent by DHCP."""


def device(number: int) -> tuple[str, str]:
    """(hardware address, the address that is reserved for it)."""
    return f"02:00:00:00:20:{number:02x}", f"10.20.0.{number + 10}"


def lent(number: int, day: date) -> tuple[str, int]:
    """Public address and first port of a subscriber's block on a day."""
    place = (number + day.toordinal() * 7) % SUBSCRIBERS
    return f"192.0.2.{10 + place % 4}", 1024 + place // 4 * PORTS


def blocks(days: list[date]) -> Iterator[str]:
    """Syslog of the CGNAT box: a block of ports for each subscriber, from five in the morning to midnight."""
    for day in days:
        for number in range(SUBSCRIBERS):
            public, first = lent(number, day)
            start, stop = _at(day, 5, number), _at(day, 23, 1800 + number)
            pool = f"port block [{first}-{first + PORTS - 1}] from {public} in source pool paris"
            for at, verb, does, used in ((start, "ALLOC", "allocates", 1), (stop, "RELEASE", "releases", 0)):
                told = f"RT_NAT: RT_SRC_NAT_PBA_{verb}: Subscriber {inside(number)} used/maximum [{used}/4] blocks, {does} {pool}"
                yield f"<14>1 {at.isoformat()} cgn1 - - - {told}\n"


def calls(days: list[date], draw: random.Random) -> Iterator[str]:
    """Asterisk's ``Master.csv``."""
    for day in days:
        for _ in range(60):
            a, b = draw.sample(range(SUBSCRIBERS), 2)
            start = _at(day, 7, draw.randrange(14 * 3600))
            talked = draw.randrange(5, 1800)
            end = start + timedelta(seconds=talked + 6)
            marks = [
                f"{one.replace(tzinfo=None):%Y-%m-%d %H:%M:%S}" for one in (start, start + timedelta(seconds=6), end)
            ]
            cells = ["", _number(a), _number(b), "default", "", "SIP/a", "SIP/b", "Dial", "SIP/b", *marks, str(talked + 6),
                     str(talked), "ANSWERED", "DOCUMENTATION", f"{start.timestamp():.0f}.{a}", ""]  # fmt: skip
            yield ",".join(f'"{cell}"' for cell in cells) + "\n"


FIRST = ("Camille", "Karim", "Louise", "Hugo", "Inès", "Théo", "Jeanne", "Malik", "Rose", "Adam", "Léa", "Yanis")
LAST = ("Roux", "Haddad", "Martin", "Nguyen", "Lefèvre", "Diallo", "Moreau", "Costa", "Girard", "Kowalski", "Bernard")
STREETS = ("rue du Port", "rue Haute", "quai Saint-Antoine", "place des Terreaux", "cours Gambetta")


def contracts() -> Iterator[str]:
    """What the contracts say, as `opposable traffic identities` takes it."""
    yield "subscriber;opened_on;closed_on;names;born;addresses;emails;phones;other\n"
    called = [name(number) for number in range(SUBSCRIBERS)]
    called += [f"01:{device(number)[0]}" for number in range(DEVICES)]  # as Kea names a client
    for number, subscriber in enumerate(called):
        who = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST)]}"
        born = f"{1950 + number % 55}-{number % 12 + 1:02}-{number % 28 + 1:02} Lyon"
        where = f"{number + 1} {STREETS[number % len(STREETS)]}, Lyon"
        yield f"{subscriber};2024-01-15;;{who};{born};{where};;+33{_number(number)[1:]};identifiant=ab{number:04}\n"


def _number(number: int) -> str:
    return f"01400{number:05}"


def _at(day: date, hour: int, seconds: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS) + timedelta(seconds=seconds)
