"""Runs the measures, each in a process, a HOME and a database of its own, and writes RESULTS.md.

On SQLite always; on PostgreSQL as well when OPPOSABLE_DATABASE_URL names a server on which databases may be created (`make
bench` starts one). What a measure said last is kept in results.json, so that one of them can be run again by itself.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import platform
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

HERE = Path(__file__).parent
RESULTS, KEPT = HERE / "RESULTS.md", HERE / "results.json"
MEASURES = ("save", "writers", "seal", "tree", "audit", "register", "pages", "forms", "traffic", "isms", "contracts")
LONGEST = int(os.environ.get("BENCH_LONGEST", "600"))
"""Seconds after which a measure is stopped; what it said until then is kept."""
NAMES = {"": "no database", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
LIBRARIES = (
    "Django", "cryptography", "orjson", "psycopg", "granian", "django-simple-history", "django-auditlog",
)  # fmt: skip
HEAD = """# Results

Written by `make bench` (and `opposable bench NAME` for one measure). Each figure stands beside its baseline, measured in the same
run on the same machine: what counts is the ratio; medians of several rounds that alternate with the baseline. *Load* is what the
machine was doing when the measure began and when it ended, ourselves included; *disk* is the median time of a 4 KB `fsync` then.
A goal that is missed says so, and shows where the time goes.
"""
Measured = dict[str, Any]


def run(names: list[str], *, quick: bool, write: bool) -> int:
    """Run measures (all of them when none is named). Returns 1 when a measure stopped or a goal is missed, 2 for a wrong name.

    ``quick``: small sizes say nothing of the goals, only that the measures run.
    """
    if unknown := set(names) - set(MEASURES):
        print(f"bench: no measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    there = {"", "sqlite", *(["postgresql"] if os.environ.get("OPPOSABLE_DATABASE_URL") else [])}
    good = True
    for name in names or MEASURES:
        for database in said(name, "DATABASES"):
            if database not in there:
                print(f"{name}: not run on {NAMES[database]}, which is not there", flush=True)
                continue
            measured, status = _one(name, database, quick=quick)
            print("\n".join(_section(name, database, measured)), flush=True)
            met = quick or all(figure["met"] is not False for figure in measured["figures"])
            good &= status == 0 and bool(measured["figures"]) and met
            if write:
                _keep(name, database, measured)
    return 0 if good else 1


def said(name: str, what: str, instead: str | None = None) -> Any:
    """A constant of a measure, read without importing it: a measure needs an installation of its own."""
    for node in ast.parse((HERE / f"{name}.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == what:
            return ast.literal_eval(node.value)
    if instead is None:
        raise LookupError(f"bench/{name}.py does not say its {what}")
    return instead


def _one(name: str, database: str, *, quick: bool) -> tuple[Measured, int]:
    """What a measure says, and the exit status of its process."""
    measured: Measured = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": _machine()}
    with tempfile.TemporaryDirectory(prefix="opposable-bench-") as folder, _database(database) as url:
        answer = Path(folder) / "answer"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OPPOSABLE_")} | {
            "OPPOSABLE_HOME": f"{folder}/home",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": str(HERE.parent),
            **({"OPPOSABLE_DATABASE_URL": url} if url else {}),
            "BENCH_POSTGRESQL_URL": os.environ.get(
                "OPPOSABLE_DATABASE_URL", ""
            ),  # for a baseline, whatever ours lies on
            **({"BENCH_QUICK": "1"} if quick else {}),
        }
        measured |= {"load": [os.getloadavg()[0]], "disk": _disk(Path(folder))}
        status = _run_alone([sys.executable, "-m", "bench", name, str(answer)], environment)
        measured["load"].append(os.getloadavg()[0])
        measured["figures"] = [json.loads(line) for line in answer.read_text().splitlines()] if answer.exists() else []
    if status:
        print(f"{name}: stopped with status {status}", file=sys.stderr)
    return measured, status


def _run_alone(command: list[str], environment: dict[str, str]) -> int:
    """Run a measure in a session of its own: one that does not end takes its sealer and its sites along when it is stopped."""
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            return process.wait(LONGEST)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGTERM)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            try:
                return process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return process.wait()


@contextlib.contextmanager
def _database(database: str) -> Iterator[str]:
    """A database of its own for one measure: its URL, "" for SQLite, which lies in HOME."""
    if database != "postgresql":
        yield ""
        return
    import psycopg
    from psycopg import sql

    server = os.environ["OPPOSABLE_DATABASE_URL"]
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _machine() -> str:
    """What it was measured on, without naming it."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    import sqlite3

    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.system()} {platform.release().split('-')[0]};"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}{_server()}, {versions}"
    )


def _server() -> str:
    url = os.environ.get("OPPOSABLE_DATABASE_URL")
    if not url:
        return ""
    import psycopg

    with psycopg.connect(url) as db:
        return f", PostgreSQL {db.info.server_version // 10000}.{db.info.server_version % 10000}"


def _disk(folder: Path) -> float:
    """Milliseconds of a 4 KB write that is on the disk."""
    taken = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(25):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


# What is written


def _keep(name: str, database: str, measured: Measured) -> None:
    kept: dict[str, Measured] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[f"{name}/{database}"] = measured
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    sections = [
        "\n".join(_section(name, database, kept[key]))
        for name in MEASURES
        for database in said(name, "DATABASES")
        if (key := f"{name}/{database}") in kept
    ]
    machines = dict.fromkeys(measured["machine"] for measured in kept.values())
    RESULTS.write_text("\n".join([HEAD, "\n\n".join(f"Machine: {one}." for one in machines), "", *sections]))


def _section(name: str, database: str, measured: Measured) -> list[str]:
    before, after = measured["load"]
    lines = [
        f"## {said(name, 'TITLE')}: {NAMES[database]}",
        "",
        f"{measured['at']}, load {before:.1f} to {after:.1f}, disk {measured['disk']:.2f} ms.",
        "",
        "| what | figure | baseline | ratio | goal | met |",
        "|---|---|---|---|---|---|",
    ]
    for one in measured["figures"]:
        met = "" if one["met"] is None else "yes" if one["met"] else "**no**"
        base = f"{_plain(one['base'])} {one['unit']} ({one['baseline']})"
        note = f" ({one['note']})" if one["note"] else ""
        figure = f"{_plain(one['value'])} {one['unit']}"
        lines.append(f"| {one['what']}{note} | {figure} | {base} | {one['ratio']:.2f} | {one['goal']} | {met} |")
    if remarks := said(name, "REMARKS", ""):
        lines += ["", remarks]
    for one in measured["figures"]:
        if one["profile"]:
            lines += ["", f"Where the time goes in «{one['what']}»:", "", "```text", one["profile"], "```"]
    return [*lines, ""]


def _plain(number: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"
