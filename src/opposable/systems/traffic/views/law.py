"""«La loi, par date»: kept or not, how long, from which event, by which text, on two days side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import NoRuleOnFile, Rule, local_day
from opposable.systems.traffic.rules.categories import CATEGORIES, GROUPS, Category
from opposable.systems.traffic.rules.keeping import HOSTED, Keeping, Who, keeping_on
from opposable.systems.traffic.views.base import desk_or_404

SEED = date(2007, 9, 3)
"""The month of the newsletter that the systems start from."""


def law_page(request: HttpRequest) -> HttpResponse:
    """The same record under two laws."""
    desk_or_404(request)
    first = _day(request.GET.get("on", ""), SEED)
    second = _day(request.GET.get("and", ""), local_day(clock.now()))
    context = {
        "first": first,
        "second": second,
        "lines": [_line(name, first, second) for name in CATEGORIES],
        "hosts": [_line(name, first, second, "host") for name in HOSTED],
        "injunctions": (_injunction(first), _injunction(second)),
        "asked": (_asks_for_one(first), _asks_for_one(second)),
    }
    return TemplateResponse(request, "traffic/law.html", context)


def _day(text: str, default: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return default
    return day if 1990 <= day.year <= 2100 else default


def _line(category: Category, first: date, second: date, who: Who = "keep") -> dict[str, Any]:
    return {
        "category": CATEGORIES[category],
        "group": GROUPS[category] if who == "keep" else "",
        "cells": [_cell(category, first, who), _cell(category, second, who)],
    }


def _cell(category: Category, day: date, who: Who) -> dict[str, Any]:
    decision = keeping_on(law(), category, day, who)
    keeping: Keeping = decision.value
    return {
        "keeping": keeping,
        "length": keeping.length.capital(),
        "tone": tone_of(keeping),
        "rule": decision.rule,
        "cite": " ; ".join(decision.rule.cite) if decision.rule else "",
        "why": decision,
        "day": day,
    }


def tone_of(keeping: Keeping) -> str:
    """Kept is green, not for want of an order amber, otherwise plain."""
    return {"kept": "ok", "no-injunction": "due"}.get(keeping.state, "info")


def _asks_for_one(day: date) -> bool:
    """Whether the text of a day keeps traffic data only under an injunction."""
    rule = law().find("traffic.keep.traffic", day)
    return rule is not None and bool(rule.param["order"])


def _injunction(day: date) -> Rule | None:
    try:
        return law().at("traffic.injunction", day)
    except NoRuleOnFile:
        return None
