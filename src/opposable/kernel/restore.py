"""«Reprise»: what was erased stays erased on a restored database.

The log's own directory is not rolled back with the database: it holds every erasure act in the open (``log/erasures``), and
the tiles say that it is the one that was sealed. Each is carried out again on whatever the backup brought back. Bucket keys
that were forgotten are in no backup of the data, so what a whole day's erasure destroyed could not be read in between either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import cited
from opposable.kernel.checkpoints import CheckpointStore
from opposable.kernel.faults import Fault
from opposable.kernel.models import Leaf
from opposable.kernel.retention import erasing
from opposable.law import t
from opposable.ledger import tiles
from opposable.ledger.act import ERASURE_PART, digest, entry, parse_header
from opposable.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opposable.ledger.act import Erasure


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
    with_store = CheckpointStore(settings.HOME, settings.ORIGIN)
    try:
        size = with_store.get().size
    finally:
        with_store.close()
    tree = tiles.TileTree(lambda path: (settings.HOME / "log" / path).read_bytes(), size)
    found = list(_exported(tree, size))
    destroyed = sum(erasing.carry_out(erasure) for erasure in found)
    destroyed += erasing.finish()
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return Restored(len(found), destroyed, size - (0 if last is None else last + 1))


def _exported(tree: tiles.TileTree, size: int) -> Iterator[Erasure]:
    folder = erasing.folder(settings.HOME)
    places = [place for place in folder.iterdir() if place.name.isdecimal()] if folder.exists() else []
    for place in sorted(places, key=lambda one: int(one.name)):
        yield _read(place, tree, size)


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
