"""«Pourquoi ?» in the office: the facts that have words, and the rules as the company's bylaws leave them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opposable.law import Decision, Refused
from opposable.systems.assembly.views.office_words import FACT_LABELS
from opposable.web.language import current, say
from opposable.web.why import Why, value_text, why_of


def why_in_words(source: object, *, facts: bool = True) -> Why | None:
    """The why of a Decision, a Refused, a Rule or stored data, for people; None for nothing.

    Facts without words stay on the proof page of the act. A rule is shown as the act kept it, bylaws included.
    """
    if not source:
        return None
    made = why_of(source, current())
    return replace(made, facts=_told(source) if facts else ())


def _told(source: object) -> tuple[tuple[str, str], ...]:
    found: Mapping[str, Any] = source.facts if isinstance(source, Decision | Refused) else {}
    if isinstance(source, Mapping):
        found = source.get("facts", {})
    lang = current()
    told = ((name, item) for name, item in found.items() if name in FACT_LABELS and item not in (None, "", [], ()))
    return tuple((say(FACT_LABELS[name]).capitalize(), value_text(item, lang)) for name, item in told)
