"""«Aujourd’hui»: what is due, by which rule; what waits for a decision; what was refused; how the log is. Also as calendar and board."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from opposable.kernel import clock
from opposable.kernel.approvals import GIVE, waiting_for
from opposable.kernel.models import Duty
from opposable.kernel.system import law
from opposable.law import LawError
from opposable.law.text import Text, t
from opposable.web import board as boards, months
from opposable.web.access import actor_of, grants_of, paths, visible_acts, visible_duties
from opposable.web.register import entries_of
from opposable.web.waiting import awaiting

HORIZON = timedelta(days=60)
SHOWN = 40
REFUSALS = 5
MOST = 500
"""Duties on one calendar or board."""


@dataclass(frozen=True)
class Due:
    """One line of «Échéances». ``on`` is its day: what ends at midnight is due the day before."""

    title: Text
    at: datetime
    link: str
    automatic: bool
    late: bool
    today: bool
    why: dict[str, Any] | None
    done_at: datetime | None = None
    asap: bool = False

    @property
    def on(self) -> date:
        return months.day_of(self.at)

    @property
    def all_day(self) -> bool:
        return months.ends_day(self.at)

    @property
    def name(self) -> Text:
        """What is due, without the record it is about, which follows after a point."""
        return Text(self.title.fr.partition(" · ")[0], self.title.en.partition(" · ")[0])

    @property
    def about(self) -> Text:
        return Text(self.title.fr.partition(" · ")[2], self.title.en.partition(" · ")[2])


def due_of(duty: Duty, now: datetime) -> Due:
    """A duty as the page shows it, with the rule that makes it due."""
    why = None
    if duty.rule:
        pin = {"id": duty.rule, "from": duty.rule_since.isoformat() if duty.rule_since else ""}
        why = {"rule": pin if duty.rule_since else None, "facts": {}, "trace": duty.trace}
    return Due(
        title=Text(duty.title_fr, duty.title_en),
        at=duty.due_at,
        link=duty.link,
        automatic=duty.automatic,
        late=_late(duty, now),
        today=months.day_of(duty.due_at) == months.day_of(now) or (duty.asap and duty.due_at < now),
        why=why,
        done_at=duty.closed_at,
        asap=duty.asap,
    )


def _late(duty: Duty, now: datetime) -> bool:
    """What the law wants «dans les meilleurs délais» has no hour that could pass."""
    return duty.closed_at is None and not duty.asap and duty.due_at < now


def tabs_of(current: str) -> dict[str, Any]:
    """The looks at what is due."""
    looks = (
        ("today", t("À faire", "To do"), "web:today"),
        ("duties", t("Tout ce qui est dû", "All that is due"), "web:duties"),
        ("calendar", t("Calendrier", "Calendar"), "web:calendar"),
        ("board", t("Tableau", "Board"), "web:board"),
    )
    return {"tabs": [(key, label, reverse(name)) for key, label, name in looks], "tab": current}


def today(request: HttpRequest) -> HttpResponse:
    """Duties by due date, split between those for a person and those that the software does itself."""
    now = clock.now()
    duties = visible_duties(request).filter(closed_at=None, due_at__lt=now + HORIZON).exclude(act=GIVE)
    duties = duties.order_by("due_at", "pk")[:SHOWN]
    lines = [(duty, due_of(duty, now)) for duty in duties]
    held = grants_of(request)
    mine = [due for duty, due in lines if not duty.automatic and (duty.person or paths(held, duty.kind, "write"))]
    waiting = awaiting(request)
    decided = {item.href for item in waiting}
    others = [due for _, due in lines if due not in mine and due.link not in decided]
    refused = visible_acts(request).filter(outcome="refused", at__gte=now - timedelta(days=1))
    found = list(refused.select_related("leaf").order_by("-pk")[: REFUSALS + 1])
    context = {
        "asked": waiting_for(actor_of(request), now),
        "mine": mine,
        "others": others,
        "waiting": waiting,
        "refusals": entries_of(found[:REFUSALS]),
        "more_refusals": len(found) > REFUSALS,
        **tabs_of("today"),
    }
    return render(request, "web/pages/today.html", context)


# ---- the same as a calendar ------------------------------------------------------------------------------------------


def calendar(request: HttpRequest) -> HttpResponse:
    """«Calendrier des échéances»: a month, or (``?view=agenda``) its days one after the other, each with its why."""
    now = clock.now()
    first = months.asked(request.GET.get("month", ""), months.day_of(now))
    after, upto = months.span(first)
    rows = list(_in_time(visible_duties(request)).filter(due_at__gt=after, due_at__lte=upto)[:MOST])
    drawn = months.month(first, (_event(duty, now) for duty in rows), now)
    agenda = request.GET.get("view") == "agenda"
    inside = [due for due in (due_of(duty, now) for duty in rows) if due.on.replace(day=1) == first]
    context = {
        "month": drawn,
        "agenda": agenda,
        "days": [(day, list(dues)) for day, dues in groupby(inside, key=lambda due: due.on)] if agenda else (),
        "view": "&view=agenda" if agenda else "",
        **tabs_of("calendar"),
    }
    return render(request, "web/pages/calendar.html", context)


def _in_time(duties: QuerySet[Duty]) -> QuerySet[Duty]:
    return duties.order_by("due_at", "pk")


def _event(duty: Duty, now: datetime) -> months.Event:
    late = _late(duty, now)
    return months.Event(
        at=duty.due_at,
        title=Text(duty.title_fr, duty.title_en),
        href=duty.link,
        tone="ok" if duty.closed_at else "refused" if late else "" if duty.automatic else "due",
        note=_cites(duty),
    )


def _cites(duty: Duty) -> str:
    """The citation of the rule that makes it due; nothing when it is no longer on file."""
    if not duty.rule or duty.rule_since is None:
        return ""
    try:
        return " ; ".join(law().at(duty.rule, duty.rule_since).cite)
    except LawError:
        return ""


# ---- and as a board --------------------------------------------------------------------------------------------------

DONE_FOR = timedelta(days=7)
LANES = (
    boards.Lane("late", t("En retard", "Late"), "refused"),
    boards.Lane("today", t("Aujourd’hui", "Today"), "due"),
    boards.Lane("week", t("Dans les sept jours", "Within seven days")),
    boards.Lane("later", t("Plus tard", "Later")),
    boards.Lane("done", t("Faites depuis sept jours", "Done in seven days"), "ok"),
)


def board(request: HttpRequest) -> HttpResponse:
    """«Tableau des échéances»: by how pressing they are; done ones go by themselves, by the act that discharges them."""
    now = clock.now()
    wanted = Q(closed_at=None, due_at__lt=now + 2 * HORIZON) | Q(closed_at__gte=now - DONE_FOR)
    dues = [due_of(duty, now) for duty in _in_time(visible_duties(request)).filter(wanted)[:MOST]]
    lanes = boards.deal(LANES, dues, lambda due: _lane(due, now), _card)
    return render(request, "web/pages/board.html", {"lanes": lanes, **tabs_of("board")})


def _lane(due: Due, now: datetime) -> str:
    if due.done_at is not None:
        return "done"
    if due.late:
        return "late"
    if due.today:
        return "today"
    return "week" if due.at < now + timedelta(days=7) else "later"


def _card(due: Due) -> boards.Card:
    auto = t("par le logiciel", "by the software")
    open_ = [boards.Move(t("Ouvrir", "Open"), due.link)] if due.link and due.done_at is None else []
    return boards.Card(
        title=due.name,
        href=due.link,
        at=due.at,
        what=due.about,
        mark=("info", auto) if due.automatic and due.done_at is None else None,
        moves=() if due.automatic else open_,
        why=due.why,
    )


@never_cache
def clock_now(request: HttpRequest) -> JsonResponse:
    """The server's instant, for the clock of the page."""
    return JsonResponse({"now": clock.utc(clock.now())})
