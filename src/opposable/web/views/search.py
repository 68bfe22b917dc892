"""Search: pages, rules, acts, and whatever each system lets this person find. Answers the palette (JSON) and the page."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from opposable.kernel.models.access import knowing
from opposable.kernel.system import law, systems
from opposable.law.text import t
from opposable.web.access import actor_of, grants_of, visible_acts
from opposable.web.language import say
from opposable.web.links import act_link, rule_link
from opposable.web.register import act_label
from opposable.web.search import Hit, system_hits
from opposable.web.shell import navigation
from opposable.web.views.law import today_in_paris

PER_SOURCE = 6
LONGEST = 200


def search(request: HttpRequest) -> HttpResponse:
    """Hits by source; without words, the pages one may go to."""
    words = request.GET.get("q", "").replace("\0", " ").strip()[:LONGEST]
    with knowing(actor_of(request), grants_of(request)):
        hits = [hit for source in SOURCES for hit in _first(source(request, words))]
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"results": [asdict(hit) for hit in hits]})
    return render(request, "web/pages/search.html", {"q": words, "hits": hits})


def _first(hits: Iterator[Hit]) -> list[Hit]:
    return [hit for hit, _ in zip(hits, range(PER_SOURCE), strict=False)]


def _pages(request: HttpRequest, words: str) -> Iterator[Hit]:
    kind = say(t("page", "page"))
    for group in navigation(request):
        for line in group.links:
            for link in (line, *line.below):
                if words.casefold() in link.label.casefold():
                    yield Hit(link.label, kind, link.href, group.label)


def _acts(request: HttpRequest, words: str) -> Iterator[Hit]:
    compact = words.replace(" ", "").replace("\u202f", "").lstrip("#n°")
    if not (compact.isdecimal() and len(compact) < 19):
        return
    act = visible_acts(request).filter(leaf__index=int(compact)).first()
    if act:
        name = say(t("acte n° {n}", "act no. {n}").format(n=compact))
        yield Hit(name, say(t("acte", "act")), act_link(int(compact)), say(act_label(act.type)))


def _rules(request: HttpRequest, words: str) -> Iterator[Hit]:
    if not words:
        return
    wanted, day = words.casefold().split(), today_in_paris()
    found = []
    for rule_id in law().ids():
        versions = law().versions(rule_id)
        rule = law().find(rule_id, day) or versions[-1]
        text = " ".join((rule.id, rule.fr, rule.en, *(cite for item in versions for cite in item.cite))).casefold()
        if all(word in text for word in wanted):
            label = say(rule.label)
            hit = Hit(label, say(t("règle", "rule")), rule_link(rule.id), say(" ; ".join(rule.cite)))
            found.append((label.casefold().find(wanted[0]) % LONGEST, hit))
    yield from (hit for _, hit in sorted(found, key=lambda pair: pair[0]))


def _systems(request: HttpRequest, words: str) -> Iterator[Hit]:
    if not words:
        return
    with knowing(actor_of(request), grants_of(request)):
        found = [hit for system in systems() for hit in _first(system_hits(system, request, words))]
    yield from found


SOURCES: tuple[Callable[[HttpRequest, str], Iterator[Hit]], ...] = (_pages, _acts, _systems, _rules)
