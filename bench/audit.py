"""The audit of a million acts: every leaf, tile, header, part on file, chain and row, by as many processes as there are cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator

from bench.harness import Bench, Figure, at_most, median_of, once

TITLE = "The audit of a million acts"
DATABASES = ("sqlite", "postgresql")


def measure(bench: Bench) -> Iterator[Figure]:
    from bench import million
    from opposable.kernel.audit import audit

    acts, jobs = bench.size(1_000_000, 5_000), os.cpu_count() or 1
    rows: list[int] = []
    making = once(lambda: rows.append(million.make(acts)))

    def work(*, parts: bool = False, jobs: int = jobs) -> None:
        report = audit(parts=parts, jobs=jobs)
        assert report.ok, [finding.line("en") for finding in report.findings][:3]
        assert report.counts["acts"] == acts, report.counts

    bare = "every header read from the database and hashed, by one process"
    base = median_of(3, lambda: deque(million.rows_hashed(), maxlen=0))
    yield Figure(
        f"audit of {acts:,} acts on {rows[0]:,} rows, by {jobs} processes", median_of(3, work), "s", bare, base, at_most(6),
        note=f"made and sealed in {making:.0f} s", again=lambda: work(jobs=1),
    )  # fmt: skip
    yield Figure(
        f"the same, every part opened too, by {jobs} processes", once(lambda: work(parts=True)), "s", bare, base
    )
