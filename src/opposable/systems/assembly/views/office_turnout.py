"""Turnout: voters by mode, day by day and by state, as forms come. On the last evening each look adds the new ones alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Substr
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.law import day_text
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.counting import COUNTED
from opposable.systems.assembly.models import Form, Meeting
from opposable.systems.assembly.views.office_base import meeting_or_404, require
from opposable.systems.assembly.views.office_hall import BODIES
from opposable.systems.assembly.views.office_kept import kept
from opposable.systems.assembly.views.office_record import record
from opposable.systems.assembly.views.office_words import FORM_STATES, MODE_WORDS
from opposable.web.charts import Share

DAYS = 14


@dataclass(frozen=True)
class ModeLine:
    """Forms that count, of one mode: holders, and their shares in each body."""

    mode: str
    holders: int
    ordinary: int
    extraordinary: int

    @property
    def label(self) -> Text:
        return MODE_WORDS[self.mode]

    def shares(self, body: str) -> int:
        return self.ordinary if body == "ordinary" else self.extraordinary


@dataclass(frozen=True)
class Turnout:
    """Forms that count, by mode, out of all the votes on file."""

    modes: tuple[ModeLine, ...]
    holders: int
    all_ordinary: int
    all_extraordinary: int

    @property
    def forms(self) -> int:
        return sum(line.holders for line in self.modes)

    @property
    def shares_ordinary(self) -> int:
        return sum(line.ordinary for line in self.modes)

    @property
    def shares_extraordinary(self) -> int:
        return sum(line.extraordinary for line in self.modes)

    def shares(self, body: str) -> list[Share]:
        """One bar: remote votes, proxies, and the shares that have not spoken."""
        whole = self.all_ordinary if body == "ordinary" else self.all_extraordinary
        votes = sum(line.shares(body) for line in self.modes if line.mode == "vote")
        proxies = sum(line.shares(body) for line in self.modes) - votes
        silent = t("rien reçu encore", "nothing received yet")
        return [
            Share(t("votes à distance", "remote votes"), votes, "solid"),
            Share(t("pouvoirs", "proxies"), proxies, "hatch"),
            Share(silent, max(0, whole - votes - proxies), "outline"),
        ]


@dataclass(frozen=True)
class Received:
    """The forms received up to the ``last``, added up: by mode those that count, by ten minutes, by state."""

    last: int
    holders: Counter[str]
    ordinary: Counter[str]
    extraordinary: Counter[str]
    slots: Counter[str]
    states: Counter[str]

    def __add__(self, later: Received) -> Received:
        return Received(
            later.last,
            self.holders + later.holders,
            self.ordinary + later.ordinary,
            self.extraordinary + later.extraordinary,
            self.slots + later.slots,
            self.states + later.states,
        )

    @property
    def modes(self) -> tuple[ModeLine, ...]:
        return tuple(
            ModeLine(mode, self.holders[mode], self.ordinary[mode], self.extraordinary[mode])
            for mode in MODE_WORDS
            if mode in self.holders
        )

    def days(self, zone: ZoneInfo) -> list[tuple[Text, int]]:
        """Forms received in each of the last days, in legal time."""
        days = Counter[date]()
        for slot, n in self.slots.items():
            days[datetime.fromisoformat(f"{slot}0+00:00").astimezone(zone).date()] += n
        return [(day_text(day), days[day]) for day in sorted(days)]


def received(meeting: Meeting, after: int, last: int) -> Received:
    """The forms after one and up to another, added up. Three queries."""
    rows = Form.objects.filter(meeting=meeting, pk__gt=after, pk__lte=last)
    counted = _counted(meeting, rows)
    return Received(
        last,
        Counter({mode: n for mode, n, _, _ in counted}),
        Counter({mode: shares for mode, _, shares, _ in counted}),
        Counter({mode: shares for mode, _, _, shares in counted}),
        Counter(dict(_by_slot(meeting, rows))),
        Counter(dict(rows.values_list("status").annotate(n=Count("pk")).order_by())),
    )


def _counted(meeting: Meeting, rows: QuerySet[Form]) -> list[tuple[Any, ...]]:
    """Mode, holders, and their shares in each body: forms that count, joined with the votes of their holders."""
    return list(
        rows.filter(status__in=COUNTED, holder__entitlements__meeting=meeting)
        .values_list("mode")
        .annotate(
            n=Count("pk"),
            ordinary=Sum("holder__entitlements__shares_ordinary"),
            extraordinary=Sum("holder__entitlements__shares_extraordinary"),
        )
        .order_by()
    )


def _by_slot(meeting: Meeting, rows: QuerySet[Form]) -> Any:
    since = min(clock.now(), meeting.remote_until or clock.now()) - timedelta(days=DAYS)
    # By ten minutes of universal time, which the database reads off the instant as it stands; then by legal day, here: asked for
    # the legal day of each form, SQLite would have Python work it out a hundred thousand times.
    return (
        rows.filter(received_at__gte=since)
        .annotate(slot=Substr(Cast("received_at", TextField()), 1, len("2026-03-29 13:0")))
        .values_list("slot")
        .annotate(n=Count("pk"))
        .order_by()
    )


def as_it_stands(meeting: Meeting) -> tuple[Turnout, Received]:
    """What was received until now: what is kept, and the forms that came since.

    What is kept depends on the meeting's own acts and on the forms replaced; it is read anew after twenty seconds.
    """
    last = meeting.forms.aggregate(last=Max("pk"))["last"] or 0
    gone = meeting.forms.filter(status__in=("superseded", "void")).count()
    key = ("turnout", meeting.uid, meeting.seq, gone)
    found: tuple[Received, dict[str, int | None]] = kept(key, lambda: (received(meeting, 0, last), _whole(meeting)))
    sums, whole = found
    if last > sums.last:
        sums += received(meeting, sums.last, last)
    return Turnout(sums.modes, whole["holders"] or 0, whole["ordinary"] or 0, whole["extraordinary"] or 0), sums


def _whole(meeting: Meeting) -> dict[str, int | None]:
    """All the votes on file."""
    return meeting.entitlements.aggregate(
        holders=Count("pk"), ordinary=Sum("shares_ordinary"), extraordinary=Sum("shares_extraordinary")
    )


def turnout(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Voters and turnout, as it stands. htmx asks for the figures alone, again and again."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Form.Evidence.kind, meeting.cell)
    now = clock.now()
    figures, sums = as_it_stands(meeting)
    bodies: tuple[str, ...] = ("ordinary", "extraordinary") if meeting.kind == "combined" else meeting.bodies
    context = {
        "meeting": meeting,
        "turnout": figures,
        "charts": [(BODIES[body], figures.shares(body)) for body in bodies],
        "now": now,
    }
    if getattr(request, "htmx", False):
        return TemplateResponse(request, "assembly/office/_turnout.html", context)
    states = [(mark, sums.states[name]) for name, mark in FORM_STATES.items() if name in sums.states]
    context |= {**record(request, meeting, "turnout"), "days": sums.days(ZoneInfo(meeting.zone)), "states": states}
    return TemplateResponse(request, "assembly/office/turnout.html", context)
