"""What every measure shares: figures with a baseline, rounds that alternate, the profile of what falls short.

A measure is a module with a TITLE, the DATABASES it makes sense on, and ``measure(bench)`` that yields figures. It runs
in a process of its own, in a HOME and a database of its own (`bench.__main__`); `bench.run` collects and writes.
"""

from __future__ import annotations

import cProfile
import gc
import io
import pstats
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROFILED_LINES = 12
Work = Callable[[], object]


@dataclass(frozen=True)
class Goal:
    """What is aimed at: the ``ratio`` to the baseline, or the ``value`` itself, at most or at least a limit."""

    of: str
    most: bool
    limit: float

    def met(self, figure: Figure) -> bool:
        got = figure.ratio if self.of == "ratio" else figure.value
        return got <= self.limit if self.most else got >= self.limit

    def text(self, unit: str) -> str:
        return f"{'≤' if self.most else '≥'} {self.limit:g} {'×' if self.of == 'ratio' else unit}"


def ratio_at_most(limit: float) -> Goal:
    return Goal("ratio", most=True, limit=limit)


def ratio_at_least(limit: float) -> Goal:
    return Goal("ratio", most=False, limit=limit)


def at_most(limit: float) -> Goal:
    return Goal("value", most=True, limit=limit)


def at_least(limit: float) -> Goal:
    return Goal("value", most=False, limit=limit)


@dataclass(frozen=True)
class Figure:
    """One figure and its baseline, both measured in this run and in the same ``unit``.

    ``again`` does the work once more: it is what gets profiled when the goal is missed.
    """

    what: str
    value: float
    unit: str
    baseline: str
    base: float
    goal: Goal | None = None
    note: str = ""
    again: Work | None = field(default=None, repr=False)

    @property
    def ratio(self) -> float:
        return self.value / self.base if self.base else float("inf")

    def as_data(self, *, profiled: bool = True) -> dict[str, Any]:
        """For the answer. ``profiled``: with a profile where the goal is missed (of small sizes it would say nothing)."""
        data = {key: value for key, value in asdict(_bare(self)).items() if key not in ("goal", "again")}
        met = None if self.goal is None else self.goal.met(self)
        return {
            **data,
            "ratio": self.ratio,
            "goal": self.goal.text(self.unit) if self.goal else "",
            "met": met,
            "profile": profile(self.again) if profiled and met is False and self.again else "",
        }


def _bare(figure: Figure) -> Figure:
    """Without the work, which `asdict` would try to copy."""
    return Figure(**{**{name: getattr(figure, name) for name in Figure.__dataclass_fields__}, "again": None})


@dataclass(frozen=True)
class Bench:
    """Where a measure runs: its database, its HOME, and whether it only looks (small sizes)."""

    database: str
    home: Path
    quick: bool

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


def timed(work: Work, rounds: int) -> list[float]:
    """Milliseconds of each round, after one that is not counted."""
    work()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def once(work: Work) -> float:
    """Seconds of one run, on the wall, the collector asleep."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    try:
        work()
        return time.perf_counter() - start
    finally:
        gc.enable()


def median_of(runs: int, work: Work) -> float:
    """The median seconds of several runs."""
    return statistics.median(once(work) for _ in range(runs))


def alternate(works: dict[str, Work], *, rounds: int, each: int) -> dict[str, list[float]]:
    """Seconds per call of each work, round by round, in turn: what disturbs the machine disturbs them all."""
    for work in works.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(once(lambda work=work: [work() for _ in range(each)]) / each)
    return found


def paired(found: dict[str, list[float]], name: str, baseline: str) -> tuple[float, float]:
    """(value, base) whose ratio is the median of the rounds' own ratios, the base being the median of the baseline."""
    base = statistics.median(found[baseline])
    ratio = statistics.median(a / b for a, b in zip(found[name], found[baseline], strict=True))
    return base * ratio, base


def percentile(values: list[float], share: float) -> float:
    """The smallest value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * share) - 1))]


def profile(work: Work) -> str:
    """The functions that took the most time themselves, as text with short paths."""
    seen = cProfile.Profile()
    seen.enable()
    try:
        work()
    finally:
        seen.disable()
    out = io.StringIO()
    pstats.Stats(seen, stream=out).sort_stats("tottime").print_stats(PROFILED_LINES)
    return "\n".join(_short(out.getvalue()))


def _short(report: str) -> Iterator[str]:
    """The lines of a profile, paths cut to what a reader of the tree knows."""
    for line in report.splitlines():
        if re.match(r"\s+(\d|ncalls)", line):
            yield re.sub(
                r"/\S*?/(site-packages/|src/|lib/python3\.\d+/|bench/)", lambda m: m[1].split("/")[0] + "/", line
            )


@contextmanager
def sealer() -> Iterator[subprocess.Popen[str]]:
    """`opposable sealer` beside this process, as in production; it is up when this begins, and gone when it ends."""
    from django.conf import settings

    from opposable.kernel import sealing

    with subprocess.Popen([sys.executable, "-m", "opposable", "sealer"], stdout=subprocess.PIPE, text=True) as process:
        try:
            if not sealing.wait_for_socket(settings.HOME / "run", 30):
                raise RuntimeError("the sealer did not come up: its message is above")
            yield process
        finally:
            process.terminate()
            process.wait(20)
