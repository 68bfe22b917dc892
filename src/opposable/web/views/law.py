"""«La loi à la date»: every rule in the wording of a day, two days side by side, and the acts that relied on each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from opposable.kernel import clock
from opposable.kernel.system import law, systems
from opposable.law import Change, Rule
from opposable.law.sources import source_text
from opposable.law.text import Text
from opposable.web.access import visible_acts
from opposable.web.format import PARIS
from opposable.web.language import current, say
from opposable.web.register import entries_of
from opposable.web.rule_words import has_name, name_text, param_text

RELIED = 10
SHOWN = 60
"""Rules on one page."""
FIRST_BULLETIN = date(2007, 9, 1)
"""The day from which changes are counted on the first page: that of the newsletter that started all this."""


def today_in_paris() -> date:
    """The legal day."""
    return clock.now().astimezone(ZoneInfo(PARIS)).date()


def day_of(request: HttpRequest, name: str) -> date | None:
    """A day of the address; what does not read as one counts as absent."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


@dataclass(frozen=True)
class Section:
    """The rules of one system."""

    title: Text
    rules: list[Rule]


def browse(request: HttpRequest) -> HttpResponse:
    """The rules in force on a day, or what changed between two days."""
    on, other = day_of(request, "on") or today_in_paris(), day_of(request, "with")
    words, system = request.GET.get("q", "").strip(), request.GET.get("system", "")
    context = {
        "on": on,
        "other": other,
        "q": words,
        "system": system,
        "systems": [(item.label, item.title) for item in systems()],
        "today": today_in_paris(),
    }
    if other:
        changes = [change for change in law().diff(on, other, system) if _matches(change.before or change.after, words)]
        return render(
            request, "web/pages/law_diff.html", {**context, "changes": [compare(change) for change in changes]}
        )
    rules = [rule for rule_id in law().ids(system) if (rule := law().find(rule_id, on)) and _matches(rule, words)]
    if not words and not system:
        return render(request, "web/pages/law_books.html", {**context, "books": _books(rules, on), "count": len(rules)})
    start = next((n for n, rule in enumerate(rules) if rule.id > request.GET.get("after", "")), len(rules))
    shown, rest = rules[start : start + SHOWN], rules[start + SHOWN :]
    paging = {"more": len(rest), "last": shown[-1].id if shown else "", "later": start > 0}
    return render(
        request, "web/pages/law.html", {**context, "sections": _sections(shown), "count": len(rules), **paging}
    )


@dataclass(frozen=True)
class BookCard:
    """One rulebook on the first page: how many rules that day, how many nobody has checked, how many changed since 2007."""

    label: str
    title: Text
    rules: int
    unconfirmed: int
    changed: int


def _books(rules: list[Rule], on: date) -> list[BookCard]:
    changed = Counter(change.rule_id.split(".")[0] for change in law().diff(FIRST_BULLETIN, on, ""))
    in_force = Counter(rule.id.split(".")[0] for rule in rules)
    doubtful = Counter(rule.id.split(".")[0] for rule in rules if not rule.confirmed)
    return [
        BookCard(system.label, system.title, in_force[system.label], doubtful[system.label], changed[system.label])
        for system in systems()
        if law().ids(system.label)
    ]


def _matches(rule: Rule | None, words: str) -> bool:
    if rule is None or not words:
        return rule is not None
    text = " ".join((rule.id, rule.fr, rule.en, rule.text, *rule.cite)).casefold()
    return all(word in text for word in words.casefold().split())


def _sections(rules: Iterable[Rule]) -> list[Section]:
    titles = {system.label: system.title for system in systems()}
    return [
        Section(titles.get(label, Text(label, label)), list(group))
        for label, group in groupby(rules, key=lambda rule: rule.id.split(".")[0])
    ]


@dataclass(frozen=True)
class Compared:
    """One rule on two days: its fields as text, for ``{% diff %}``."""

    rule_id: str
    label: Text
    before: Rule | None
    after: Rule | None
    old: dict[str, str]
    new: dict[str, str]


def compare(change: Change) -> Compared:
    """A change of the law, ready to be shown."""
    known = change.after or change.before
    if known is None:
        raise ValueError(f"{change.rule_id} changed from nothing to nothing")
    return Compared(
        change.rule_id, known.label, change.before, change.after, rule_fields(change.before), rule_fields(change.after)
    )


def rule_fields(rule: Rule | None) -> dict[str, str]:
    """What can differ between two wordings, in the language of the page."""
    if rule is None:
        return {}
    lang = current()
    names = {"fr": ("intitulé", "article", "texte"), "en": ("title", "article", "text")}[lang]
    fields = dict(zip(names, (say(rule.label), " ; ".join(rule.cite), rule.text), strict=True))
    fields |= {name_text(rule, name, lang): param_text(rule, name, value, lang) for name, value in rule.param.items()}
    return {name: value for name, value in fields.items() if value}


def _values(rule: Rule) -> list[tuple[str, str, str]]:
    """The values of a rule: its words ("" when only the name of the rulebook exists), that name, the value."""
    lang = current()
    return [
        (name_text(rule, name, lang) if has_name(rule, name) else "", name, param_text(rule, name, value, lang))
        for name, value in rule.param.items()
    ]


def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: the wording of a day, all its wordings, the acts that relied on it."""
    versions = law().versions(rule_id)
    if not versions:
        raise Http404
    on = day_of(request, "on") or today_in_paris()
    shown = next((item for item in versions if item.in_force(on)), None)
    other = day_of(request, "with")
    against = next((item for item in versions if other and item.in_force(other)), None)
    relied = visible_acts(request).filter(rule=rule_id).select_related("leaf").order_by("-pk")[:RELIED]
    context = {
        "rule_id": rule_id,
        "label": (shown or versions[-1]).label,
        "on": on,
        "shown": shown,
        "source": source_text(shown.source, current()) if shown else "",
        "values": _values(shown) if shown else [],
        "versions": versions[::-1],
        "seeds": list(dict.fromkeys(version.seed for version in versions if version.seed)),
        "against": against,
        "old": rule_fields(shown if against and shown and shown.since < against.since else against),
        "new": rule_fields(against if against and shown and shown.since < against.since else shown),
        "relied": entries_of(relied, names=True),
    }
    return render(request, "web/pages/rule.html", context)
