"""Runs the measures, each in a process, a HOME and a database of its own, and writes RESULTS.md."""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
MEASURES = tuple(
    path.stem
    for path in sorted(HERE.glob("*.py"))
    if path.stem not in {"__init__", "__main__", "harness", "run", "settings"}
)
HEAD = """# Results

Each figure stands beside its baseline, measured in the same run on the same machine; what counts is the ratio. Medians of several
rounds. Written by `make bench`; a goal that is missed says so, with its profile.
"""


def run(names: list[str], *, quick: bool, write: bool) -> int:
    """Run the measures on the database of the environment. Returns 1 when a goal is missed."""
    database = "postgresql" if os.environ.get("OPPOSABLE_DATABASE_URL") else "sqlite"
    found: dict[str, list[dict[str, Any]]] = {}
    for name in names or MEASURES:
        if database in _said(name, "DATABASES", (database,)):
            found[name] = _one(name, quick=quick)
            print("\n".join(_lines(_said(name, "TITLE", name), found[name])), flush=True)
    if write:
        _write(database, found)
    return 0 if all(figure["met"] is not False for figures in found.values() for figure in figures) else 1


def _said(name: str, what: str, default: Any) -> Any:
    """A constant of a measure, read without importing it: a measure needs an installation of its own."""
    for node in ast.parse((HERE / f"{name}.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == what:
            return ast.literal_eval(node.value)
    return default


def _one(name: str, *, quick: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="opposable-bench-") as folder:
        answer = Path(folder) / "answer"
        environment = {
            **os.environ,
            "OPPOSABLE_HOME": f"{folder}/home",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": str(HERE.parent),
            **({"BENCH_QUICK": "1"} if quick else {}),
        }
        done = subprocess.run([sys.executable, "-m", "bench", name, str(answer)], env=environment, check=False)
        figures = [json.loads(line) for line in answer.read_text().splitlines()] if answer.exists() else []
    if done.returncode:
        print(f"{name}: stopped with status {done.returncode}", file=sys.stderr)
    return figures


def _lines(title: str, figures: list[dict[str, Any]]) -> list[str]:
    lines = [f"## {title}", "", "| what | figure | baseline | ratio | goal | met |", "|---|---|---|---|---|---|"]
    for one in figures:
        met = "" if one["met"] is None else "yes" if one["met"] else "**no**"
        base = f"{one['base']:.4g} {one['unit']} ({one['baseline']})"
        note = f" ({one['note']})" if one["note"] else ""
        lines.append(
            f"| {one['what']}{note} | {one['value']:.4g} {one['unit']} | {base} | {one['ratio']:.2f} | {one['goal']} | {met} |"
        )
    for one in figures:
        if one["profile"]:
            lines += ["", f"Profile of «{one['what']}»:", "", "```text", one["profile"], "```"]
    return [*lines, ""]


def _write(database: str, found: dict[str, list[dict[str, Any]]]) -> None:
    """Put this run's section in the place of the last one of the same database."""
    kept = RESULTS.read_text().split("\n# ") if RESULTS.exists() else []
    sections = {
        part.split("\n", 1)[0].removeprefix("# "): part for part in kept if part.startswith(("sqlite", "postgresql"))
    }
    lines = [f"{database}", "", _machine(), ""]
    for name, figures in found.items():
        if not figures:
            continue
        lines += _lines(_said(name, "TITLE", name), figures)
    sections[database] = "\n".join(lines).rstrip() + "\n"
    RESULTS.write_text(HEAD + "".join(f"\n# {sections[name]}" for name in sorted(sections, reverse=True)))


def _machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("Django", "orjson", "cryptography"))
    cores = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    disk = shutil.disk_usage(tempfile.gettempdir()).total // 2**30
    day = datetime.now(UTC)
    return f"{day:%Y-%m-%d %H:%M} UTC · Python {platform.python_version()}, {versions} · {platform.machine()}, {cores}, disk of {disk} GiB"
