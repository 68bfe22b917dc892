"""Thirty days of a small operator, as its machines would have written them. Seeded: the same subscribers, the same habits."""

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


def lent(number: int, day: date) -> tuple[str, int]:
    """Public address and first port of a subscriber's block on a day."""
    place = (number + day.toordinal() * 7) % SUBSCRIBERS
    return f"192.0.2.{10 + place % 4}", 1024 + place // 4 * PORTS


def radius(days: list[date], draw: random.Random) -> Iterator[str]:
    """FreeRADIUS detail: each subscriber connects in the morning and leaves at night."""
    for day in days:
        for number in range(SUBSCRIBERS):
            if draw.random() < 0.25:
                continue  # not every day
            start = _at(day, 6, draw.randrange(3 * 3600))
            stop = start + timedelta(seconds=draw.randrange(4 * 3600, 15 * 3600))
            session = f"{day:%y%m%d}-{number:04}"
            yield _record("Start", start, session, number, 0)
            yield _record("Stop", stop, session, number, int((stop - start).total_seconds()))


def _record(status: str, at: datetime, session: str, number: int, lasted: int) -> str:
    return (
        f'{at:%a %b %d %H:%M:%S %Y}\n\tAcct-Status-Type = {status}\n\tAcct-Session-Id = "{session}"\n'
        f'\tUser-Name = "{name(number)}"\n\tNAS-IP-Address = 10.0.0.1\n\tFramed-IP-Address = {inside(number)}\n'
        f'\tDelegated-IPv6-Prefix = 2001:db8:{number:x}00::/56\n\tCalling-Station-Id = "02-00-00-00-{number // 100:02}-{number % 100:02}"\n'
        f'\tAcct-Session-Time = {lasted}\n\tEvent-Timestamp = "{at:%b %d %Y %H:%M:%S %Z}"\n\tAcct-Delay-Time = 0\n'
        f"\tTimestamp = {int(at.timestamp())}\n\n"
    )  # fmt: skip


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


SESSION_HEADER = "Begin;End;Public;Port;Proto;Inside;InsidePort;Subscriber\n"
SESSION_MAPPING = {
    "family": "nat_session",
    "separator": ";",
    "columns": {
        "start": "Begin", "end": "End", "public_ip": "Public", "port": "Port", "protocol": "Proto", "inside_ip": "Inside",
        "inside_port": "InsidePort", "subscriber": "Subscriber",
    },
}  # fmt: skip


def sessions(days: list[date], draw: random.Random) -> Iterator[str]:
    """CSV of another NAT box, one line a session: the two offices of the operator."""
    yield SESSION_HEADER
    for day in days:
        for _ in range(150):
            number = draw.randrange(SUBSCRIBERS)
            start = _at(day, 6, draw.randrange(15 * 3600))
            stop = start + timedelta(milliseconds=draw.randrange(200, 900_000))
            port = 20_000 + number * 100 + draw.randrange(100)
            ends = f"{draw.choice((6, 17))};10.20.0.{number};{draw.randrange(1024, 65536)};{name(number)}"
            yield f"{_naive(start)};{_naive(stop)};192.0.2.200;{port};{ends}\n"


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


def mails(days: list[date], draw: random.Random) -> Iterator[str]:
    """Postfix's log."""
    for day in days:
        for one in range(25):
            a, b = draw.sample(range(SUBSCRIBERS), 2)
            at = _at(day, 8, draw.randrange(12 * 3600))
            queue = f"{day.toordinal() % 4096:03X}{one:02X}{a:02X}"
            yield f"{at.isoformat()} mx postfix/smtpd[1]: {queue}: client=[{inside(a)}]\n"
            yield f"{at.isoformat()} mx postfix/qmgr[2]: {queue}: from=<{name(a)}>, size=2048, nrcpt=1 (queue active)\n"
            yield f"{at.isoformat()} mx postfix/lmtp[3]: {queue}: to=<{name(b)}>, relay=mailbox, delay=0.2, dsn=2.0.0, status=sent (ok)\n"


FIRST = ("Camille", "Karim", "Louise", "Hugo", "Inès", "Théo", "Jeanne", "Malik", "Rose", "Adam", "Léa", "Yanis")
LAST = ("Roux", "Haddad", "Martin", "Nguyen", "Lefèvre", "Diallo", "Moreau", "Costa", "Girard", "Kowalski")
STREETS = ("rue du Port", "rue Haute", "quai Saint-Antoine", "place des Terreaux", "cours Gambetta")


def contracts() -> Iterator[str]:
    """What the contracts say, as `opposable traffic identities` takes it."""
    yield "subscriber;opened_on;closed_on;names;born;addresses;emails;phones;other\n"
    for number in range(SUBSCRIBERS):
        who = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST)]}"
        born = f"{1950 + number % 55}-{number % 12 + 1:02}-{number % 28 + 1:02} Lyon"
        where = f"{number + 1} {STREETS[number % len(STREETS)]}, Lyon"
        yield f"{name(number)};2024-01-15;;{who};{born};{where};;+33{_number(number)[1:]};identifiant=ab{number:04}\n"


def _number(number: int) -> str:
    return f"01400{number:05}"


def _naive(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _at(day: date, hour: int, seconds: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS) + timedelta(seconds=seconds)
