"""What a count or a join tells: gaps, strays, acts that nobody will seal, collective acts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from django.db import connection

from opposable.kernel import clock, parts
from opposable.kernel.audit.report import Report
from opposable.kernel.audit.seen import Seen
from opposable.kernel.audit.stream import Row, rows
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act, CitedRule, Leaf, Member, Part, Pending
from opposable.kernel.retention.holds import chunks
from opposable.ledger import canonical, merkle
from opposable.ledger.act import OBJECTS_PART, digest, item_leaf
from opposable.ledger.errors import LedgerError

_ORPHANS: Final = {
    "kernel_leaf": ("leaf.act", "SELECT t.{index}, t.act_id, t.{index} FROM kernel_leaf t"),
    "kernel_part": ("part.column", "SELECT t.id, t.act_id, NULL FROM kernel_part t"),
    "kernel_member": ("member.row", "SELECT t.id, t.act_id, NULL FROM kernel_member t"),
    "kernel_pending": ("pending.row", "SELECT t.act_id, t.act_id, NULL FROM kernel_pending t"),
}


def count_leaves() -> int:
    """The size of the log as the leaves tell it."""
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


class Counts(NamedTuple):
    """How many rows the three largest tables have."""

    acts: int
    leaves: int
    parts: int

    @classmethod
    def now(cls) -> Counts:
        return cls(Act.objects.count(), Leaf.objects.count(), Part.objects.count())


def check_leaves(size: int, sealed: int, count: int, report: Report) -> None:
    """Indexes from 0 without gap, each with its act. ``sealed``: how many acts the pass found with an index; ``count``: leaves."""
    if count != size:
        for index in _gaps(size):
            report.alarm("leaf.gap", "kernel_leaf", index, "missing", act=index)
    if count != sealed:
        _check_orphans("kernel_leaf", report)


def _gaps(size: int) -> Iterator[int]:
    """The indexes below ``size`` that no leaf has; of a wide gap, the first of them."""
    expected = 0
    for index in Leaf.objects.order_by("index").values_list("index", flat=True).iterator(10_000):
        if index != expected:
            yield expected
        expected = index + 1


def check_counts(seen: Seen, counts: Counts, report: Report) -> None:
    """The pass goes by the acts: what belongs to no act it has not met."""
    if counts.parts != seen.parts:
        _check_orphans("kernel_part", report)
    _check_orphans("kernel_member", report)
    _check_orphans("kernel_pending", report)
    if counts.acts != report.counts["acts"]:
        report.alarm("act.lost", "kernel_act", "-", f"{report.counts['acts']} acts read of {counts.acts}")


def _check_orphans(table: str, report: Report) -> None:
    check, select = _ORPHANS[table]
    sql = select.format(index=connection.ops.quote_name("index"))
    for pk, act_id, index in rows(f"{sql} LEFT JOIN kernel_act a ON a.id = t.act_id WHERE a.id IS NULL"):
        report.alarm(check, table, pk, f"act_id {act_id}: no such act", act=index)


def check_pending(unsealed: list[int], report: Report) -> None:
    """An act is sealed or pending, and not both. ``unsealed``: the acts that the pass found without an index."""
    for chunk in chunks(list(Pending.objects.order_by("act_id").values_list("pk", flat=True))):
        for act_id, index in Leaf.objects.filter(act_id__in=chunk).values_list("act_id", "index"):
            report.alarm("pending.row", "kernel_pending", act_id, "sealed already", act=index)
    waiting: set[int] = set()
    for chunk in chunks(unsealed):
        waiting |= set(Pending.objects.filter(act_id__in=chunk).values_list("pk", flat=True))
    for pk in unsealed:
        if pk not in waiting:
            report.alarm("act.lost", "kernel_act", pk)
    if waiting:
        oldest = Act.objects.get(pk=min(waiting))
        minutes = int((clock.now() - oldest.at).total_seconds() // 60)
        detail = f"{len(waiting)}, the oldest for {minutes} minutes"
        report.notice("pending.waiting", "kernel_pending", oldest.pk, detail)


def check_openings(seen: Seen, report: Report) -> None:
    """Where an act names one before it that is not here, that must be an act that was erased as a whole."""
    begun = [(f"no act {step.prev} before it", step) for step in seen.openings.values() if step.seq > 1]
    for chunk in chunks([*begun, *seen.gaps]):
        wanted = [bytes.fromhex(step.prev) for _, step in chunk]
        erased = Act.objects.filter(entry__in=wanted, header=None).values_list("entry", flat=True)
        known = {bytes(entry).hex() for entry in erased}
        for detail, step in chunk:
            if step.prev not in known:
                report.alarm("act.sequence", "kernel_act", step.act, detail, act=step.index)


def check_rules(cited: set[str], report: Report) -> None:
    """The rules that acts cite are kept in their words."""
    known = set()
    for rule in CitedRule.objects.order_by("row"):
        data = bytes(rule.data)
        said = canonical.decode(data) if digest(data) == rule.row else {}
        if (said.get("id"), said.get("from")) != (rule.rule_id, rule.since.isoformat()):
            report.alarm("rule.row", "kernel_citedrule", rule.pk, "row, rule_id, since or data")
        known.add(rule.row)
        report.counts["rules"] += 1
    for row in sorted(cited - known):
        report.alarm("rule.row", "kernel_citedrule", row, "missing")


# --- acts on several objects -----------------------------------------------------------------------------------------


def check_members(bound: set[int], report: Report) -> None:
    """The objects of each collective act make the root in its part `objects`. ``bound``: the acts that have this part."""
    left = set(bound)
    listed = rows("SELECT act_id, position, obj, seq, prev, post FROM kernel_member ORDER BY act_id, position")
    for act_id, items in groupby(listed, key=itemgetter(0)):
        left.discard(act_id)
        _check_group(act_id, list(items), report)
    for act_id in sorted(left):
        report.alarm("member.row", "kernel_member", f"act_id={act_id}", "no row", act=_index(act_id))


def _check_group(act_id: int, items: list[Row], report: Report) -> None:
    report.counts["members"] += len(items)
    try:
        data = parts.read(act_id, OBJECTS_PART)
        leaves = [item_leaf(obj, seq, prev, post) for _, _, obj, seq, prev, post in items]
        in_order = [position for _, position, *_ in items] == list(range(len(items)))
    except (Fault, LedgerError, ValueError) as error:
        report.alarm("member.row", "kernel_member", f"act_id={act_id}", str(error), act=_index(act_id))
        return
    if data is None:
        report.alarm("member.row", "kernel_member", f"act_id={act_id}", "its part objects is gone", act=_index(act_id))
    elif not in_order or data != {"root": merkle.root(leaves).hex(), "size": len(leaves)}:
        report.alarm("member.row", "kernel_member", f"act_id={act_id}", _which(act_id, items), act=_index(act_id))


def _which(act_id: int, items: list[Row]) -> str:
    """The row that its neighbours in the history of its object contradict, when they do."""
    for _, position, obj, seq, prev, post in items:
        before = Member.objects.filter(obj=obj, seq=seq - 1).first() or Act.objects.filter(obj=obj, seq=seq - 1).first()
        entry = None if before is None else before.act.entry if isinstance(before, Member) else before.entry
        if (seq == 1) != (prev == "") or (entry is not None and bytes(entry).hex() != prev) or len(post) != 64:
            return f"position {position}"
    return "obj, seq, prev, post or position of one of its rows"


def _index(act_id: int) -> int | None:
    return Leaf.objects.filter(act_id=act_id).values_list("index", flat=True).first()
