"""Search: contracts by reference, title or party."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from opposable.kernel.actors import Actor
from opposable.law import t
from opposable.systems.contracts.models import Contract
from opposable.web.language import say
from opposable.web.search import Hit


def search(actor: Actor, words: str) -> Iterator[Hit]:
    """What the person may see, by reference."""
    rows = Contract.objects.visible_to(actor).select_related("party")
    found = rows.filter(Q(ref__icontains=words) | Q(title__icontains=words) | Q(party__name__icontains=words))
    for one in found.order_by("ref")[:10]:
        yield Hit(
            str(one), say(t("contrat", "contract")), reverse("contracts:contract", args=[one.uid]), one.party.name
        )
