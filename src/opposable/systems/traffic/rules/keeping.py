"""How long a row is kept: by its category, and the law of the day on which it was recorded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from opposable.law import Decision, Rule, months_after


class Asks(Protocol):
    """The law, asked by rule and day (`Law`, or what an act asks)."""

    def at(self, rule_id: str, day: date, /) -> Rule: ...


def source_until(event_on: date, law: Asks) -> Decision[date]:
    """The first day on which an address, a port or a terminal used on ``event_on`` may not be kept any more."""
    return _until(law.at("traffic.keep.source", event_on), event_on)


def traffic_until(event_on: date, law: Asks) -> Decision[date]:
    """The same for traffic and location. Raises `NoRuleOnFile` when no injunction covers the day: then nothing may be kept."""
    return _until(law.at("traffic.keep.traffic", event_on), event_on)


def _until(rule: Rule, event_on: date) -> Decision[date]:
    """The period ends at midnight of its last day (CPC, art. 641 and 642): the day after is the first without the row."""
    last, trace = months_after(event_on, rule.param["months"])
    return Decision(last + timedelta(days=1), rule, {"event_on": event_on}, trace)
