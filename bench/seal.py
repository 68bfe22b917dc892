"""How long an act waits for its seal: asked for at once, on an idle machine, and by the period, under load."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from bench.harness import Bench, Figure, at_most, percentile, sealer
from bench.save import PLAIN, VALUES, makers

TITLE = "The seal"
DATABASES = ("sqlite", "postgresql")
PAUSE = 0.03
"""Seconds between two receipts: an idle installation, where people come one by one."""


def measure(bench: Bench) -> Iterator[Figure]:
    from django.conf import settings

    period = settings.CONFIG.seal_seconds * 1000
    with sealer():
        taken, plain = receipts(bench.size(300, 20))
        for share in (0.5, 0.99):
            yield Figure(
                f"act with its sealed receipt, through the socket, idle: p{share * 100:g}", percentile(taken, share), "ms",
                f"{PLAIN}, p{share * 100:g}", percentile(plain, share), at_most(50) if share == 0.99 else None,
            )  # fmt: skip
        delays, rate, busy = under_load(bench.size(10, 1))
    yield Figure(
        f"delay from an act to its seal, one writer without pause ({rate:,.0f} acts/s): p99", percentile(delays, 0.99), "ms",
        f"the period, {period:g} ms", period, at_most(2 * period),
        note=f"p50 {percentile(delays, 0.5):.0f}, longest {max(delays):.0f} ms; slowest act {max(busy):.0f} ms",
    )  # fmt: skip


def receipts(count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of acts sealed before they return, and of plain saves between them."""
    from bench.rows.acts import make_sealed
    from opposable.kernel import accounts, actors

    system, cell, save = actors.system("bench"), accounts.root(), makers()[PLAIN]
    taken, plain = [], []
    for _ in range(count):
        time.sleep(PAUSE)
        plain.append(_milliseconds(save))
        time.sleep(PAUSE)
        start = time.perf_counter()
        receipt = make_sealed(system, cell=cell, values=VALUES)
        taken.append((time.perf_counter() - start) * 1000)
        assert receipt.index is not None, "a receipt without its seal"
    return taken, plain


def under_load(seconds: float) -> tuple[list[float], float, list[float]]:
    """Act for so many seconds without pause: (delay of each act, acts per second, time of each act), in milliseconds."""
    from opposable.kernel.models import Act, Leaf, Pending, Seal

    work, first, busy = makers()["act"], Leaf.objects.count(), []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        busy.append(_milliseconds(work))
    rate = len(busy) / (time.perf_counter() - start)
    for _ in range(200):
        if not Pending.objects.exists():
            break
        time.sleep(0.05)
    seals = list(Seal.objects.filter(size__gt=first).order_by("size").values_list("size", "at"))
    acts = Leaf.objects.filter(index__gte=first).order_by("index").values_list("index", "act__at")
    delays, place = [], 0
    for index, at in acts:
        while seals[place][0] <= index:
            place += 1
        delays.append((seals[place][1] - at).total_seconds() * 1000)
    assert len(delays) >= len(busy), "acts were not sealed"
    assert not Act.objects.filter(leaf=None).exists()
    return delays, rate, busy


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def spread(values: list[float]) -> str:
    """For notes: median and extremes."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
