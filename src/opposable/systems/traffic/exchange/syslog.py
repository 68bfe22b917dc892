"""CGNAT logs by syslog: port blocks lent and taken back, as several makers write them, or in a shape that the source declares.

The shapes of makers follow their published messages; they were not tried on the boxes themselves. A source may bring its own:
``mapping = {"shapes": [{"pattern": "…(?P<inside_ip>…)…", "event": "create"}]}``, groups being columns of a port block or session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from opposable.law import t
from opposable.systems.traffic.exchange import pairing
from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Loss, Origin, Reject
from opposable.systems.traffic.exchange.csv_file import PROTOCOLS
from opposable.systems.traffic.exchange.lines import RECORDS, STAMP, Reading, numbered, reading

IP = r"[0-9A-Fa-f:.]+"
SHAPES = (
    # Juniper SRX: RT_SRC_NAT_PBA_ALLOC, RT_SRC_NAT_PBA_RELEASE
    (rf"RT_SRC_NAT_PBA_(?P<verb>ALLOC|RELEASE): Subscriber (?P<inside_ip>{IP}) .*?port block \[(?P<first>\d+)-(?P<last>\d+)\]"
     rf" from (?P<public_ip>{IP})"),
    # Juniper services cards: JSERVICES_NAT_PORT_BLOCK_ALLOC, _RELEASE
    rf"JSERVICES_NAT_PORT_BLOCK_(?P<verb>ALLOC|RELEASE): (?P<inside_ip>{IP}) -> (?P<public_ip>{IP}):(?P<first>\d+)-(?P<last>\d+)",
    # Cisco carrier-grade services: [UserbasedA - inside VRF - public first last]; W withdraws
    rf"\[Userbased(?P<verb>[AW]) - (?P<inside_ip>{IP}) \S+ - (?P<public_ip>{IP}) (?P<first>\d+) (?P<last>\d+)\]",
    # our own plain form: nat create|delete proto inside:port public:port [subscriber]
    (rf"nat (?P<verb>create|delete) (?P<protocol>\w+) (?P<inside_ip>{IP}):(?P<inside_port>\d+) (?P<public_ip>{IP}):(?P<first>\d+)"
     r"(?: (?P<subscriber>\S+))?"),
)  # fmt: skip
CREATING = frozenset({"alloc", "a", "create", "add"})
_STAMP = re.compile(STAMP)
TOLD_TWICE = t(
    "{n} (ligne|lignes) de l’heure que les horloges de la source ont montrée deux fois : les traductions en ont la lecture la plus large",
    "{n} (line|lines) of the hour that the clocks of the source showed twice: the translations have the widest reading of it",
)
COLUMNS = ("event", "block_first", "block_last", "inside_port", "protocol", "public_ip", "inside_ip", "subscriber")


def read_syslog(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The port blocks and sessions of a log."""
    shapes = [re.compile(one) for one in SHAPES]
    shapes = [re.compile(one["pattern"]) for one in origin.mapping.get("shapes", ())] + shapes
    told: list[tuple[Any, ...]] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        try:
            told.append(_event(line, shapes, origin))
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
        if len(told) >= RECORDS:
            yield from pairing.blocks(_tables(told), len(told), tuple(rejects), (), _doubts(told))
            told, rejects = [], []
    yield from pairing.blocks(_tables(told), len(told), tuple(rejects), (), _doubts(told))


def _event(line: str, shapes: list[re.Pattern[str]], origin: Origin) -> tuple[Any, ...]:
    stamp = _STAMP.match(line)
    if not stamp:
        raise ValueError("no time stamp")
    found = next(filter(None, (shape.search(line) for shape in shapes)), None)
    if not found:
        raise ValueError("of no known shape")
    given = found.groupdict()
    session = given.get("last") is None
    creates = given["verb"].lower() in CREATING
    first = int(given["first"])
    last = first if session else int(given["last"])
    if not 0 <= first <= last < 1 << 16:
        raise ValueError("ports out of their range")
    protocol = given.get("protocol") or "0"
    code = (4 if creates else 5) if session else (16 if creates else 17)
    return (
        reading(stamp["at"], origin.zone), code, first, last, int(given.get("inside_port") or 0),
        PROTOCOLS.get(protocol.lower(), int(protocol) if protocol.isdigit() else 0), address(given["public_ip"]),
        address(given["inside_ip"]), given.get("subscriber") or "",
    )  # fmt: skip


def _tables(told: list[tuple[Any, ...]]) -> list[pa.Table]:
    """Sessions and port blocks apart: a session has a port, a block has two."""
    found, twice = [], any(_twice(one) for one in told)
    for codes in ((4, 5), (16, 17)):
        mine = [one for one in told if one[1] in codes]
        if not mine:
            continue
        at, code, first, last, inside_port, protocol, public, inside, subscriber = zip(*mine, strict=True)
        columns: dict[str, Any] = {
            "event": np.array(code), "inside_port": np.array(inside_port), "protocol": np.array(protocol),
            "public_ip": _bytes(public), "inside_ip": _bytes(inside), "subscriber": list(subscriber),
        }  # fmt: skip
        if codes == (4, 5):
            columns["port"] = np.array(first)
        else:
            columns |= {"block_first": np.array(first), "block_last": np.array(last)}
        early, late, order = (np.array(one, np.int64) for one in zip(*at, strict=True))
        more = {"late": late, "order": order} if twice else {}
        found.append(pairing.events(columns, len(mine), at=early, first=None, last=None, moment=0, **more))
    return found


def _twice(one: tuple[Any, ...]) -> bool:
    at: Reading = one[0]
    return at.late > at.at


def _doubts(told: list[tuple[Any, ...]]) -> tuple[Loss, ...]:
    """That lines came in an hour which the clocks of the source showed twice, once for each such night."""
    found: dict[int, list[Reading]] = {}
    for one in filter(_twice, told):
        found.setdefault(one[0].order, []).append(one[0])
    return tuple(
        Loss(TOLD_TWICE.counted(len(all_)).format(n=len(all_)), order, order + 2 * (all_[0].late - all_[0].at))
        for order, all_ in sorted(found.items())
    )


def _bytes(values: tuple[bytes, ...]) -> Any:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), 16)
