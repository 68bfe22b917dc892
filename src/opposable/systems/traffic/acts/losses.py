"""What the sources lost about the time of a question: known gaps, lines that did not read. It is told beside every answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from opposable.law import PARIS
from opposable.systems.traffic.models import Delivery, Requisition, Segment

AROUND = timedelta(hours=1)
"""About the instant of an address: the record that is missing may be that of a session which began before it, or ended after."""
MOST = 50
"""Losses that one question tells; what is beyond is counted."""


def lost_between(since: datetime, until: datetime, store: str = "") -> list[dict[str, Any]]:
    """The losses that touch [since, until], of the sources that have rows in a store (or have none yet): source, text, instants."""
    near = Delivery.objects.filter(lost_since__lte=until, lost_until__gte=since).select_related("source")
    found = []
    for delivery in near.order_by("lost_since", "pk"):
        if store and not _feeds(delivery, store):
            continue
        found += [
            {"source": delivery.source.title, "delivery": delivery.uid, **one}
            for one in delivery.losses
            if _touches(one, delivery.received_at, since, until)
        ]
    return found


def lost_on(day: date) -> list[dict[str, Any]]:
    """The losses that touch a day of Paris; of the first day of all, what UTC still has of it."""
    since, until = (datetime.combine(day, at, PARIS) for at in (time.min, time.max))
    return lost_between(datetime.min.replace(tzinfo=UTC) if day == date.min else since, until)


def _feeds(delivery: Delivery, store: str) -> bool:
    known = Segment.objects.filter(source=delivery.source)
    return known.filter(store=store).exists() or not known.exists()


def _touches(one: dict[str, Any], received_at: datetime, since: datetime, until: datetime) -> bool:
    first, last = (datetime.fromisoformat(one[end]) if one[end] else received_at for end in ("since", "until"))
    return first <= until and last >= since


def lost_about(case: Requisition, asked: dict[str, Any], store: str) -> list[dict[str, Any]]:
    """The losses about the time of one question, `MOST` at most, the last of which counts the others."""
    if store == "identity":
        return []
    since, until = case.since, case.until
    if asked["kind"] == "address":
        at, doubt = datetime.fromisoformat(asked["at"]), timedelta(seconds=float(asked["tolerance"]))
        since, until = at - doubt - AROUND, at + doubt + AROUND
    found = lost_between(since, until, store)
    if len(found) <= MOST:
        return found
    rest = len(found) - MOST + 1
    more = {
        "source": "",
        "delivery": "",
        "fr": f"{rest} autres pertes",
        "en": f"{rest} other losses",
        "since": None,
        "until": None,
    }
    return [*found[: MOST - 1], more]
