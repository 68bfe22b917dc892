"""What the search of the house finds here, and what bears the identifiers that other systems write down."""

from collections.abc import Iterator, Sequence

from django.db.models import Q

from opposable.kernel.actors import Actor
from opposable.law import t
from opposable.systems.isms.models import Asset, Control, Scenario, SoaLine
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


def named(actor: Actor, references: Sequence[str]) -> Iterator[Hit]:
    """Risks by number ("R12"), controls by reference, lines of the latest published statements by identifier."""
    numbers = [int(one[1:]) for one in references if one[:1] == "R" and one[1:].isdecimal() and len(one) < 8]
    risks = Scenario.objects.visible_to(actor).filter(number__in=numbers, withdrawn=False, campaign__closed_on=None)
    for row in risks.select_related("campaign__scope").order_by("number", "-campaign")[:MOST]:
        yield Hit(str(row), say(t("risque", "risk")), row.get_absolute_url(), row.campaign.scope.name)
    controls = Control.objects.visible_to(actor).filter(ref__in=references)
    for control in controls.select_related("scope").order_by("ref")[:MOST]:
        yield Hit(str(control), say(t("mesure", "control")), control.get_absolute_url(), control.scope.name)
    lines = SoaLine.objects.visible_to(actor).filter(requirement__in=references, soa__status="published")
    for line in lines.select_related("soa__scope").order_by("position", "-soa__version")[:MOST]:
        said = say(t("ligne de la déclaration", "line of the statement"))
        yield Hit(line.requirement, said, line.get_absolute_url(), str(line.soa))
