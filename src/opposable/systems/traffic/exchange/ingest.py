"""A file comes in: once, whole, and with a word on each of its lines.

    digest → is it known?                        then nothing is done
    blocks → pieces of at most PIECE rows
    piece  → by day: keep? until when? → sorted, without repetition, and without what is there from another file
           → segment on the disk → one act        crash here: the file on the disk has no act, and is swept
    file   → one act with what became of its rows  crash before: the next run passes over the segments that have their act

A retry does the same in the same order, so each step is found done or is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.accounts import root
from opposable.kernel.faults import Fault
from opposable.kernel.system import law
from opposable.law import PARIS, NoRuleOnFile, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange import formats
from opposable.systems.traffic.exchange.blocks import Block, Format, Loss, Origin, without_destinations
from opposable.systems.traffic.exchange.losing import kept_losses
from opposable.systems.traffic.exchange.outcome import Outcome
from opposable.systems.traffic.models import Delivery, Segment, Source
from opposable.systems.traffic.rules import keeping
from opposable.systems.traffic.store import places, segments
from opposable.systems.traffic.store.completing import came_in, completed
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.order import Day, by_day
from opposable.systems.traffic.store.overlap import unseen
from opposable.systems.traffic.store.rows import FAMILIES

if TYPE_CHECKING:
    from opposable.kernel.actors import Actor

PIECE = 2_000_000
"""Rows of one family in memory, and in one segment."""
AHEAD, LONGEST = 86_400_000_000, 366 * 86_400_000_000
"""Microseconds after now: a row begins at most a day ahead of our clock, and ends (a lease) within a year."""
MAX_SKEW_MS = 12 * 3_600_000
Step = Callable[[str], None]
Seen = Callable[["Outcome"], None]


class IngestFault(Fault):
    """A file that cannot come in as it is."""


def ingest_file(
    actor: Actor, source: Source, path: Path, step: Step = lambda _name: None, seen: Seen = lambda _outcome: None
) -> Outcome:
    """Take one file in. ``seen`` is handed the outcome as it begins, to watch it grow. Raises IngestFault, StoreFault."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        return ingest(actor, source, file, name=path.name, digest=digest, size=size, step=step, seen=seen)


def ingest(
    actor: Actor, source: Source, file: BinaryIO, *, name: str, digest: str, size: int,
    step: Step = lambda _name: None, seen: Seen = lambda _outcome: None, lost: Sequence[Loss] = (),
) -> Outcome:  # fmt: skip
    """Take in what an open file holds. One file of a source at a time: a second one waits. ``lost``: what is known not to be in it."""
    outcome = Outcome(losses=list(lost))
    seen(outcome)
    with _alone(source):
        return _ingest(actor, source, file, outcome, name=name, digest=digest, size=size, step=step)


@contextmanager
def _alone(source: Source) -> Iterator[None]:
    with (settings.HOME / "run" / f"traffic-{source.slug}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ingest(
    actor: Actor, source: Source, file: BinaryIO, outcome: Outcome, *, name: str, digest: str, size: int, step: Step
) -> Outcome:
    if source.closed_at is not None:
        raise IngestFault(t("La source {s} est fermée.", "The source {s} is closed.").format(s=source.slug))
    if known := Delivery.objects.filter(source=source, sha256=digest).first():
        outcome.delivery, outcome.known = known, True
        return outcome
    run = _Run(actor, source, digest, outcome, step)
    for piece in _pieces(_blocks(formats.reader(source.format), file, source), outcome):
        run.take(piece)
    counts, lost = _counts(outcome), kept_losses(outcome, run.skew)
    delivery = Delivery(
        cell=root(), source=source, name=name[:255], sha256=digest, size=size, skew_ms=run.skew, losses=lost, **counts
    )
    outcome.delivery = acts.receive_delivery(actor, delivery=delivery).result
    step("received")
    return outcome


def _counts(outcome: Outcome) -> dict[str, int]:
    outcome.counts["rejected"] = len(outcome.rejects)
    return {name: outcome.counts[name] for name in ("read", "kept", "rejected", "duplicate", "expired", "unlawful")}


def _blocks(read: Format, file: BinaryIO, source: Source) -> Iterator[Block]:
    origin = Origin(ZoneInfo(source.zone), source.mapping, bool(source.destinations_basis))
    for block in read(file, origin):
        yield block if origin.destinations else replace(block, rows=without_destinations(block.rows))


def _pieces(blocks: Iterator[Block], outcome: Outcome) -> Iterator[list[Block]]:
    """Blocks of any family, until one family is full or the file ends."""
    piece: list[Block] = []
    rows: Counter[str] = Counter()
    for block in blocks:
        outcome.counts["read"] += block.read
        outcome.counts["records"] += block.records
        outcome.rejects.extend(block.rejects)
        outcome.notes.extend(block.notes)
        outcome.losses.extend(block.losses)
        piece.append(block)
        rows[block.family] += block.rows.num_rows
        if rows[block.family] >= PIECE:
            yield piece
            piece, rows = [], Counter()
    if piece:
        yield piece


class _Run:
    """One file on its way in."""

    def __init__(self, actor: Actor, source: Source, digest: str, outcome: Outcome, step: Step) -> None:
        self.actor, self.source, self.digest, self.outcome, self.step = actor, source, digest, outcome, step
        self.today = clock.now().astimezone(PARIS).date()
        self.skew = 0
        self.number = 0

    def take(self, blocks: list[Block]) -> None:
        """One piece: each family, each day."""
        self._measure(blocks)
        for name in dict.fromkeys(block.family for block in blocks):
            tables = [
                came_in(number, block.rows)
                for number, block in enumerate(blocks)
                if block.family == name and block.rows.num_rows
            ]
            if tables:
                rows = _corrected(pa.concat_tables(tables, promote_options="permissive"), self.skew)
                rows = self._timely(rows)
                self._span(rows)
                rows = completed(self.source, FAMILIES[name], rows, (self.digest, self.number))
                for day in by_day(FAMILIES[name], rows):
                    self._day(name, day)
        self.number += 1

    def _span(self, rows: pa.Table) -> None:
        if rows.num_rows:
            first, last = (pc.min(rows.column("start")).as_py(), pc.max(rows.column("end")).as_py())
            known = self.outcome
            known.first = first if known.first is None else min(known.first, first)
            known.last = last if known.last is None else max(known.last, last)

    def _timely(self, rows: pa.Table) -> pa.Table:
        """Without the rows of a day that has not come: they would be kept longer than anything may. One datagram can say such a thing."""
        now = clock.now().timestamp() * 1_000_000
        starts, ends = (rows.column(name).to_numpy() for name in ("start", "end"))
        good = (starts >= 0) & (ends >= 0) & (starts <= now + AHEAD) & (ends <= now + LONGEST)
        if good.all():
            return rows
        count = int((~good).sum())
        self.outcome.counts["unlawful"] += count
        why = t(
            "un temps qui n’est pas venu, ou d’avant 1970 : l’horloge de la source est-elle juste ?",
            "a time that has not come, or of before 1970: is the clock of the source right?",
        )
        self.outcome.refused[why] += count
        return rows.filter(pa.array(good))

    def _measure(self, blocks: list[Block]) -> None:
        """The skew of the source's clock, once a file: the median of reception minus event, if it is more than a doubt."""
        found = [skew for block in blocks for skew in block.skews]
        if self.number == 0 and found:
            median = round(statistics.median(found))
            self.skew = median if self.source.tolerance_ms < abs(median) < MAX_SKEW_MS else 0

    def _day(self, family: str, day: Day) -> None:
        self.outcome.counts["duplicate"] += day.duplicate
        until = self._until(family, day)
        if until is None:
            return
        known = Segment.objects.filter(
            source=self.source, batch=self.digest, piece=self.number, family=family, day=day.day
        ).first()
        if known is not None:  # an earlier run had come so far
            self.outcome.counts["kept"] += known.rows
            self.outcome.counts["duplicate"] += day.rows.num_rows - known.rows
            self.outcome.segments.append(known)
            return
        rows, again, late = unseen(self.source, FAMILIES[family], day, self.digest, self._unread)
        self.outcome.counts["duplicate"] += again
        if rows.num_rows:
            self._seal(family, replace(day, rows=rows), until, late=late and day.day < self.today, duplicate=again)

    def _unread(self, segment: Segment) -> None:
        self.outcome.notes.append(
            t(
                "le segment {s} du {day} ne se lit pas : ce qui y était déjà est gardé une seconde fois (opposable audit)",
                "segment {s} of {day} does not read: what was in it already is kept a second time (opposable audit)",
            ).format(s=segment.uid[:8], day=str(segment.day))
        )

    def _until(self, family: str, day: Day) -> date | None:
        """The end of the rows of a day; None when they may not be kept, which is counted and said."""
        count = day.rows.num_rows
        try:
            until = keeping.until(family, day.day, law()).value
        except NoRuleOnFile:
            self.outcome.counts["unlawful"] += count
            no_rule = t(
                f"{day.day} : aucune règle au dossier n’ordonne de les garder",
                f"{day.day}: no rule on file orders that it be kept",
            )
            self.outcome.refused[no_rule] += count
            return None
        if until <= self.today:
            self.outcome.counts["expired"] += count
            last = until - timedelta(days=1)
            over = t(f"{day.day} : à garder jusqu’au {last}", f"{day.day}: could be kept until {last}")
            self.outcome.refused[over] += count
            return None
        return until

    def _seal(self, family: str, day: Day, until: date, *, late: bool, duplicate: int) -> None:
        one = FAMILIES[family]
        segment = Segment(
            cell=root(), source=self.source, batch=self.digest, piece=self.number, family=family, store=one.store,
            day=day.day, until=until, late=late, first_at=day.first_at, last_at=day.last_at,
            place=places.current(),
        )  # fmt: skip
        keys = keys_of(one.store, until, segment.uid, create=True)
        written = segments.write(one, day.rows, keys, places.place_of(segment))
        self.step("written")
        done = acts.seal_segment(
            self.actor, segment=segment, written=written, sources=[self.digest], duplicate=duplicate
        )
        self.step("sealed")
        self.outcome.counts["kept"] += written.rows
        self.outcome.segments.append(done.result)


def _corrected(rows: pa.Table, skew: int) -> pa.Table:
    """Instants by the right clock, and what was added to them."""
    if not skew:
        return rows
    for name in ("start", "end"):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, pa.array(rows.column(name).to_numpy() + skew * 1_000))
    at = rows.schema.get_field_index("skew")
    return rows.set_column(at, "skew", pa.array(np.full(rows.num_rows, skew, np.int32)))


def write_rejects(outcome: Outcome, path: Path) -> None:
    """One line a reject: number and reason. Not what stood there."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "reason"))
        writer.writerows((reject.line, reject.reason) for reject in outcome.rejects)


__all__ = ["IngestFault", "Outcome", "ingest", "ingest_file", "write_rejects"]
