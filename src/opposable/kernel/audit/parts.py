"""The parts of each act: there, lawfully erased, or lost; and, when it is asked for, read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final, cast

from django.conf import settings
from django.db import connection

from opposable.kernel.audit.erasures import Lawful
from opposable.kernel.audit.report import Report
from opposable.kernel.audit.seen import Seen
from opposable.kernel.audit.stream import CIPHER_GONE, SECRET_GONE, Row, Share, rows
from opposable.kernel.audit.terms import Terms
from opposable.kernel.buckets import BucketForgotten, open_part
from opposable.kernel.faults import Fault
from opposable.kernel.models import Part
from opposable.kernel.retention.holds import chunks
from opposable.kernel.store import NEVER, buckets
from opposable.ledger.act import OBJECTS_PART

STEP: Final = 2_000
_TAIL: Final = 66
"""Bytes of a salt between its quotes: what ends a part after ``"salt":``, without the brace."""


class PartsOnFile:
    """Compares the rows of the parts with the headers, without opening them: `begin` an act, `compare` its rows, `end` it."""

    def __init__(self, lawful: Lawful, terms: Terms, seen: Seen) -> None:
        self._lawful, self._terms, self._seen, self._report = lawful, terms, seen, seen.report
        self.usual: set[tuple[str, str, str]] = set()
        """(day of the act, class, expiry) of the buckets that were looked at: a part that is there needs no second look."""
        self.sealed: dict[str, str] = {}
        """Name → digest of the parts of the act at hand that were not met yet."""
        self.day = ""
        self._act, self._index, self._readable = 0, cast("int | None", None), True

    def begin(self, act: int, index: int | None, sealed: dict[str, str], day: str) -> None:
        """The parts that a header seals (name → digest; emptied here) and the day of the act."""
        self._act, self._index, self.sealed, self.day, self._readable = act, index, sealed, day, True

    def skip(self) -> None:
        """The header does not read: nothing can be said of the parts."""
        self.sealed, self._readable = {}, False

    def compare(self, name: str, digest: Any, keep: str, until: str, gone: int) -> None:
        """One row of a part."""
        self._seen.parts += 1
        if not self._readable:
            return
        sealed = self.sealed.pop(name, "")
        if sealed != digest.hex():
            self._alarm("part.column", name, "digest" if sealed else "name: not in the header")
        elif gone or name == OBJECTS_PART or (self.day, keep, until) not in self.usual:
            self._look(name, keep, until, gone)

    def end(self) -> None:
        """What the header seals and no row has."""
        for name in self.sealed:
            self._alarm("part.missing", name, "no row")
        self.sealed = {}

    def _look(self, name: str, keep: str, until: str, gone: int) -> None:
        """A bucket that was not met on this day before, or a part that is not there."""
        lawful = "" if name == OBJECTS_PART else self._terms.until[keep, self.day]
        if name == OBJECTS_PART:
            self._seen.bound.add(self._act)
        if until not in (lawful, ""):
            self._alarm("part.until", name, f"until {until}, class {keep} recorded on {self.day}")
        if gone:
            self._absent(name, keep, gone)
            return
        self._seen.buckets.add((keep, until))
        if not until and lawful:
            self._seen.moved.add(self._act)
        elif name != OBJECTS_PART:
            self.usual.add((self.day, keep, until))

    def _absent(self, name: str, keep: str, gone: int) -> None:
        span = self._lawful.find(self._index, name, keep)
        if gone != CIPHER_GONE + SECRET_GONE:
            self._alarm("part.missing", name, "half of it is there")
        elif span is None:
            self._alarm("part.missing", name, "no erasure act covers it")
        elif self._terms.until[keep, self.day] > span.earliest_on.isoformat() and not span.grounded:
            self._alarm("part.early", name, f"by act {span.by}")
        else:
            self._report.counts["parts erased"] += 1

    def _alarm(self, check: str, name: str, detail: str) -> None:
        self._report.alarm(check, "kernel_part", f"act_id={self._act} name={name}", detail, act=self._index)


# --- keys ------------------------------------------------------------------------------------------------------------


def check_buckets(found: set[tuple[str, str]], lawful: Lawful, report: Report) -> None:
    """Every bucket that a part is in has its key; a part without is erased by an act that was not carried out, or lost."""
    keys = buckets(settings.HOME)
    for keep, until in sorted(found):
        day = date.fromisoformat(until) if until else None
        report.counts["buckets"] += 1
        if keys.exists(keep, day or NEVER):
            continue
        rows_ = Part.objects.filter(keep=keep, until=day, cipher__isnull=False).select_related("act__leaf")
        for part in rows_.iterator(1_000):
            index = part.act.index
            if lawful.find(index, part.name, keep) is not None:
                report.notice("part.still-there", "kernel_part", part.pk, part.name, act=index)
            else:
                report.alarm("part.key", "kernel_part", part.pk, f"{part.name}: key of {keep} {until}", act=index)


# --- content ---------------------------------------------------------------------------------------------------------


def read_parts(share: Share, report: Report, progress: Callable[[int], None]) -> None:
    """Open every part that is there: it has the digest of its row, and the retention class that its column says."""
    done = 0
    for row in _parts(f"p.id % {share.of} = {share.number}"):
        _read(row, report)
        done += 1
        if not done % STEP:
            progress(STEP)
    report.counts["parts read"] += done


def read_moved(acts: set[int], report: Report) -> None:
    """The parts of acts with one that was kept past its day: few, and their column says nothing that could be compared."""
    for chunk in chunks(sorted(acts)):
        for row in _parts(f"p.until IS NULL AND p.act_id IN ({', '.join(map(str, chunk))})"):
            _read(row, report)


def _parts(condition: str) -> Iterator[Row]:
    index = connection.ops.quote_name("index")
    until = "p.until" if connection.vendor == "postgresql" else "p.until||''"
    return rows(
        f"SELECT p.id, p.name, p.digest, p.keep, {until}, p.cipher, p.wrapped, l.{index} FROM kernel_part p"  # noqa: S608 - our own words
        f" LEFT JOIN kernel_leaf l ON l.act_id = p.act_id WHERE p.cipher IS NOT NULL AND {condition}"
    )


def _read(row: Row, report: Report) -> None:
    pk, name, digest, keep, until, cipher, wrapped, index = row
    day = NEVER if until is None else until if isinstance(until, date) else date.fromisoformat(until)
    try:
        data = open_part(bytes(cipher), bytes(wrapped or b""), buckets(settings.HOME).key(keep, day), bytes(digest))
    except BucketForgotten:
        return  # `check_buckets` has said so
    except (Fault, ValueError) as error:
        report.alarm("part.content", "kernel_part", pk, f"{name}: {_english(error)}", act=index)
        return
    if sha256(data).digest() != digest or not _says(data, keep):
        report.alarm("part.content", "kernel_part", pk, f"{name}: digest or retention class", act=index)


def _says(data: bytes, keep: str) -> bool:
    """Whether canonical bytes of a part end with this class (and a salt)."""
    said = f',"keep":"{keep}","salt":'.encode()
    end = len(data) - _TAIL - 1
    return data[end - len(said) : end] == said


def _english(error: Any) -> str:
    return error.text.en if isinstance(error, Fault) else str(error)
