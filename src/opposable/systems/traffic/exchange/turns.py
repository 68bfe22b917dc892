"""«Tours de prêt». Which end of a lending belongs to which beginning: events in columns, into rows (`pairing` says by which rules).

Events of one lending (block, addresses, ports) in the order of their instants: each creation begins a turn, and the first deletion
within it ends it. Deletions before any creation are rows by themselves, one an instant; so are records that tell both ends.
A creation alone lasts until its port is lent again, or until the last instant told.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.systems.traffic.store.order import Words, in_order, packed_words
from opposable.systems.traffic.store.rows import AS_GIVEN, END_INFERRED, END_TWICE, START_INFERRED, START_TWICE

CREATE, DELETE, WHOLE, OTHER = 0, 1, 2, 3
NEVER, FAR = -(1 << 62), 1 << 62
PORT = ("block", "public_ip", "port", "protocol")
LENT = (*PORT, "port_last", "inside_ip", "inside_port")
WORDS = {"public_ip": False, "inside_ip": False, "destination_ip": True, "subscriber": True}
"""Columns with a dictionary; True: in the order of its words, so that the greatest of several is told by their numbers."""
GREATEST = ("subscriber", "destination_ip", "destination_port")
"""What not every event of a turn says: the one that says something is believed."""
TYPES = {
    "port": pa.uint16(), "port_last": pa.uint16(), "protocol": pa.uint8(), "inside_port": pa.uint16(), "destination_port": pa.uint16(),
    "inferred": pa.uint8(),
}  # fmt: skip


@dataclass(slots=True)
class _Turns:
    """Arrays of one length; `NEVER` for an instant that is not told. Of two readings a beginning has the first, an end the last."""

    row: Any
    """An event of the turn, for what all of them say alike."""
    place: Any
    """Where its first event came."""
    begun: Any
    start: Any
    """Of its creation, or of its deletion alone."""
    late: Any
    """The last reading of the same, and `turned` its place in the order of the source."""
    turned: Any
    ended: Any
    twice: Any
    subscriber: Any
    destination_ip: Any
    destination_port: Any


def paired(events: pa.Table) -> pa.Table:
    """A row a turn, in the order of their starts; texts and addresses as dictionaries. Raises pa.ArrowInvalid for what is no port."""
    over = max(pc.max(events.column("late" if "late" in events.column_names else "at")).as_py(), 0)
    events = events.filter(pc.not_equal(events.column("kind"), OTHER)).combine_chunks()
    words = {name: _coded(events.column(name), ordered=ordered) for name, ordered in WORDS.items()}
    told = {name: events.column(name).to_numpy() for name in events.column_names if name not in words}
    told |= {name: column.indices.to_numpy() for name, column in words.items()}
    told = {"late": told["at"], "order": told["at"]} | told
    turns = _turns(told)
    unended = turns.ended == NEVER
    if unended.any():
        turns.ended[unended] = np.maximum(turns.start, _lent_again(told, turns, over))[unended]
    inferred = np.where(turns.begun, np.where(unended, END_INFERRED, AS_GIVEN), START_INFERRED) + turns.twice
    made = {name: told[name][turns.row] for name in LENT} | {name: getattr(turns, name) for name in GREATEST}
    made |= {"start": turns.start, "end": turns.ended, "inferred": inferred}
    order = _in_order(turns.start, turns.place)
    columns = {name: pa.array(values[order]) for name, values in made.items()}
    columns |= {name: columns[name].cast(kind) for name, kind in TYPES.items()}
    columns |= {name: pa.DictionaryArray.from_arrays(columns[name], one.dictionary) for name, one in words.items()}
    return pa.table(columns)


def _coded(column: pa.ChunkedArray, *, ordered: bool) -> pa.DictionaryArray:
    one = pa.concat_arrays([*column.chunks, pa.array([], column.type)]).dictionary_encode()
    if not ordered or len(one.dictionary) < 2:
        return one
    order = pc.array_sort_indices(one.dictionary.cast(pa.binary()))
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order))
    return pa.DictionaryArray.from_arrays(rank[one.indices.to_numpy()], one.dictionary.take(order))


# --- turns -----------------------------------------------------------------------------------------------------------


def _turns(told: dict[str, Any]) -> _Turns:
    """The turns of all lendings: those of creations and deletions, then what records say that tell both ends."""
    lent = _key(told | {"port_last": told["port_last"] - told["port"]}, LENT)
    order = _in_order(told["order"], words=lent)
    kind, begins = told["kind"][order], _begins(_changes(lent, order), len(order))
    lending, created = np.cumsum(begins), np.cumsum(kind == CREATE)
    turn = created - (created - (kind == CREATE))[begins][lending - 1]
    instant = np.where((turn == 0) | (kind == WHOLE), told["late"][order], 0)
    found = []
    for mask in (kind != WHOLE, kind == WHOLE):
        some = _together(np.flatnonzero(mask), lending, turn, instant)
        begins = _begins(
            reduce(np.logical_or, (np.diff(one[some]) != 0 for one in (lending, turn, instant))), len(some)
        )
        behind = (kind[some] == DELETE) & (turn[some] > 0)
        found.append(_ended(told, order[some], behind, np.flatnonzero(begins)))
    return _Turns(*(np.concatenate([getattr(one, each.name) for one in found]) for each in fields(_Turns)))


def _together(rows: Any, lending: Any, turn: Any, instant: Any) -> Any:
    """Rows that say the same lie one behind the other, as most often; within an hour shown twice the file is the order, not the instant."""
    apart = (np.diff(instant[rows]) < 0) & (np.diff(turn[rows]) == 0) & (np.diff(lending[rows]) == 0)
    if not apart.any():
        return rows
    return rows[in_order(packed_words([_from_zero(one[rows]) for one in (lending, turn, instant)]), len(rows))]


def _ended(told: dict[str, Any], rows: Any, behind: Any, first: Any) -> _Turns:
    """Turns of events that lie together, each from its ``first`` one on; all are of records that tell both ends, or none is.

    ``behind``: the deletions that have a creation before them.
    """
    kind, at, late = told["kind"][rows], told["at"][rows], told["late"][rows]
    start, first_late, turned = (
        _of_each(np.minimum, np.where(behind, FAR, one), first) for one in (at, late, told["order"][rows])
    )
    deleted = kind == DELETE
    ended = _of_each(np.minimum, np.where(deleted, late, FAR), first)
    ended = np.where(ended == FAR, NEVER, ended)
    if len(kind) and kind[0] == WHOLE:
        ended = np.maximum(_of_each(np.maximum, told["until"][rows], first), start)
    twice = np.where(late > at, np.where(deleted, END_TWICE, START_TWICE), 0)
    said = {name: _of_each(np.maximum, told[name][rows], first) for name in GREATEST}
    return _Turns(
        row=rows[first],
        place=_of_each(np.minimum, rows, first),
        begun=kind[first] != DELETE,
        start=start,
        late=first_late,
        turned=turned,
        ended=ended,
        twice=_of_each(np.bitwise_or, twice, first),
        **said,
    )


def _of_each(what: np.ufunc, values: Any, first: Any) -> Any:
    return what.reduceat(values, first) if len(first) else values


def _lent_again(told: dict[str, Any], turns: _Turns, over: int) -> Any:
    """When the port of each turn was next lent, to anybody; ``over`` where it was not."""
    found = np.full(len(turns.row), over)
    begun = np.flatnonzero(turns.begun)
    port = _key({name: told[name][turns.row[begun]] for name in PORT}, PORT)
    order = _in_order(turns.turned[begun], turns.place[begun], words=port)
    same = ~_changes(port, order)
    found[begun[order[:-1][same]]] = turns.late[begun[order[1:][same]]]
    return found


# --- in order --------------------------------------------------------------------------------------------------------


def _key(columns: dict[str, Any], names: tuple[str, ...]) -> Words:
    return packed_words([_from_zero(columns[name]) for name in names])


def _from_zero(values: Any) -> Any:
    numbers = values.astype(np.int64)
    return numbers - numbers.min() if len(numbers) else numbers


def _in_order(first: Any, *then: Any, words: Words | None = None) -> Any:
    """The places of rows in the order of their words, then of values. Events come in the order of their instants most often."""
    told_in_order = not then and bool((first[1:] >= first[:-1]).all())
    values = [] if told_in_order else packed_words([_from_zero(one) for one in (first, *then)])
    return in_order([*(words or []), *values], len(first))


def _changes(words: Words, order: Any) -> Any:
    """Whether a row has other words than the one before it, from the second on."""
    found = np.zeros(max(len(order) - 1, 0), dtype=bool)
    for word, _ in words:
        ordered = word.take(order)
        found |= ordered[1:] != ordered[:-1]
    return found


def _begins(changes: Any, count: int) -> Any:
    """Which rows begin something: the first, and those that differ from the one before."""
    return np.concatenate([np.ones(min(count, 1), dtype=bool), changes])
