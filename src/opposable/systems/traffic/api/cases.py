"""The case that a program may see; looking at it is noted, as on the pages."""

from __future__ import annotations

from django.http import HttpRequest

from opposable.kernel import clock
from opposable.kernel.models import Reading
from opposable.systems.traffic.models import Requisition
from opposable.web.api import actor_of, visible


def case_of(request: HttpRequest, uid: str) -> Requisition:
    """The case, if the bearer is in it. Raises Http404."""
    case = visible(actor_of(request), Requisition, uid)
    assert isinstance(case, Requisition)
    return case


def note(request: HttpRequest, case: Requisition, what: str) -> None:
    """Reads of a case are noted, in the journal that expires."""
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=case.uid, what=what)
