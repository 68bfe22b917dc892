"""What waits for an approver on the Today page: requisitions to approve, emergencies to review."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from opposable.kernel.decisions import standings
from opposable.kernel.models import Decision
from opposable.law import t
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.models.requisition import OPEN
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.waiting import Waiting

APPROVE = t("Approuver la réquisition {ref}", "Approve requisition {ref}")
REVIEW = t("Revoir l’urgence de {ref}", "Review the emergency of {ref}")
MOST = 100


def awaiting(request: HttpRequest) -> Iterator[Waiting]:
    """The cases on which this person is still to speak. Two queries, one for who is no approver."""
    places = paths(grants_of(request), Requisition.Evidence.kind, "approve")
    if not places:
        return
    me = actor_of(request)
    to_review = Q(emergency_at__isnull=False, reviewed_at=None) & ~Q(status="registered")
    rows = (
        Requisition.objects.visible_to(me)
        .select_related("cell")
        .filter(Q(status="qualified") | to_review, status__in=OPEN)
    )
    cases = list(rows.exclude(registered_by=me.uid).order_by("received_at", "pk")[:MOST])
    spoken = _spoken(me.uid, cases)
    for case in cases:
        if any(case.cell.path.startswith(place) for place in places) and case.uid not in spoken:
            title = APPROVE if case.status == "qualified" else REVIEW
            link = reverse("traffic:approve", args=[case.uid])
            yield Waiting(title.format(ref=case.code), link, since=case.qualified_at, due_at=case.due_at)


def _spoken(person: str, cases: list[Requisition]) -> set[str]:
    """Those on which the person has spoken: on their present state, or at all where an emergency is to be reviewed by the other one."""
    open_ones = {one.uid for one in cases if one.status == "qualified"}
    made = list(Decision.objects.filter(subject__in=[one.uid for one in cases], person=person).order_by("pk"))
    now = standings(made)
    return {one.subject for one in made if now[one.uid].valid or one.subject not in open_ones}
