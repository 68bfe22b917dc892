"""Asterisk's CDR file (``Master.csv``): 16 columns, or 18 with the unique id and the user field. One call is two legs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO
from zoneinfo import ZoneInfo

from opposable.systems.traffic.exchange.blocks import Block, Origin
from opposable.systems.traffic.exchange.lines import Record, each_line, moment
from opposable.systems.traffic.exchange.numbers import e164
from opposable.systems.traffic.store.rows import ORIGINATING, TERMINATING, VOICE

SRC, DST, START, END, DURATION, DISPOSITION = 1, 2, 9, 11, 12, 14
WIDTHS = (16, 17, 18)


def read_asterisk(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The legs of a CDR file."""
    return each_line(file, "call_leg", lambda line: _legs(line, origin.zone))


def _legs(line: str, zone: ZoneInfo) -> list[Record]:
    cells = next(csv.reader([line]))
    if len(cells) not in WIDTHS:
        raise ValueError(f"{len(cells)} columns where 16 to 18 are wanted")
    start = moment(cells[START], zone)
    if not cells[SRC] or not cells[DST]:
        raise ValueError("a number is missing")
    caller, called = e164(cells[SRC]), e164(cells[DST])
    call = {
        "start": start,
        "end": start + int(cells[DURATION]) * 1_000_000,
        "service": VOICE,
        "duration": int(cells[DURATION]),
    }
    return [
        call | {"served": caller, "other": called, "role": ORIGINATING},
        call | {"served": called, "other": caller, "role": TERMINATING},
    ]
