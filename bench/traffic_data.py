"""Seeded connection data: a day of NAT sessions, a day of call legs, as columns of their families."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

SUBSCRIBERS, PUBLIC, NUMBERS, CELLS = 20_000, 318, 30_000, 2_000
LAST = date(2026, 10, 15)
NOW = datetime(2026, 10, 16, 10, tzinfo=UTC)


def _dictionary(words: Any, codes: Any, kind: Any = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, type=kind))


def _ips(first: int, count: int) -> list[bytes]:
    return [bytes(10) + b"\xff\xff" + (first + n).to_bytes(4, "big") for n in range(count)]


PUBLIC_IPS, INSIDE_IPS = _ips(0xC0000200, PUBLIC), _ips(0x64400000, SUBSCRIBERS)
NAMES = [f"sub-{n:05}" for n in range(SUBSCRIBERS)]
E164 = [f"+336{n:08}" for n in range(NUMBERS)]
CELL_NAMES = [f"208-01-{n:05}" for n in range(CELLS)]


def _midnight(day: date) -> int:
    from opposable.systems.traffic.store.order import midnight

    return midnight(day)


def nat(day: date, count: int) -> pa.Table:
    """Sessions that end on a day: one port block a subscriber and day, Pareto activity, one in a thousand of several days."""
    from opposable.systems.traffic.exchange.blocks import table
    from opposable.systems.traffic.store.rows import FAMILIES

    draw = np.random.default_rng(day.toordinal())
    who = np.minimum((draw.pareto(1.2, count) * SUBSCRIBERS / 12).astype(np.int64), SUBSCRIBERS - 1)
    who = (who * 7919 + draw.integers(0, 3, count)) % SUBSCRIBERS
    place = (who + day.toordinal() * 104_729) % SUBSCRIBERS
    end = _midnight(day) + draw.integers(0, 86_399_000, count) * 1_000
    lasted = (draw.exponential(90_000, count).astype(np.int64) + 100) * 1_000
    long = draw.random(count) < 0.001
    lasted[long] = draw.integers(86_400, 5 * 86_400, int(long.sum())) * 1_000_000
    columns = {
        "start": end - lasted, "end": end, "public_ip": _dictionary(PUBLIC_IPS, place % PUBLIC, pa.binary(16)),
        "port": 1024 + place // PUBLIC * 1008 + draw.integers(0, 1008, count), "protocol": draw.choice([6, 17], count),
        "inside_ip": _dictionary(INSIDE_IPS, who, pa.binary(16)), "inside_port": draw.integers(1024, 65_536, count),
        "subscriber": _dictionary(NAMES, who),
    }  # fmt: skip
    return table(FAMILIES["nat_session"], columns, count)


def calls(day: date, count: int) -> pa.Table:
    from opposable.systems.traffic.exchange.blocks import table
    from opposable.systems.traffic.store.rows import FAMILIES

    draw = np.random.default_rng(day.toordinal())
    served = draw.integers(0, NUMBERS, count)
    seconds = draw.exponential(120, count).astype(np.int64) + 1
    end = _midnight(day) + draw.integers(0, 86_399, count) * 1_000_000
    columns = {
        "start": end - seconds * 1_000_000, "end": end, "served": _dictionary(E164, served),
        "other": _dictionary(E164, np.minimum((draw.pareto(1.0, count) * 900).astype(np.int64), NUMBERS - 1)),
        "role": draw.integers(0, 2, count), "duration": seconds,
        "cell": _dictionary(CELL_NAMES, (served + draw.integers(0, 4, count)) % CELLS),
    }  # fmt: skip
    return table(FAMILIES["call_leg"], columns, count)
