"""Thirty-two people who write at once, on PostgreSQL: acts, against the audit row that most applications write by hand."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from bench.harness import Bench, Figure, paired, ratio_at_least, sealer
from bench.save import PLAIN, VALUES, makers

TITLE = "Thirty-two writers at once"
DATABASES = ("postgresql",)
WRITERS = 32
ACT, TRAIL = "act", "Django save() of the row and of an audit row, in atomic()"


def measure(bench: Bench) -> Iterator[Figure]:
    """Rounds of acts, of audit rows and of bare rows in turn, by the same processes; the sealer runs beside, as it always does."""
    rounds, seconds = bench.size(4, 1), bench.size(15, 4) / 10
    found: dict[str, list[float]] = {name: [] for name in works_of(0)}
    with crew(bench.size(WRITERS, 4)) as writers, sealer():
        for _ in range(rounds):
            for name, rates in found.items():
                rates.append(write_at_once(writers, name, seconds))
                sealed()
    value, base = paired(found, ACT, TRAIL)
    yield Figure(
        f"acts by {len(writers)} processes at once, sealed meanwhile", value, "per second", TRAIL, base, ratio_at_least(0.8),
        note=f"{PLAIN} alone: {paired(found, PLAIN, TRAIL)[0]:,.0f} per second", again=lambda: [works_of(0)[ACT]() for _ in range(300)],
    )  # fmt: skip


def works_of(number: int) -> dict[str, Callable[[], object]]:
    """What a writer does, in a transaction each: a new row of its own, with and without evidence."""
    from django.db import transaction

    from bench.rows.models import Plain, Trail
    from opposable.kernel import accounts, clock

    works, cell, actor = makers(), accounts.root(), f"{number:032x}"
    content = {**VALUES, "since": VALUES["since"].isoformat()}

    def trail() -> None:
        with transaction.atomic():
            row = Plain(cell=cell, at=clock.now(), **VALUES)
            row.save()
            Trail.objects.create(
                table="rows_plain", row=row.pk, actor=actor, at=row.at, what="create", content={**content, "at": clock.utc(row.at)}
            )  # fmt: skip

    return {ACT: works["act"], TRAIL: trail, PLAIN: works[PLAIN]}


@contextmanager
def crew(count: int) -> Iterator[list[Connection]]:
    """Processes that write when they are told to, each with a connection of its own: what reaches each of them."""
    from django.db import connections

    works_of(0)  # what every writer needs is there before they part
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, pipes, processes = context.Barrier(count), [], []
    for number in range(count):
        mine, theirs = context.Pipe()
        process = context.Process(target=_writer, args=(number, theirs, start), daemon=True)
        process.start()
        pipes.append(mine)
        processes.append(process)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(20)


def _writer(number: int, pipe: Connection, start: Any) -> None:
    works = works_of(number)
    for work in works.values():
        work()
    while (told := pipe.recv()) is not None:
        name, seconds = told
        start.wait()
        begun, done = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            works[name]()
            done += 1
        pipe.send(done / (time.perf_counter() - begun))


def write_at_once(writers: list[Connection], name: str, seconds: float) -> float:
    """Rows per second of all of them together."""
    for pipe in writers:
        pipe.send((name, seconds))
    return sum(pipe.recv() for pipe in writers)


def sealed() -> None:
    """Wait until the sealer has caught up: what one round left must not weigh on the next."""
    from opposable.kernel.models import Pending

    limit = time.monotonic() + 60
    while Pending.objects.exists():
        if time.monotonic() > limit:
            raise RuntimeError("acts wait for their seal since a minute")
        time.sleep(0.05)
