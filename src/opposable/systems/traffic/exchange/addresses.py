"""Written addresses as 16 bytes, quickly: files hold millions, and `ipaddress` takes ten times as long for each."""

from __future__ import annotations

from ipaddress import IPv6Address
from string import hexdigits
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.systems.traffic.store.proof import NO_ADDRESS

_MAPPED = bytes(10) + b"\xff\xff"
_HEX = frozenset(hexdigits)


def address(text: str | None) -> bytes:
    """The 16 bytes of an address, IPv4 mapped; nothing is "not given". ValueError for anything else."""
    text = (text or "").strip()
    if not text:
        return NO_ADDRESS
    return _v6(text) if ":" in text else _MAPPED + _v4(text)


def network(text: str) -> tuple[bytes, int]:
    """(first address, bits out of 128) of a written prefix, or of one address."""
    base, _, width = text.strip().partition("/")
    bits = int(width) if width else 128
    if ":" not in base and width:
        bits += 96
    if not 0 <= bits <= 128:
        raise ValueError("no width of a prefix")
    whole = int.from_bytes(address(base))
    return (whole >> (128 - bits) << (128 - bits)).to_bytes(16), bits


def plain_v4(texts: pa.Array) -> Any:
    """The 16 bytes of each of many IPv4 addresses, a row each; None unless all are such: then `address` says what each is."""
    parts = pc.split_pattern(texts, ".")
    if texts.null_count or not pc.all(pc.equal(pc.list_value_length(parts), 4)).as_py():
        return None
    try:
        numbers = parts.flatten().cast(pa.uint8())
    except pa.ArrowInvalid:
        return None
    data = np.zeros((len(texts), 16), np.uint8)
    data[:, 10:12] = 0xFF
    data[:, 12:] = numbers.to_numpy(zero_copy_only=False).reshape(-1, 4)
    return data


def _v4(text: str) -> bytes:
    parts = text.split(".")
    if len(parts) != 4 or not (text.isascii() and text.replace(".", "").isdigit()):
        raise ValueError("not an address")
    return bytes(map(int, parts))  # refuses what is beyond 255


def _v6(text: str) -> bytes:
    if "." in text or "%" in text:
        return IPv6Address(text).packed
    head, gap, tail = text.partition("::")
    first, last = (side.split(":") if side else [] for side in (head, tail))
    zeros = 8 - len(first) - len(last)
    if (zeros < 1) if gap else (zeros != 0):
        raise ValueError("not an address")
    groups = [*first, *["0"] * zeros, *last]
    if any(not group or len(group) > 4 or not _HEX.issuperset(group) for group in groups):
        raise ValueError("not an address")
    return bytes.fromhex("".join(group.zfill(4) for group in groups))
