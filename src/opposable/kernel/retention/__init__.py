"""«Conservation»: what the rules want forgotten is forgotten, and the log shows that it was due.

    run()                                   the daily job: scrub rows, erase parts, erase headers, purge the journal
    place_hold(actor, objs=…, reason=…)     stops erasure; lift_hold(actor, hold=…)
    erase_part(actor, part, ground=…)       one part, for a right exercised or a court's order

A model may define ``scrub(self) -> None``, which blanks the columns that say something of a person and leaves `state` valid:
its rows are then scrubbed by an act when their class has come to its end. Rows of other models stay as they are. A class method
``over()`` says which rows may be at all: who is still in the register stays, however long nothing has happened to his account; with
``Evidence.whole``, what the acts on such a row say stays too. A class method ``filed()`` gives the rows that name, in ``sha256`` and
``until``, a file that came from outside (`kernel.documents.files.keep_today`): it goes when its row says that it is ``erased``.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import actors, clock, documents, sealing
from opposable.kernel.retention import due
from opposable.kernel.retention.acts import erase, lift_hold, place_hold, scrub, scrubbed
from opposable.kernel.retention.cleaning import clean, purge_readings
from opposable.kernel.retention.due import Due
from opposable.kernel.retention.erasing import finish, unsealed
from opposable.kernel.retention.holds import Held
from opposable.kernel.system import RetentionClass, retention_classes
from opposable.law import LawError, Refused, t
from opposable.law.terminal import say, words
from opposable.ledger.act import Cover

if TYPE_CHECKING:
    from datetime import date

    from opposable.kernel.actors import Actor
    from opposable.kernel.acts import Receipt
    from opposable.kernel.models import Part

__all__ = ["erase_part", "lift_hold", "place_hold", "run", "scrubbed"]

KEEPER = actors.system("retention")
WAITS = t(
    "des effacements attendent le scelleur : lancez `opposable sealer` ou `opposable serve`",
    "erasures wait for the sealer: run `opposable sealer` or `opposable serve`",
)
Find = Callable[[RetentionClass, Held], Iterator[Due]]


def run(*, thorough: bool = False) -> list[str]:
    """Erase what is due today. Returns what was done, line by line. Can be stopped and repeated at any point."""
    with _alone() as first:
        return (
            list(_run(clock.now().date(), thorough))
            if first
            else [words("un autre passage est en cours", "another run is under way")]
        )


def erase_part(actor: Actor, part: Part, *, ground: str = "") -> Receipt[None]:
    """Erase one part of one act. Raises `Refused` when it is held, or before its day without a ground.

    Its ciphertext and its secret go from the database; in older backups they stay under the key of their bucket, until that
    key is forgotten or the backup is: restoring one erases the part again.
    """
    item = retention_classes()[part.keep]
    if part.act.index is None:
        sealing.request()
    index = part.act.index
    if index is None:
        raise LookupError(say(WAITS))
    cover = Cover(index, index + 1, frozenset([part.name]))
    earliest = due.first_day(item, part.act.at.date(), part.until)
    receipt = erase(actor, keep=part.keep, earliest_on=earliest, covers=[cover], ground=ground)
    if _carry_out():
        clean()
    return receipt


def _run(day: date, thorough: bool) -> Iterator[str]:
    sealing.request()
    if not _carry_out():
        yield say(WAITS)
        return
    scrubbed = _scrub_rows(day)
    parts, failed = _erase_each(lambda item, held: due.parts(item, day, held))
    headers, failed_too = _erase_each(lambda item, held: iter([due.headers(item, day, held)]))
    files = documents.drop_filed()
    readings = purge_readings(Held.now())
    done = {
        words("lignes vidées", "rows scrubbed"): scrubbed,
        words("parties effacées", "parts erased"): parts,
        words("actes effacés", "acts erased"): headers,
        words("fichiers effacés", "files erased"): files,
        words("lectures purgées", "readings purged"): readings,
    }
    yield from (f"{what}: {count}" for what, count in done.items() if count)
    yield from sorted(failed | failed_too)
    if any(done.values()) or thorough:
        yield from clean(thorough=thorough)
    if unsealed():
        yield say(WAITS)


def _erase_each(find: Find) -> tuple[int, set[str]]:
    """One erasure act for each thing due, carried out at once. Returns what it came to, and what went wrong."""
    count, failures, held = 0, set(), Held.now()
    for item in due.classes(held):
        try:
            for found in find(item, held):
                if found.count:
                    erase(KEEPER, keep=found.keep, earliest_on=found.earliest_on, covers=found.covers())
                    _carry_out()
                    count += found.count
        except (LawError, Refused) as error:
            reason = say(error.reason if isinstance(error, Refused) else error.text)
            failures.add(words(f"{item.id} : rien d’effacé : {reason}", f"{item.id}: nothing erased: {reason}"))
    return count, failures


def _scrub_rows(day: date) -> int:
    count = 0
    for rows in due.rows(day, Held.now()):
        scrub(KEEPER, rows=rows)
        count += len(rows)
    return count


def _carry_out() -> bool:
    """Have erasure acts sealed and carry them out. False when some still wait for their seal."""
    if unsealed():
        sealing.request()
    finish()
    return not unsealed()


@contextmanager
def _alone() -> Iterator[bool]:
    """One run at a time on this machine. Yields whether this is the one."""
    with (settings.HOME / "run" / "retention.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
