"""Check every leaf, proof, token, chain and row of this installation; name what is wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opposable.commands import count, open_home
from opposable.law import t
from opposable.law.terminal import Parser, add_language, language, words

if TYPE_CHECKING:
    from opposable.kernel.audit import Report

FEW = 50_000
"""Below so many acts one process is faster than several."""

COUNTED = {
    "acts": t("actes", "acts"),
    "rows": t("lignes", "rows"),
    "seals": t("sceaux", "seals"),
    "anchors": t("ancrages", "anchors"),
    "tiles": t("tuiles", "tiles"),
    "erasures": t("effacements", "erasures"),
    "documents": t("documents", "documents"),
    "parts read": t("parties lues", "parts read"),
}


def run(argv: list[str]) -> int:
    """Exit status 0 when everything holds, 1 when something does not. Nothing is changed and nobody is kept from working."""
    parser = Parser(
        prog="opposable audit",
        description=words(
            "Contrôler chaque feuille, preuve, jeton, chaîne et ligne de cette installation ; nommer ce qui ne va pas.",
            "Check every leaf, proof, token, chain and row of this installation; name what is wrong.",
        ),
    )
    parser.add_argument(
        "--parts",
        action="store_true",
        help=words(
            "ouvrir aussi chaque partie et chaque document : le temps double",
            "open every part and every document too: it doubles the time",
        ),
    )
    parser.add_argument(
        "--jobs",
        type=count,
        default=0,
        help=words(
            "processus qui se partagent le travail (par défaut : un par processeur)",
            "processes that share the work (default: one for each processor)",
        ),
    )
    parser.add_argument("--json", action="store_true", help=words("le rapport en JSON", "the report as JSON"))
    add_language(parser)
    given = parser.parse_args(argv)
    open_home()
    from opposable.kernel.audit import audit
    from opposable.kernel.models import Act

    acts = Act.objects.count()
    jobs = given.jobs or (os.cpu_count() or 1 if acts > FEW else 1)
    with _progress(shown=sys.stderr.isatty()) as progress:
        report = audit(parts=given.parts, jobs=jobs, progress=progress)
    print(
        json.dumps(report.as_data(), ensure_ascii=False, indent=1)
        if given.json
        else _text(report, given.lang or language())
    )
    return 0 if report.ok else 1


def _text(report: Report, lang: str) -> str:
    """One line for each finding, then what is worth knowing, then how much was looked at."""
    lines = [f"! {finding.line(lang)}" for finding in report.findings]
    more = "! {}: and {} more" if lang == "en" else "! {} : et {} de plus"
    lines += [more.format(check, count) for check, count in report.beyond.items()]
    lines += [f"  {notice.line(lang)}" for notice in report.notices]
    looked = ", ".join(
        f"{report.counts[name]:,} {COUNTED[name].of(lang)}".replace(",", " ") for name in COUNTED if report.counts[name]
    )
    verdict = {"fr": ("TOUT EST CONFORME", "ANOMALIES"), "en": ("ALL IS AS IT SHOULD BE", "SOMETHING IS WRONG")}[lang]
    seconds = f"{sum(report.seconds.values()):.1f} s"
    last = (
        f"{verdict[not report.ok]}: {looked} in {seconds}"
        if lang == "en"
        else f"{verdict[not report.ok]} : {looked} en {seconds}"
    )
    return "\n".join([*lines, last])


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, none elsewhere."""
    if not shown:
        yield lambda _done: None
        return
    from django.db import connection
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    total = _total()
    connection.close()
    columns = (TextColumn("audit"), BarColumn(), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("audit", total=total)
        yield lambda done: bar.update(task, completed=done)


def _total() -> int:
    from opposable.kernel import guards
    from opposable.kernel.models import Act, Seal

    rows: int = sum(model.objects.count() for model in guards.recorded_models())
    return Act.objects.count() + Seal.objects.count() + rows
