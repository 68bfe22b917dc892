"""Leases of DHCP servers: Kea's lease file, dnsmasq's log. A lease ends when it runs out, is given back, or goes to somebody else."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Origin, Reject
from opposable.systems.traffic.exchange.lines import STAMP, block_of, moment, numbered
from opposable.systems.traffic.store.rows import AS_GIVEN, END_INFERRED

HOUR = 3_600
SECOND = 1_000_000
_LINE = re.compile(
    STAMP + r" .*?dnsmasq-dhcp\[\d+\]: (?:\d+ )?(?P<verb>DHCPACK|DHCPRELEASE)\(\S+\) (?P<ip>[0-9.]+)"
    r" (?P<mac>[0-9a-fA-F:]+)"
)


def read_kea(file: BinaryIO, _origin: Origin) -> Iterator[Block]:
    """Kea's memfile (``kea-leases4.csv``): each line is a lease as it stood then; expiry and length give its beginning."""
    names: list[str] = []
    told: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        cells = next(csv.reader([line]))
        if cells[0] == "address":
            names = cells
            continue
        try:
            one = dict(zip(names, cells, strict=True))
            length, expires = int(one["valid_lifetime"]), int(one["expire"])
            told.append({
                "ip": address(one["address"]), "who": one.get("client_id") or one.get("hwaddr") or one.get("duid") or "",
                "terminal": one.get("hwaddr") or one.get("duid") or "", "at": (expires - length) * SECOND,
                "until": expires * SECOND, "lent": one.get("state", "0") == "0" and length > 0, "ruled": False,
            })  # fmt: skip
        except (KeyError, ValueError):
            rejects.append(Reject(number, "not a line of a lease file"))
    yield block_of("access_session", _leases(told), rejects)


def read_dnsmasq(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Dnsmasq's log: what it acknowledges and takes back. It does not say for how long: ``mapping = {"lease": seconds}``."""
    length = int(origin.mapping.get("lease", HOUR)) * SECOND
    told: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        found = _LINE.match(line)
        if not found:
            continue  # the log says much else
        try:
            at = moment(found["at"], origin.zone)
            told.append({
                "ip": address(found["ip"]), "who": found["mac"], "terminal": found["mac"], "at": at, "until": at + length,
                "lent": found["verb"] == "DHCPACK", "ruled": True,
            })  # fmt: skip
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
    yield block_of("access_session", _leases(told), rejects)


def _leases(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a lease: renewals by the same client prolong it, anything else on the address ends it."""
    rows: list[dict[str, Any]] = []
    running: dict[bytes, dict[str, Any]] = {}
    for one in sorted(told, key=lambda one: one["at"]):
        before = running.pop(one["ip"], None)
        if before is not None:
            renewed = one["lent"] and before["subscriber"] == one["who"] and one["at"] <= before["end"]
            if renewed:
                before["end"] = one["until"]
                running[one["ip"]] = before
                continue
            if one["at"] < before["end"]:
                before |= {"end": one["at"], "inferred": AS_GIVEN}
        if one["lent"]:
            row = {"start": one["at"], "end": one["until"], "ip": one["ip"], "subscriber": one["who"],
                   "terminal": one["terminal"], "inferred": END_INFERRED if one["ruled"] else AS_GIVEN}  # fmt: skip
            rows.append(row)
            running[one["ip"]] = row
    return rows
