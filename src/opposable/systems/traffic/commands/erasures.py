"""`opposable traffic erasures`: the list of erasures replayed from the rules, for an auditor."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from typing import Any

from opposable.law.terminal import day as day_of, number, say, words
from opposable.systems.traffic.acts.replaying import VERDICTS, WRONG, Replayed, replayed
from opposable.systems.traffic.models import Segment


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "erasures",
        help=words(
            "rejouer la liste des effacements d’après les règles : ce qui devait partir, ce qui est parti, ce qui reste",
            "replay the list of erasures from the rules: what had to go, what went, what is left",
        ),
    )
    for name, fr, en in (
        ("--since", "premier jour des données (par défaut, le premier)", "first day of the data (default: the first)"),
        ("--last", "dernier jour des données (par défaut, le dernier)", "last day of the data (default: the last)"),
    ):
        found.add_argument(name, type=day_of, metavar="DATE", help=words(fr, en))
    found.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    found.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    rows = Segment.objects.filter(day__gte=given.since or date.min, day__lte=given.last or date.max)
    counted: Counter[str] = Counter()
    for one in replayed(rows.select_related("source").order_by("day", "store", "family", "pk").iterator(500)):
        counted[one.verdict] += 1
        if given.json:
            print(json.dumps(_told(one), ensure_ascii=False))
        elif one.verdict != "kept":
            print(_line(one))
    wrong = sum(counted[name] for name in WRONG)
    if not given.json:
        total = words(" ; ", "; ").join(
            f"{say(VERDICTS[name])}{words(' :', ':')} {number(counted[name])}" for name in VERDICTS if counted[name]
        )
        print(total or words("aucun segment", "no segment"))
    return 1 if wrong else 0


def _line(one: Replayed) -> str:
    segment = one.segment
    act = "" if one.act is None else words(f", acte {one.act}", f", act {one.act}")
    done = (
        words(f"effacé le {one.erased_on}{act}", f"erased on {one.erased_on}{act}")
        if one.erased_on
        else words("là", "there")
    )
    due = words(f"dû le {one.due_on or '—'}", f"due on {one.due_on or '-'}")
    return f"{segment.day}  {segment.family:15} {number(segment.rows):>9}  {due}  {done}  {say(VERDICTS[one.verdict])}"


def _told(one: Replayed) -> dict[str, Any]:
    segment = one.segment
    return {
        "segment": segment.uid,
        "source": segment.source.slug,
        "store": segment.store,
        "family": segment.family,
        "day": segment.day.isoformat(),
        "rows": segment.rows,
        "root": segment.root,
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "cite": list(one.cite),
        "erased_on": one.erased_on.isoformat() if one.erased_on else None,
        "act": one.act,
        "verdict": one.verdict,
    }
