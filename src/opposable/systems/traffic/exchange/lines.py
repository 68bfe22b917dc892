"""Logs by the line: when a line was written, and the records of a file read one line after the other."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from opposable.kernel import clock
from opposable.systems.traffic.exchange.blocks import TWICE, Block, Reject, of_records, text_of, whole_lines
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND

STAMP = (
    r"(?:<\d{1,3}>)?(?:1 )?(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
)
"""RFC 5424 (RFC 3339) or RFC 3164 (no year, no zone), with or without priority and version."""
_SHORT = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)")
RECORDS, SECOND = 200_000, 1_000_000
Record = dict[str, Any]


class Reading(NamedTuple):
    """When a line was written, in microseconds: its first and its last reading, which differ in the hour that the clocks showed twice.

    ``order`` is the instant, or the beginning of that hour: what came in it stays in the order of the file.
    """

    at: int
    late: int
    order: int


def moment(text: str, zone: ZoneInfo) -> int:
    """Microseconds of the time stamp of a line. One without a year is of the last twelve months.

    ValueError for what is none, and for an hour that the clocks of the zone showed twice.
    """
    found = reading(text, zone)
    if found.late != found.at:
        raise ValueError(TWICE)
    return found.at


def reading(text: str, zone: ZoneInfo) -> Reading:
    """The same with both readings of an hour that was shown twice. ValueError for what is no time, and for an hour that never was."""
    return _reading(text, zone.key, clock.now().year if text[:1].isalpha() else 0)


@lru_cache(200_000)
def _reading(text: str, zone: str, year: int) -> Reading:
    if year:
        found = _SHORT.fullmatch(text)
        if not found:
            raise ValueError("no time stamp")
        month, day, hour = found.groups()
        if (month, day) == ("Feb", "29") and not isleap(year):
            year -= 1
        shown = datetime.strptime(f"{year} {month} {day.strip()} {hour}", "%Y %b %d %H:%M:%S")  # noqa: DTZ007 - below
        if shown.replace(tzinfo=ZoneInfo(zone)) > clock.now() + timedelta(days=1):
            shown = shown.replace(year=year - 1)
    else:
        shown = datetime.fromisoformat(text.replace(",", "."))
    if shown.tzinfo:
        return Reading(*[_micros(shown)] * 3)
    first, second = (shown.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return Reading(*[_micros(first)] * 3)
    at, late = _micros(first), _micros(second)
    if at > late:  # the clocks went forward over it
        raise ValueError(TWICE)
    return Reading(at, late, _turned(first, second) - (late - at))


def _turned(first: datetime, second: datetime) -> int:
    """When the clocks went back, between both readings of a time."""
    zone, before, low, high = first.tzinfo, first.utcoffset(), _micros(first), _micros(second)
    while high - low > SECOND:
        middle = (low + high) // 2
        at = EPOCH + middle * MICROSECOND
        low, high = (middle, high) if at.astimezone(zone).utcoffset() == before else (low, middle)
    return -(-low // SECOND) * SECOND


def _micros(at: datetime) -> int:
    return (at.astimezone(UTC) - EPOCH) // MICROSECOND


def numbered(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """(number, line) of each line that is not empty."""
    for first, block in whole_lines(file):
        for number, line in enumerate(text_of(block).splitlines(), first):
            if line.strip():
                yield number, line


def each_line(file: BinaryIO, family: str, read: Callable[[str], list[Record] | None]) -> Iterator[Block]:
    """Blocks of what ``read`` makes of each line: records, nothing (not our business), or ValueError with the reason."""
    records: list[Record] = []
    rejects: list[Reject] = []
    for number, line in numbered(file):
        try:
            records += read(line) or ()
        except (ValueError, KeyError) as error:
            rejects.append(Reject(number, str(error) if isinstance(error, ValueError) else "does not read"))
        if len(records) >= RECORDS:
            yield block_of(family, records, rejects)
            records, rejects = [], []
    if records or rejects:
        yield block_of(family, records, rejects)


def block_of(family: str, records: list[Record], rejects: list[Reject]) -> Block:
    """A block of records that were read one by one."""
    return Block(family, of_records(family, records), len(records) + len(rejects), tuple(rejects))
