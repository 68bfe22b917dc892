"""Statistics of requisitions: for who may see numbers, and no case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Text, local_day, t
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.rules.asking import BASES, REQUESTERS
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.statistics import AGES, Counted, delay, table
from opposable.systems.traffic.views.base import may

KIND = "traffic.statistics"


def figures(request: HttpRequest) -> HttpResponse:
    """One year of requisitions in numbers."""
    if not may(request, "read", KIND):
        raise Http404
    this_year = local_day(clock.now()).year
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and 2004 <= int(given[:5]) <= this_year else this_year
    cases, rule = _cases(year), law().at("traffic.statistics", local_day(clock.now()))
    bases, categories = {str(k): v for k, v in BASES.items()}, {str(k): v for k, v in CATEGORIES.items()}
    requesters = dict(REQUESTERS)
    by_requester = table((case.requester for case in cases), rule, requesters)
    by_age = table((case.age for case in cases), rule, AGES)
    by_basis = table((case.basis for case in cases), rule, bases)
    by_category = table((name for case in cases for name in case.categories), rule, categories)
    outcome = table(("refused" if case.refused else "other" for case in cases), rule, ("refused", "other"))
    context = {
        "year": year,
        "years": range(this_year, this_year - 5, -1),
        "rule": rule,
        "bases": [(bases[name], count) for name, count in by_basis.rows.items()],
        "categories": [(categories[name], count) for name, count in by_category.rows.items()],
        "requesters": [(requesters[name], count) for name, count in by_requester.rows.items()],
        "ages": [(label, by_age.rows[name]) for name, (_, label) in AGES.items()],
        "total": by_basis.total,
        "refused": outcome.rows["refused"],
        "delay": _hours(delay(cases, rule)),
        "smallest": by_basis.smallest,
    }
    return TemplateResponse(request, "traffic/figures.html", context)


def _hours(span: timedelta | None) -> Text | None:
    """Whole hours, begun ones counted."""
    if span is None:
        return None
    return t("{n} h", "{n} h").format(n=-(-int(span.total_seconds()) // 3600))


def _cases(year: int) -> list[Counted]:
    since, until = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    rows = Requisition.objects.filter(received_at__gte=since, received_at__lt=until).select_related("answer")
    return [
        Counted(
            row.basis,
            tuple(row.categories),
            row.status == "refused",
            row.received_at,
            _answered(row),
            row.requester,
            row.since,
        )
        for row in rows
    ]


def _answered(row: Requisition) -> datetime | None:
    answer = getattr(row, "answer", None)
    return answer.made_at if answer else None
