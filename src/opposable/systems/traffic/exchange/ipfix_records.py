"""Records of IPFIX and NetFlow v9, as their template lays them out: all those of one template at once, as NAT events (RFC 8158)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from opposable.systems.traffic.exchange import pairing

NEEDED = {
    # information element → (column, how its bytes are read)
    8: ("inside_ip", "v4"), 27: ("inside_ip", "v6"), 225: ("public_ip", "v4"), 281: ("public_ip", "v6"),
    7: ("inside_port", "n"), 227: ("port", "n"), 4: ("protocol", "n"), 230: ("event", "n"),
    12: ("destination_ip", "v4"), 28: ("destination_ip", "v6"), 11: ("destination_port", "n"),
    361: ("block_first", "n"), 362: ("block_last", "n"), 363: ("block_step", "n"), 364: ("block_size", "n"),
    323: ("at_ms", "n"), 322: ("at_s", "n"), 324: ("at_us", "ntp"), 152: ("start_ms", "n"), 153: ("end_ms", "n"),
    150: ("start_s", "n"), 151: ("end_s", "n"), 21: ("end_up", "n"), 22: ("start_up", "n"), 371: ("subscriber", "text"),
}  # fmt: skip
UNITS = {
    "at_ms": 1_000,
    "at_s": 1_000_000,
    "start_ms": 1_000,
    "end_ms": 1_000,
    "start_s": 1_000_000,
    "end_s": 1_000_000,
}
LAST = (1 << 63) - 1
MAPPED = np.frombuffer(bytes(10) + b"\xff\xff", dtype=np.uint8)
VARIABLE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Template:
    """Fields of a record: (element, enterprise, width, offset), and the width of the whole; 0 when a field varies."""

    fields: tuple[tuple[int, int, int, int], ...]
    width: int
    scope: int = 0
    """How many of the fields are scopes: such records speak of the exporter (its sampling, its counters), and hold no event."""


def _fixed(template: Template, block: Any) -> dict[str, Any]:
    """Columns of records of one width."""
    columns: dict[str, Any] = {}
    for element, enterprise, width, offset in template.fields:
        name, how = NEEDED.get(element, ("", "")) if not enterprise else ("", "")
        if not name:
            continue
        part = block[:, offset : offset + width]
        if how == "v4" and width == 4:
            whole = np.empty((len(block), 16), dtype=np.uint8)
            whole[:, :12], whole[:, 12:] = MAPPED, part
            columns[name] = whole
        elif how == "v6" and width == 16:
            columns.setdefault(name, np.ascontiguousarray(part))
        elif how == "text":
            columns[name] = [bytes(one).rstrip(b"\0").decode("utf-8", "replace") for one in part]
        elif how in ("n", "ntp") and width <= 8:
            columns[name] = _ntp(part) if how == "ntp" else _number(part)
    return columns


def _number(part: Any) -> Any:
    if (width := part.shape[1]) in (1, 2, 4, 8):
        return part.view(f">u{width}")[:, 0].astype(np.int64)
    wide = np.zeros((len(part), 8), dtype=np.uint8)
    wide[:, 8 - part.shape[1] :] = part
    return wide.view(">u8").reshape(-1).astype(np.int64)


def _ntp(part: Any) -> Any:
    """DateTimeMicroseconds is an NTP time stamp (RFC 7011 §6.1.9): seconds since 1900, and a fraction of 32 bits."""
    seconds, fraction = _number(part[:, :4]), _number(part[:, 4:])
    return (seconds - 2_208_988_800) * 1_000_000 + (fraction * 1_000_000 >> 32)


def even(template: Template, data: bytes) -> tuple[Template, bytes, int]:
    """Records with fields of varying width (RFC 7011 §7), one by one: made even, to be read like the others."""
    at, found = 0, []
    while at < len(data):
        record: list[bytes] = []
        for _, _, width, _ in template.fields:
            if width == VARIABLE:
                if at >= len(data):
                    break
                size, at = data[at], at + 1
                if size == 255:
                    size, at = int.from_bytes(data[at : at + 2], "big"), at + 2
            else:
                size = width
            if at + size > len(data):
                break
            record.append(data[at : at + size])
            at += size
        if len(record) < len(template.fields):
            break  # padding
        found.append(record)
    if not found:
        return template, b"", 0
    widths = [max(len(record[n]) for record in found) for n in range(len(template.fields))]
    even = b"".join(value.ljust(width, b"\0") for record in found for value, width in zip(record, widths, strict=True))
    offsets = np.concatenate([[0], np.cumsum(widths)])
    fields = tuple((e, p, w, int(o)) for (e, p, _, _), w, o in zip(template.fields, widths, offsets, strict=False))
    return Template(fields, int(offsets[-1])), even, len(found)


def events_of(template: Template, sets: list[tuple[bytes, int, int, int]]) -> pa.Table:
    """Records of one template as NAT events: instants in microseconds, addresses as 16 bytes."""
    counts = [count for _, count, _, _ in sets]
    count = sum(counts)
    data = b"".join(one for one, _, _, _ in sets)
    columns = _fixed(template, np.frombuffer(data, dtype=np.uint8).reshape(count, template.width))
    moment, up = (np.repeat(np.array([one[at] for one in sets], np.int64), counts) for at in (2, 3))
    for name, unit in UNITS.items():
        if name in columns:
            # no number of milliseconds wraps into our time
            columns[name] = np.minimum(np.maximum(columns[name], -1), LAST // unit) * unit
    for name in ("start_up", "end_up"):  # since the exporter began
        if name in columns:
            columns[name.replace("_up", "_ms")] = moment + (columns.pop(name) - up) * 1_000
    first = columns.get("start_ms", columns.get("start_s"))
    last = columns.get("end_ms", columns.get("end_s"))
    at = next((columns[name] for name in ("at_us", "at_ms", "at_s") if name in columns), None)
    return pairing.events(columns, count, at=at, first=first, last=last, moment=moment)
