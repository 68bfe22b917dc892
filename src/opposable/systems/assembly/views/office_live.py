"""One resolution put to the vote in the room: what each person there votes, for himself and for those he represents."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.law import Refused
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import LiveVote, Meeting, Resolution
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    meeting_or_404,
    perform,
    refusal_of,
    require,
    see_other,
)
from opposable.systems.assembly.views.office_hall import BODIES, Mandate, Person, Room
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import BODY_WORDS, RESOLUTION_KINDS
from opposable.web.forms import toast

SAID = ("for", "against", "abstain")
PERSONS = 30
CHOICES = (("for", t("Pour", "For")), ("against", t("Contre", "Against")), ("abstain", t("Abstention", "Abstain")))


@dataclass
class Line:
    """One holder's votes on the resolution: what is recorded, what was typed, and why it was refused."""

    mandate: Mandate
    vote: LiveVote | None
    typed: dict[str, str]
    refused: Refused | None = None

    @property
    def uid(self) -> str:
        return self.mandate.holder.uid

    @property
    def word(self) -> str:
        """The choice to mark: what was typed, else what is recorded when all votes went one way."""
        if self.typed:
            return self.typed.get("vote", "")
        figures = self.figures
        whole = [name for name in SAID if figures.get(name) == self.mandate.votes]
        return whole[0] if whole and self.mandate.votes else "split" if any(figures.values()) else ""

    @property
    def figures(self) -> dict[str, Any]:
        """Votes for, against, abstaining: typed, else recorded."""
        if self.typed:
            return {name: self.typed.get(name, "") for name in SAID}
        if self.vote is None:
            return dict.fromkeys(SAID, 0)
        return dict(zip(SAID, (self.vote.votes_for, self.vote.votes_against, self.vote.votes_abstain), strict=True))

    @property
    def why(self) -> Any:
        return why_in_words(self.refused)


def _resolution(request: HttpRequest, uid: str, position: int) -> tuple[Resolution, Room]:
    """The resolution and the room, as they stand now; 404 for who may not read them."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Resolution.Evidence.kind, meeting.cell)
    room = Room(meeting, clock.now())
    row = next((row for row in room.resolutions if row.position == position), None)
    if row is None:
        raise Http404
    row.meeting = meeting
    return row, room


def vote(request: HttpRequest, uid: str, position: int) -> HttpResponseBase:
    """The votes of the room on one resolution: shown to who may read the votes, entered by who may write them."""
    row, room = _resolution(request, uid, position)
    require(request, "read", LiveVote.Evidence.kind, row.meeting.cell)
    groups = _groups(row, room.persons(row))
    if request.method != "POST":
        return _page(request, row, room, groups)
    require(request, "write", LiveVote.Evidence.kind, row.meeting.cell)
    number, _ = _leaf(request, groups)
    shown = groups[(number - 1) * PERSONS : number * PERSONS]
    count = _cast(request, row, [line for _, lines in shown for line in lines])
    if any(line.refused for _, lines in groups for line in lines):
        return _page(request, row, room, groups, status=422)
    said = t("{n} votes enregistrés.", "{n} votes recorded.").format(n=count)
    toast(request, said)
    return see_other(meeting_url("vote", row.meeting, position) + (f"?page={number}" if number > 1 else ""))


def _groups(row: Resolution, persons: list[Person]) -> list[tuple[Person, list[Line]]]:
    votes = {vote.holder_id: vote for vote in row.live_votes.all()}
    return [
        (person, [Line(mandate, votes.get(mandate.holder.pk), {}) for mandate in person.mandates]) for person in persons
    ]


def _leaf(request: HttpRequest, groups: list[tuple[Person, list[Line]]]) -> tuple[int, int]:
    """The page of the room that the address asks for, from 1, and how many there are: thirty persons a page."""
    pages = max(1, -(-len(groups) // PERSONS))
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    return min(max(number, 1), pages), pages


def _cast(request: HttpRequest, row: Resolution, lines: list[Line]) -> int:
    """One act for each holder whose votes were marked and are not on record so. What is refused is kept with its line."""
    done = 0
    for line in lines:
        typed = _typed(request, line)
        if typed is None or line.mandate.excluded:
            continue
        given = {name: line.mandate.votes if typed["vote"] == name else 0 for name in SAID}
        given = {name: typed[name] or "0" for name in SAID} if typed["vote"] == "split" else given  # type: ignore[misc]
        if line.vote is not None and {name: str(value) for name, value in given.items()} == _as_text(line.figures):
            continue
        call = partial(acts.cast, resolution=row, holder=line.mandate.holder, votes=given)
        _, line.refused = attempt(request, call)
        line.typed = typed if line.refused else {}
        done += line.refused is None
    return done


def _as_text(figures: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in figures.items()}


def _typed(request: HttpRequest, line: Line) -> dict[str, str] | None:
    """What was marked for a holder; an unmarked line takes the choice for «all the others», if one was made."""
    word = request.POST.get(f"vote-{line.uid}", "")
    if not word and line.vote is None:
        word = request.POST.get("others", "")
    if word not in (*SAID, "split"):
        return None
    return {"vote": word, **{name: request.POST.get(f"{name}-{line.uid}", "").strip() for name in SAID}}


def _page(
    request: HttpRequest, row: Resolution, room: Room, groups: list[tuple[Person, list[Line]]], status: int = 200
) -> TemplateResponse:
    meeting, sitting = row.meeting, row.meeting.status == "in-session"
    lines = [line for _, lines in groups for line in lines]
    found = room.quorum_on(row) if sitting and row.voted_at is None else None
    number, pages = _leaf(request, groups)
    figures = [line.figures for line in lines if line.vote is not None and not line.typed]
    context = {
        **record(request, meeting, "session", seal=False),
        "resolution": row,
        "body": BODY_WORDS[row.body],
        "body_title": BODIES[row.body],
        "kind": RESOLUTION_KINDS[row.kind],
        "groups": groups[(number - 1) * PERSONS : number * PERSONS],
        "page": number,
        "pages": range(1, pages + 1),
        "choices": CHOICES,
        "quorum": found.value if found else None,
        "quorum_why": why_in_words(found, facts=False),
        "sums": {name: sum(item[name] for item in figures) for name in SAID},
        "silent": sum(1 for line in lines if line.vote is None and not line.mandate.excluded),
        "may_vote": sitting
        and row.voted_at is None
        and row.withdrawn_at is None
        and can(request, "write", LiveVote.Evidence.kind, meeting.cell),
        "wrong": [line for line in lines if line.refused],
        "refusal": refusal_of(next((line.refused for line in lines if line.refused), None)),
    }
    return TemplateResponse(request, "assembly/office/vote.html", context, status=status)


@require_POST
def close(request: HttpRequest, uid: str, position: int) -> HttpResponseBase:
    """Close the vote on a resolution: the instant at which presence is looked at."""
    row, _ = _resolution(request, uid, position)
    meeting: Meeting = row.meeting
    said = t("Le vote de la résolution {n} est clos.", "The vote on resolution {n} is closed.").format(n=position)
    return perform(
        request,
        lambda actor: acts.close_resolution(actor, resolution=row),
        done=said,
        to=meeting_url("session", meeting),
    )
