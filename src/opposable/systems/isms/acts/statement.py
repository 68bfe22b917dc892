"""Acts on the statement of applicability: drafting a version, deciding its lines, publishing it through the gate."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import t
from opposable.systems.isms.acts.common import LONGEST, choice, refuse, uids, words
from opposable.systems.isms.models import Control, Scope, Soa, SoaLine
from opposable.systems.isms.rules.referential import EDITIONS, referential, translate
from opposable.systems.isms.rules.soa import OUT, REASONS, STATUSES


@act("isms.statement.draft", label=t("Préparer une déclaration d’applicabilité", "Draft a statement of applicability"))
def draft_statement(a: Acting, *, scope: Scope, edition: str = "") -> Soa:
    """A new version with a line for each identifier. It begins as the last published one of its edition stood.

    From an older edition, lines follow our correspondence: the justification is kept, the decision is to be made again.
    """
    a.require("write", scope, kind=Soa.Evidence.kind)
    edition = choice(edition or scope.edition, EDITIONS, t("édition", "edition"))
    if scope.statements.filter(status="draft").exists():
        raise refuse(
            "Une version est en préparation : publiez-la ou abandonnez-la.",
            "A version is being prepared: publish it or drop it.",
            "soa.draft",
        )
    last = scope.statements.aggregate(last=Max("version"))["last"] or 0
    soa = Soa(cell=scope.cell, scope=scope, edition=edition, version=last + 1)
    old = _before(scope, edition)
    a.record(soa)
    a.record_many(
        SoaLine(cell=scope.cell, soa=soa, position=n, requirement=one, **old.get(one, {}))
        for n, one in enumerate(referential(edition).requirements, 1)
    )
    return soa


FIELDS = ("applicable", "reasons", "justification", "status", "owner", "controls")


def _before(scope: Scope, edition: str) -> dict[str, dict[str, Any]]:
    """What a draft begins with, by identifier."""
    published = scope.statements.filter(status__in=["published", "replaced"]).order_by("-version")
    for soa in published:
        if soa.edition == edition:
            return {line.requirement: {name: getattr(line, name) for name in FIELDS} for line in soa.lines.all()}
        if EDITIONS.index(soa.edition) < EDITIONS.index(edition):
            return _carried(soa, edition)
    return {}


def _carried(soa: Soa, edition: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in soa.lines.order_by("position"):
        for new in translate([line.requirement], soa.edition, edition):
            values = found.setdefault(new, {"justification": "", "owner": line.owner, "controls": []})
            if line.justification:
                said = f"{line.requirement} : {line.justification}"
                values["justification"] = f"{values['justification']}\n{said}".strip()
            values["controls"] = list(dict.fromkeys([*values["controls"], *line.controls]))
    return found


@act("isms.line.decide", label=t("Décider d’une ligne de la déclaration", "Decide a line of the statement"))
def decide_lines(
    a: Acting,
    *,
    soa: Soa,
    requirements: list[str],
    applicable: bool | None,
    reasons: list[str],
    justification: str,
    status: str,
    owner: str,
    controls: list[str] | None = None,
) -> list[SoaLine]:
    """One decision for one or several lines of a draft. An excluded line has neither reason nor status: only why.

    Several lines keep the controls that each had, unless ``controls`` is given.
    """
    a.require("write", soa)
    require_draft(soa)
    rows = list(soa.lines.filter(requirement__in=requirements).select_related("soa", "cell").order_by("position"))
    if not rows or len(rows) != len(set(requirements)):
        raise refuse("L’une de ces lignes n’existe pas.", "One of these lines does not exist.", "line.unknown")
    if set(reasons) - set(REASONS):
        raise refuse("Les raisons sont LR, CO, BR, BP, RRA.", "The reasons are LR, CO, BR, BP, RRA.", "line.reason")
    linked = None if controls is None else uids(controls, Control, soa.scope, t("mesures", "controls"))
    for row in rows:
        row.applicable = applicable
        row.reasons = [one for one in REASONS if one in reasons] if applicable else []
        row.justification = words(justification, t("justification", "justification"), LONGEST, required=False)
        row.status = _status(applicable, status)
        row.owner = words(owner, t("responsable", "owner"), 120, required=False)
        if linked is not None:
            row.controls = linked
        a.record(row)
    return rows


def _status(applicable: bool | None, status: str) -> str:
    if applicable is None:
        return ""
    return OUT if applicable is False else choice(status, STATUSES, t("état", "status"))


def require_draft(soa: Soa) -> None:
    if soa.status != "draft":
        raise refuse(
            "Une déclaration publiée ne change plus : préparez une nouvelle version.",
            "A published statement does not change: draft a new version.",
            "soa.published",
        )


@act("isms.statement.drop", label=t("Abandonner une version de la déclaration", "Drop a version of the statement"))
def drop_statement(a: Acting, *, soa: Soa) -> Soa:
    """A draft that will not be published. It stays on file, with its lines."""
    a.require("write", soa)
    require_draft(soa)
    soa.status = "dropped"
    a.record(soa)
    return soa
