"""Connection data: ingest, size, the questions, a proof, the end of a day; against plain Parquet, PostgreSQL and nfdump's reading.

Seeded: subscribers with a port block each, public addresses, sessions of a few minutes with a few of several days; calls between
numbers under cells. Sizes: 36 M NAT rows over 90 days and 14.6 M legs over 365 (BENCH_QUICK, or a day-sized part of each).
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import numpy as np
import pyarrow as pa

from bench.harness import Bench, Figure, at_least, at_most, median_of, once, ratio_at_least, ratio_at_most

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
SUBSCRIBERS, PUBLIC, NUMBERS, CELLS = 20_000, 318, 30_000, 2_000
LAST = date(2026, 10, 15)
NOW = datetime(2026, 10, 16, 10, tzinfo=UTC)


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.kernel import clock

    with clock.frozen(NOW):
        yield from _measure(bench)


def _measure(bench: Bench) -> Iterator[Figure]:
    nat_days, nat_rows = bench.size(int(os.environ.get("BENCH_DAYS", "90")), 3), bench.size(400_000, 20_000)
    call_days, call_rows = bench.size(int(os.environ.get("BENCH_CALL_DAYS", "365")), 5), bench.size(40_000, 4_000)
    yield from _writing(nat_rows)
    yield from _parsing(bench.size(100_000, 5_000))
    nat = _filled("nat_session", nat_days, nat_rows, _nat)
    calls = _filled("call_leg", call_days, call_rows, _calls)
    what, rate = (
        f"sealed, encrypted ingest of {nat['rows']:,} NAT rows, catalogue included",
        nat["rows"] / nat["seconds"] / 1e6,
    )
    yield Figure(what, rate, "M rows/s", "the goal", 1.2, at_least(1.2), note=f"peak memory {_peak():.2f} GB")  # fmt: skip
    yield Figure(
        "bytes a NAT row, encrypted, with what proofs need",
        nat["bytes"] / nat["rows"],
        "B",
        "53 B in memory",
        53,
        at_most(19),
    )
    yield Figure(
        "bytes a call leg, encrypted, with what proofs need",
        calls["bytes"] / calls["rows"],
        "B",
        "60 B in memory",
        60,
        at_most(20),
    )
    yield from _questions(nat_days, nat_rows, call_days)
    yield from _end_of_a_day()
    # last: a server that has just taken millions of rows goes on writing for minutes
    yield from _beside(rate, _nat(LAST, bench.size(400_000, 20_000)))
    yield from _copied(rate, nat_rows, nat_days, min(nat_days, int(os.environ.get("BENCH_COPY_DAYS", "1"))))


# --- data ------------------------------------------------------------------------------------------------------------


def _dictionary(words: Any, codes: Any, kind: Any = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, type=kind))


def _ip(first: int, count: int) -> list[bytes]:
    return [bytes(10) + b"\xff\xff" + (first + n).to_bytes(4, "big") for n in range(count)]


_PUBLIC, _INSIDE = _ip(0xC0000200, PUBLIC), _ip(0x64400000, SUBSCRIBERS)
_NAMES = [f"sub-{n:05}" for n in range(SUBSCRIBERS)]
_E164 = [f"+336{n:08}" for n in range(NUMBERS)]
_CELLS = [f"208-01-{n:05}" for n in range(CELLS)]


def _midday(day: date) -> int:
    from opposable.systems.traffic.store.order import midnight

    return midnight(day)


def _nat(day: date, count: int) -> pa.Table:
    """Sessions that end on a day: one port block a subscriber and day, Pareto activity, one in a thousand of several days."""
    from opposable.systems.traffic.exchange.blocks import table
    from opposable.systems.traffic.store.rows import FAMILIES

    draw = np.random.default_rng(day.toordinal())
    who = np.minimum((draw.pareto(1.2, count) * SUBSCRIBERS / 12).astype(np.int64), SUBSCRIBERS - 1)
    who = (who * 7919 + draw.integers(0, 3, count)) % SUBSCRIBERS
    place = (who + day.toordinal() * 104_729) % SUBSCRIBERS
    end = _midday(day) + draw.integers(0, 86_399_000, count) * 1_000
    lasted = (draw.exponential(90_000, count).astype(np.int64) + 100) * 1_000
    long = draw.random(count) < 0.001
    lasted[long] = draw.integers(86_400, 5 * 86_400, int(long.sum())) * 1_000_000
    columns = {
        "start": end - lasted, "end": end, "public_ip": _dictionary(_PUBLIC, place % PUBLIC, pa.binary(16)),
        "port": 1024 + place // PUBLIC * 1008 + draw.integers(0, 1008, count), "protocol": draw.choice([6, 17], count),
        "inside_ip": _dictionary(_INSIDE, who, pa.binary(16)), "inside_port": draw.integers(1024, 65_536, count),
        "subscriber": _dictionary(_NAMES, who),
    }  # fmt: skip
    return table(FAMILIES["nat_session"], columns, count)


def _calls(day: date, count: int) -> pa.Table:
    from opposable.systems.traffic.exchange.blocks import table
    from opposable.systems.traffic.store.rows import FAMILIES

    draw = np.random.default_rng(day.toordinal())
    served = draw.integers(0, NUMBERS, count)
    seconds = draw.exponential(120, count).astype(np.int64) + 1
    end = _midday(day) + draw.integers(0, 86_399, count) * 1_000_000
    columns = {
        "start": end - seconds * 1_000_000, "end": end, "served": _dictionary(_E164, served),
        "other": _dictionary(_E164, np.minimum((draw.pareto(1.0, count) * 900).astype(np.int64), NUMBERS - 1)),
        "role": draw.integers(0, 2, count), "duration": seconds, "cell": _dictionary(_CELLS, (served + draw.integers(0, 4, count)) % CELLS),
    }  # fmt: skip
    return table(FAMILIES["call_leg"], columns, count)


# --- writing ---------------------------------------------------------------------------------------------------------


def _writing(rows: int) -> Iterator[Figure]:
    """The CPU of sealing and encryption beside plain Parquet of the same engine: the same sorted rows."""
    import duckdb

    from opposable.systems.traffic.store import order, segments
    from opposable.systems.traffic.store.keys import SegmentKeys
    from opposable.systems.traffic.store.rows import FAMILIES

    family, keys = FAMILIES["nat_session"], SegmentKeys(os.urandom(32), os.urandom(32))
    folder = _scratch()
    data = _nat(LAST, rows)
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
            found[name].append(_cpu(work) / rows * 1e9)
            size[name] = (folder / ("sealed.parquet" if name == "sealed" else "plain.parquet")).stat().st_size / rows
    best = {name: min(values) for name, values in found.items()}
    what = "processor time to sort, seal, encrypt and write a NAT row"
    for name, how, goal in (
        ("plain", "zstd at level 3", ratio_at_most(1.6)),
        ("alike", "Snappy, as here", None),
    ):
        yield Figure(what, best["sealed"], "ns", f"sorted in the same way and written as plain Parquet, {how}", best[name], goal,
                     note=f"{size['sealed']:.1f} B a row beside {size[name]:.1f}", again=sealed)  # fmt: skip


def _parsing(count: int) -> Iterator[Figure]:
    """Bytes to columns, one core, in records a second; the baseline is the goal."""
    from opposable.systems.traffic.exchange import csv_file, ipfix, radius
    from opposable.systems.traffic.exchange.blocks import Origin

    csv_data, mapping = _csv(count)
    works = (
        ("CSV (NAT)", 1.5, lambda: list(csv_file.read_csv(io.BytesIO(csv_data), Origin(mapping=mapping)))),
        ("FreeRADIUS detail", 0.3, lambda data=_detail(count): list(radius.read_detail(io.BytesIO(data), Origin()))),
        ("IPFIX, decoded", 5.0, lambda data=_messages(count * 4): ipfix.decoded(data)),
    )
    for what, goal, work in works:
        work()
        best = min(_cpu(work) for _ in range(4))
        many = count * 4 if "IPFIX" in what else count
        yield Figure(f"parsing {what}", many / best / 1e6, "M records/s", "the goal", goal, at_least(goal), again=work)


def _cpu(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _csv(count: int) -> tuple[bytes, dict[str, Any]]:
    import pyarrow.csv as pacsv

    table, sink = written(_nat(LAST, count)), io.BytesIO()
    pacsv.write_csv(table, sink, pacsv.WriteOptions(quoting_style="none"))
    return sink.getvalue().replace(b'"', b""), {
        "family": "nat_session",
        "columns": {name: name for name in table.column_names},
    }


def written(rows: pa.Table) -> pa.Table:
    """NAT rows as a source writes them: instants and addresses to be read."""
    at = pa.array(rows.column("start").to_numpy()).cast(pa.timestamp("us"))
    until = pa.array(rows.column("end").to_numpy()).cast(pa.timestamp("us"))
    shown = [str(ip_address(one[12:])) for one in _PUBLIC], [str(ip_address(one[12:])) for one in _INSIDE]
    public, inside = (rows.column(name).combine_chunks() for name in ("public_ip", "inside_ip"))
    return pa.table({
        "start": at, "end": until, "public_ip": pa.array(shown[0]).take(_codes(public)), "port": rows.column("port"),
        "protocol": rows.column("protocol"), "inside_ip": pa.array(shown[1]).take(_codes(inside)),
        "inside_port": rows.column("inside_port"),
        "subscriber": pa.array(_NAMES).take(_codes(rows.column("subscriber").combine_chunks())),
    })  # fmt: skip


def _codes(column: Any) -> Any:
    return (column.chunk(0) if isinstance(column, pa.ChunkedArray) else column).indices


def _detail(count: int) -> bytes:
    records = []
    for n in range(count // 2):
        at = int(NOW.timestamp()) - 86_400 + n // 50
        for status, moment, lasted in (("Start", at, 0), ("Stop", at + 600, 600)):
            records.append(
                f'Thu Oct 15 10:00:00 2026\n\tAcct-Session-Id = "S{n:08}"\n\tAcct-Status-Type = {status}\n'
                f'\tUser-Name = "user{n % 20000:05}@isp"\n'
                f'\tNAS-IP-Address = 10.0.0.{n % 8}\n\tNAS-Port = 7\n\tCalling-Station-Id = "02-00-00-00-{n % 90:02}-11"\n'
                f"\tFramed-IP-Address = 100.64.{n // 250 % 80}.{n % 250}\n\tService-Type = Framed-User\n\tAcct-Input-Octets = 123456\n"
                f"\tAcct-Output-Octets = 654321\n\tAcct-Session-Time = {lasted}\n\tEvent-Timestamp = {moment}\n\tTimestamp = {moment}\n\n"
            )  # fmt: skip
    return "".join(records).encode()


def _messages(count: int) -> bytes:
    """IPFIX messages of 40 records, as they fit a datagram."""
    import struct

    fields = ((323, 8), (230, 1), (4, 1), (8, 4), (7, 2), (225, 4), (227, 2))
    head = struct.pack(">HH", 256, len(fields)) + b"".join(struct.pack(">HH", *one) for one in fields)
    out = [struct.pack(">HHIIIHH", 10, 20 + len(head), 0, 0, 1, 2, len(head) + 4) + head]
    record = np.zeros(
        40,
        dtype=[
            ("at", ">u8"),
            ("event", "u1"),
            ("proto", "u1"),
            ("in", "V4"),
            ("inp", ">u2"),
            ("out", "V4"),
            ("outp", ">u2"),
        ],
    )
    record["event"], record["proto"] = 4, 6
    for n in range(0, count, 40):
        record["at"], record["outp"] = int(NOW.timestamp() * 1000) + n, np.arange(n, n + 40) % 60_000 + 1024
        data = record.tobytes()
        out.append(struct.pack(">HHIIIHH", 10, 20 + len(data), 0, n, 1, 256, len(data) + 4) + data)
    return b"".join(out)


# --- what others do with the same rows ---------------------------------------------------------------------------------


def _beside(rate: float, rows: pa.Table) -> Iterator[Figure]:
    """The rate of the whole ingest beside what a collector takes in and reads again, and beside a database."""
    from bench import traffic_others as others

    what = "sealed, encrypted ingest, again"
    if collected := others.collected(rows):
        note = f"{collected.records:,} of {rows.num_rows:,} records arrived"
        for baseline, base, goal in (
            ("nfcapd, as nfreplay offers them", collected.offered, ratio_at_least(8)),
            ("nfcapd, in a burst", collected.burst, None),
            ("nfdump reading its own file into text", collected.read, None),
        ):
            yield Figure(what, rate, "M rows/s", baseline, base / 1e6, goal, note=note)


def _copied(rate: float, rows: int, held: int, days: int) -> Iterator[Figure]:
    """The same beside COPY. One day finds both indexes in memory; ``BENCH_COPY_DAYS=90`` is all of the records, and takes long.

    Each day into a partition of its own costs what the one before did: a few of them tell.
    """
    from bench import traffic_others as others

    table, partitions = "one table with two indexes", "a partition a day, two indexes each"
    for into, count in ((table, days), (partitions, min(days, 9))) if days > 1 else ((table, 1),):
        dates = (LAST - timedelta(days=count - 1 - n) for n in range(count))
        if found := others.copied(((day, _nat(day, rows)) for day in dates), partitioned=into == partitions):
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
    some = _nat(LAST, nat_rows)
    ports = [(ip_address(_PUBLIC[int(_codes(some.column("public_ip").combine_chunks())[n].as_py())][12:]), some.column("port")[n].as_py(),
              datetime.fromtimestamp(some.column("end")[n].as_py() / 1e6 - 0.05, UTC)) for n in draw.integers(0, nat_rows, 20)]  # fmt: skip
    since, until = NOW - timedelta(days=nat_days + 1), NOW
    year = NOW - timedelta(days=call_days + 1)
    two_hours = datetime(2026, 10, 14, 10, tzinfo=UTC)
    asked: tuple[tuple[str, float, Any], ...] = (
        ("address and port at an instant", 10, lambda n: reading.find_address(*ports[n % 20])),
        (
            f"a subscriber over {nat_days} days",
            170,
            lambda n: reading.find_subscriber(_NAMES[(n * 7919) % SUBSCRIBERS], since, until),
        ),
        (f"a number over {call_days} days", 120, lambda n: reading.find_number(_E164[n * 997 % NUMBERS], year, until)),
        (
            "a cell over two hours",
            15,
            lambda n: reading.find_cell(_CELLS[n * 31 % CELLS], two_hours, two_hours + timedelta(hours=2)),
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
