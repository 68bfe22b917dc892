"""Logs by the line: when a line was written, and the records of a file read one line after the other."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from opposable.kernel import clock
from opposable.systems.traffic.exchange.blocks import Block, Reject, of_records, once, text_of, whole_lines
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND

STAMP = (
    r"(?:<\d{1,3}>)?(?:1 )?(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
)
"""RFC 5424 (RFC 3339) or RFC 3164 (no year, no zone), with or without priority and version."""
_SHORT = re.compile(r"([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)")
RECORDS = 200_000
Record = dict[str, Any]


def moment(text: str, zone: ZoneInfo) -> int:
    """Microseconds of the time stamp of a line. One without a year is of the last twelve months.

    ValueError for what is none, and for an hour that the clocks of the zone showed twice.
    """
    return _moment(text, zone.key, clock.now().year if text[:1].isalpha() else 0)


@lru_cache(200_000)
def _moment(text: str, zone: str, year: int) -> int:
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
        at = once(shown, ZoneInfo(zone))
    else:
        at = datetime.fromisoformat(text.replace(",", "."))
        at = at if at.tzinfo else once(at, ZoneInfo(zone))
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
