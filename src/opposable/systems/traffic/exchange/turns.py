"""«Tours de prêt». Which end of a lending belongs to which beginning: events in columns, into rows (`pairing` says by which rules).

Events of one lending (block, addresses, ports) in the order of their instants: each creation begins a turn, and the first deletion
within it ends it. Deletions before any creation are rows by themselves, one an instant; so are records that tell both ends.
A creation alone lasts until its port is lent again, or until the last instant told.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.systems.traffic.store.order import Words, in_order, packed_words
from opposable.systems.traffic.store.rows import AS_GIVEN, END_INFERRED, START_INFERRED

CREATE, DELETE, WHOLE, OTHER = 0, 1, 2, 3
NEVER = -(1 << 62)
PORT = ("block", "public_ip", "port", "protocol")
LENT = (*PORT, "port_last", "inside_ip", "inside_port")
WORDS = {"public_ip": False, "inside_ip": False, "destination_ip": True, "subscriber": True}
"""Columns with a dictionary; True: in the order of its words, so that the greatest of several is told by their numbers."""
GREATEST = ("subscriber", "destination_ip", "destination_port")
"""What not every event of a turn says: the one that says something is believed."""
TYPES = {
    "port": pa.uint16(), "port_last": pa.uint16(), "protocol": pa.uint8(), "inside_port": pa.uint16(), "destination_port": pa.uint16(),
}  # fmt: skip


@dataclass(slots=True)
class _Turns:
    """Arrays of one length. ``row``: an event of the turn; ``place``: where its first one came; `NEVER` for an instant that is not told."""

    row: Any
    place: Any
    created: Any
    ended: Any
    subscriber: Any
    destination_ip: Any
    destination_port: Any


def paired(events: pa.Table) -> pa.Table:
    """A row a turn, in the order of their starts; texts and addresses as dictionaries. Raises pa.ArrowInvalid for what is no port."""
    over = max(pc.max(events.column("at")).as_py(), 0)
    events = events.filter(pc.not_equal(events.column("kind"), OTHER)).combine_chunks()
    words = {name: _coded(events.column(name), ordered=ordered) for name, ordered in WORDS.items()}
    told = {name: events.column(name).to_numpy() for name in events.column_names if name not in words}
    told |= {name: column.indices.to_numpy() for name, column in words.items()}
    turns = _turns(told)
    unended, unbegun = turns.ended == NEVER, turns.created == NEVER
    if unended.any():
        turns.ended[unended] = np.maximum(turns.created, _lent_again(told, turns, over))[unended]
    start = np.where(unbegun, turns.ended, turns.created)
    inferred = np.where(unbegun, START_INFERRED, np.where(unended, END_INFERRED, AS_GIVEN)).astype(np.uint8)
    made = {name: told[name][turns.row] for name in LENT} | {name: getattr(turns, name) for name in GREATEST}
    made |= {"start": start, "end": turns.ended, "inferred": inferred}
    order = _in_order(start, turns.place)
    columns = {name: pa.array(values[order]) for name, values in made.items()}
    columns |= {name: columns[name].cast(kind) for name, kind in TYPES.items()}
    columns |= {
        name: pa.DictionaryArray.from_arrays(columns[name], column.dictionary) for name, column in words.items()
    }
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
    order = _in_order(told["at"], words=lent)
    kind, begins = told["kind"][order], _begins(_changes(lent, order), len(order))
    lending, created = np.cumsum(begins), np.cumsum(kind == CREATE)
    turn = created - (created - (kind == CREATE))[begins][lending - 1]
    found = []
    for rows in (np.flatnonzero(kind != WHOLE), np.flatnonzero(kind == WHOLE)):
        at = told["at"][order[rows]]
        by_instant = (turn[rows] == 0) | (kind[rows] == WHOLE)
        changes = (np.diff(lending[rows]) != 0) | (np.diff(turn[rows]) != 0) | (by_instant[1:] & (np.diff(at) != 0))
        found.append(_ended(told, order[rows], np.flatnonzero(_begins(changes, len(rows)))))
    return _Turns(*(np.concatenate([getattr(one, each.name) for one in found]) for each in fields(_Turns)))


def _ended(told: dict[str, Any], rows: Any, first: Any) -> _Turns:
    """Turns of events that lie together, each from its ``first`` one on; all are of records that tell both ends, or none is."""
    kind, at = told["kind"][rows], told["at"][rows]
    begun = kind[first] != DELETE
    deleted = first + begun  # behind a creation lies its first deletion, if it has one
    ends = deleted < np.append(first[1:], len(rows))
    ended = np.full(len(first), NEVER)
    ended[ends] = at[deleted[ends]]
    told_both = kind[first] == WHOLE
    if told_both.any():
        ended = np.maximum(_of_each(np.maximum, told["until"][rows], first), at[first])
    said = {name: _of_each(np.maximum, told[name][rows], first) for name in GREATEST}
    created = np.where(begun, at[first], NEVER)
    return _Turns(rows[first], _of_each(np.minimum, rows, first), created, ended, **said)


def _of_each(what: np.ufunc, values: Any, first: Any) -> Any:
    return what.reduceat(values, first) if len(first) else values


def _lent_again(told: dict[str, Any], turns: _Turns, over: int) -> Any:
    """When the port of each turn was next lent, to anybody; ``over`` where it was not."""
    found = np.full(len(turns.row), over)
    begun = np.flatnonzero(turns.created != NEVER)
    port = _key({name: told[name][turns.row[begun]] for name in PORT}, PORT)
    order = _in_order(turns.created[begun], turns.place[begun], words=port)
    same = ~_changes(port, order)
    found[begun[order[:-1][same]]] = turns.created[begun[order[1:][same]]]
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
