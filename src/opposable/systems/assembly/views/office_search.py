"""What the search of the house finds here: meetings, companies, holders that the person may read."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from opposable.kernel.actors import Actor
from opposable.law.text import t
from opposable.systems.assembly.models import Company, Holder, Meeting
from opposable.systems.assembly.views.office_words import MEETING_STATES
from opposable.web.language import say
from opposable.web.search import Hit

MOST = 6


def search(actor: Actor, words: str) -> Iterator[Hit]:
    """Meetings first, then companies, then holders by name or account."""
    yield from _meetings(actor, words)
    for company in Company.objects.visible_to(actor).filter(Q(name__icontains=words) | Q(siren=words.replace(" ", "")))[
        :MOST
    ]:
        yield Hit(
            company.name, say(t("société", "company")), reverse("assembly:company", args=[company.slug]), company.siren
        )
    given = Q()
    for word in words.split()[:4]:
        given &= Q(name__icontains=word) | Q(given_name__icontains=word) | Q(ref__istartswith=word)
    # In an index that holds what is searched and nothing else; then the few rows found
    found = Holder.objects.visible_to(actor).filter(given).order_by("name", "pk").values("pk")[:MOST]
    for row in Holder.objects.filter(pk__in=found).select_related("company").order_by("name", "pk"):
        address = reverse("assembly:holder", args=[row.company.slug, row.uid])
        yield Hit(str(row), say(t("titulaire", "holder")), address, f"{row.ref} · {row.company.name}")


def _meetings(actor: Actor, words: str) -> Iterator[Hit]:
    rows = Meeting.objects.visible_to(actor).select_related("company").order_by("-at")
    found = rows.filter(Q(company__name__icontains=words) | Q(place__icontains=words) | Q(uid__startswith=words))
    for row in found[:MOST]:
        detail = f"{row.company.name} · {say(MEETING_STATES[row.status][1])}"
        yield Hit(say(row.title), say(t("assemblée", "meeting")), reverse("assembly:meeting", args=[row.uid]), detail)
