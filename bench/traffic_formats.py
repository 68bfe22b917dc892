"""How quickly what producers write is read: CSV, FreeRADIUS's detail, IPFIX."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import numpy as np
import pyarrow as pa

from bench.harness import Figure, at_least
from bench.traffic_data import INSIDE_IPS, LAST, NAMES, NOW, PUBLIC_IPS, nat


def parsing(count: int) -> Iterator[Figure]:
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
        best = min(cpu(work) for _ in range(8))
        many = count * 4 if "IPFIX" in what else count
        yield Figure(f"parsing {what}", many / best / 1e6, "M records/s", "the goal", goal, at_least(goal), again=work)


def cpu(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _csv(count: int) -> tuple[bytes, dict[str, Any]]:
    import pyarrow.csv as pacsv

    table, sink = written(nat(LAST, count)), io.BytesIO()
    pacsv.write_csv(table, sink, pacsv.WriteOptions(quoting_style="none"))
    return sink.getvalue().replace(b'"', b""), {
        "family": "nat_session",
        "columns": {name: name for name in table.column_names},
    }


def written(rows: pa.Table) -> pa.Table:
    """NAT rows as a source writes them: instants and addresses to be read."""
    at = pa.array(rows.column("start").to_numpy()).cast(pa.timestamp("us"))
    until = pa.array(rows.column("end").to_numpy()).cast(pa.timestamp("us"))
    shown = [str(ip_address(one[12:])) for one in PUBLIC_IPS], [str(ip_address(one[12:])) for one in INSIDE_IPS]
    public, inside = (rows.column(name).combine_chunks() for name in ("public_ip", "inside_ip"))
    return pa.table({
        "start": at, "end": until, "public_ip": pa.array(shown[0]).take(codes(public)), "port": rows.column("port"),
        "protocol": rows.column("protocol"), "inside_ip": pa.array(shown[1]).take(codes(inside)),
        "inside_port": rows.column("inside_port"),
        "subscriber": pa.array(NAMES).take(codes(rows.column("subscriber").combine_chunks())),
    })  # fmt: skip


def codes(column: Any) -> Any:
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
