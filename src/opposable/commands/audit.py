"""Check everything that the log and the database say; name table, row and act of whatever is wrong."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opposable.commands import start_django

if TYPE_CHECKING:
    from opposable.kernel.audit import Report

SHOWN = 200


def run(argv: list[str]) -> int:
    """Exit status 0: everything holds; 1: something does not."""
    parser = argparse.ArgumentParser(prog="opposable audit", description=__doc__)
    parser.add_argument("--parts", action="store_true", help="open every part of every act too (slower)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that share the work")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the answer (default: fr)")
    parser.add_argument("--json", action="store_true", help="write the report for programs")
    given = parser.parse_args(argv)
    start_django()
    from opposable.kernel.audit import audit

    with _bar() as progress:
        report = audit(parts=given.parts, jobs=max(1, given.jobs), progress=progress)
    if given.json:
        print(json.dumps(report.as_data(), ensure_ascii=False))
    else:
        _print(report, given.lang)
    return 0 if report.ok else 1


def _print(report: Report, lang: str) -> None:
    for finding in report.findings[:SHOWN]:
        print(f"✗ {finding.line(lang)}")
    for check, more in report.beyond.items():
        print(f"✗ {check}: + {more}")
    for notice in report.notices[:SHOWN]:
        print(f"· {notice.line(lang)}")
    acts = report.counts["acts"]
    if report.ok:
        print(f"{acts} actes : tout se tient." if lang == "fr" else f"{acts} acts: everything holds.")
    else:
        count = len(report.findings) + sum(report.beyond.values())
        print(f"{acts} actes, {count} défauts." if lang == "fr" else f"{acts} acts, {count} faults.")


@contextmanager
def _bar() -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("audit", total=None)
        yield lambda done: shown.update(task, completed=done)
