"""Acts on what comes in: a segment is sealed, a delivery is closed, a day is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import PARIS, Refused, t
from opposable.systems.traffic.models import Delivery, Segment, Source
from opposable.systems.traffic.rules import keeping
from opposable.systems.traffic.store.answers import Written

CATALOGUE = "traffic.catalogue"


@act("traffic.segment.seal", label=t("Sceller un segment", "Seal a segment"), api=False)
def seal_segment(a: Acting, *, segment: Segment, written: Written, sources: Sequence[str], duplicate: int) -> Segment:
    """One act for all rows of a segment: it commits to their root, their number, their time, the files they came from.

    Refused when the day is over for them, or when nothing orders that they be kept (`NoRuleOnFile`).
    """
    a.require("write", kind=Segment.Evidence.kind, cell=root())
    decision = keeping.until(segment.family, segment.day, a.statutes)
    a.why(decision)
    if decision.value <= a.now.astimezone(PARIS).date():
        raise Refused(
            t("Ces lignes ne peuvent plus être conservées.", "These rows may not be kept any more."),
            decision.rule,
            "segment.expired",
            facts=decision.facts,
            trace=decision.trace,
        )
    segment.until = decision.value
    segment.rows, segment.size, segment.root, segment.sha256 = written.rows, written.size, written.root, written.sha256
    a.part("segment", _part(segment, sources, duplicate), keep=CATALOGUE)
    a.record(segment)
    return segment


def _part(segment: Segment, sources: Sequence[str], duplicate: int) -> dict[str, Any]:
    """What whoever checks a row needs, and nothing of any row."""
    from opposable.kernel import clock

    return {
        "v": 1,
        "segment": segment.uid,
        "family": segment.family,
        "day": segment.day.isoformat(),
        "rows": segment.rows,
        "root": segment.root,
        "file": segment.sha256,
        "first_at": clock.utc(segment.first_at),
        "last_at": clock.utc(segment.last_at),
        "sources": list(sources),
        "duplicate": duplicate,
    }


@act("traffic.delivery.receive", label=t("Recevoir un fichier", "Receive a delivery"), api=False)
def receive_delivery(a: Acting, *, delivery: Delivery) -> Delivery:
    """The last word on a file: what became of each of its rows. From here on it will not come in again."""
    a.require("write", kind=Delivery.Evidence.kind, cell=root())
    _refuse_twice(delivery.source, delivery.sha256)
    delivery.receive(a.now)
    a.record(delivery)
    return delivery


def _refuse_twice(source: Source, sha256: str) -> None:
    if Delivery.objects.filter(source=source, sha256=sha256).exists():
        raise Refused(t("Ce fichier est déjà entré.", "This file came in already."), None, "delivery.twice")


@act("traffic.segment.erase", label=t("Effacer des segments", "Erase segments"), api=False)
def erase_segments(a: Acting, *, segments: Sequence[Segment]) -> list[Segment]:
    """The segments of one day and store are at their end. Each end is computed again, from the rule of its day."""
    a.require("approve", kind=Segment.Evidence.kind, cell=root())
    today = a.now.astimezone(PARIS).date()
    for segment in segments:
        a.about(segment)
        _refuse_erasure(a, segment, today)
        segment.erased_at = a.now
        a.record(segment)
    a.part("erasure", erasure_part(segments, a.now), keep=CATALOGUE)
    return list(segments)


def _refuse_erasure(a: Acting, segment: Segment, today: date) -> None:
    decision = keeping.until(segment.family, segment.day, a.statutes)
    last = max(decision.value, segment.until)
    a.why(decision)
    if last > today:
        raise Refused(
            t("Ce segment doit être conservé jusqu’au {day}.", "This segment must be kept until {day}.").format(
                day=last.isoformat()
            ),
            decision.rule,
            "segment.early",
            facts=decision.facts,
            trace=decision.trace,
        )
    if segment.erased_at is not None:
        raise Refused(t("Ce segment est déjà effacé.", "This segment is erased already."), None, "segment.erased")


def erasure_part(segments: Sequence[Segment], at: datetime) -> dict[str, Any]:
    """What was erased: roots and counts, so that an auditor finds each in its act of sealing."""
    return {
        "v": 1,
        "segments": [
            {"segment": one.uid, "store": one.store, "family": one.family, "day": one.day.isoformat(),
             "until": one.until.isoformat(), "rows": one.rows, "root": one.root}
            for one in segments
        ],
    }  # fmt: skip
