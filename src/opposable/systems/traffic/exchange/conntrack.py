"""The NAT of a Linux box: what ``conntrack -E -o timestamp`` writes of it, one line an event (conntrack-tools).

A line tells a connection twice, as it came and as its answer goes back. Where the answer goes to another address than the one that
asked, that is the public address and port; where it does not, nothing was translated, and the line is none of our business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from opposable.systems.traffic.exchange import pairing
from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Origin, Reject
from opposable.systems.traffic.exchange.lines import RECORDS, numbered

_AT = re.compile(r"\[(\d{1,12})\.(\d{6})\d*\]\s+\[(\w+)\] (?:ipv\d +\d+ +)?\w+ +(\d+) ")
_END = re.compile(r"src=([0-9A-Fa-f:.]+) dst=([0-9A-Fa-f:.]+) sport=(\d+) dport=(\d+)")
CREATED, DELETED = 4, 5
"""Codes of RFC 8158 §4.3 for what the kernel calls NEW and DESTROY."""
EVENTS = {"NEW": CREATED, "DESTROY": DELETED}
COLUMNS = (
    "at",
    "event",
    "protocol",
    "inside_ip",
    "inside_port",
    "destination_ip",
    "destination_port",
    "public_ip",
    "port",
)
Event = tuple[int, int, int, bytes, int, bytes, int, bytes, int]


def read_conntrack(file: BinaryIO, _origin: Origin) -> Iterator[Block]:
    """The translated connections of a log of events."""
    told: list[Event] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        try:
            told += _event(line)
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
        if len(told) >= RECORDS:
            yield from pairing.blocks([_table(told)], len(told), tuple(rejects), ())
            told, rejects = [], []
    yield from pairing.blocks([_table(told)] if told else [], len(told), tuple(rejects), ())


def _event(line: str) -> list[Event]:
    head = _AT.match(line)
    if not head:
        raise ValueError("no event with its time: conntrack -E -o timestamp")
    seconds, micros, what, protocol = head.groups()
    ends = _END.findall(line)
    if what not in EVENTS or len(ends) != 2:  # an update; a protocol without ports
        return []
    (inside, other, inside_port, other_port), (_, public, _, port) = ends
    if address(public) == address(inside):
        return []
    numbers = [int(one) for one in (inside_port, other_port, port)]
    if max(numbers) >= 1 << 16 or int(protocol) > 255:
        raise ValueError("ports out of their range")
    at, ips = int(seconds) * 1_000_000 + int(micros), [address(one) for one in (inside, other, public)]
    return [(at, EVENTS[what], int(protocol), ips[0], numbers[0], ips[1], numbers[1], ips[2], numbers[2])]


def _table(told: list[Event]) -> pa.Table:
    columns: dict[str, Any] = {}
    for name, values in zip(COLUMNS, zip(*told, strict=True), strict=True):
        given: Any = values
        if name.endswith("_ip"):
            columns[name] = np.frombuffer(b"".join(given), dtype=np.uint8).reshape(len(told), 16)
        else:
            columns[name] = np.array(given, np.int64)
    return pairing.events(columns, len(told), at=columns.pop("at"), first=None, last=None, moment=0)
