"""`opposable traffic cluster`: whether the workers of opposable.toml read what is stored, and all of it."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

import duckdb

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.kernel.faults import Fault
from opposable.law import PARIS
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import cluster
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.rows import FAMILIES


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    asking = verbs.add_parser("cluster", help="have the workers of the cluster count the rows of every segment")
    asking.set_defaults(run=_cluster)


def _cluster(_given: argparse.Namespace) -> int:
    if not cluster.address():
        print("no cluster: opposable.toml has no line cluster in [traffic]; segments are read here", file=sys.stderr)
        return 1
    segments = list(Segment.objects.readable(clock.now().astimezone(PARIS).date()).order_by("pk"))
    try:
        processors = cluster.processors()
        with ThreadPoolExecutor(cluster.WIDTH) as pool:
            wrong = [one for one in pool.map(_wrong, segments) if one]
    except Fault as fault:
        print(fault.text.en, file=sys.stderr)
        return 1
    for one in wrong:
        print(one, file=sys.stderr)
    rows = sum(segment.rows for segment in segments)
    print(
        f"{processors} processors at {cluster.address()}; {len(segments):,} segments, {rows:,} rows, {len(wrong):,} not read"
    )
    return 1 if wrong else 0


def _wrong(segment: Segment) -> str:
    """What is not as the catalogue says, for a worker."""
    try:
        keys = keys_of(segment.store, segment.until, segment.uid)
        ((found,),) = cluster.select(
            FAMILIES[segment.family], place_of(segment), keys, "count(*)", "file_row_number >= ?", [0]
        )
    except (OSError, duckdb.Error, BucketForgotten) as error:
        return f"{segment.uid}: {str(error).splitlines()[0]}"
    return "" if found == segment.rows else f"{segment.uid}: {found} rows where {segment.rows} were sealed"
