"""Which absences are lawful: what the erasure acts of the log cover."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings

from opposable.kernel import parts
from opposable.kernel.audit.report import Report
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act
from opposable.kernel.retention.acts import GROUND_PART
from opposable.kernel.retention.erasing import erasure_of, folder
from opposable.ledger.act import ERASE, ERASURE_PART, Erasure, parse_header, parse_instant
from opposable.ledger.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Span:
    """Acts [start, end) of which some part was erased, by which erasure act (its index), of which class, not before which day.

    ``grounded``: the erasure act states a ground that prevails over the day of the class.
    """

    start: int
    end: int
    by: int
    keep: str
    earliest_on: date
    grounded: bool


@dataclass
class Lawful:
    """What was lawfully erased, looked up by part name and act index."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    _ends: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def load(cls, report: Report) -> Lawful:
        """Read every sealed erasure act; one that is not lawful covers nothing and is reported."""
        lawful = cls()
        _find_strangers(report)
        for index, erasure, grounded in _erasures(report):
            for cover in erasure.covers:
                span = Span(cover.from_index, cover.until_index, index, erasure.keep, erasure.earliest_on, grounded)
                for name in cover.parts:
                    lawful.spans.setdefault(name, []).append(span)
        lawful._sort()
        return lawful

    def _sort(self) -> None:
        for name, spans in self.spans.items():
            spans.sort(key=lambda span: span.start)
            reach, ends = 0, []
            for span in spans:
                reach = max(reach, span.end)
                ends.append(reach)
            self._ends[name] = ends

    def find(self, index: int | None, name: str, keep: str = "") -> Span | None:
        """The erasure that covers a part of an act; of the given class, when there is one."""
        spans = self.spans.get(name)
        if spans is None or index is None:
            return None
        at = bisect_right(spans, index, key=lambda span: span.start) - 1
        while at >= 0 and self._ends[name][at] > index:
            span = spans[at]
            if span.end > index and keep in ("", span.keep):
                return span
            at -= 1
        return None


def _erasures(report: Report) -> Iterator[tuple[int, Erasure, bool]]:
    rows = Act.objects.filter(type=ERASE, outcome="done", leaf__isnull=False).select_related("leaf")
    for row in rows.order_by("leaf__index").prefetch_related("parts"):
        report.counts["erasures"] += 1
        try:
            opened = {part.name: parts.part_bytes_of(part) for part in row.parts.all()}
            erasure = erasure_of(opened[ERASURE_PART] or b"")
            _require_lawful(row, erasure)
            _compare_file(row, opened, report)
            yield row.leaf.index, erasure, GROUND_PART in opened
        except (LedgerError, Fault, ValueError, KeyError) as error:
            report.alarm("erasure.form", "kernel_act", row.pk, str(error), act=row.leaf.index)


def _require_lawful(row: Act, erasure: Erasure) -> None:
    day = parse_instant(parse_header(bytes(row.header or b"")).at).date()
    if erasure.earliest_on > day:
        raise ValueError(f"erased on {day}, allowed from {erasure.earliest_on}")
    last = max(cover.until_index for cover in erasure.covers)
    if last > row.leaf.index:
        raise ValueError(f"covers acts up to {last - 1}, later than itself")


def _find_strangers(report: Report) -> None:
    """What the list beside the log holds of acts that erased nothing: a restore would stop at it."""
    place = folder(settings.HOME)
    if not place.is_dir():
        return
    known = set(Act.objects.filter(type=ERASE, outcome="done").values_list("leaf__index", flat=True))
    for path in sorted(place.iterdir()):
        if not path.name.isdecimal() or int(path.name) not in known:
            report.alarm("erasure.file", "log/", path.relative_to(settings.HOME), "no erasure act of this log")


def _compare_file(row: Act, opened: dict[str, bytes | None], report: Report) -> None:
    """The list beside the log, which a restored database is told, holds the same bytes."""
    place = folder(settings.HOME) / str(row.leaf.index)
    wanted = {"act.json": bytes(row.header or b"")} | {f"part-{name}.json": data for name, data in opened.items()}
    for name, data in wanted.items():
        path = place / name
        if not path.exists() or path.read_bytes() != data:
            where = path.relative_to(settings.HOME)
            report.alarm("erasure.file", "log/", where, "missing" if not path.exists() else "", act=row.leaf.index)
