"""What the search finds of requisitions: the person's own cases."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from opposable.kernel.actors import Actor
from opposable.law import t
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.models.requisition import STATUSES
from opposable.web.language import say
from opposable.web.search import Hit

MOST = 6
LEAST = 4
"""Letters of a code that are enough to look for it."""


def named(words: str) -> Q:
    """Cases by reference, authority or person; or by the code that an e-mail or a calendar names them with."""
    about = Q(reference__icontains=words) | Q(authority__icontains=words) | Q(person__icontains=words)
    return about | Q(uid__startswith=words.lower()) if len(words) >= LEAST else about


def search(actor: Actor, words: str) -> Iterator[Hit]:
    """Among the cases that the actor is in."""
    rows = Requisition.objects.visible_to(actor)
    for row in rows.filter(named(words)).order_by("-received_at", "-pk")[:MOST]:
        kind = say(t("réquisition", "requisition"))
        yield Hit(row.reference, kind, row.get_absolute_url(), f"{row.authority} · {say(STATUSES[row.status])}")
