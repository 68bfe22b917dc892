"""CSV by a mapping kept with the source: which column of the file is which of the family.

    {"family": "nat_session", "separator": ";", "columns": {"start": "Begin", "public_ip": "PublicIP", …},
     "instants": "iso" | "s" | "ms" | "us" | "%d/%m/%Y %H:%M:%S", "duration": "Seconds", "constants": {"protocol": 6}}

``columns`` names columns of the header, or gives their numbers from 0 when ``header`` is false. ``duration`` stands for ``end``.
A block of the file goes through Arrow; one with a line that does not read goes line by line, and says which and why.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from opposable.kernel.faults import Fault
from opposable.law import t
from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import (
    Block,
    Origin,
    Reject,
    addresses,
    localized,
    of_records,
    once,
    table,
    text_of,
    whole_lines,
)  # fmt: skip
from opposable.systems.traffic.exchange.numbers import e164
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND
from opposable.systems.traffic.store.rows import FAMILIES, Family

UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "ipv6-icmp": 58, "gre": 47, "esp": 50, "sctp": 132}
NUMBERS = frozenset({"served", "other"})
"""Columns that hold telephone numbers, which are written one way."""
BACKWARDS = "it ends before it begins"
LIMITS = {"u8": 1 << 8, "u16": 1 << 16, "u32": 1 << 32}


class MappingFault(Fault):
    """The mapping of the source does not fit the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The mapping, ready: columns of the file in their order, and what becomes of each."""

    family: Family
    separator: str
    names: list[str]
    columns: dict[str, str]
    duration: str
    instants: str
    constants: dict[str, Any]
    zone: ZoneInfo

    @property
    def wanted(self) -> list[str]:
        return [*self.columns.values(), *([self.duration] if self.duration else [])]


def read_csv(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The blocks of a CSV file."""
    plan: Plan | None = None
    for first, block in whole_lines(file):
        line, data = first, block
        if plan is None:
            plan, line, data = _begin(data, origin, line)
        if data.strip():
            yield _block(plan, line, data)


def _begin(data: bytes, origin: Origin, line: int) -> tuple[Plan, int, bytes]:
    """The plan, and the block without its header."""
    mapping = origin.mapping
    separator = mapping.get("separator", ",")
    head, _, rest = data.partition(b"\n")
    first = next(csv.reader([text_of(head).strip("\r\n")], delimiter=separator), [])
    if mapping.get("header", True):
        names, line, data = [name.strip() for name in first], line + 1, rest
    else:
        names = [str(number) for number in range(len(first))]
    family = FAMILIES.get(mapping.get("family", ""))
    columns = {name: str(column) for name, column in mapping.get("columns", {}).items()}
    duration = str(mapping.get("duration", ""))
    constants = dict(mapping.get("constants", {}))
    if family is None:
        raise _fault(t("la famille manque", "the family is missing"))
    strangers = [name for name in (*columns, *constants) if name not in family.columns]
    absent = [name for name in (*columns.values(), *([duration] if duration else [])) if name not in names]
    needed = family.needed - {"end"}
    lacking = sorted(needed - columns.keys() - constants.keys())
    if strangers or absent or lacking:
        raise _fault(
            t(
                "inconnu : {s} ; absent du fichier : {a} ; à indiquer : {l}",
                "unknown: {s}; not in the file: {a}; to be given: {l}",
            ).format(s=", ".join(strangers) or "–", a=", ".join(absent) or "–", l=", ".join(lacking) or "–")
        )
    plan = Plan(family, separator, names, columns, duration, mapping.get("instants", "iso"), constants, origin.zone)
    return plan, line, data


def _fault(what: Any) -> MappingFault:
    return MappingFault(
        t("La correspondance des colonnes ne convient pas : {w}.", "The mapping of columns does not fit: {w}.").format(
            w=what
        )
    )


def _block(plan: Plan, line: int, data: bytes) -> Block:
    try:
        found = _fast(plan, data)
        return Block(plan.family.name, found, found.num_rows)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, OverflowError, UnicodeDecodeError):
        return _line_by_line(plan, line, data)


# --- a block at once -------------------------------------------------------------------------------------------------


def _fast(plan: Plan, data: bytes) -> pa.Table:
    types = {plan.columns[name]: _type(plan, name) for name in plan.columns}
    if plan.duration:
        types[plan.duration] = pa.float64()
    read = pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(column_names=plan.names, use_threads=False, block_size=1 << 25),
        parse_options=pacsv.ParseOptions(delimiter=plan.separator),
        convert_options=pacsv.ConvertOptions(
            column_types=types, include_columns=plan.wanted, strings_can_be_null=False
        ),
    )
    kinds = plan.family.columns
    columns: dict[str, Any] = {name: read.column(column).combine_chunks() for name, column in plan.columns.items()}
    for name in list(columns):
        if kinds[name] == "ip":
            columns[name] = addresses(columns[name])
        elif kinds[name] == "instant":
            columns[name] = _instants(plan, columns[name])
        elif name in NUMBERS and kinds[name] == "text":
            columns[name] = _e164(columns[name])
        elif columns[name].null_count:
            raise ValueError(f"{name}: empty")
    if plan.duration:
        columns["end"] = columns["start"] + np.rint(read.column(plan.duration).to_numpy() * 1e6).astype(np.int64)
    columns.setdefault("end", columns["start"])
    if (np.asarray(columns["end"]) < np.asarray(columns["start"])).any():
        raise ValueError(BACKWARDS)
    return table(plan.family, columns | _constants(plan, read.num_rows), read.num_rows)


def _e164(texts: pa.Array) -> pa.Array:
    words = pa.array([e164(text) for text in texts.dictionary.to_pylist()], type=pa.string())
    return pa.DictionaryArray.from_arrays(texts.indices, words).dictionary_decode().dictionary_encode()


def _type(plan: Plan, name: str) -> pa.DataType:
    kind = plan.family.columns[name]
    if kind == "instant":
        if plan.instants in UNITS:
            return pa.float64() if plan.instants == "s" else pa.int64()
        return pa.timestamp("us")
    if kind in ("ip", "text"):
        return pa.dictionary(pa.int32(), pa.string())
    return {"u8": pa.uint8(), "u16": pa.uint16(), "u32": pa.uint32(), "i32": pa.int32()}[kind]


def _instants(plan: Plan, values: pa.Array) -> Any:
    if values.null_count:
        raise ValueError("an instant is missing")
    if plan.instants in UNITS:
        numbers = values.to_numpy(zero_copy_only=False)
        return np.rint(numbers * UNITS[plan.instants]).astype(np.int64)
    if plan.instants != "iso":
        raise ValueError("only one line at a time reads this form")
    return localized(values.cast(pa.int64()).to_numpy(), plan.zone)


def _constants(plan: Plan, count: int) -> dict[str, Any]:
    kinds = plan.family.columns
    return {name: [address(value) if kinds[name] == "ip" else value] * count for name, value in plan.constants.items()}


# --- line by line ----------------------------------------------------------------------------------------------------


def _line_by_line(plan: Plan, line: int, data: bytes) -> Block:
    records, rejects = [], []
    reader = csv.reader(io.StringIO(text_of(data), newline=""), delimiter=plan.separator)
    read = 0
    for cells in reader:
        if not cells:
            continue
        read += 1
        at = line + reader.line_num - 1
        try:
            records.append(_record(plan, cells))
        except ValueError as error:
            rejects.append(Reject(at, str(error)))
    return Block(plan.family.name, of_records(plan.family.name, records), read, tuple(rejects))


def _record(plan: Plan, cells: list[str]) -> dict[str, Any]:
    if len(cells) != len(plan.names):
        raise ValueError(f"{len(cells)} columns where {len(plan.names)} are wanted")
    given = dict(zip(plan.names, cells, strict=True))
    record = {name: _value(plan, name, given[column].strip()) for name, column in plan.columns.items()}
    if plan.duration:
        try:
            record["end"] = record["start"] + round(float(given[plan.duration]) * 1_000_000)
        except ValueError:
            raise ValueError(f"{plan.duration}: not a number of seconds") from None
    record.setdefault("end", record["start"])
    if record["end"] < record["start"]:
        raise ValueError(BACKWARDS)
    kinds = plan.family.columns
    return record | {n: address(v) if kinds[n] == "ip" else v for n, v in plan.constants.items()}


def _value(plan: Plan, name: str, text: str) -> Any:
    """The value of one cell. ValueError says which column, and never what stood there."""
    kind = plan.family.columns[name]
    try:
        if kind == "text":
            return e164(text) if name in NUMBERS else text
        if kind == "ip":
            return address(text)
        if kind == "instant":
            return _instant(plan, text)
        return _number(text, kind, named=name == "protocol")
    except ValueError:
        wanted = {"ip": "an address", "instant": "an instant that exists once"}.get(kind, "a number in its range")
        raise ValueError(f"{plan.columns[name]}: not {wanted}") from None


def _number(text: str, kind: str, *, named: bool) -> int:
    number = PROTOCOLS.get(text.lower()) if named else None
    number = int(text) if number is None else number
    if not 0 <= number < LIMITS.get(kind, 1 << 31):
        raise ValueError("out of its range")
    return number


def _instant(plan: Plan, text: str) -> int:
    if plan.instants in UNITS:
        return round(float(text) * UNITS[plan.instants])
    iso = plan.instants == "iso"
    at = datetime.fromisoformat(text) if iso else datetime.strptime(text, plan.instants)  # noqa: DTZ007 - below
    if at.tzinfo is None:
        at = once(at, plan.zone)
    return (at.astimezone(UTC) - EPOCH) // MICROSECOND
