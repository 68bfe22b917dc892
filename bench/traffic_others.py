"""The same NAT rows in the hands of others: nfcapd and nfdump (Debian's nfdump), PostgreSQL's COPY.

Each says a rate, or nothing where the program is not there. nfcapd gets IPFIX (RFC 8158) over UDP in a burst, no faster than it
empties its socket, so that nothing is lost; then what it kept again from nfreplay, an exporter of others with its own pace (10 µs
between two packets of NetFlow v9, which has no translated addresses). The database gets rows that are text already, in batches of
a day.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time as dt_time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from bench.traffic_formats import written
from opposable.law import PARIS

A_DATAGRAM = 40
"""Records of 30 bytes that fit the payload of an Ethernet frame."""
ROOM = 64 << 10
PATIENCE = 60.0
FIELDS = ((323, 8), (230, 1), (4, 1), (8, 4), (7, 2), (225, 4), (227, 2))
"""observationTimeMilliseconds, natEvent, protocol, source address and port, the same after translation."""
_RECORD = np.dtype(
    [("at", ">u8"), ("event", "u1"), ("protocol", "u1"), ("inside", "V4"), ("inside_port", ">u2"), ("public", "V4"), ("port", ">u2")]
)  # fmt: skip


class Collected(NamedTuple):
    """Records a second that nfcapd was offered by nfreplay and all took, that it took in a burst, that nfdump read into text."""

    offered: float
    burst: float
    read: float
    records: int
    """How many arrived, the worst of the two times."""


def collected(rows: pa.Table) -> Collected | None:
    """None where nfdump's programs are not there."""
    if not all(map(shutil.which, ("nfcapd", "nfdump", "nfreplay"))):
        return None
    with tempfile.TemporaryDirectory() as name:
        first, second = (Path(name, one) for one in ("burst", "replayed"))
        sent = list(datagrams(rows))
        with _collector(first) as port:
            start = time.perf_counter()
            _send(sent, port)
            burst = rows.num_rows / (time.perf_counter() - start)
        kept = next(first.glob("nfcapd.2*"))
        lines, seconds = _read(kept)
        with _collector(second) as port:
            start = time.perf_counter()
            subprocess.run(["nfreplay", "-v", "9", "-r", str(kept), "-H", "127.0.0.1", "-p", str(port)], check=True)
            offered = rows.num_rows / (time.perf_counter() - start)
        arrived, _ = _read(next(second.glob("nfcapd.2*")))
        return Collected(offered, burst, lines / seconds, min(lines, arrived))


def _read(kept: Path) -> tuple[int, float]:
    """(records, seconds) that nfdump takes to write a file as text."""
    start = time.perf_counter()
    command = ["nfdump", "-r", str(kept), "-q", "-o", "fmt:%ts,%pr,%sa,%sp,%nsa,%nsp"]
    return subprocess.run(command, capture_output=True, check=True).stdout.count(b"\n"), time.perf_counter() - start


@contextmanager
def _collector(folder: Path) -> Iterator[int]:
    """nfcapd, writing into a folder: its port. On leaving it has taken all that was sent, and has ended."""
    folder.mkdir()
    with _receiving("nfcapd", "-b", "127.0.0.1", "-w", str(folder), "-t", "3600") as port:
        yield port


@contextmanager
def _receiving(*command: str, port_option: str = "-p") -> Iterator[int]:
    """A program that listens: its port. On leaving it has taken all that was sent, and has ended."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with subprocess.Popen(
        [*command, port_option, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        try:
            _until(lambda: _waiting(port) == 0)
            yield port
            _until(lambda: _waiting(port) == 0)
        finally:
            program.terminate()
            program.wait(120)


def heard(rows: pa.Table, source: str) -> float:
    """Records a second that `opposable traffic listen` takes in a burst into its spool; on leaving it has ingested them."""
    sent = list(datagrams(rows))
    command = (sys.executable, "-m", "opposable", "traffic", "listen", "--source", source, "--every", "3600")
    with _receiving(*command, port_option="--port") as port:
        start = time.perf_counter()
        _send(sent, port)
        return rows.num_rows / (time.perf_counter() - start)


def _send(datagrams: list[bytes], port: int) -> None:
    """As fast as the collector empties its socket, so that nothing is lost."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as out:
        for number, one in enumerate(datagrams):
            out.sendto(one, ("127.0.0.1", port))
            if number % 20 == 19:
                _until(lambda: 0 <= (_waiting(port) or 0) <= ROOM)
    _until(lambda: _waiting(port) == 0)


def _until(ready: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError("what listens does not take what it is sent")
        os.sched_yield()


def _waiting(port: int) -> int | None:
    """Bytes that wait in the socket of a port; None when nobody listens."""
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        cells = line.split()
        if cells[1].endswith(f":{port:04X}"):
            return int(cells[4].split(":")[1], 16)
    return None


def datagrams(rows: pa.Table) -> Iterator[bytes]:
    """A creation for each row: the template first, then as many records as a datagram takes."""
    head = struct.pack(">HH", 256, len(FIELDS)) + b"".join(struct.pack(">HH", *one) for one in FIELDS)
    yield struct.pack(">HHIIIHH", 10, 20 + len(head), int(time.time()), 0, 1, 2, len(head) + 4) + head
    record = np.zeros(rows.num_rows, _RECORD)
    record["at"], record["event"] = rows.column("start").to_numpy() // 1_000, 4
    for name in ("protocol", "inside_port", "port"):
        record[name] = rows.column(name).to_numpy()
    record["inside"], record["public"] = _v4(rows.column("inside_ip")), _v4(rows.column("public_ip"))
    for number in range(0, rows.num_rows, A_DATAGRAM):
        data = record[number : number + A_DATAGRAM].tobytes()
        yield struct.pack(">HHIIIHH", 10, 20 + len(data), int(time.time()), number, 1, 256, len(data) + 4) + data


def _v4(column: pa.ChunkedArray) -> Any:
    one = column.combine_chunks()
    one = one.chunk(0) if isinstance(one, pa.ChunkedArray) else one
    words = np.array([bytes(word)[12:] for word in one.dictionary.to_pylist()], dtype="V4")
    return words[one.indices.to_numpy()]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------

COLUMNS = (
    "starts timestamptz, ends timestamptz, public_ip inet, port integer, protocol smallint, inside_ip inet,"
    " inside_port integer, subscriber text"
)
INDEXES = ("public_ip, port, starts", "subscriber, starts")
"""What the two questions need: who had this address and port, and what a subscriber did."""
Days = Iterator[tuple[date, pa.Table]]


class Copied(NamedTuple):
    """What COPY did with days of rows: rows a second over all of them and over the last one, bytes on the disk a row."""

    rate: float
    last: float
    size: float


def copied(days: Days, *, partitioned: bool = False) -> Copied | None:
    """Day after day by COPY, each committed, into one table with two indexes or into a partition a day with two indexes each.

    None without a server.
    """
    url = os.environ.get("BENCH_POSTGRESQL_URL")
    if not url:
        return None
    import psycopg

    name = f"nat_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE TABLE {name} ({COLUMNS}){' PARTITION BY RANGE (ends)' if partitioned else ''}")
        try:
            for columns in INDEXES:
                db.execute(f"CREATE INDEX ON {name} ({columns})")
            took = [_copied_day(db, name, day, rows, partitioned=partitioned) for day, rows in days]
            own = "SELECT %(it)s::regclass AS relid UNION SELECT relid FROM pg_partition_tree(%(it)s)"
            size = db.execute(
                f"SELECT sum(pg_total_relation_size(relid)) FROM ({own}) AS parts", {"it": name}
            ).fetchone()
        finally:
            db.execute(f"DROP TABLE {name}")
    rows, seconds = sum(one[0] for one in took), sum(one[1] for one in took)
    return Copied(rows / seconds, took[-1][0] / took[-1][1], float(size[0]) / rows if size else 0)


def _copied_day(db: Any, name: str, day: date, rows: pa.Table, *, partitioned: bool) -> tuple[int, float]:
    """(rows, seconds) of one day; a partition takes it directly, which is the faster way."""
    data, into = _text(rows), name
    if partitioned:
        into = f"{name}_{day:%Y%m%d}"
        since, until = (datetime.combine(day + timedelta(n), dt_time(), PARIS).isoformat() for n in (0, 1))
        db.execute(f"CREATE TABLE {into} PARTITION OF {name} FOR VALUES FROM ('{since}') TO ('{until}')")
    start = time.perf_counter()
    with db.cursor().copy(f"COPY {into} FROM STDIN (FORMAT csv, HEADER)") as out:
        out.write(data)
    return rows.num_rows, time.perf_counter() - start


def _text(rows: pa.Table) -> bytes:

    sink = io.BytesIO()
    pacsv.write_csv(written(rows), sink)
    return sink.getvalue()
