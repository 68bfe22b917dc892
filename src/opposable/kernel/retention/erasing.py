"""Carrying an erasure out, once its act is sealed. Every step can be done again, here and on a restored database.

    acted       the erasure act is in the log                         nothing is destroyed yet: `finish` goes on
    exported    log/erasures/<index>/ has its header and its part     a restored database will be told
    emptied     the parts' ciphertexts and secrets are NULL           done again, nothing more to empty
    moved       parts that must stay have left the bucket             done again, none is left to move
    forgotten   the bucket's key is destroyed                         from here on no backup can be read either
    blanked     of the acts covered as a whole only the entry is left

The log comes first: nothing is destroyed for which a verifier could not be shown the act that allowed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from opposable.kernel import clock, documents, files, guards, parts
from opposable.kernel.buckets import rewrap
from opposable.kernel.models import Act, Leaf, Member, Part
from opposable.kernel.retention.holds import Held, chunks
from opposable.kernel.store import NEVER, buckets, expiry
from opposable.ledger.act import ERASE, ERASURE_PART, HEADER_PART, Cover, Erasure, parse_erasure, parse_part

if TYPE_CHECKING:
    from pathlib import Path

ERASED_AT = datetime(1970, 1, 1, tzinfo=UTC)
BLANK = {
    "header": None, "until": None, "at": ERASED_AT, "seq": 0,
    "type": "", "actor": "", "obj": "", "outcome": "", "rule": "", "keep": "",
}  # fmt: skip
"""Of an erased act, all columns but ``id`` and ``entry`` (the trigger asks for exactly these)."""
BATCH = 5_000
Step = Callable[[str], None]


@dataclass(frozen=True)
class Sealed:
    """A sealed erasure act: its index, the bytes of its header and of its parts by name, what it erases."""

    index: int
    header: bytes
    parts: dict[str, bytes]
    erasure: Erasure


# --- erasure acts ----------------------------------------------------------------------------------------------------


def sealed_acts(since: int = 0) -> Iterator[Sealed]:
    """The erasure acts of the database that have an index, from index ``since`` on, in order."""
    rows = Act.objects.filter(type=ERASE, outcome="done", leaf__index__gte=since).order_by("leaf__index")
    for row in rows.select_related("leaf"):
        opened = {part.name: parts.part_bytes_of(part) for part in row.parts.all()}
        there = {name: data for name, data in opened.items() if data is not None}
        yield Sealed(row.leaf.index, bytes(row.header or b""), there, erasure_of(there[ERASURE_PART]))


def act_that_erased(index: int) -> Sealed | None:
    """The act by which the header of act ``index`` was erased."""
    return next((sealed for sealed in sealed_acts(index) if sealed.erasure.names(index, HEADER_PART)), None)


def erasure_of(part: bytes) -> Erasure:
    return parse_erasure(parse_part(part).data)


def unsealed() -> bool:
    """Whether an erasure act still waits for its seal: then nothing new is begun."""
    return Act.objects.filter(type=ERASE, outcome="done", leaf=None).exists()


def finish(step: Step = lambda _name: None) -> int:
    """Carry out every sealed erasure act that was not yet. Returns their number."""
    done = 0
    for sealed in sealed_acts(_mark_read()):
        export(sealed)
        step("exported")
        carry_out(sealed.erasure, step)
        _mark_write(sealed.index + 1)
        done += 1
    return done


# --- the list that a restored database is told ---------------------------------------------------------------------------


def folder(home: Path) -> Path:
    """Where each erasure act lies in the open, in the form it has in a bundle: it holds nothing but indexes and names."""
    return home / "log" / "erasures"


def export(sealed: Sealed) -> None:
    """Put an erasure act beside the log, durably."""
    place = folder(settings.HOME) / str(sealed.index)
    for name, data in sealed.parts.items():
        files.write_durably(place / f"part-{name}.json", data)
    files.write_durably(place / "act.json", sealed.header)


# --- destroying ------------------------------------------------------------------------------------------------------


def carry_out(erasure: Erasure, step: Step = lambda _name: None) -> int:
    """Destroy what an erasure act covers and no hold keeps. Returns the number of parts and acts that were still there."""
    held = Held.now()
    if erasure.keep in held.classes:
        return 0
    kept = held.acts()
    touched = _buckets_of(erasure)
    gone = sum(_empty(erasure.keep, cover, kept) for cover in erasure.covers)
    _drop_files(erasure, kept)
    step("emptied")
    for until in touched:
        _move_what_stays(erasure.keep, until)
    step("moved")
    for until in touched:
        _forget(erasure.keep, until)
    step("forgotten")
    gone += sum(_blank(cover, kept) for cover in erasure.covers if HEADER_PART in cover.parts)
    step("blanked")
    return gone


def _acts(cover: Cover, kept: set[int]) -> Iterator[list[int]]:
    """Ids of the acts in the range of a cover, in batches, without those that a hold keeps."""
    for start in range(cover.from_index, cover.until_index, BATCH):
        end = min(start + BATCH, cover.until_index)
        found = Leaf.objects.filter(index__gte=start, index__lt=end).values_list("act_id", flat=True)
        yield [pk for pk in found if pk not in kept]


def _covered(keep: str, cover: Cover, acts: list[int]) -> Iterator[list[int]]:
    """Ids of the parts that a cover names, in chunks."""
    for chunk in chunks(acts):
        yield list(Part.objects.filter(act_id__in=chunk, keep=keep, name__in=cover.parts).values_list("pk", flat=True))


def _buckets_of(erasure: Erasure) -> list[date]:
    """The expiry days of the buckets that hold covered parts and whose day has come."""
    today = clock.now().date()
    found: set[date] = set()
    for cover in erasure.covers:
        for acts in _acts(cover, set()):
            for ids in _covered(erasure.keep, cover, acts):
                days = Part.objects.filter(pk__in=ids, until__lte=today).values_list("until", flat=True)
                found |= {until for until in days if until is not None}
    # A class that keeps nothing beyond the day itself still writes into today's bucket.
    return sorted(until for until in found if until < today or expiry(erasure.keep, today) != until)


def _empty(keep: str, cover: Cover, kept: set[int]) -> int:
    count = 0
    for acts in _acts(cover, kept):
        with guards.writing(), transaction.atomic():
            for ids in _covered(keep, cover, acts):
                there = Part.objects.filter(pk__in=ids, cipher__isnull=False)
                count += there.update(cipher=None, wrapped=None)
    return count


def _drop_files(erasure: Erasure, kept: set[int]) -> None:
    for cover in erasure.covers:
        if documents.DATA in cover.parts:
            for acts in _acts(cover, kept):
                for chunk in chunks(acts):
                    documents.drop_of(chunk)


def _move_what_stays(keep: str, until: date) -> None:
    """Wrap what a hold keeps under the key of what is kept without end, so that its bucket can be forgotten."""
    staying = list(Part.objects.filter(keep=keep, until=until, cipher__isnull=False).values_list("pk", flat=True))
    keys = buckets(settings.HOME)
    if not staying or not keys.exists(keep, until):
        return
    old, new = keys.key(keep, until), keys.key(keep, NEVER, create=True)
    for chunk in chunks(staying):
        with guards.writing(), transaction.atomic():
            for pk, digest, wrapped in Part.objects.filter(pk__in=chunk).values_list("pk", "digest", "wrapped"):
                moved = rewrap(bytes(wrapped or b""), old, new, bytes(digest))
                Part.objects.filter(pk=pk).update(wrapped=moved, until=None)


def _forget(keep: str, until: date) -> None:
    documents.let_go(keep, until)
    if not Part.objects.filter(keep=keep, until=until, cipher__isnull=False).exists():
        buckets(settings.HOME).forget(keep, until)


def _blank(cover: Cover, kept: set[int]) -> int:
    """Leave nothing of the covered acts but their entries. Acts that still have a part are passed over."""
    count = 0
    for acts in _acts(cover, kept):
        for chunk in chunks(acts):
            with guards.writing(), transaction.atomic():
                busy = Part.objects.filter(act_id__in=chunk, cipher__isnull=False).values_list("act_id", flat=True)
                free = sorted(set(chunk) - set(busy))
                count += Act.objects.filter(pk__in=free, header__isnull=False).update(**BLANK)
                for model in (Part, Member):
                    rows = model._default_manager.filter(act_id__in=free)
                    rows._raw_delete(rows.db)
    return count


# --- how far it has come ---------------------------------------------------------------------------------------------


def _mark() -> Path:
    return settings.HOME / "run" / "erasures.last"


def _mark_read() -> int:
    try:
        return int(_mark().read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _mark_write(index: int) -> None:
    files.write_durably(_mark(), str(index).encode())


def forget_mark() -> None:
    """Carry everything out again: the database is not the one that it was."""
    _mark().unlink(missing_ok=True)
