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
from opposable.law.terminal import number, say, words
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import cluster
from opposable.systems.traffic.store.keys import keys_of
from opposable.systems.traffic.store.places import place_of
from opposable.systems.traffic.store.rows import FAMILIES


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    asking = verbs.add_parser(
        "cluster",
        help=words(
            "faire compter par la grappe les lignes de chaque segment",
            "have the workers of the cluster count the rows of every segment",
        ),
    )
    asking.set_defaults(run=_cluster)


def _cluster(_given: argparse.Namespace) -> int:
    if not cluster.address():
        said = words(
            "pas de grappe : opposable.toml n’a pas de ligne cluster dans [traffic] ; les segments se lisent ici",
            "no cluster: opposable.toml has no line cluster in [traffic]; segments are read here",
        )
        print(said, file=sys.stderr)
        return 1
    segments = list(Segment.objects.readable(clock.now().astimezone(PARIS).date()).order_by("pk"))
    try:
        processors = cluster.processors()
        with ThreadPoolExecutor(cluster.WIDTH) as pool:
            wrong = [one for one in pool.map(_wrong, segments) if one]
    except Fault as fault:
        print(say(fault.text), file=sys.stderr)
        return 1
    for one in wrong:
        print(one, file=sys.stderr)
    rows = sum(segment.rows for segment in segments)
    print(
        words(
            f"{processors} processeurs à {cluster.address()} ; {number(len(segments))} segments, {number(rows)} lignes,"
            f" {number(len(wrong))} non lus",
            f"{processors} processors at {cluster.address()}; {number(len(segments))} segments, {number(rows)} rows,"
            f" {number(len(wrong))} not read",
        )
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
    if found == segment.rows:
        return ""
    return words(
        f"{segment.uid} : {found} lignes où {segment.rows} ont été scellées",
        f"{segment.uid}: {found} rows where {segment.rows} were sealed",
    )
