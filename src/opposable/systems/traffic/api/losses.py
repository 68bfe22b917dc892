"""What a day holds and what was lost of it, and what the answer of a case tells of losses: for a program, as on the pages.

The losses of one file are in the state of its delivery (``GET /api/objects/traffic.delivery/UID``: ``losses``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from opposable.kernel.models import Cell
from opposable.kernel.models.access import readable_cells
from opposable.systems.traffic.acts.attesting import told_of
from opposable.systems.traffic.acts.losses import lost_on
from opposable.systems.traffic.api.cases import case_of, note
from opposable.systems.traffic.models import Segment
from opposable.web.api import actor_of

router = Router()


class Loss(Schema):
    """«Perte». What did not come, or did not read: between two instants, null where nobody can say when; ``delivery`` is the file."""

    source: str
    delivery: str
    fr: str
    en: str
    since: str | None
    until: str | None


class AskedLoss(Loss):
    """The same, told by the answer to a question: its number, from 1 (the column ``query`` of ``lost.csv``)."""

    query: int


class Kept(Schema):
    """A segment of a day. ``until`` is the first day on which it is not read any more; ``act`` the place of its erasure in the log.

    ``over``: that day has come; ``gone``: neither its file nor its key is left.
    """

    segment: str
    source: str
    store: str
    family: str
    rows: int
    root: str
    until: date
    erased_at: str | None
    act: int | None
    gone: bool
    over: bool


class Day(Schema):
    """A day of Paris: its segments, erased ones too, and what its sources are known to have lost."""

    day: date
    segments: list[Kept]
    losses: list[Loss]


@router.get(
    "/days/{day}", response=Day, summary="What a day holds, and what was lost of it", operation_id="traffic_day"
)
def read_day(request: HttpRequest, day: date) -> Any:
    """For whoever may see segments; to others no day exists (404)."""
    actor = actor_of(request)
    if not Cell.objects.filter(pk__in=readable_cells(actor, Segment.Evidence.kind)).exists():
        raise Http404
    rows = Segment.objects.visible_to(actor).filter(day=day).select_related("source")
    segments = [told_of(one) for one in rows.order_by("store", "family", "pk")]
    return {"day": day, "segments": segments, "losses": lost_on(day)}


@router.get(
    "/requisitions/{uid}/losses",
    response=list[AskedLoss],
    summary="What the sources lost about the time asked",
    operation_id="traffic_answer_losses",
)
def read_losses(request: HttpRequest, uid: str) -> Any:
    """As the letter and ``lost.csv`` tell it: what was known when each question was counted, then read."""
    case = case_of(request, uid)
    note(request, case, "losses")
    return [{"query": number, **one} for number, asked in enumerate(case.current_queries(), 1) for one in asked.lost]
