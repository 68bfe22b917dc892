"""What waits for a person of a meeting, for the Today page: minutes to sign, and paper forms to key a second time."""

from collections.abc import Iterator

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest

from opposable.kernel.models import Document
from opposable.law.text import t
from opposable.systems.assembly.models import Form, Meeting, Result
from opposable.systems.assembly.views.office_base import seen
from opposable.systems.assembly.views.office_record import meeting_url
from opposable.web.access import actor_of, grants_of, paths, within
from opposable.web.waiting import Waiting

MOST = 20


def awaiting(request: HttpRequest) -> Iterator[Waiting]:
    """Minutes to sign, for whoever may approve results; scans that another keyed, for whoever may. One query, none for others."""
    held, signed, keyed = grants_of(request), Result.Evidence.kind, Form.Evidence.kind
    if not paths(held, signed, "approve") and not paths(held, keyed, "write"):
        return
    drawn = Document.objects.filter(subject=OuterRef("uid"), kind="assembly.minutes").order_by("-version")
    once = Form.objects.hidden_from(actor_of(request)).filter(meeting=OuterRef("pk")).order_by("pk")
    rows = seen(request, Meeting.objects.select_related("company")).annotate(
        drawn_at=Subquery(drawn.values("issued_at")[:1]), keyed_at=Subquery(once.values("received_at")[:1])
    )
    to_sign = Q(status="held", drawn_at__isnull=False) & within(held, signed, verb="approve")
    to_key = Q(keyed_at__isnull=False) & ~Q(status__in=AFTER) & within(held, keyed, verb="write")
    for meeting in rows.filter(to_sign | to_key).order_by("at", "pk")[:MOST]:
        if meeting.status == "held":
            title, to, since = SIGN, "documents", meeting.drawn_at
        else:
            title, to, since = KEY, "paper", meeting.keyed_at
        yield Waiting(title, meeting_url(to, meeting), what=meeting.title, since=since)


AFTER = ("held", "minuted", "cancelled")
SIGN = t("Signer le procès-verbal", "Sign the minutes")
KEY = t(
    "Saisir une seconde fois des formulaires papier, sans quoi ils ne comptent pas",
    "Key paper forms a second time: they do not count before",
)
