"""«Catalogue perdu»: what lies in the store and no act knows is entered into the catalogue again, from the files themselves.

A file says its rows, its name the segment, its folder the store and the day on which it goes; its key is the one of that day. What it
says is computed again (root, number, instants, end by the rules) and held against the tree beside it. The act is a new one, of today:
what the lost one proved is proven from the copies that others hold of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from opposable.kernel import clock
from opposable.kernel.accounts import root
from opposable.kernel.buckets import BucketForgotten
from opposable.kernel.system import law
from opposable.law import PARIS, NoRuleOnFile, Text, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.models import Segment, Source
from opposable.systems.traffic.rules import keeping
from opposable.systems.traffic.store import leaves, places, segments
from opposable.systems.traffic.store.answers import Written
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.keys import SegmentKeys, keys_of
from opposable.systems.traffic.store.order import Day, by_day
from opposable.systems.traffic.store.overlap import unseen
from opposable.systems.traffic.store.rows import FAMILIES, Family

if TYPE_CHECKING:
    from opposable.kernel.actors import Actor

DAY_WRONG = t(
    "il n’est pas d’un seul jour, ou pas de celui de son dossier", "it is not of one day, or not of that of its folder"
)
TREE_WRONG = t("son arbre mène ailleurs", "its tree leads elsewhere")
OVER = t("son jour est passé", "its day is over")
AGAIN = t("ses lignes sont déjà au catalogue", "its rows are in the catalogue already")
UNREAD = t("il ne se lit pas, ou sa clé manque", "it does not read, or its key is missing")
OTHER = t("il n’est d’aucune famille, ou de plus d’une", "it is of no family, or of more than one")


@dataclass
class Adopted:
    """What became of the files: segments in the catalogue again, and those that stay out of it, each with the reason."""

    segments: list[Segment] = field(default_factory=list)
    left: list[tuple[str, Text]] = field(default_factory=list)


class _Not(Exception):
    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def adopt(actor: Actor, source: Source) -> Adopted:
    """Enter every file that no act knows, as rows of ``source``. What does not fit stays where it is, and is said."""
    done, erased = Adopted(), places.erased()
    for place in list(_whole()):
        if places.uid_of(place) in erased:
            continue
        try:
            done.segments.append(_adopted(actor, source, place))
        except _Not as fault:
            done.left.append((place.name, fault.reason))
    return done


def _whole() -> Iterator[places.Place]:
    return (place for place, _ in places.strangers() if place.name.endswith(".parquet"))


def _adopted(actor: Actor, source: Source, place: places.Place) -> Segment:
    store, until = _folder(place)
    uid = places.uid_of(place)
    try:
        keys = keys_of(store, until, uid)
        family = _family(place, keys, store)
        rows = segments.read(family, place, keys)
        (day,) = by_day(family, rows)
        top = leaves.tree(family, rows, keys.salt)[-1][0].tobytes().hex()
        written = Written(rows.num_rows, _size(place), top, segments.file_digest(place))
    except (BucketForgotten, duckdb.Error, OSError, StoreFault) as error:
        raise _Not(UNREAD) from error
    except ValueError as error:  # of several days
        raise _Not(DAY_WRONG) from error
    _check(family, day, until, place, written)
    if unseen(source, family, day, "")[1]:
        raise _Not(AGAIN)
    segment = Segment(
        uid=uid, cell=root(), source=source, batch=f"adopted {uid}", family=family.name, store=store, day=day.day, until=until,
        late=False, first_at=day.first_at, last_at=day.last_at, place=places.DISK if isinstance(place, Path) else places.BUCKET,
    )  # fmt: skip
    return acts.seal_segment(actor, segment=segment, written=written, sources=[], duplicate=0).result


def _folder(place: places.Place) -> tuple[str, date]:
    *_, store, until, _ = str(place).split("/")
    try:
        return store, date.fromisoformat(until)
    except ValueError as error:
        raise _Not(DAY_WRONG) from error


def _family(place: places.Place, keys: SegmentKeys, store: str) -> Family:
    """The only family of the store whose columns these are."""
    names = segments.columns_in(place, keys)
    told = [
        one for one in FAMILIES.values()
        if one.store == store and _stored(one.needed) <= names <= _stored(set(one.columns))
    ]  # fmt: skip
    if len(told) != 1:
        raise _Not(OTHER)
    return told[0]


def _stored(names: set[str]) -> set[str]:
    return {"span" if name == "end" else name for name in names}


def _check(family: Family, day: Day, until: date, place: places.Place, written: Written) -> None:
    try:
        due = keeping.until(family.name, day.day, law()).value
    except NoRuleOnFile as error:
        raise _Not(DAY_WRONG) from error
    if due != until:
        raise _Not(DAY_WRONG)
    if until <= clock.now().astimezone(PARIS).date():
        raise _Not(OVER)
    if not segments.nodes_hold(family, place, written.rows, written.root):
        raise _Not(TREE_WRONG)


def _size(place: places.Place) -> int:
    return sum(len(one.read_bytes()) for one in (place, segments.nodes_path(place)))
