"""«Aujourd’hui»: what is due, by which rule; what was refused; how the log is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from opposable.kernel import clock
from opposable.kernel.approvals import GIVE, waiting_for
from opposable.kernel.models import Duty
from opposable.law.text import Text
from opposable.web.access import actor_of, grants_of, paths, visible_acts, visible_duties
from opposable.web.format import PARIS
from opposable.web.register import entries_of

HORIZON = timedelta(days=60)
SHOWN = 40
REFUSALS = 5


@dataclass(frozen=True)
class Due:
    """One line of «Échéances»."""

    title: Text
    at: datetime
    link: str
    automatic: bool
    late: bool
    today: bool
    why: dict[str, Any] | None


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
        late=duty.due_at < now,
        today=_day(duty.due_at) == _day(now),
        why=why,
    )


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(PARIS)).date()


def today(request: HttpRequest) -> HttpResponse:
    """Duties by due date, split between those for a person and those that the software does itself."""
    now = clock.now()
    duties = visible_duties(request).filter(closed_at=None, due_at__lt=now + HORIZON).exclude(act=GIVE)
    duties = duties.order_by("due_at", "pk")[:SHOWN]
    lines = [(duty, due_of(duty, now)) for duty in duties]
    held = grants_of(request)
    mine = [due for duty, due in lines if not duty.automatic and (duty.person or paths(held, duty.kind, "write"))]
    others = [due for duty, due in lines if due not in mine]
    refused = visible_acts(request).filter(outcome="refused", at__gte=now - timedelta(days=1))
    found = list(refused.select_related("leaf").order_by("-pk")[: REFUSALS + 1])
    context = {
        "waiting": waiting_for(actor_of(request), now),
        "mine": mine,
        "others": others,
        "refusals": entries_of(found[:REFUSALS]),
        "more_refusals": len(found) > REFUSALS,
    }
    return render(request, "web/pages/today.html", context)


@never_cache
def clock_now(request: HttpRequest) -> JsonResponse:
    """The server's instant, for the clock of the page."""
    return JsonResponse({"now": clock.utc(clock.now())})
