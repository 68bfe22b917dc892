"""Sealing: how long an author waits for a receipt, and how late the seal of an ordinary act comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from bench.harness import Bench, Figure, at_most, percentile

TITLE = "Receipts and seals"
DATABASES = ("sqlite", "postgresql")


def measure(bench: Bench) -> Iterator[Figure]:
    """Through the sealer's socket, as the sites do; the sealer runs in a thread of its own, as in `opposable serve`."""
    from bench.save import PLAIN, makers
    from django.conf import settings

    from opposable.kernel import sealing, sealing_service
    from opposable.kernel.models import Pending

    works = makers()
    make, save = works["act"], works[PLAIN]
    service = sealing_service.start_thread()
    if not sealing.wait_for_socket(settings.HOME / "run"):
        raise RuntimeError("the sealer did not start")
    period, rounds = settings.CONFIG.seal_seconds, bench.size(300, 20)

    waits, saves, delays = [], [], []
    for _ in range(rounds):
        start = time.perf_counter()
        done: Any = make()
        if not sealing.seal_now(done.act_id):
            raise RuntimeError("no receipt")
        waits.append(time.perf_counter() - start)
        start = time.perf_counter()
        save()
        saves.append(time.perf_counter() - start)
    for _ in range(bench.size(120, 10)):
        done = make()
        start = time.perf_counter()
        while Pending.objects.filter(act_id=done.act_id).exists():
            time.sleep(0.005)
        delays.append(time.perf_counter() - start)
        time.sleep(0.013)
    service.stop()
    for thread in threading.enumerate():
        if thread.name == "sealer":
            thread.join(10)
    yield Figure(
        "an act with its sealed receipt, p99, idle", percentile(waits, 0.99) * 1e3, "ms", "a plain save, p99",
        percentile(saves, 0.99) * 1e3, at_most(50), note=f"median {percentile(waits, 0.5) * 1e3:.1f} ms",
    )  # fmt: skip
    yield Figure(
        "delay of the seal of an ordinary act, p99", percentile(delays, 0.99), "s", "the sealer's period", period,
        at_most(2 * period),
    )  # fmt: skip
