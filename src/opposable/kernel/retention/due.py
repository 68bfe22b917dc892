"""What may be erased on a day: by retention class, and never what is held.

Three things come due: the rows of a system that can be scrubbed, the parts of acts, and at last the headers. A header is
the skeleton of its objects' histories and holds nothing but pseudonyms and digests: it is kept as long as one of its objects
lives, and the part `objects`, which only commits to such pseudonyms, is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from opposable.kernel import guards
from opposable.kernel.models import Act, ApprovalCase, Decision, Document, Member, Part, Recorded
from opposable.kernel.retention.holds import Held, acts_on, chunks
from opposable.kernel.system import RetentionClass, retention_classes
from opposable.ledger.act import HEADER_PART, OBJECTS_PART, Cover

SCRUB = "kernel.row.scrub"


@dataclass
class Due:
    """What one erasure act will cover: a retention class, the first day on which all of it may go, index → names."""

    keep: str
    earliest_on: date = date.min
    names: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, index: int, earliest_on: date) -> None:
        self.names.setdefault(name, []).append(index)
        self.earliest_on = max(self.earliest_on, earliest_on)

    @property
    def count(self) -> int:
        """How many things go: parts, or whole acts with what belongs to them."""
        return len(self.names[HEADER_PART]) if HEADER_PART in self.names else sum(map(len, self.names.values()))

    def covers(self) -> list[Cover]:
        """Ranges of neighbouring acts; the names that share a range are in one cover."""
        ranges: dict[tuple[int, int], set[str]] = {}
        for name, indexes in self.names.items():
            for span in _runs(sorted(indexes)):
                ranges.setdefault(span, set()).add(name)
        return [Cover(start, end, frozenset(names)) for (start, end), names in sorted(ranges.items())]


def _runs(indexes: list[int]) -> Iterator[tuple[int, int]]:
    start = None
    for at, index in enumerate(indexes):
        start = index if start is None else start
        if at + 1 == len(indexes) or indexes[at + 1] != index + 1:
            yield start, index + 1
            start = None


def classes(held: Held) -> Iterator[RetentionClass]:
    """The classes that know an end and are not held as a whole."""
    for item in retention_classes().values():
        if item.id not in held.classes and item.earliest(date(2000, 1, 1)) is not None:
            yield item


def parts(item: RetentionClass, day: date, held: Held) -> Iterator[Due]:
    """The parts of a class that may go, one `Due` for each bucket; those kept beyond their day come last."""
    there = Part.objects.filter(keep=item.id, cipher__isnull=False)
    days = there.filter(until__lte=day).order_by("until").values_list("until", flat=True).distinct()
    held_acts = held.acts() | running(item)
    for until in (*days, None):
        due = _due_parts(item, there.filter(until=until), day, held_acts)
        if due.count:
            yield due


def _due_parts(item: RetentionClass, rows: QuerySet[Part], day: date, held_acts: set[int]) -> Due:
    due = Due(item.id)
    sealed = rows.exclude(name=OBJECTS_PART).filter(act__leaf__isnull=False)
    fields = ("act_id", "name", "until", "act__leaf__index", "act__at")
    for act_id, name, until, index, at in sealed.values_list(*fields).iterator(10_000):
        earliest = first_day(item, at.date(), until)
        if earliest is not None and earliest <= day and act_id not in held_acts:
            due.add(name, index, earliest)
    return due


def running(item: RetentionClass) -> set[int]:
    """Ids of the acts on what still runs, where a system says that its file is kept whole (``Evidence.whole``).

    With what was decided and printed of it. Asked before an erasure is declared only: once declared, it is carried out.
    """
    there: set[str] = set()
    for model in guards.recorded_models():
        if model.Evidence.keep == item.id and model.Evidence.whole:
            over = model.over().values("pk")
            there |= set(model._default_manager.exclude(pk__in=over).values_list("uid", flat=True))
    about = (ApprovalCase, Decision, Document)
    for chunk in chunks(sorted(there)):
        for model in about:
            there |= set(model._default_manager.filter(subject__in=chunk).values_list("uid", flat=True))
    return acts_on(there)


def first_day(item: RetentionClass, recorded_on: date, until: date | None) -> date | None:
    """The first day on which what was recorded on a day may go: what was said then, or what the class says now if later."""
    now = item.earliest(recorded_on)
    return now if now is None or until is None else max(now, until)


# --- headers ---------------------------------------------------------------------------------------------------------


def headers(item: RetentionClass, day: date, held: Held) -> Due:
    """The acts of a class of which nothing is left but the header, and whose objects do not live any more."""
    due = Due(item.id)
    others = Part.objects.filter(act=OuterRef("pk"), cipher__isnull=False).exclude(name=OBJECTS_PART)
    ripe = Act.objects.filter(keep=item.id, until__lte=day, header__isnull=False, leaf__isnull=False)
    held_acts = held.acts() | running(item)
    for chunk in chunks(list(ripe.exclude(Exists(others)).order_by("pk").values_list("pk", flat=True))):
        needed = _needed_by_objects(chunk) | held_acts
        rows = Act.objects.filter(pk__in=[pk for pk in chunk if pk not in needed])
        for index, at, until in rows.values_list("leaf__index", "at", "until"):
            earliest = first_day(item, at.date(), until)
            if earliest is not None and earliest <= day:
                due.add(HEADER_PART, index, earliest)
                due.add(OBJECTS_PART, index, earliest)
    return due


def _needed_by_objects(acts: Sequence[int]) -> set[int]:
    """Those of the acts (ids) that change an object which lives, or which are its last word."""
    touched = [(pk, obj) for pk, obj in Act.objects.filter(pk__in=acts, seq__gt=0).values_list("pk", "obj")]
    touched += Member.objects.filter(act_id__in=acts).values_list("act_id", "obj")
    last_words = _last_words({obj for _, obj in touched})
    return {pk for pk, obj in touched if obj in last_words and last_words[obj] in (None, pk)}


def _last_words(objects: set[str]) -> dict[str, int | None]:
    """For each object that has a row: None while it lives, the id of the act that scrubbed it when that was the last one."""
    heads = {uid: head for model in guards.recorded_models() for uid, head in _heads(model, objects)}
    scrubbed: dict[str, int] = {}
    for chunk in chunks([bytes.fromhex(head) for head in heads.values()]):
        found = Act.objects.filter(entry__in=chunk, type=SCRUB).values_list("pk", "entry")
        scrubbed |= {bytes(entry).hex(): pk for pk, entry in found}
    return {uid: scrubbed.get(head) for uid, head in heads.items()}


def _heads(model: Any, objects: set[str]) -> Iterator[tuple[str, str]]:
    for chunk in chunks(sorted(objects)):
        yield from model._default_manager.filter(uid__in=chunk).values_list("uid", "head")


# --- rows ------------------------------------------------------------------------------------------------------------


def rows(day: date, held: Held) -> Iterator[list[Recorded]]:
    """Rows that may be scrubbed, in lists of one model: their class has come to its end since their last act."""
    for model in guards.recorded_models():
        item = retention_classes().get(model.Evidence.keep)
        if not hasattr(model, "scrub") or item is None or item.id in held.classes:
            continue
        if item.earliest(date(2000, 1, 1)) is not None:
            for ids in chunks(_due_rows(model, item, day, held)):
                yield list(model._default_manager.filter(pk__in=ids).order_by("pk"))


def _due_rows(model: Any, item: RetentionClass, day: date, held: Held) -> list[int]:
    due = []
    ended = model.over() if hasattr(model, "over") else model._default_manager.all()
    for chunk in chunks(list(ended.order_by("pk").values_list("pk", "uid", "head"))):
        entries = [bytes.fromhex(head) for _, _, head in chunk]
        known = Act.objects.filter(~Q(type=SCRUB), entry__in=entries, header__isnull=False).values_list("entry", "at")
        written_on = {bytes(entry).hex(): at.date() for entry, at in known}
        for pk, uid, head in chunk:
            earliest = item.earliest(written_on[head]) if head in written_on else None
            if earliest is not None and earliest <= day and uid not in held.objects:
                due.append(pk)
    return due
