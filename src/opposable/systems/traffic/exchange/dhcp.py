"""Leases of DHCP servers, IPv4 and IPv6: Kea's lease file and log, dnsmasq's log.

What a server says, line by line, becomes one row a lease in `leases`. A client of DHCPv6 goes by its DUID (RFC 8415 §11); what it
is lent is an address, or a prefix for what is behind it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Origin, Reject
from opposable.systems.traffic.exchange.leases import LONGEST, SECOND, WHOLE, Said, rows_of
from opposable.systems.traffic.exchange.lines import STAMP, block_of, moment, numbered

HOUR = 3_600
RECLAIMED = "2"
"""State of a lease that ran out and was taken back (Kea, lease file: expired-reclaimed)."""
_LINE = re.compile(
    STAMP + r" .*?dnsmasq-dhcp\[\d+\]: (?:(?P<talk>\d+) )?"
    r"(?:(?P<verb>DHCPACK|DHCPREPLY|DHCPRELEASE)\(\S+\) (?:(?P<ip>[0-9a-fA-F:.]+) )?(?P<who>(?:[0-9a-fA-F]{2}:)+[0-9a-fA-F]{2})(?: |$)"
    r"|client MAC address: (?P<mac>[0-9a-fA-F:]+)"
    r"|sent size: +4 option: 51 lease-time +(?P<length>\S+)"
    r"|nest size: +\d+ option: +5 iaaddr +(?P<lent>[0-9a-fA-F:]+) PL=\d+ VL=(?P<valid>\d+))"
)
_LENGTH = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_ENDED = r"has been (?:allocated|reused)(?: for (?P<length>\d+) seconds)?|was (?:released|deleted)|expired on release"
_KEA = re.compile(
    STAMP + r" .*?DHCP4_(?:(?P<lent>LEASE_ALLOC|LEASE_REUSE)|RELEASE\w*) \[hwtype=\d+ (?P<mac>[0-9a-fA-F:]*)\]"
    r"(?:, cid=\[(?P<client>[0-9a-fA-F:]+)\])?[^:]*?(?:, tid=\w+)?: (?:lease|address) (?P<ip>[0-9.]+) (?:"
    + _ENDED
    + ")"
)
_KEA6 = re.compile(
    STAMP
    + r" .*?DHCP6_(?:PD_)?(?:(?P<lent>LEASE_(?:ALLOC|REUSE|RENEW|REBIND))|RELEASE_\w+) duid=\[(?P<client>[0-9a-fA-F:]+)\]"
    r"(?:, \[hwtype=\d+ (?P<mac>[0-9a-fA-F:]*)\])?(?:, tid=\w+)?: (?:(?:lease|binding) for )?(?:address|prefix) "
    r"(?P<ip>[0-9a-fA-F:]+)(?:/(?P<width>\d+))? (?:and|for) iaid=\d+ (?:" + _ENDED + ")"
)


def read_kea(file: BinaryIO, _origin: Origin) -> Iterator[Block]:
    """Kea's memfile (``kea-leases4.csv``, ``kea-leases6.csv``): a line is a lease as it stood; expiry and length give its beginning."""
    names: list[str] = []
    told: list[Said] = []
    rejects: list[Reject] = []
    over: set[tuple[str, int]] = set()
    for number, line in numbered(file):
        cells = next(csv.reader([line]))
        if cells[0] == "address":
            names = cells
            continue
        try:
            told += _filed(dict(zip(names, cells, strict=True)), over)
        except (KeyError, ValueError):
            rejects.append(Reject(number, "not a line of a lease file"))
    yield block_of("access_session", rows_of(told), rejects)


def _filed(one: dict[str, str], over: set[tuple[str, int]]) -> list[Said]:
    """One line. A lease that ran out is written twice more: reclaimed, then (of no length) deleted; neither shortens it."""
    length, expires = int(one["valid_lifetime"]), int(one["expire"])
    state, lease = one.get("state", "0"), (one["address"], expires - length)
    if state == RECLAIMED and not length and lease in over:
        return []
    ran_out = state == RECLAIMED and length > 0
    if ran_out:
        over.add(lease)
    who = (one["duid"] if "duid" in one else one.get("client_id")) or one.get("hwaddr", "")
    said = Said(
        ip=address(one["address"]), prefix=int(one.get("prefix_len") or WHOLE), who=who, terminal=one.get("hwaddr") or who,
        at=(expires if ran_out else expires - length) * SECOND, until=expires * SECOND, lent=state == "0" and length > 0,
    )  # fmt: skip
    return [said]


def read_kea_log(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Kea's log: what it lends, for how long, and what it gets back. Unlike the lease file it is never cleaned up."""
    told: list[Said] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        found = _KEA.match(line) or _KEA6.match(line)
        if not found:
            continue  # the log says much else
        try:
            told.append(_logged(found, origin))
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
    yield block_of("access_session", rows_of(told), rejects)


def _logged(found: re.Match[str], origin: Origin) -> Said:
    at, given = moment(found["at"], origin.zone), found.groupdict()
    who = found["client"] or found["mac"]
    length = None if found["length"] is None else int(found["length"])
    return Said(
        ip=address(found["ip"]), prefix=int(given.get("width") or WHOLE), who=who, terminal=found["mac"] or who, at=at,
        until=None if length is None else at + length * SECOND, lent=bool(found["lent"]) and length != 0,
    )  # fmt: skip


def read_dnsmasq(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Dnsmasq's log: what it acknowledges and takes back.

    With ``log-dhcp`` it says for how long; without, ``mapping = {"lease": seconds}`` does, and such an end is marked inferred. Who gives
    an IPv6 address back is named without it: all that this client holds ends then.
    """
    length = int(origin.mapping.get("lease", HOUR)) * SECOND
    told: list[Said] = []
    rejects: list[Reject] = []
    talks: dict[str, list[Said]] = {}
    terminals: dict[str, str] = {}
    for number, line in numbered(file):
        found = _LINE.match(line)
        if not found:
            continue  # the log says much else
        try:
            if found["verb"] is None:
                _more(found, talks, terminals)
                continue
            said = _acknowledged(found, origin, length, terminals)
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
            continue
        told.append(said)
        if found["talk"]:
            talks.setdefault(found["talk"], []).append(said)
    yield block_of("access_session", rows_of(told), rejects)


def _acknowledged(found: re.Match[str], origin: Origin, length: int, terminals: dict[str, str]) -> Said:
    at, who = moment(found["at"], origin.zone), found["who"]
    return Said(
        ip=address(found["ip"]) if found["ip"] else None, who=who, terminal=terminals.get(found["talk"] or "", who), at=at,
        until=at + length, lent=found["verb"] != "DHCPRELEASE", ruled=True,
    )  # fmt: skip


def _more(found: re.Match[str], talks: dict[str, list[Said]], terminals: dict[str, str]) -> None:
    """What ``log-dhcp`` adds to a conversation: the hardware address, and how long what was acknowledged lasts."""
    talk = found["talk"] or ""
    if found["mac"]:
        terminals[talk] = found["mac"]
        talks.pop(talk, None)
    elif found["length"]:
        for one in talks.pop(talk, ()):
            _lasting(one, _seconds(found["length"]))
    else:
        lent = address(found["lent"])
        for one in talks.get(talk, ()):
            if one.ip == lent:
                _lasting(one, int(found["valid"]))


def _lasting(one: Said, seconds: int) -> None:
    """The length that is sent with an acknowledgement; that of an offer is nobody's."""
    if one.lent:
        one.until, one.ruled = one.at + seconds * SECOND, False


def _seconds(text: str) -> int:
    """«1h», «52m30s», «infinite»."""
    found = _LENGTH.fullmatch(text)
    if text == "infinite":
        return LONGEST // SECOND
    if not found or not found[0]:
        raise ValueError("a lease of no known length")
    return sum(int(n or 0) * unit for n, unit in zip(found.groups(), (86_400, HOUR, 60, 1), strict=True))
