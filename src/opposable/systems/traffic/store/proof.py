"""«Preuve de ligne»: a row is, unchanged, at its place in its segment. Pure: standard library and the ledger's tree.

    bytes of a row   the columns in order, big-endian: instants as signed 64-bit microseconds since 1970, addresses as 16
                     bytes (IPv4 mapped, all zero when not given), numbers in their width, of a text its length in 16 bits;
                     then the texts, UTF-8, in order
    leaf             SHA-256(0x00 ‖ salt ‖ bytes), salt of 16 bytes          RFC 6962 §2.1, the entry being salt ‖ bytes
    root             RFC 6962 tree over the leaves in the order of the segment; in the part ``segment`` of its act

The salt keeps the neighbours' hashes in a proof from being guessed, and dies with the key of the day.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from opposable.ledger import merkle
from opposable.ledger.errors import ProofError
from opposable.systems.traffic.store.rows import FAMILIES, Address, Family, Kind, Row

VERSION = 1
SALT = 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NO_ADDRESS = bytes(16)
_MAPPED = bytes(10) + b"\xff\xff"
_CODES: dict[Kind, str] = {"instant": "q", "ip": "16s", "u8": "B", "u16": "H", "u32": "I", "i32": "i", "text": "H"}


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, whole."""
    return (at - EPOCH) // MICROSECOND


def packed(address: Address | None) -> bytes:
    """The 16 bytes of an address."""
    if address is None:
        return NO_ADDRESS
    return _MAPPED + address.packed if isinstance(address, IPv4Address) else address.packed


def unpacked(data: bytes) -> Address | None:
    """The address of 16 bytes; None when all are zero."""
    if data == NO_ADDRESS:
        return None
    return ip_address(data[12:]) if data[:12] == _MAPPED else IPv6Address(data)


def default_of(family: Family, name: str) -> Any:
    """What a column holds that is not written. LookupError when it must be."""
    value = family.default(name)
    return packed(value) if family.columns[name] == "ip" else value


def encode(family: Family, row: Row) -> bytes:
    """The bytes of a row that are sealed."""
    fixed: list[Any] = []
    texts: list[bytes] = []
    for name, kind in family.columns.items():
        value = getattr(row, name)
        if kind == "text":
            texts.append(value.encode())
            value = len(texts[-1])
        elif kind == "instant":
            value = microseconds(value)
        elif kind == "ip":
            value = packed(value)
        fixed.append(value)
    return struct.pack(_layout(family), *fixed) + b"".join(texts)


def decode(family: Family, data: bytes) -> Row:
    """The row of its bytes. Raises ProofError when they are not the bytes of a row of this family."""
    layout = _layout(family)
    try:
        fixed = struct.unpack_from(layout, data)
        at, values = struct.calcsize(layout), {}
        for (name, kind), value in zip(family.columns.items(), fixed, strict=True):
            values[name] = _value(kind, value, data, at)
            at += value if kind == "text" else 0
        row = family.row(**values)
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise ProofError(f"not the bytes of a row of {family.name}: {error}") from None
    if encode(family, row) != data:
        raise ProofError(f"not the bytes of a row of {family.name}: something is left over")
    return row


def _value(kind: Kind, value: Any, data: bytes, at: int) -> Any:
    if kind == "instant":
        return EPOCH + timedelta(microseconds=value)
    if kind == "ip":
        return unpacked(value)
    return data[at : at + value].decode() if kind == "text" else value


def _layout(family: Family) -> str:
    return ">" + "".join(_CODES[kind] for kind in family.columns.values())


@dataclass(frozen=True, slots=True)
class RowProof:
    """One row of the segment ``segment`` (uid): its place among ``size``, its salt, its bytes, the path to the root."""

    segment: str
    family: str
    position: int
    size: int
    salt: bytes
    data: bytes
    path: tuple[bytes, ...]

    @property
    def row(self) -> Row:
        """What the bytes say."""
        return decode(FAMILIES[self.family], self.data)

    def verify(self, root: bytes, size: int) -> None:
        """Return None when the row is of the segment with this root and size. Raises ProofError."""
        if size != self.size:
            raise ProofError(f"the segment has {size} rows, the proof speaks of {self.size}")
        leaf = merkle.leaf_hash(self.salt + self.data)
        merkle.verify_inclusion(leaf, self.position, self.size, self.path, root)

    def as_data(self) -> dict[str, Any]:
        """As JSON: texts and whole numbers, bytes in hex."""
        return {
            "v": VERSION, "segment": self.segment, "family": self.family, "position": self.position, "size": self.size,
            "salt": self.salt.hex(), "row": self.data.hex(), "path": [one.hex() for one in self.path],
        }  # fmt: skip

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RowProof:
        """Read what `as_data` wrote. Raises ProofError on anything else."""
        try:
            if data["v"] != VERSION or data["family"] not in FAMILIES:
                raise ProofError("a proof of another version, or of an unknown family")
            return cls(
                str(data["segment"]), data["family"], int(data["position"]), int(data["size"]),
                bytes.fromhex(data["salt"]), bytes.fromhex(data["row"]), tuple(map(bytes.fromhex, data["path"])),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ProofError(f"not a proof of a row: {error}") from None
