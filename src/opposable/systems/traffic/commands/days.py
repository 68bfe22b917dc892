"""`opposable traffic day`: what is kept of a day, until when, by which text; or when it was erased, by which act."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

from opposable.kernel.models import Act, Member
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import erasing, keys, places

ERASE = "traffic.segment.erase"


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    day = verbs.add_parser("day", help="what is kept of a day and until when, or by which act it was erased")
    day.add_argument("day", type=date.fromisoformat)
    day.add_argument("--json", action="store_true", help="for a program")
    day.set_defaults(run=_day)


def _day(given: argparse.Namespace) -> int:
    found = [_told(segment) for segment in Segment.objects.filter(day=given.day).order_by("store", "family", "pk")]
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    if not found:
        print(f"{given.day}: nothing came in that was kept")
    for one in found:
        print(f"{one['family']:16} {one['rows']:>9,} rows, root {one['root'][:16]}…  {_state(one)}")
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
        "act": _act_of(segment) if erased else None,
        "gone": not _left(segment) and not keys.has_key(segment.store, segment.until),
        "folder": erasing.folder(segment.store, segment.until).exists(),
    }


def _left(segment: Segment) -> bool:
    return any(places.left(one) for one in places.everywhere(segment))


def _act_of(segment: Segment) -> int | None:
    """Index in the log of the act that erased it."""
    own = Act.objects.filter(type=ERASE, obj=segment.uid).order_by("-id").first()
    if own is None:
        member = Member.objects.filter(obj=segment.uid, act__type=ERASE).select_related("act").order_by("-id").first()
        own = member.act if member else None
    return own.index if own else None
