"""«Lecture directe». Rows of segments on this disk without the engine: the groups that may hold them, opened and decoded.

A question to one day is a few rows in one group out of many. The engine takes half a millisecond to get ready for it and reads
every column of the group; here bounds and dictionaries say which groups, the columns of the condition which rows, and the others are
read only then, the groups of many files at once. What is decrypted goes to pyarrow, page by page. Whatever is out of the ordinary is
left to the engine, which says what it is: nothing here decides that a segment is damaged.

All that holds the interpreter is done by the thread that asks; decoding, which leaves it alone, by others meanwhile.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from cryptography.exceptions import InvalidTag

from opposable.kernel.buckets import BucketForgotten
from opposable.systems.traffic.store.conditions import Term, Where
from opposable.systems.traffic.store.decoded import Decoded
from opposable.systems.traffic.store.footers import Unfamiliar
from opposable.systems.traffic.store.gathering import Gathered, Kind
from opposable.systems.traffic.store.opened import File, Group
from opposable.systems.traffic.store.rows import Family

TO_THE_ENGINE = (
    BucketForgotten, Unfamiliar, InvalidTag, OSError, pa.ArrowException, ArithmeticError, LookupError, ValueError,
)  # fmt: skip
"""What cannot be read here for whatever reason. FileNotFoundError is among them: the engine says it too."""
FILE, POSITION = "file_number", "file_row_number"
TIMES = {"start", "end"}
MANY, ALTERNATIVES = 4, 8
"""For more groups of a file, or a condition with more alternatives, the engine is the faster one."""
ROWS = 1 << 16
"""Decoded at one call."""
THREADS = min(4, max(2, os.cpu_count() or 2))
"""What one thread makes ready does not keep more of them busy."""
AHEAD = 8
"""So many portions are on their way at once: some tens of megabytes at the most."""
FEW = 2
"""So many files are decoded by the thread that asks."""
Columns = dict[str, list[Any]]
Source = Callable[[], tuple[str, bytes]]
"""The path and the key of a file; raises TO_THE_ENGINE."""
Steps = Generator[Gathered, pa.Table, Columns]
"""What is to be decoded, in turn; what came of it is sent back; it ends with the rows."""
Portion = list[list[Group]]
"""Groups of files of one kind, file by file."""


def select(family: Family, files: Sequence[Source], where: Where, names: Sequence[str]) -> tuple[Columns, list[int]]:
    """The rows that match, a list a column, with the number of their file and their position; and the files left to the engine."""
    found: Columns = {name: [] for name in (FILE, POSITION, *names)}
    if max(map(len, where)) > ALTERNATIVES:
        return found, list(range(len(files)))
    with ThreadPoolExecutor(THREADS) as pool:
        asking = _Asking(lambda groups: _matching(family, groups, where, names), pool if len(files) > FEW else None)
        for some in _portions(family, files, where, asking.left):
            asking.begin(some)
            asking.wait(AHEAD)
        asking.wait(0)
    for columns in asking.answers:
        for name, values in columns.items():
            found[name] += values
    return found, sorted(asking.left)


def _portions(family: Family, files: Sequence[Source], where: Where, left: set[int]) -> Iterator[Portion]:
    """The groups that may hold rows, of as many files at a time as are decoded at one call."""
    alike, rows = dict[tuple[Kind, ...], Portion](), dict[tuple[Kind, ...], int]()
    for number, source in enumerate(files):
        try:
            kinds, groups = _wanted(family, source, number, where)
        except TO_THE_ENGINE:
            left.add(number)
            continue
        if groups:
            alike.setdefault(kinds, []).append(groups)
            rows[kinds] = rows.get(kinds, 0) + sum(one.rows for one in groups)
            if rows[kinds] >= ROWS:
                yield alike.pop(kinds)
                del rows[kinds]
    yield from alike.values()


def _wanted(family: Family, source: Source, number: int, where: Where) -> tuple[tuple[Kind, ...], list[Group]]:
    path, key = source()
    with File(family, path, key) as file:
        groups = file.groups(where)
        if len(groups) > MANY:
            raise Unfamiliar("a question to the whole file")
        return file.footer.kinds, [file.group(group, number) for group in groups]


class _Asking:
    """Portions on their way: this thread takes each as far as it goes, and waits for none while there is another to begin."""

    def __init__(self, steps: Callable[[list[Group]], Steps], pool: ThreadPoolExecutor | None) -> None:
        self.steps, self.pool = steps, pool
        self.answers, self.left = list[Columns](), set[int]()
        self._going = deque[tuple[Portion, Steps, Callable[[], pa.Table]]]()

    def begin(self, some: Portion) -> None:
        self._go_on(some, self.steps(list(chain.from_iterable(some))))

    def wait(self, most: int) -> None:
        """Until no more than so many are on their way."""
        while len(self._going) > most:
            self._go_on(*self._going.popleft())

    def _go_on(self, some: Portion, steps: Steps, decoded: Callable[[], pa.Table] | None = None) -> None:
        try:
            decoding = steps.send(decoded() if decoded else None).decoding()
        except StopIteration as end:
            self.answers.append(end.value)
        except TO_THE_ENGINE:
            self._apart(some)
        else:
            self._going.append((some, steps, self.pool.submit(decoding).result if self.pool else decoding))

    def _apart(self, some: Portion) -> None:
        """A portion that does not read: each of its files is asked alone, and the one that does not read is left."""
        if len(some) == 1:
            self.left.add(some[0][0].number)
        else:
            for one in some:
                self.begin([one])


def _matching(family: Family, groups: list[Group], where: Where, names: Sequence[str]) -> Steps:
    """The rows of some groups: first by what is cheap to know, then by their time, read with what else is asked."""
    early = [term for term in where if not _columns([term]) & TIMES]
    late = [term for term in where if term not in early]
    first = Decoded(family, groups, _columns(early))
    first.take((yield first.gathered()))
    rows = np.flatnonzero(first.hold(early))
    if not len(rows):
        return {}
    owner = np.searchsorted(first.starts, rows, side="right") - 1
    hit, place = np.unique(owner, return_inverse=True)
    then = Decoded(family, [groups[one] for one in hit.tolist()], (_columns(late) | set(names)) - first.columns.keys())
    then.take((yield then.gathered()))
    there = then.starts[place] + rows - first.starts[owner]
    if late:
        kept = then.hold(late)[there]
        rows, owner, there = rows[kept], owner[kept], there[kept]
    numbers, starts = np.array([[one.number, one.start] for one in groups], np.int64).reshape(-1, 2).T
    found = {FILE: numbers[owner].tolist(), POSITION: (starts[owner] + rows - first.starts[owner]).tolist()}
    return found | {name: first.some(name, rows) if name in first.columns else then.some(name, there) for name in names}


def _columns(terms: Iterable[Term]) -> set[str]:
    return {one.column for term in terms for each in term for one in each}


def read(family: Family, path: str, key: bytes, start: int, count: int) -> pa.Table:
    """The rows from ``start`` on, in their order, every column as it was written or its default. Raises TO_THE_ENGINE."""
    with File(family, path, key) as file:
        starts = file.footer.starts
        groups = [
            file.group(one) for one in file.footer.groups if starts[one] < start + count and starts[one + 1] > start
        ]
    decoded = Decoded(family, groups, family.columns)
    decoded.take(decoded.gathered().decoding()())
    return decoded.whole(start - groups[0].start, count)
