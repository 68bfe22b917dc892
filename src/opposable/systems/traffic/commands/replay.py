"""What real producers wrote, moved by whole days so that it ends yesterday.

The recordings lie beside this module with their manifest: who wrote each, which version, how, when, and its digest. They were made
on a clock of UTC, so that a whole number of days moves every instant of them alike; nothing else of them is changed.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recordings")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of the manifest; ``first`` and ``last`` are the days that its producer was shown."""

    source: str
    file: str
    format: str
    producer: str
    how: str
    recorded: date
    first: date
    last: date
    sha256: str

    def data(self) -> bytes:
        """As it was written. ValueError when it is not what the manifest says."""
        data = lzma.decompress((FOLDER / self.file).read_bytes())
        if sha256(data).hexdigest() != self.sha256:
            raise ValueError(f"{self.file} is not what its manifest says")
        return data

    def moved(self, last: date) -> tuple[bytes, int]:
        """The recording with ``last`` for its last day, and by how many days it was moved."""
        days = (last - self.last).days
        return MOVES[self.format](self.data().decode(), days, self.first).encode(), days


def recordings() -> dict[str, Recording]:
    """By the source they stand for."""
    listed: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["recordings"]
    return {one["source"]: _recording(one) for one in listed}


def _recording(one: dict[str, Any]) -> Recording:
    first, last = (date.fromisoformat(day) for day in one["days"])
    return Recording(
        source=one["source"], file=one["file"], format=one["format"], producer=", ".join(one["producer"]), how=one["how"],
        recorded=date.fromisoformat(one["recorded"]), first=first, last=last, sha256=one["sha256"],
    )  # fmt: skip


_HEAD = re.compile(r"^\w{3} (\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\d{4})$", re.MULTILINE)
_EVENT = re.compile(r'(?<=Event-Timestamp = ")(\w{3}) +(\d+) (\d{4})')
_RECEIVED = re.compile(r"(?<=\n\tTimestamp = )\d+")


def _detail(text: str, days: int, _first: date) -> str:
    """FreeRADIUS: the head of a record, the clock of the NAS, the clock of the server."""

    def head(found: re.Match[str]) -> str:
        month, day, hour, year = found.groups()
        new = _later(month, int(day), int(year), days)
        return f"{WEEK[new.weekday()]} {MONTHS[new.month - 1]} {new.day:2} {hour} {new.year}"

    def event(found: re.Match[str]) -> str:
        month, day, year = found.groups()
        new = _later(month, int(day), int(year), days)
        return f"{MONTHS[new.month - 1]} {new.day:2} {new.year}"

    text = _EVENT.sub(event, _HEAD.sub(head, text))
    return _RECEIVED.sub(lambda found: str(int(found[0]) + days * DAY), text)


def _conntrack(text: str, days: int, _first: date) -> str:
    return re.sub(r"(?m)^\[(\d+)", lambda found: f"[{int(found[1]) + days * DAY}", text)


def _kea(text: str, days: int, _first: date) -> str:
    """The lease file: the instant at which a lease runs out."""
    return re.sub(r"(?m)^((?:[^,\n]*,){4})(\d+)(?=,)", lambda found: f"{found[1]}{int(found[2]) + days * DAY}", text)


def _postfix(text: str, days: int, first: date) -> str:
    """A log without years: it begins in that of its first day."""

    def stamp(found: re.Match[str]) -> str:
        month = MONTHS.index(found[1]) + 1
        new = _later(found[1], int(found[2]), first.year + (month < first.month), days)
        return f"{MONTHS[new.month - 1]} {new.day:02} "  # a log file of Postfix pads with a zero

    return re.sub(r"(?m)^(\w{3}) ([ \d]\d) ", stamp, text)


@lru_cache(1_000)
def _later(month: str, day: int, year: int, days: int) -> date:
    return date(year, MONTHS.index(month) + 1, day) + timedelta(days=days)


MOVES: dict[str, Callable[[str, int, date], str]] = {
    "radius": _detail,
    "conntrack": _conntrack,
    "kea": _kea,
    "postfix": _postfix,
}
"""How the instants of a format are written."""
