"""What waits for a person of a meeting, for the Today page: minutes that are drawn up and not yet signed by all."""

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from opposable.kernel.models import Document
from opposable.law.text import t
from opposable.systems.assembly.models import Meeting, Result
from opposable.systems.assembly.views.office_base import seen
from opposable.systems.assembly.views.office_record import meeting_url
from opposable.web.access import grants_of, paths, within
from opposable.web.waiting import Waiting

MOST = 20


def awaiting(request: HttpRequest) -> Iterator[Waiting]:
    """Minutes to sign, for whoever may approve results. One query, none for others."""
    held, kind = grants_of(request), Result.Evidence.kind
    if not paths(held, kind, "approve"):
        return
    drawn = Document.objects.filter(subject=OuterRef("uid"), kind="assembly.minutes").order_by("-version")
    rows = seen(request, Meeting.objects.select_related("company")).filter(within(held, kind, verb="approve"))
    rows = rows.filter(status="held").annotate(drawn_at=Subquery(drawn.values("issued_at")[:1]))
    for meeting in rows.exclude(drawn_at=None).order_by("drawn_at")[:MOST]:
        yield Waiting(
            t("Signer le procès-verbal", "Sign the minutes"),
            meeting_url("documents", meeting),
            what=meeting.title,
            since=meeting.drawn_at,
        )
