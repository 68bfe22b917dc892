"""«Pourquoi ?»: what stands behind a yes, a no, a date or an amount, made ready for the page.

The same picture is made from a `Decision`, a `Refused`, a bare `Rule`, or from what an act stored in its part ``why``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.apps import apps

from opposable.kernel import cited
from opposable.kernel.system import law
from opposable.law import Decision, LawError, Refused, Rule
from opposable.law.text import Text, t
from opposable.web.format import legal_date_text, legal_time_text, number_text, utc_text
from opposable.web.language import remarked, say
from opposable.web.links import rule_link

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_INSIDE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_COUNT = re.compile(r"(?<![\w.,:/+-])[1-9]\d{4,}(?![\w.,:/+-])")
"""A bare whole number of five digits or more: a count, grouped for whoever reads it."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class StepLine:
    """One line of the arithmetic."""

    what: str
    how: str
    result: str


@dataclass(frozen=True)
class Why:
    """What the disclosure shows, in the language of the page."""

    reason: str
    lawful: str
    rule: Rule | None
    pin: Mapping[str, Any] | None
    facts: tuple[tuple[str, str], ...]
    steps: tuple[StepLine, ...]

    @property
    def cites(self) -> str:
        """The citations in one line; the rule's id when the wording is not on file here."""
        if self.rule:
            return " ; ".join(self.rule.cite)
        return str(self.pin["id"]) if self.pin else ""

    @property
    def through(self) -> str:
        """By what the rule reaches the subject of the page; "" when of itself."""
        return remarked(self.rule) if self.rule else ""

    @property
    def href(self) -> str:
        """The rule in the law browser, on the first day of the wording that was applied."""
        if self.rule:
            return rule_link(self.rule.id, self.rule.since)
        return rule_link(str(self.pin["id"]), str(self.pin["from"])) if self.pin else ""


def whys_of(source: object, lang: str) -> list[Why]:
    """Make the pictures from a Decision, a Refused, a Rule, stored data (the part ``why`` is a list), or None."""
    items = source if isinstance(source, list | tuple) else [source]
    return [why_of(item, lang) for item in items if item]


def why_of(source: object, lang: str) -> Why:
    """Make one picture. Raises TypeError for what has no why."""
    if isinstance(source, Why):
        return source
    if isinstance(source, Rule):
        return Why("", "", source, source.pin(), (), ())
    if isinstance(source, Decision | Refused):
        return _made(source.as_data(), source.rule, lang)
    if isinstance(source, Mapping):
        return _made(source, pinned_rule(source.get("rule")), lang)
    raise TypeError(f"no why in a {type(source).__name__}")


def _made(data: Mapping[str, Any], rule: Rule | None, lang: str) -> Why:
    system = str((data.get("rule") or {}).get("id", "")).partition(".")[0]
    given = data.get("facts", {}).items()
    facts = tuple((fact_label(name, lang, system), value_text(value, lang)) for name, value in given)
    steps = tuple(
        StepLine(say(step["what"], lang), say(step["how"], lang), _counts(value_text(step["result"], lang), lang))
        for step in data.get("trace", ())
    )
    return Why(say(data.get("reason"), lang), say(data.get("lawful"), lang), rule, data.get("rule"), facts, steps)


def _counts(text: str, lang: str) -> str:
    """The result of a step, its counts grouped as those beside it are."""
    return _COUNT.sub(lambda found: number_text(found[0], lang), text)


def pinned_rule(pin: Mapping[str, Any] | None) -> Rule | None:
    """The wording that an act pinned: from the rulebook while it holds exactly that row, else as it was kept with the acts."""
    if not pin:
        return None
    try:
        rule = law().at(str(pin["id"]), date.fromisoformat(str(pin["from"])))
    except (LawError, ValueError):
        rule = None
    if not pin.get("row"):
        return rule
    return rule if rule is not None and rule.row == pin["row"] else cited.rule({"book": "", **pin})


FACTS: Mapping[str, Text] = {
    "at": t("Instant", "Instant"),
    "case": t("Demande d’approbation", "Request for approval"),
    "day": t("Jour", "Day"),
    "deadline": t("Limite", "Limit"),
    "flow": t("Circuit d’approbation", "Approval flow"),
    "kind": t("Nature", "Kind"),
    "limit": t("Limite", "Limit"),
    "now": t("Instant de l’acte", "Instant of the act"),
    "received_at": t("Reçu", "Received"),
    "verb": t("Droit demandé", "Right asked for"),
}
"""Facts that every system has; a manifest adds its own in ``fact_labels``."""


def fact_label(name: str, lang: str, system: str = "") -> str:
    """The words for the name of a fact or of a rule's value, as the rule's own system says it: a day is not the same to all.

    ``fact_labels`` of that system, else of any, then `FACTS`, then the name itself.
    """
    label = _own("fact_labels", name, system) or _declared("fact_labels", name) or FACTS.get(name)
    return say(label, lang) if label else name.replace("_", " ")


def _own(attribute: str, name: str, system: str) -> Text | None:
    mine = (config for config in apps.get_app_configs() if config.label == system)
    return next((getattr(config, attribute, {}).get(name) for config in mine), None)


def _declared(attribute: str, name: str) -> Text | None:
    for config in apps.get_app_configs():
        found: Text | None = getattr(config, attribute, {}).get(name)
        if found is not None:
            return found
    return None


def declared(value: str) -> bool:
    """Whether a system's manifest has words for a stored code."""
    return _declared("value_labels", value) is not None


def value_text(value: object, lang: str) -> str:
    """A stored value for people: instants in legal and in UTC time, dates, grouped numbers, yes and no, texts."""
    if value is None:
        return "–"
    if isinstance(value, Text) or (isinstance(value, Mapping) and value.keys() == {"fr", "en"}):
        return say(value, lang)
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value, lang)
    return str(value)


def _instant_text(value: datetime, lang: str) -> str:
    return f"{legal_time_text(value, lang, 'exact')} = {utc_text(value)[11:-1]}\u00a0UTC"


def _mapping_text(value: Mapping[str, object], lang: str) -> str:
    return " · ".join(f"{fact_label(key, lang)} {value_text(item, lang)}" for key, item in value.items())


def _string_text(value: str, lang: str) -> str:
    if _INSTANT.fullmatch(value):
        return _or_as_it_is(datetime.fromisoformat, value, lang)
    if _DAY.fullmatch(value):
        return _or_as_it_is(date.fromisoformat, value, lang)
    known = _declared("value_labels", value)
    return say(known, lang) if known else _INSIDE.sub(lambda found: _inside(found[0], lang), value)


def _inside(value: str, lang: str) -> str:
    """An instant in the middle of a working («reçu < limite»), in legal time."""
    try:
        return legal_time_text(datetime.fromisoformat(value), lang, "exact")
    except ValueError:
        return value


def _or_as_it_is(read: Callable[[str], date], value: str, lang: str) -> str:
    try:
        return value_text(read(value), lang)
    except ValueError:
        return value


# In this order: a bool is an int, an instant is a date, a string is iterable.
_WRITERS: Mapping[type, Callable[[Any, str], str]] = {
    bool: lambda value, lang: say(t("oui", "yes") if value else t("non", "no"), lang),
    int: number_text,
    datetime: _instant_text,
    date: legal_date_text,
    time: lambda value, _: value.isoformat(),
    str: _string_text,
    Mapping: _mapping_text,
    Iterable: lambda value, lang: ", ".join(value_text(item, lang) for item in value) or "–",
}
