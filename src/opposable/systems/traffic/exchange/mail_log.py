"""Postfix's log: one row a delivery and address, put together from the lines of its queue id. Neither subject nor size nor content.

A log is rotated while messages are under way. What a file says of one that it does not see delivered is a row too, of status
``queued`` and without recipient; the file where it is delivered finds sender and client there, by the queue id (`completing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Origin, Reject
from opposable.systems.traffic.exchange.lines import RECORDS, STAMP, block_of, moment, numbered
from opposable.systems.traffic.store.proof import NO_ADDRESS

_QUEUE = r"(?P<queue>[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{11,})"
"""Short and long queue ids (the long ones have no vowels)."""
_LINE = re.compile(STAMP + r" .*?postfix[^/]*/(?:[\w-]+/)*(?P<part>\w+)\[\d+\]: " + _QUEUE + ": (?P<rest>.*)")
QUEUED = "queued"
_CLIENT = re.compile(r"client=[^\[]*\[(?P<ip>[0-9A-Fa-f:.]+)\]")
_FROM = re.compile(r"from=<(?P<who>[^>]*)>")
_TO = re.compile(r"to=<(?P<who>[^>]*)>,(?: orig_to=<(?P<written>[^>]*)>,)?.*?status=(?P<status>\w+)")


def read_postfix(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The deliveries of a mail log."""
    queues: dict[str, dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        found = _LINE.match(line)
        if not found:
            continue
        try:
            _take(found, queues, rows, origin)
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
        if len(rows) >= RECORDS:
            yield block_of("mail", rows, rejects)
            rows, rejects = [], []
    rows += [
        one | {"recipient": "", "status": QUEUED}
        for one in queues.values()
        if "start" in one and not one.pop("told", False)
    ]
    yield block_of("mail", rows, rejects)


def _take(found: re.Match[str], queues: dict[str, dict[str, Any]], rows: list[dict[str, Any]], origin: Origin) -> None:
    queue, rest = found["queue"], found["rest"]
    known = queues.setdefault(queue, {"sender": "", "client_ip": NO_ADDRESS, "queue": queue})
    if client := _CLIENT.match(rest):
        _begun(known, found, origin, client_ip=address(client["ip"]))
    elif sender := _FROM.match(rest):
        _begun(known, found, origin, sender=sender["who"].lower())
    elif to := _TO.match(rest):
        at = moment(found["at"], origin.zone)
        known["told"] = True
        one = {name: known[name] for name in ("sender", "client_ip", "queue")}
        one |= {"start": at, "end": at, "status": to["status"]}
        # An alias is an address of the recipient too, the one that the sender wrote: either finds the delivery.
        names = dict.fromkeys(who.lower() for who in (to["who"], to["written"]) if who)
        rows += [one | {"recipient": who} for who in names]
    elif rest == "removed":
        queues.pop(queue, None)


def _begun(known: dict[str, Any], found: re.Match[str], origin: Origin, **said: Any) -> None:
    known |= said
    if "start" not in known:
        known["start"] = known["end"] = moment(found["at"], origin.zone)
