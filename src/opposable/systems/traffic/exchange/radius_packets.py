"""RADIUS accounting packets (RFC 2866) as records of a detail file, and their acknowledgement; and whether we are there (RFC 5997)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

REQUEST, RESPONSE, STATUS_SERVER = 4, 5, 12
PROXY_STATE, MESSAGE_AUTHENTICATOR = 33, 80
STATUS = {1: "Start", 2: "Stop", 3: "Interim-Update", 7: "Accounting-On", 8: "Accounting-Off"}
NAMES = {
    1: ("User-Name", "text"), 4: ("NAS-IP-Address", "v4"), 8: ("Framed-IP-Address", "v4"), 31: ("Calling-Station-Id", "text"),
    32: ("NAS-Identifier", "text"), 40: ("Acct-Status-Type", "status"), 41: ("Acct-Delay-Time", "number"),
    44: ("Acct-Session-Id", "text"), 46: ("Acct-Session-Time", "number"), 55: ("Event-Timestamp", "number"),
    95: ("NAS-IPv6-Address", "v6"), 97: ("Framed-IPv6-Prefix", "prefix"), 123: ("Delegated-IPv6-Prefix", "prefix"),
    168: ("Framed-IPv6-Address", "v6"),
}  # fmt: skip
"""Only what a source address needs (R. 10-13, IV): volumes, services and filters are not taken out of the packet."""


class NotAccounting(ValueError):
    """No accounting request, or not signed with the shared secret."""


def as_detail(packet: bytes, secret: bytes, received: int) -> str:
    """The record of a packet that came at ``received`` (seconds). Raises NotAccounting."""
    attributes = _checked(packet, secret)
    lines = [f"{datetime.fromtimestamp(received, UTC):%a %b %d %H:%M:%S %Y}"]
    for kind, value in _attributes(attributes):
        if kind in NAMES:
            name, how = NAMES[kind]
            lines.append(f"\t{name} = {_shown(how, value)}")
    return "\n".join([*lines, f"\tTimestamp = {received}", "", ""])


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, value) of each. Raises NotAccounting."""
    at = 0
    while at + 2 <= len(data):
        kind, size = data[at], data[at + 1]
        if size < 2 or at + size > len(data):
            raise NotAccounting("an attribute is longer than the packet")
        yield kind, data[at + 2 : at + size]
        at += size


def acknowledgement(packet: bytes, secret: bytes) -> bytes:
    """The response to a request (RFC 2866 §3), with what servers on the way wrote into it for themselves (RFC 2865 §5.33)."""
    return _response(packet, _checked(packet, secret), secret)


def is_status(packet: bytes) -> bool:
    """Whether a packet only asks if somebody listens: nothing of it is kept."""
    return packet[:1] == bytes([STATUS_SERVER])


def status(packet: bytes, secret: bytes) -> bytes:
    """The response to such a packet (RFC 5997 §4.2). Raises NotAccounting for one that is not signed with the shared secret."""
    size = int.from_bytes(packet[2:4])
    if not 20 <= size <= len(packet):
        raise NotAccounting("cut off")
    attributes = packet[20:size]
    signed, blank, at = b"", b"", 0
    for kind, value in _attributes(attributes):
        if kind == MESSAGE_AUTHENTICATOR and len(value) == 16:
            signed, blank = value, packet[: 22 + at] + bytes(16) + packet[38 + at : size]
        at += len(value) + 2
    if not signed or not hmac.compare_digest(hmac.digest(secret, blank, "md5"), signed):
        raise NotAccounting("another secret")
    return _response(packet, attributes, secret)


def _response(packet: bytes, attributes: bytes, secret: bytes) -> bytes:
    states = b"".join(
        bytes([kind, len(value) + 2]) + value for kind, value in _attributes(attributes) if kind == PROXY_STATE
    )
    head = struct.pack(">BBH", RESPONSE, packet[1], 20 + len(states))
    return head + hashlib.md5(head + packet[4:20] + states + secret, usedforsecurity=False).digest() + states


def request(attributes: bytes, identifier: int, secret: bytes) -> bytes:
    """A signed request: for those who try a listener out."""
    head = struct.pack(">BBH", REQUEST, identifier, 20 + len(attributes))
    return head + hashlib.md5(head + bytes(16) + attributes + secret, usedforsecurity=False).digest() + attributes


def _checked(packet: bytes, secret: bytes) -> bytes:
    """The attributes of a request whose authenticator is right."""
    if len(packet) < 20 or packet[0] != REQUEST:
        raise NotAccounting("no accounting request")
    size = int.from_bytes(packet[2:4])
    if not 20 <= size <= len(packet):
        raise NotAccounting("cut off")
    attributes = packet[20:size]
    right = hashlib.md5(packet[:4] + bytes(16) + attributes + secret, usedforsecurity=False).digest()
    if not hmac.compare_digest(right, packet[4:20]):
        raise NotAccounting("another secret")
    return attributes


def _shown(how: str, value: bytes) -> str:
    if how == "text":
        # a line is a line: what would break out of it is dropped
        clean = "".join(c for c in value.decode("utf-8", "replace") if c.isprintable() and c != '"')
        return f'"{clean}"'
    try:
        if how == "v4":
            return str(IPv4Address(value))
        if how == "v6":
            return str(IPv6Address(value))
        if how == "prefix":
            return f"{IPv6Address(value[2:].ljust(16, bytes(1)))}/{value[1]}"
    except ValueError as error:
        raise NotAccounting("an address of the wrong length") from error
    number = int.from_bytes(value)
    return STATUS.get(number, str(number)) if how == "status" else str(number)
