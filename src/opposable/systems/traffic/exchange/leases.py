"""What a DHCP server says of its leases, as one row a lease: it ends when it runs out, is given back, or goes to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opposable.systems.traffic.store.rows import AS_GIVEN, END_INFERRED

SECOND = 1_000_000
WHOLE = 128
"""Bits of a prefix that is one address."""
LONGEST = 366 * 86_400 * SECOND
"""A lease that is longer is one without end (RFC 2131 §3.3): it is known to run as long as the file says anything."""

Row = dict[str, Any]
Lent = tuple[bytes, int]


@dataclass(slots=True, kw_only=True)
class Said:
    """One line of a server: ``who`` was lent ``ip`` (or gave it back, ``lent`` false) at an instant, in microseconds.

    ``ip`` None: everything that ``who`` holds is given back. ``until`` None: prolonged by as long as it was lent for before.
    ``ruled``: its end is a rule of ours, not the server's word.
    """

    ip: bytes | None
    prefix: int = WHOLE
    who: str
    terminal: str
    at: int
    until: int | None
    lent: bool
    ruled: bool = False


def rows_of(told: list[Said]) -> list[Row]:
    """One row a lease: renewals by the same client prolong it, anything else on the address ends it."""
    book = _Book()
    for one in sorted(told, key=lambda one: one.at):
        book.take(one)
    last = max((one.at for one in told), default=0)
    for row in book.rows:
        if row["end"] - row["start"] >= LONGEST:
            row |= {"end": max(last, row["start"]), "inferred": END_INFERRED}
    return book.rows


class _Book:
    """The leases that run, line after line."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.running: dict[Lent, Row] = {}
        self.lengths: dict[tuple[Lent, str], int] = {}

    def take(self, one: Said) -> None:
        """One line: lent, prolonged, or given back."""
        if one.ip is None:
            held = [what for what, row in self.running.items() if row["subscriber"] == one.who]
            for what in held:  # which of several it was, the server did not say
                self._end(what, one.at, AS_GIVEN if len(held) == 1 else END_INFERRED)
        elif one.lent:
            self._lend((one.ip, one.prefix), one)
        else:
            self._end((one.ip, one.prefix), one.at, AS_GIVEN)

    def _lend(self, what: Lent, one: Said) -> None:
        until, inferred = self._until(what, one)
        before = self.running.get(what)
        if before is not None and before["subscriber"] == one.who and one.at <= before["end"]:
            before |= {"end": until, "inferred": inferred}
            return
        self._end(what, one.at, AS_GIVEN)
        row = {"start": one.at, "end": until, "ip": one.ip, "prefix": one.prefix, "subscriber": one.who,
               "terminal": one.terminal, "inferred": inferred}  # fmt: skip
        self.rows.append(row)
        self.running[what] = row

    def _until(self, what: Lent, one: Said) -> tuple[int, int]:
        """When it ends, and whether that is inferred. Of a renewal without its length the lease is known to have held at that instant."""
        if one.until is None:
            return one.at + self.lengths.get((what, one.who), 0), END_INFERRED
        self.lengths[what, one.who] = one.until - one.at
        return one.until, END_INFERRED if one.ruled else AS_GIVEN

    def _end(self, what: Lent, at: int, inferred: int) -> None:
        row = self.running.pop(what, None)
        if row is not None and at < row["end"]:
            row |= {"end": at, "inferred": inferred}
