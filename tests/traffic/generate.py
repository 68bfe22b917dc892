"""Seeded rows of a small operator: what a CGNAT box and a switch would have written."""

import csv
import random
from datetime import UTC, datetime, timedelta

NAT_MAPPING = {
    "family": "nat_session",
    "separator": ";",
    "columns": {
        "start": "Begin", "end": "End", "public_ip": "Public", "port": "Port", "protocol": "Proto",
        "inside_ip": "Inside", "inside_port": "InsidePort", "subscriber": "Subscriber",
        "destination_ip": "To", "destination_port": "ToPort",
    },
}  # fmt: skip
HEADER = list(NAT_MAPPING["columns"].values())


def nat_rows(day, count, *, seed=1, subscribers=40):
    """Sessions that begin and end on a day (UTC hours 1 to 21, so that Paris agrees on the day)."""
    draw = random.Random(f"{seed} {day}")
    start = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    for _ in range(count):
        who = draw.randrange(subscribers)
        begin = start + timedelta(milliseconds=draw.randrange(20 * 3_600_000))
        end = begin + timedelta(milliseconds=draw.randrange(1, 600_000))
        port = 1024 + who * 504 + draw.randrange(504)
        yield [
            begin.isoformat(timespec="milliseconds").replace("+00:00", ""),
            end.isoformat(timespec="milliseconds").replace("+00:00", ""),
            f"192.0.2.{who % 4}", port, draw.choice([6, 17]),
            f"100.64.0.{who}", draw.randrange(1024, 65536), f"sub-{who:04}",
            f"198.51.100.{draw.randrange(256)}", 443,
        ]  # fmt: skip


def nat_csv(path, day, count=500, **more):
    """A CSV file of a day."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(nat_rows(day, count, **more))
    return path
