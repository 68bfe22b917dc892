"""The door of the meeting: who arrives, what he already sent, who is in the room, who leaves."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.law import Refused
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import COUNTED
from opposable.systems.assembly.acts.room import named_proxies
from opposable.systems.assembly.models import Attendance, Form, Holder, Meeting
from opposable.systems.assembly.rules.quorum import CHAIR
from opposable.systems.assembly.views.office_base import (
    attempt,
    meeting_or_404,
    perform,
    refusal_of,
    require,
    see_other,
)
from opposable.systems.assembly.views.office_find import find_holders
from opposable.systems.assembly.views.office_kept import kept
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_session import allowed
from opposable.systems.assembly.views.office_words import MODE_WORDS
from opposable.web.forms import toast

FOUND = 12
ROOM_SHOWN = 40
PROXIES_SHOWN = 40


def door(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Arrivals and departures: search a holder, see whether he may vote here, admit; who is in the room."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Attendance.Evidence.kind, meeting.cell)
    return _door_page(request, meeting)


def _door_page(request: HttpRequest, meeting: Meeting, refused: Refused | None = None) -> TemplateResponse:
    given = _plain(request.GET.get("q", ""))[:100]
    there = meeting.attendances.filter(left_at=None)
    people = list(there.select_related("holder").order_by("-pk")[:ROOM_SHOWN])
    here = there.count() if len(people) == ROOM_SHOWN else len(people)
    left = meeting.attendances.exclude(left_at=None).count()
    context = {
        **record(request, meeting, "session", seal=False),
        **allowed(request, meeting),
        "q": given,
        "found": _found(meeting, given) if given else [],
        "people": _weighed(meeting, people),
        "there": here,
        "more": len(people) == ROOM_SHOWN,
        "left": left,
        "proxies": _proxies(meeting, arrivals=here + left)[:PROXIES_SHOWN],
        "gives_way": not meeting.company.listed,
        "modes": MODE_WORDS,
        "refusal": refusal_of(refused),
    }
    template = "assembly/office/_found.html" if getattr(request, "htmx", False) else "assembly/office/door.html"
    return TemplateResponse(request, template, context, status=422 if refused else 200)


def _plain(given: str) -> str:
    """What was typed, on one line, without what cannot be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in given).split())


def _found(meeting: Meeting, given: str) -> list[dict[str, Any]]:
    """Holders by name or account: their votes at the record date, what they already sent, whether they are there."""
    rows = Holder.objects.filter(company=meeting.company)
    holders = list(find_holders(rows, given).filter(ended=False).order_by("name", "pk")[:FOUND])
    mine = Form.objects.filter(meeting=meeting, holder=OuterRef("holder"), status__in=COUNTED)
    here = Attendance.objects.filter(meeting=meeting, holder=OuterRef("holder"), left_at=None)
    rights = meeting.entitlements.filter(holder__in=holders).annotate(
        sent=Subquery(mine.values("mode")[:1]), here=Subquery(here.values("uid")[:1])
    )
    known = {row.holder_id: row for row in rights}
    return [{"holder": holder, "rights": known.get(holder.pk)} for holder in holders]


def _weighed(meeting: Meeting, people: list[Attendance]) -> list[dict[str, Any]]:
    rights = meeting.entitlements.filter(holder__in=[row.holder_id for row in people if row.holder_id])
    known = {row.holder_id: row for row in rights}
    return [{"row": row, "rights": known.get(row.holder_id or 0)} for row in people]


@dataclass(frozen=True)
class Proxy:
    """Somebody whom forms name: how many holders he carries, and whether he is in the room."""

    name: str
    mandates: int
    here: bool
    holder: bool


def _proxies(meeting: Meeting, arrivals: int) -> list[Proxy]:
    """Who is named by the counted forms, those who are not there yet first. Three queries at most.

    Whoever comes in takes back what he had sent: the forms are read anew at each arrival.
    """
    forms = kept(("awaited", meeting.uid, meeting.seq, arrivals), lambda: named_proxies(meeting))
    keys = (holder or next((name for name in named if name not in ("", CHAIR)), None) for _, holder, *named in forms)
    mandates = Counter(key for key in keys if key)
    there = meeting.attendances.filter(left_at=None).values_list("person", "holder")
    here: set[Any] = {key for pair in there for key in pair}
    holders = Holder.objects.in_bulk([key for key in mandates if isinstance(key, int)])
    found = [
        Proxy(str(holders.get(key, key)) if isinstance(key, int) else key, count, key in here, isinstance(key, int))
        for key, count in mandates.items()
    ]
    return sorted(found, key=lambda proxy: (proxy.here, proxy.name))


@require_POST
def admit(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Admit a holder (``holder``), or a proxy who holds no share (``person``). A refusal is shown at the door, with its rule."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Attendance.Evidence.kind, meeting.cell)
    person = _plain(request.POST.get("person", ""))[:160]
    holder = None
    if request.POST.get("holder", "").isalnum():
        rows = Holder.objects.filter(company=meeting.company).select_related("cell")
        holder = get_object_or_404(rows, uid=request.POST["holder"])
    elif not person:
        return see_other(meeting_url("door", meeting))
    _, refused = attempt(request, lambda actor: acts.admit(actor, meeting=meeting, holder=holder, person=person))
    if refused is not None:
        return _door_page(request, meeting, refused)
    name = str(holder or person)
    toast(request, t("{name} est dans la salle.", "{name} is in the room.").format(name=name))
    return see_other(meeting_url("door", meeting))


@require_POST
def leave(request: HttpRequest, uid: str, attendance_uid: str) -> HttpResponseBase:
    """Record a departure."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Attendance.Evidence.kind, meeting.cell)
    row = get_object_or_404(meeting.attendances.select_related("cell", "holder", "meeting"), uid=attendance_uid)
    return perform(
        request,
        lambda actor: acts.leave(actor, attendance=row),
        done=t("Le départ est constaté.", "The departure is recorded."),
        to=meeting_url("door", meeting),
    )
