"""`opposable traffic day`: what is kept of a day, until when, by which text; or when it was erased, by which act."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from opposable.kernel import actors
from opposable.kernel.documents import files
from opposable.systems.traffic.acts.attesting import ERASE, index_of, is_gone
from opposable.systems.traffic.exchange.erasure_proof import make_proof, write_proof_bundle
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import erasing

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    day = verbs.add_parser("day", help="what is kept of a day and until when, or by which act it was erased")
    day.add_argument("day", type=date.fromisoformat)
    day.add_argument("--json", action="store_true", help="for a program")
    day.add_argument("--proof", type=Path, metavar="PDF", help="issue the proof of its erasure, signed, into a file")
    day.add_argument("--bundle", type=Path, metavar="ASICE", help="with --proof: the acts that it names, into a file")
    day.set_defaults(run=_day)


def _day(given: argparse.Namespace) -> int:
    if given.proof:
        return _prove(given)
    found = [_told(segment) for segment in Segment.objects.filter(day=given.day).order_by("store", "family", "pk")]
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    if not found:
        print(f"{given.day}: nothing came in that was kept")
    for one in found:
        print(f"{one['family']:16} {one['rows']:>9,} rows, root {one['root'][:16]}…  {_state(one)}")
    return 0


def _prove(given: argparse.Namespace) -> int:
    document = make_proof(CONSOLE, given.day)
    given.proof.write_bytes(files.read(document))
    print(f"{given.proof}: proof of the erasure of {given.day}, issued and sealed")
    if given.bundle:
        write_proof_bundle(document, given.day, given.bundle)
        print(f"{given.bundle}: the acts; check them with `opposable verify {given.bundle}`")
    return 0


def _state(one: dict[str, Any]) -> str:
    if not one["erased_at"]:
        return f"kept until {one['until']} (exclusive)"
    left = "nothing is left of it" if one["gone"] else "its file or key is still there: run `opposable tick`"
    act = "an act that waits for its seal" if one["act"] is None else f"act {one['act']}"
    return f"due on {one['until']}, erased on {one['erased_at'][:10]} by {act}; {left}"


def _told(segment: Segment) -> dict[str, Any]:
    erased = segment.erased_at
    return {
        "segment": segment.uid,
        "source": segment.source.slug,
        "store": segment.store,
        "family": segment.family,
        "rows": segment.rows,
        "root": segment.root,
        "until": segment.until.isoformat(),
        "erased_at": erased.isoformat() if erased else None,
        "act": index_of(segment, ERASE) if erased else None,
        "gone": is_gone(segment),
        "folder": erasing.folder(segment.store, segment.until).exists(),
    }
