"""OSCAL 1.2.1: catalog, profile, SSP, assessment plan and results, POA&M of a scope, in JSON.

Identifiers of the annex become tokens (5.1 → a.5.1) with the official one as ``label``; titles are our labels, never the
standard's. Every uuid is derived from the register's own, so that the same state gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from opposable.systems.isms.exchange.oscal.assessment import Assessment
from opposable.systems.isms.exchange.oscal.base import VERSION, Doc, token, uid
from opposable.systems.isms.exchange.oscal.controls import Controls
from opposable.systems.isms.exchange.oscal.reading import included, load, read_catalog
from opposable.systems.isms.models import Scope, Soa

__all__ = [
    "FILES",
    "VERSION",
    "Export",
    "documents",
    "included",
    "load",
    "read_catalog",
    "scope_statement",
    "token",
    "uid",
]
FILES = ("catalog", "profile", "ssp", "assessment-plan", "assessment-results", "poam")


class Export(Controls, Assessment):
    """All the documents of a statement and of its scope."""


def documents(
    soa: Soa, at: datetime, lang: str = "fr", texts: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Doc]:
    """The six documents of a statement and of its scope as they stand, by file name without «.json».

    ``texts``: the standard's own words by identifier, put into the catalog only when the licensee asks for them.
    """
    made = Export(soa, at, lang)
    made.texts = texts or {}
    return {
        "catalog": {"catalog": made.catalog()},
        "profile": {"profile": made.profile()},
        "ssp": {"system-security-plan": made.ssp()},
        "assessment-plan": {"assessment-plan": made.plan()},
        "assessment-results": {"assessment-results": made.results()},
        "poam": {"plan-of-action-and-milestones": made.poam()},
    }


def scope_statement(scope: Scope) -> Soa | None:
    """The statement to export: the one in force, else the draft."""
    rows = scope.statements.select_related("scope", "cell")
    return rows.filter(status="published").order_by("-version").first() or rows.filter(status="draft").first()
