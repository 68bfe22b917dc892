"""The rows as CSV (RFC 4180, UTF-8 with a mark for spreadsheets): one table a family, exact values, formulas disarmed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

BOM = "\ufeff"


def write(rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """``{"nat_session.csv": bytes}``; the first column is the number of the row in the answer, from 1."""
    families: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, row in enumerate(rows, 1):
        families.setdefault(row["family"], []).append((number, row["row"]))
    return {f"{family}.csv": _file(found) for family, found in sorted(families.items())}


LOSSES = ("query", "source", "since", "until", "fr", "en")


def losses(found: Sequence[Mapping[str, Any]]) -> bytes:
    """What the sources lost about the time asked, one line each; ``query`` is the number of the question, from 1."""
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(LOSSES)
    for one in found:
        writer.writerow([cell("" if one[name] is None else one[name]) for name in LOSSES])
    return (BOM + out.getvalue()).encode()


def _file(found: Sequence[tuple[int, Mapping[str, Any]]]) -> bytes:
    names = list(dict.fromkeys(name for _, values in found for name in values))
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["row", *names])
    for number, values in found:
        writer.writerow([number, *(cell(values.get(name, "")) for name in names)])
    return (BOM + out.getvalue()).encode()


def cell(value: Any) -> str:
    """A text that a spreadsheet would take for a formula is written after an apostrophe; a number with its "+" is a number."""
    text = str(value)
    danger = text[:1] in "=@\t\r" or (text[:1] in "+-" and not text[1:].isdecimal())
    return f"'{text}" if text and danger else text
