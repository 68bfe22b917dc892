"""Search: contracts by reference, title or party."""

from collections.abc import Iterator

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from opposable.law import t
from opposable.systems.contracts.models import Contract
from opposable.web.access import actor_of
from opposable.web.language import say
from opposable.web.search import Hit


def search(request: HttpRequest, words: str) -> Iterator[Hit]:
    """What the person may see, by reference."""
    rows = Contract.objects.visible_to(actor_of(request)).select_related("party")
    found = rows.filter(Q(ref__icontains=words) | Q(title__icontains=words) | Q(party__name__icontains=words))
    for one in found.order_by("ref")[:10]:
        yield Hit(
            str(one), say(t("contrat", "contract")), reverse("contracts:contract", args=[one.uid]), one.party.name
        )
