"""«Ce qui est gardé, et jusqu’à quand»: every retention class as it is declared, its rule, and which rows go at its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opposable.kernel import guards
from opposable.kernel.retention.acts import PROOFS
from opposable.kernel.system import KERNEL_RETENTION, RetentionClass, law, systems
from opposable.law import Rule
from opposable.law.text import Text, t
from opposable.web.views.law import today_in_paris

HOUSE = t("Le noyau, pour tous les systèmes", "The kernel, for every system")
SOME_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Kept:
    """One class for the page: its rule of today, whether it ends, the kinds whose rows are blanked then, those whose rows stay."""

    label: Text
    rule: Rule | None
    ends: bool
    blanked: list[Text]
    staying: list[Text]
    whole: bool
    """What still runs is kept whole, its acts too."""
    proof: bool
    """The proofs of erasure themselves."""


def keeping(request: HttpRequest) -> HttpResponse:
    """Read from the manifests and the models: what the page says is what the daily job does."""
    day = today_in_paris()
    sections = [(item.title, [_kept(one, day) for one in item.retention]) for item in systems() if item.retention]
    sections.append((HOUSE, [_kept(one, day) for one in KERNEL_RETENTION]))
    return render(request, "web/pages/keeping.html", {"sections": sections, "today": day})


def _kept(item: RetentionClass, day: date) -> Kept:
    rows: list[Any] = [model for model in guards.recorded_models() if model.Evidence.keep == item.id]
    ends = item.earliest(SOME_DAY) is not None
    blanked = [model.Evidence.label for model in rows if ends and hasattr(model, "scrub")]
    staying = [model.Evidence.label for model in rows if not ends or not hasattr(model, "scrub")]
    rule = law().find(item.rule, day) if item.rule else None
    return Kept(
        item.label, rule, ends, blanked, staying, any(model.Evidence.whole for model in rows), item.id == PROOFS
    )
