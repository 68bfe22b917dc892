"""Connection data: ingest, size, the questions, a proof, the end of a day; against plain Parquet, PostgreSQL and nfdump's reading.

Seeded: subscribers with a port block each, public addresses, sessions of a few minutes with a few of several days; calls between
numbers under cells. Sizes: 36 M NAT rows over 90 days and 14.6 M legs over 365 (BENCH_QUICK, or a day-sized part of each).
"""

from __future__ import annotations

import io
import os
import resource
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import numpy as np
import pyarrow as pa

from bench import traffic_others as others
from bench.harness import Bench, Figure, at_least, at_most, median_of, once, ratio_at_least, ratio_at_most
from bench.traffic_data import CELL_NAMES, CELLS, E164, LAST, NAMES, NOW, NUMBERS, PUBLIC_IPS, SUBSCRIBERS, calls, nat
from bench.traffic_formats import codes, cpu, parsing

TITLE = "Connection data: from a file to an answer"
DATABASES = ("sqlite",)
REMARKS = """**What the others do.** Each gets the same rows. *nfcapd* writes each record down as it came, 124 bytes, unsorted, unsynced,
without a digest or a key. What it is *offered* depends on the exporter: nfreplay, the one that comes with it, sends with its own
defaults (NetFlow v9, 10 µs between two packets, without the translated addresses, which it leaves out), and every record arrives;
that is the goal's baseline. In a *burst*, as fast as it empties its socket, it takes 4 to 5 M rows a second, and *nfdump* reads a
file into text at a million: eight times these is out of reach, since a row costs two hashes here (its leaf, and a node of the tree),
about 200 ns of a core by themselves, so that two cores end at 10 M before anything is sorted or written. nfdump must read all of it
for any question; the questions above read a few groups of a day.

*COPY* gets all of the 36 M rows with `BENCH_COPY_DAYS=90 BENCH_LONGEST=3600`, a quarter of an hour, on Debian's PostgreSQL with its
own settings, synced; else a single day, which finds both indexes in the server's memory and tells little. In one table with two
indexes, the goal's baseline, each day is slower than the one before, since entries go everywhere into ever larger indexes. In a
partition a day with two indexes each, as one who knows PostgreSQL would have it, it stays as fast as on the first day.

**Plain Parquet** of the first line is packed as it usually is where bytes matter. NAT rows of a dense day are packed here with
Snappy, which takes a byte more and less time; the second line is beside plain Parquet packed in the same way: what sealing and encryption
add by themselves."""


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.kernel import clock

    with clock.frozen(NOW):
        yield from _measure(bench)


def _measure(bench: Bench) -> Iterator[Figure]:
    nat_days, nat_rows = bench.size(int(os.environ.get("BENCH_DAYS", "90")), 3), bench.size(400_000, 20_000)
    call_days, call_rows = bench.size(int(os.environ.get("BENCH_CALL_DAYS", "365")), 5), bench.size(40_000, 4_000)
    yield from _writing(nat_rows)
    yield from parsing(bench.size(100_000, 5_000))
    sessions = _filled("nat_session", nat_days, nat_rows, nat)
    legs = _filled("call_leg", call_days, call_rows, calls)
    what, rate = (
        f"sealed, encrypted ingest of {sessions['rows']:,} NAT rows, catalogue included",
        sessions["rows"] / sessions["seconds"] / 1e6,
    )
    yield Figure(what, rate, "M rows/s", "the goal", 1.2, at_least(1.2), note=f"peak memory {_peak():.2f} GB")  # fmt: skip
    yield Figure(
        "bytes a NAT row, encrypted, with what proofs need",
        sessions["bytes"] / sessions["rows"],
        "B",
        "53 B in memory",
        53,
        at_most(19),
    )
    yield Figure(
        "bytes a call leg, encrypted, with what proofs need",
        legs["bytes"] / legs["rows"],
        "B",
        "60 B in memory",
        60,
        at_most(20),
    )
    yield from _questions(nat_days, nat_rows, call_days)
    yield from _end_of_a_day()
    # last: a server that has just taken millions of rows goes on writing for minutes
    yield from _beside(rate, nat(LAST, bench.size(400_000, 20_000)))
    yield from _copied(rate, nat_rows, nat_days, min(nat_days, int(os.environ.get("BENCH_COPY_DAYS", "1"))))


# --- writing ---------------------------------------------------------------------------------------------------------


def _writing(rows: int) -> Iterator[Figure]:
    """The CPU of sealing and encryption beside plain Parquet of the same engine: the same sorted rows."""
    import duckdb

    from opposable.systems.traffic.store import order, segments
    from opposable.systems.traffic.store.keys import SegmentKeys
    from opposable.systems.traffic.store.rows import FAMILIES

    family, keys = FAMILIES["nat_session"], SegmentKeys(os.urandom(32), os.urandom(32))
    folder = _scratch()
    data = nat(LAST, rows)
    plain_db = duckdb.connect()
    columns = ", ".join('"end" - "start" AS span' if name == "end" else f'"{name}"' for name in family.columns)

    def sealed() -> None:
        for day in order.by_day(family, data):
            segments.write(family, day.rows, keys, folder / "sealed.parquet")

    def plain(packed: str) -> None:
        for day in order.by_day(family, data):
            plain_db.register("given", day.rows)
            plain_db.execute(
                f"COPY (SELECT {columns} FROM given) TO '{folder}/plain.parquet' (FORMAT parquet, COMPRESSION {packed},"
                f" PARQUET_VERSION v2, ROW_GROUP_SIZE {family.group})"
            )

    works = {
        "sealed": sealed,
        "plain": lambda: plain("zstd, COMPRESSION_LEVEL 3"),
        "alike": lambda: plain("snappy"),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    size: dict[str, float] = {}
    for _ in range(6):
        for name, work in works.items():
            found[name].append(cpu(work) / rows * 1e9)
            size[name] = (folder / ("sealed.parquet" if name == "sealed" else "plain.parquet")).stat().st_size / rows
    best = {name: min(values) for name, values in found.items()}
    what = "processor time to sort, seal, encrypt and write a NAT row"
    for name, how, goal in (
        ("plain", "zstd at level 3", ratio_at_most(1.6)),
        ("alike", "Snappy, as here", None),
    ):
        yield Figure(what, best["sealed"], "ns", f"sorted in the same way and written as plain Parquet, {how}", best[name], goal,
                     note=f"{size['sealed']:.1f} B a row beside {size[name]:.1f}", again=sealed)  # fmt: skip


# --- what others do with the same rows ---------------------------------------------------------------------------------


def _beside(rate: float, rows: pa.Table) -> Iterator[Figure]:
    """The rate of the whole ingest beside what a collector takes in and reads again, and beside a database."""
    what = "sealed, encrypted ingest, again"
    if collected := others.collected(rows):
        note = f"{collected.records:,} of {rows.num_rows:,} records arrived"
        for baseline, base, goal in (
            ("nfcapd, as nfreplay offers them", collected.offered, ratio_at_least(8)),
            ("nfcapd, in a burst", collected.burst, None),
            ("nfdump reading its own file into text", collected.read, None),
        ):
            yield Figure(what, rate, "M rows/s", baseline, base / 1e6, goal, note=note)
        told, heard, kept = _told(rows)
        yield Figure("the same datagrams from a file, read, paired, sealed, encrypted, catalogue included", told, "M rows/s",
                     "nfcapd, as nfreplay offers them", collected.offered / 1e6)  # fmt: skip
        yield Figure("the same datagrams taken live, in a burst", heard, "M rows/s", "nfcapd, in a burst", collected.burst / 1e6,
                     note=f"{kept:,} of {rows.num_rows:,} kept in the end")  # fmt: skip


def _told(rows: pa.Table) -> tuple[float, float, int]:
    """Millions of rows a second from what an exporter sends: a file to segments, live to the spool; and how many of these are kept."""
    from opposable.kernel import actors
    from opposable.systems.traffic import acts
    from opposable.systems.traffic.exchange.ingest import ingest_file
    from opposable.systems.traffic.models import Delivery

    actor, path = actors.system("bench"), _scratch() / "told.ipfix"
    path.write_bytes(b"".join(others.datagrams(rows)))
    file, live = (
        acts.declare_source(actor, slug=f"bench-{one}", title="bench", format="ipfix").result
        for one in ("file", "live")
    )
    told = rows.num_rows / once(lambda: ingest_file(actor, file, path))
    heard = others.heard(rows, live.slug)
    kept = sum(Delivery.objects.filter(source=live).values_list("kept", flat=True))
    return told / 1e6, heard / 1e6, kept


def _copied(rate: float, rows: int, held: int, days: int) -> Iterator[Figure]:
    """The same beside COPY. One day finds both indexes in memory; ``BENCH_COPY_DAYS=90`` is all of the records, and takes long.

    Each day into a partition of its own costs what the one before did: a few of them tell.
    """
    table, partitions = "one table with two indexes", "a partition a day, two indexes each"
    for into, count in ((table, days), (partitions, min(days, 9))) if days > 1 else ((table, 1),):
        dates = (LAST - timedelta(days=count - 1 - n) for n in range(count))
        if found := others.copied(((day, nat(day, rows)) for day in dates), partitioned=into == partitions):
            note = f"{count * rows:,} rows, {found.size:.0f} B a row on the disk"
            if count > 1:
                note += f", the last day at {found.last / 1e6:.3f} M rows/s"
            goal = ratio_at_least(30) if into == table and count == held else None
            yield Figure("sealed, encrypted ingest, again", rate, "M rows/s", f"PostgreSQL COPY into {into}", found.rate / 1e6,
                         goal, note=note)  # fmt: skip


# --- the store -------------------------------------------------------------------------------------------------------


def _filled(family: str, days: int, rows: int, make: Any) -> dict[str, float]:
    """Days of a family, taken in as deliveries are: sorted, sealed, encrypted, one act a segment, one a delivery."""
    from opposable.kernel import actors
    from opposable.systems.traffic import acts
    from opposable.systems.traffic.exchange import formats
    from opposable.systems.traffic.exchange.blocks import Block
    from opposable.systems.traffic.exchange.ingest import ingest
    from opposable.systems.traffic.models import Segment

    actor = actors.system("bench")
    source = acts.declare_source(actor, slug=f"bench-{family.replace('_', '-')}", title="bench", format="csv").result
    given: dict[str, pa.Table] = {}
    formats.FORMATS["csv"] = (
        formats.FORMATS["csv"][0],
        lambda _file, _origin: iter([Block(family, given["rows"], given["rows"].num_rows)]),
    )
    seconds = 0.0
    for number in range(days):
        day = LAST - timedelta(days=days - 1 - number)
        given["rows"] = make(day, rows)
        seconds += once(
            lambda day=day: ingest(
                actor,
                source,
                io.BytesIO(),
                name=str(day),
                digest=f"{family} {day}".encode().hex().ljust(64, "0")[:64],
                size=0,
            )
        )
    found = Segment.objects.filter(family=family)
    return {
        "rows": sum(found.values_list("rows", flat=True)),
        "bytes": sum(found.values_list("size", flat=True)),
        "seconds": seconds,
    }


def _questions(nat_days: int, nat_rows: int, call_days: int) -> Iterator[Figure]:
    from opposable.systems.traffic.models import Segment
    from opposable.systems.traffic.store import reading
    from opposable.systems.traffic.store.rows import FAMILIES

    draw = np.random.default_rng(9)
    some = nat(LAST, nat_rows)
    ports = [(ip_address(PUBLIC_IPS[int(codes(some.column("public_ip").combine_chunks())[n].as_py())][12:]), some.column("port")[n].as_py(),
              datetime.fromtimestamp(some.column("end")[n].as_py() / 1e6 - 0.05, UTC)) for n in draw.integers(0, nat_rows, 20)]  # fmt: skip
    since, until = NOW - timedelta(days=nat_days + 1), NOW
    year = NOW - timedelta(days=call_days + 1)
    two_hours = datetime(2026, 10, 14, 10, tzinfo=UTC)
    asked: tuple[tuple[str, float, Any], ...] = (
        ("address and port at an instant", 10, lambda n: reading.find_address(*ports[n % 20])),
        (
            f"a subscriber over {nat_days} days",
            170,
            lambda n: reading.find_subscriber(NAMES[(n * 7919) % SUBSCRIBERS], since, until),
        ),
        (f"a number over {call_days} days", 120, lambda n: reading.find_number(E164[n * 997 % NUMBERS], year, until)),
        (
            "a cell over two hours",
            15,
            lambda n: reading.find_cell(CELL_NAMES[n * 31 % CELLS], two_hours, two_hours + timedelta(hours=2)),
        ),
    )
    for what, goal, ask in asked:
        found = [len(ask(n).rows) for n in range(3)]
        took = _each(ask, 12)
        yield Figure(
            what,
            took,
            "ms",
            "the goal",
            goal,
            at_most(goal),
            note=f"about {sorted(found)[1]} rows",
            again=lambda ask=ask: ask(0),
        )
    answer = next(one for one in (reading.find_address(*ports[n]) for n in range(20)) if one.rows)
    reading.prove(answer.rows[0])
    yield Figure("the proof of one row, checked", _each(lambda _n: reading.prove(answer.rows[0]), 12), "ms", "the goal", 5, at_most(5),
                 again=lambda: reading.prove(answer.rows[0]))  # fmt: skip
    assert Segment.objects.exists()
    assert FAMILIES


def _each(ask: Any, times: int) -> float:
    numbers = iter(range(3, 10_000))
    return median_of(times, lambda: ask(next(numbers))) * 1000


def _end_of_a_day() -> Iterator[Figure]:
    """The files and the key of a day: what `tick` does after the act. The act itself is an act like others."""
    from opposable.systems.traffic.models import Segment
    from opposable.systems.traffic.store import erasing

    taken = []
    for segment in Segment.objects.filter(family="nat_session")[:3]:

        def drop(segment: Segment = segment) -> None:
            erasing.drop(segment.store, segment.until)

        taken.append(once(drop))
    yield Figure(
        "a day of NAT rows dropped: unlinked, synced, key destroyed",
        sorted(taken)[1] * 1000,
        "ms",
        "the goal",
        20,
        at_most(20),
    )


# --- others ----------------------------------------------------------------------------------------------------------


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _scratch() -> Any:
    from django.conf import settings

    folder = settings.HOME / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
