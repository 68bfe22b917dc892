"""«Reprise»: what was erased stays erased on a restored database.

The log's own directory is not rolled back with the database: it holds every erasure act in the open (``log/erasures``), and
the tiles say that it is the one that was sealed. Each is carried out again on whatever the backup brought back. Bucket keys
that were forgotten are in no backup of the data, so what a whole day's erasure destroyed could not be read in between either.

`before_opening` is asked each time a site starts: a database that was put back is not shown to anyone before it has been compared
with the checkpoint store, and before what was erased since is erased again.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import cited
from opposable.kernel.checkpoints import CheckpointStore
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act, Leaf, Part
from opposable.kernel.retention import erasing
from opposable.kernel.retention.cleaning import clean
from opposable.kernel.retention.holds import Held
from opposable.kernel.sealer import Sealer, SealRefused
from opposable.law import t
from opposable.ledger import tiles
from opposable.ledger.act import ERASURE_PART, HEADER_PART, digest, entry, parse_header
from opposable.ledger.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

    from opposable.ledger.act import Cover, Erasure


class RestoreFault(Fault):
    """The restored database may not be opened yet; the sentence says what to do."""


@dataclass(frozen=True)
class Restored:
    """``erasures`` acts replayed, ``destroyed`` parts and acts that were back; the database lacks ``missing`` sealed acts."""

    erasures: int
    destroyed: int
    missing: int


def replay() -> Restored:
    """Carry out every erasure act again. Can be repeated. Raises RestoreFault for an erasure that the log does not hold."""
    cited.forget()
    erasing.forget_mark()
    found, size = _exported()
    destroyed = sum(erasing.carry_out(erasure) for erasure in found)
    erasing.finish()  # those that this database knows and nobody has put beside the log yet
    clean(thorough=destroyed > 0)
    with suppress(SealRefused):  # the number of missing acts says it better
        _finish_seal()
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return Restored(len(found), destroyed, size - (0 if last is None else last + 1))


def before_opening() -> None:
    """Finish an interrupted seal, and replay the erasures if something that was erased is there.

    Raises SealRefused when the database is not the one that was signed (it says what to do), RestoreFault for a false list of
    erasures. Needs no key of the log.
    """
    _finish_seal()
    found, _ = _exported()
    if found and _is_back(found[-1]):
        replay()


def missing() -> int:
    """How many acts the log sealed that this database lacks: more than none, and it is older than the log, and knows less than was done.

    Raises StoreError for a log without its checkpoints.
    """
    if not (settings.HOME / "log" / "checkpoint").exists():
        return 0
    with closing(CheckpointStore(settings.HOME, settings.ORIGIN)) as store:
        size = store.get().size
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return max(0, size - (0 if last is None else last + 1))


def _finish_seal() -> None:
    sealer = Sealer(settings.HOME, settings.ORIGIN, ())
    try:
        sealer.recover()
    finally:
        sealer.store.close()


def _is_back(erasure: Erasure) -> bool:
    """Whether something that it covers is there and no hold keeps it. Of the last erasure: a database is put back whole."""
    held = Held.now()
    return erasure.keep not in held.classes and any(
        _what_is_back(erasure, cover) - held.acts() for cover in erasure.covers
    )


def _what_is_back(erasure: Erasure, cover: Cover) -> set[int]:
    there = Part.objects.filter(
        act__leaf__index__gte=cover.from_index, act__leaf__index__lt=cover.until_index,
        keep=erasure.keep, name__in=cover.parts, cipher__isnull=False,
    )  # fmt: skip
    found = set(there.values_list("act_id", flat=True))
    if HEADER_PART in cover.parts:
        headers = Act.objects.filter(header__isnull=False, leaf__index__gte=cover.from_index)
        found |= set(headers.filter(leaf__index__lt=cover.until_index).values_list("pk", flat=True))
    return found


def _exported() -> tuple[list[Erasure], int]:
    """The erasures beside the log in their order, each found in the log, and the size of the log."""
    with closing(CheckpointStore(settings.HOME, settings.ORIGIN)) as store:
        size = store.get().size
    tree = tiles.TileTree(lambda path: (settings.HOME / "log" / path).read_bytes(), size)
    folder = erasing.folder(settings.HOME)
    places = [place for place in folder.iterdir() if place.name.isdecimal()] if folder.exists() else []
    return [_read(place, tree, size) for place in sorted(places, key=lambda one: int(one.name))], size


def _read(place: Path, tree: tiles.TileTree, size: int) -> Erasure:
    """One erasure act, as the log sealed it: its header is the leaf of its index, its part is the one of the header."""
    index = int(place.name)
    try:
        header, part = (place / "act.json").read_bytes(), (place / f"part-{ERASURE_PART}.json").read_bytes()
        sealed = index < size and tree.entries(index // tiles.WIDTH)[index % tiles.WIDTH] == entry(header)
        if sealed and parse_header(header).parts.get(ERASURE_PART) == digest(part):
            return erasing.erasure_of(part)
    except (OSError, LedgerError, IndexError) as error:
        raise _unknown(place) from error
    raise _unknown(place)


def _unknown(place: Path) -> RestoreFault:
    return RestoreFault(
        t(
            "{place} n’est pas un effacement que le journal a scellé : remettez le dossier log/ tel qu’il était.",
            "{place} is no erasure that the log sealed: put back the folder log/ as it was.",
        ).format(place=str(place))
    )
