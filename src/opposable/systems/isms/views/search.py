"""What the search of the house finds here: risks, controls, assets and identifiers that the person may read."""

from collections.abc import Iterator

from django.db.models import Q

from opposable.kernel.actors import Actor
from opposable.law import t
from opposable.systems.isms.models import Asset, Control, Scenario
from opposable.web.language import say
from opposable.web.search import Hit

MOST = 6


def search(actor: Actor, words: str) -> Iterator[Hit]:
    """Risks first, then controls, then assets."""
    risks = Scenario.objects.visible_to(actor).filter(
        Q(title__icontains=words) | Q(owner__icontains=words), withdrawn=False
    )
    for row in risks.select_related("campaign__scope").order_by("-level", "pk")[:MOST]:
        yield Hit(str(row), say(t("risque", "risk")), row.get_absolute_url(), row.campaign.scope.name)
    controls = Control.objects.visible_to(actor).filter(Q(title__icontains=words) | Q(ref__istartswith=words))
    for control in controls.select_related("scope").order_by("ref")[:MOST]:
        yield Hit(str(control), say(t("mesure", "control")), control.get_absolute_url(), control.scope.name)
    for asset in (
        Asset.objects.visible_to(actor)
        .filter(name__icontains=words, withdrawn=False)
        .select_related("scope")
        .order_by("name")[:MOST]
    ):
        yield Hit(asset.name, say(t("bien", "asset")), asset.get_absolute_url(), asset.scope.name)
