"""The part of an audit that can be shared out: one process for each share, all with the same view of the database."""

from __future__ import annotations

import mmap
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connections

from opposable.kernel.audit.acts import Pass
from opposable.kernel.audit.erasures import Lawful
from opposable.kernel.audit.files import check_piece, grow, numbers
from opposable.kernel.audit.parts import read_parts
from opposable.kernel.audit.queries import Counts
from opposable.kernel.audit.report import Report
from opposable.kernel.audit.rows import check_rows
from opposable.kernel.audit.seals import Signers, check_signatures, read_anchors
from opposable.kernel.audit.seen import Link, Seen
from opposable.kernel.audit.snapshot import joined
from opposable.kernel.audit.stream import Share

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from opposable.ledger.merkle import Tree

Progress = Callable[[int], None]
ENTRY: Final = 32


@dataclass
class Work:
    """What is to be done: ``parts``: read their content too; ``entries``: where each share puts the entries that it reads."""

    entries: Any
    parts: bool

    def acts(self, share: Share, progress: Progress) -> Seen:
        """The acts of a share, in this process."""
        found = Report()  # what these two find, the parent finds too
        bounds, _ = read_anchors(found)
        return Pass(settings.ORIGIN, Lawful.load(found), bounds, self.entries, share).run(progress)

    def rest(self, share: Share, chain: dict[str, Link], progress: Progress) -> Report:
        """What the acts lead to, in this process: the rows of a share, of which ``chain`` has the last acts, its seals and parts."""
        report = Report()
        check_rows(share, chain, report, progress)
        check_signatures(Signers.load(), share, report, progress)
        if self.parts:
            read_parts(share, report, progress)
        return report


class Crew:
    """The processes for all shares but the first, which the parent does itself.

    They are forked before anybody reads (an open connection must not be shared with a child), wait to be told which state of
    the database to read, and send what they saw of their run of the acts. The parent joins the runs, each object's history
    from one to the next, and tells each process the last acts on its rows; last, each hashes its piece of the tree and compares
    the files of the log that lie in it.
    """

    def __init__(self, size: int, jobs: int, *, parts: bool) -> None:
        room = bytearray(ENTRY * size) if jobs == 1 else mmap.mmap(-1, max(ENTRY * size, 1))
        self.entries = memoryview(room)[: ENTRY * size]
        self._work, self._jobs = Work(self.entries, parts), jobs
        self._done = memoryview(mmap.mmap(-1, 8 * jobs)).cast("q")
        self._children: list[tuple[BaseProcess, Connection]] = []
        self._counts: Counts | None = None
        if jobs > 1:
            connections.close_all()
            self._children = [self._fork(Share(number, jobs)) for number in range(1, jobs)]

    def _fork(self, share: Share) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        process = context.Process(target=self._child, args=(share, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, mine

    def _child(self, share: Share, pipe: Connection) -> None:
        def step(count: int) -> None:
            self._count(share.number, count)

        with joined(pipe.recv(), lambda: pipe.send("ready")):
            pipe.send(self._work.acts(share, step))
            pipe.send(self._work.rest(share, pipe.recv(), step))
            piece: tuple[int, int] = pipe.recv()
            tree = grow(self.entries, *piece)
            pipe.send(tree)
            counts = Counts.now() if share.number == 1 else None
        report = Report()
        if pipe.recv():
            check_piece(settings.HOME / "log", self.entries, tree, *piece, report)
        pipe.send((report, counts))

    def _count(self, number: int, count: int) -> None:
        self._done[number] += count

    def tell(self, name: str) -> None:
        """Have the children read the state of this name; return when they do."""
        for _, pipe in self._children:
            pipe.send(name)
        for _, pipe in self._children:
            pipe.recv()

    def do(self, progress: Progress) -> Seen:
        """Do the work: the first share here, the others there. ``progress`` is told how much all of them have done."""

        def step(count: int) -> None:
            self._count(0, count)
            progress(sum(self._done))

        def heard(process: BaseProcess, pipe: Connection) -> Any:
            while not pipe.poll(0.1) and process.is_alive():
                progress(sum(self._done))
            try:
                return pipe.recv()
            except EOFError:
                raise _dead() from None

        mine = Share(0, self._jobs)
        seen = self._work.acts(mine, step)
        for child in self._children:
            seen.follow(heard(*child))
        for number, (_, pipe) in enumerate(self._children, 1):
            pipe.send(seen.ends(Share(number, self._jobs)))
        seen.report.merge(self._work.rest(mine, seen.ends(mine), step))
        for child in self._children:
            seen.report.merge(heard(*child))
        return seen

    def tree(self) -> Tree:
        """The tree over the entries that the work has read: each process hashes a piece, and the pieces fit together."""
        mine, *theirs = pieces(len(self.entries) // ENTRY, self._jobs)
        for (_, pipe), piece in zip(self._children, theirs, strict=True):
            pipe.send(piece)
        tree = grow(self.entries, *mine)
        for _, pipe in self._children:
            try:
                tree.attach(pipe.recv())
            except EOFError:
                raise _dead() from None
        return tree

    @contextmanager
    def checking(self, report: Report, *, there: bool) -> Iterator[list[range]]:
        """Meanwhile each process compares the full files of its piece, if ``there``: the numbers of these files."""
        for _, pipe in self._children:
            pipe.send(there)
        _, *theirs = pieces(len(self.entries) // ENTRY, self._jobs)
        yield [numbers(*piece) for piece in theirs] if there else []
        for _, pipe in self._children:
            try:
                found, counts = pipe.recv()
            except EOFError:
                raise _dead() from None
            report.merge(found)
            self._counts = self._counts or counts

    def counts(self) -> Counts:
        """How many rows there are: counted by the first other process while the files were compared."""
        return self._counts or Counts.now()

    def dismiss(self) -> None:
        """Nothing more is asked of the processes."""
        for process, pipe in self._children:
            pipe.close()
            process.terminate()
            process.join()


def pieces(size: int, count: int) -> list[tuple[int, int]]:
    """Cut a tree of that size in pieces of nearly one size, where large subtrees begin: those a piece brings are kept (`Tree.attach`)."""
    step = 1 << max(0, (size // count).bit_length() - 4)
    cuts = [*(size * number // count // step * step for number in range(count)), size]
    return list(pairwise(cuts))


def _dead() -> RuntimeError:
    return RuntimeError("a process of the audit has died: run it again with --jobs 1 to see why")
