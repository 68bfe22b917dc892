"""«Pourquoi ?» in the office: the facts that have words, and the rules as the company's bylaws leave them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from opposable.kernel.system import law
from opposable.law import Decision, LawError, Refused, Rule
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules.register import Company
from opposable.systems.assembly.views.office_words import FACT_LABELS
from opposable.web.language import current, say
from opposable.web.why import Why, value_text, why_of


def why_in_words(source: object, *, facts: bool = True, under: tuple[Company, date] | None = None) -> Why | None:
    """The why of a Decision, a Refused, a Rule or stored data, for people; None for nothing.

    Facts without words stay on the proof page of the act. ``under`` is the company and the day whose bylaws the rule was
    read with: an act pins the rule with them, and only with them is it found again.
    """
    if not source:
        return None
    made = why_of(source, current())
    if made.rule is None and made.pin and under:
        made = replace(made, rule=rule_under(made.pin, *under))
    return replace(made, facts=_told(source) if facts else ())


def _told(source: object) -> tuple[tuple[str, str], ...]:
    found: Mapping[str, Any] = source.facts if isinstance(source, Decision | Refused) else {}
    if isinstance(source, Mapping):
        found = source.get("facts", {})
    lang = current()
    told = ((name, item) for name, item in found.items() if name in FACT_LABELS and item not in (None, "", [], ()))
    return tuple((say(FACT_LABELS[name]).capitalize(), value_text(item, lang)) for name, item in told)


def rule_under(pin: Mapping[str, Any], company: Company, day: date) -> Rule | None:
    """The wording that an act pinned, with the bylaws of the day laid over it, if they still are what they were."""
    try:
        rule = company.rule(law(), str(pin["id"]), day)
    except LawError:
        return None
    return rule if rule.row == pin.get("row") else None


def bylaws_of(meeting: Meeting) -> tuple[Company, date]:
    """What `why_in_words` needs to find the rules of a meeting again. One query."""
    return meeting.company.facts(), meeting.day
