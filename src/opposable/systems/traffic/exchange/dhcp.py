"""Leases of DHCP servers: Kea's lease file and log, dnsmasq's log. A lease ends when it runs out, is given back, or goes to another."""

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
LONGEST = 366 * 86_400 * SECOND
"""A lease that is longer is one without end (RFC 2131 §3.3): it is known to run as long as the file says anything."""
_LINE = re.compile(
    STAMP + r" .*?dnsmasq-dhcp\[\d+\]: (?:(?P<talk>\d+) )?"
    r"(?:(?P<verb>DHCPACK|DHCPRELEASE)\(\S+\) (?P<ip>[0-9.]+) (?P<mac>[0-9a-fA-F:]+)"
    r"|sent size: +4 option: 51 lease-time +(?P<length>\S+))"
)
_LENGTH = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_KEA = re.compile(
    STAMP + r" .*?DHCP4_(?:(?P<lent>LEASE_ALLOC|LEASE_REUSE)|RELEASE\w*) \[hwtype=\d+ (?P<mac>[0-9a-fA-F:]*)\]"
    r"(?:, cid=\[(?P<client>[0-9a-fA-F:]+)\])?[^:]*?(?:, tid=\w+)?: (?:lease|address) (?P<ip>[0-9.]+)"
    r" (?:has been (?:allocated|reused) for (?P<length>\d+) seconds|was released|expired on release)"
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


def read_kea_log(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Kea's log: what it lends, for how long, and what it gets back. Unlike the lease file it is never cleaned up."""
    told: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        found = _KEA.match(line)
        if not found:
            continue  # the log says much else
        try:
            at, length = moment(found["at"], origin.zone), int(found["length"] or 0)
            told.append({
                "ip": address(found["ip"]), "who": found["client"] or found["mac"], "terminal": found["mac"], "at": at,
                "until": at + length * SECOND, "lent": bool(found["lent"]) and length > 0, "ruled": False,
            })  # fmt: skip
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
    yield block_of("access_session", _leases(told), rejects)


def read_dnsmasq(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Dnsmasq's log: what it acknowledges and takes back.

    With ``log-dhcp`` it says for how long; without, ``mapping = {"lease": seconds}`` does, and such an end is marked inferred.
    """
    length = int(origin.mapping.get("lease", HOUR)) * SECOND
    told: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    talks: dict[str, dict[str, Any]] = {}
    for number, line in numbered(file):
        found = _LINE.match(line)
        if not found:
            continue  # the log says much else
        try:
            if found["verb"] is None:
                _lasting(talks.pop(found["talk"], None), found["length"])
                continue
            at = moment(found["at"], origin.zone)
            told.append({
                "ip": address(found["ip"]), "who": found["mac"], "terminal": found["mac"], "at": at, "until": at + length,
                "lent": found["verb"] == "DHCPACK", "ruled": True,
            })  # fmt: skip
            if found["talk"]:
                talks[found["talk"]] = told[-1]
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
    yield block_of("access_session", _leases(told), rejects)


def _lasting(one: dict[str, Any] | None, text: str) -> None:
    """The length that is sent with an acknowledgement: «1h», «52m30s», «infinite»; that of an offer is nobody's."""
    if one is None or not one["lent"]:
        return
    found = _LENGTH.fullmatch(text)
    if text == "infinite":
        seconds = LONGEST
    elif found and found[0]:
        seconds = sum(int(n or 0) * unit for n, unit in zip(found.groups(), (86_400, HOUR, 60, 1), strict=True))
    else:
        raise ValueError("a lease of no known length")
    one |= {"until": one["at"] + seconds * SECOND, "ruled": False}


def _leases(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a lease: renewals by the same client prolong it, anything else on the address ends it."""
    rows: list[dict[str, Any]] = []
    running: dict[bytes, dict[str, Any]] = {}
    for one in sorted(told, key=lambda one: one["at"]):
        before = running.pop(one["ip"], None)
        if before is not None:
            renewed = one["lent"] and before["subscriber"] == one["who"] and one["at"] <= before["end"]
            if renewed:
                before |= {"end": one["until"], "inferred": END_INFERRED if one["ruled"] else AS_GIVEN}
                running[one["ip"]] = before
                continue
            if one["at"] < before["end"]:
                before |= {"end": one["at"], "inferred": AS_GIVEN}
        if one["lent"]:
            row = {"start": one["at"], "end": one["until"], "ip": one["ip"], "subscriber": one["who"],
                   "terminal": one["terminal"], "inferred": END_INFERRED if one["ruled"] else AS_GIVEN}  # fmt: skip
            rows.append(row)
            running[one["ip"]] = row
    last = max((one["at"] for one in told), default=0)
    for row in rows:
        if row["end"] - row["start"] >= LONGEST:
            row |= {"end": max(last, row["start"]), "inferred": END_INFERRED}
    return rows
