"""Search: contracts by reference, title or party; and which party names the identifier of a risk or of a control."""

from collections.abc import Iterator, Sequence

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from opposable.kernel.actors import Actor
from opposable.law import t
from opposable.systems.contracts.models import Contract, Party
from opposable.web.language import say
from opposable.web.search import Hit

MOST = 10


def search(actor: Actor, words: str) -> Iterator[Hit]:
    """What the person may see: contracts by reference, then parties by name."""
    rows = Contract.objects.visible_to(actor).select_related("party")
    found = rows.filter(Q(ref__icontains=words) | Q(title__icontains=words) | Q(party__name__icontains=words))
    for one in found.order_by("ref")[:MOST]:
        yield Hit(
            str(one), say(t("contrat", "contract")), reverse("contracts:contract", args=[one.uid]), one.party.name
        )
    for party in Party.objects.visible_to(actor).filter(name__icontains=words).order_by("name")[:MOST]:
        yield _hit(party)


def named(actor: Actor, references: Sequence[str]) -> Iterator[Hit]:
    """The parties whose file names one of these identifiers. Written as JSON strings, they are looked for as such."""
    wanted = Q(pk__in=[])
    for one in references:
        wanted |= Q(controls_text__contains=f'"{one}"') | Q(risks_text__contains=f'"{one}"')
    texts = {"controls_text": Cast("controls", TextField()), "risks_text": Cast("risks", TextField())}
    for party in Party.objects.visible_to(actor).annotate(**texts).filter(wanted).order_by("name")[:MOST]:
        if set(references) & {*party.controls, *party.risks}:
            yield _hit(party)


def _hit(party: Party) -> Hit:
    said = t("fournisseur essentiel", "critical supplier") if party.critical else t("cocontractant", "other party")
    return Hit(party.name, say(said), party.get_absolute_url(), ", ".join([*party.controls, *party.risks][:12]))
