"""`opposable traffic ingest`: take files in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from opposable.kernel import actors
from opposable.kernel.faults import Fault
from opposable.law.terminal import language, number, say, words
from opposable.ledger.errors import sentence
from opposable.systems.traffic.exchange.ingest import Seen, ingest_file, write_rejects
from opposable.systems.traffic.exchange.outcome import Outcome
from opposable.systems.traffic.models import Source
from opposable.systems.traffic.rules.words import FATES

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ingest = verbs.add_parser(
        "ingest",
        help=words(
            "prendre des fichiers : chacun une fois, chaque ligne gardée ou refusée avec sa raison",
            "take files in: each once, each line kept or refused with its reason",
        ),
    )
    ingest.add_argument("files", nargs="+", type=Path)
    ingest.add_argument("--source", required=True, help=words("nom court de la source", "short name of the source"))
    ingest.add_argument(
        "--rejects",
        type=Path,
        help=words(
            "dossier des listes de rejets (par défaut HOME/rejects)",
            "folder for the lists of rejects (default HOME/rejects)",
        ),
    )
    ingest.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    ingest.set_defaults(run=_ingest)


def counted(counts: Mapping[str, int]) -> str:
    """What became of the rows, in words; what did not happen is not said."""
    return ", ".join(f"{number(counts[name])} {say(word)}" for name, word in FATES.items() if counts.get(name))


def source_named(slug: str) -> Source:
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Source.objects.order_by("slug").values_list("slug", flat=True)) or words(
            "aucune encore", "none yet"
        )
        raise argparse.ArgumentTypeError(
            words(
                f"aucune source {slug} ; connues : {known}. Déclarez-en une : opposable traffic source",
                f"no source {slug}; known: {known}. Declare one: opposable traffic source",
            )
        )
    return found


def _ingest(given: argparse.Namespace) -> int:
    source, good = source_named(given.source), True
    for path in given.files:
        start = time.perf_counter()
        try:
            with watched(path.name) as seen:
                outcome = ingest_file(CONSOLE, source, path, seen=seen)
        except (Fault, OSError) as error:
            said = say(error.text) if isinstance(error, Fault) else sentence(error, language())
            print(said if str(path) in said else f"{path}: {said}", file=sys.stderr)
            good = False
            continue
        listed = _rejects(outcome, given.rejects or settings.HOME / "rejects", source, path)
        _say(outcome, path, time.perf_counter() - start, listed, json_=given.json)
        good &= not outcome.rejects
    return 0 if good else 1


@contextmanager
def watched(name: str) -> Iterator[Seen]:
    """A line that says how far a file is, for whoever sits at a terminal. Nothing at all goes into a pipe."""
    if not sys.stderr.isatty():
        yield lambda _outcome: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    start, growing = time.perf_counter(), [Outcome()]

    def line() -> Text:
        counts, seconds = growing[-1].counts, time.perf_counter() - start
        rate = counts["read"] / max(seconds, 1e-9)
        rejects = number(len(growing[-1].rejects))
        refused = words(f", {rejects} rejets", f", {rejects} rejects") if growing[-1].rejects else ""
        read, kept, speed = number(counts["read"]), number(counts["kept"]), number(round(rate))
        return Text(
            words(
                f"{name} : {read} lignes lues, {kept} scellées{refused} ; {speed} par seconde",
                f"{name}: {read} rows read, {kept} sealed{refused}; {speed} a second",
            )
        )

    with Live(get_renderable=line, console=Console(stderr=True), transient=True, refresh_per_second=4):
        yield growing.append


def _rejects(outcome: Outcome, folder: Path, source: Source, path: Path) -> Path | None:
    if not outcome.rejects or outcome.delivery is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listed = folder / f"{source.slug}-{path.name}-{outcome.delivery.sha256[:12]}.csv"
    write_rejects(outcome, listed)
    return listed


def _say(outcome: Outcome, path: Path, seconds: float, listed: Path | None, *, json_: bool) -> None:
    counts = dict(outcome.counts)
    if json_:
        data = {"file": path.name, "known": outcome.known, **counts, "segments": len(outcome.segments),
                "refused": {reason.en: count for reason, count in outcome.refused.items()},
                "notes": [note.en for note in outcome.notes],
                "rejects": str(listed) if listed else None}  # fmt: skip
        print(json.dumps(data, ensure_ascii=False))
        return
    if outcome.known:
        print(words(f"{path.name} : déjà venu, rien n’est fait", f"{path.name}: came in before, nothing is done"))
        return
    rate = counts.get("read", 0) / max(seconds, 1e-9)
    told, speed = counted(counts) or words("rien", "nothing"), number(round(rate))
    print(
        words(
            f"{path.name} : {told} ; {len(outcome.segments)} segments, {seconds:.1f} s, {speed} par seconde",
            f"{path.name}: {told}; {len(outcome.segments)} segments, {seconds:.1f} s, {speed} a second",
        )
    )
    for reason, count in outcome.refused.items():
        print(words(f"  {number(count)} lignes du {say(reason)}", f"  {number(count)} rows of {say(reason)}"))
    for note in outcome.notes:
        print(f"  {say(note)}")
    if listed:
        print(words(f"  rejets, ligne et raison : {listed}", f"  rejects, line and reason: {listed}"))
