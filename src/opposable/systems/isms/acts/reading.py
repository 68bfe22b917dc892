"""What the checks, the gate and the pages read of a scope: few queries, plain facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from opposable.kernel import decisions
from opposable.kernel.models import Decision
from opposable.law import local_day
from opposable.systems.isms.models import (
    Asset,
    Campaign,
    Control,
    CorrectiveAction,
    EvidenceItem,
    Finding,
    Scope,
    Soa,
    TreatmentAction,
)
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.audits import WANT_ACTION
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import EDITIONS, referential, translate

ACCEPT = "isms.risk.accept"


def current_campaign(scope: Scope) -> Campaign | None:
    """The open campaign, else the last one."""
    rows = scope.campaigns.select_related("method", "scope", "cell")
    return rows.filter(closed_on=None).first() or rows.order_by("-opened_on", "-pk").first()


def accepted_now(risks: Iterable[str], at: datetime) -> set[str]:
    """Those of the risks (uids) whose last acceptance holds at an instant, on the state of the moment."""
    wanted = list(risks)
    if not wanted:
        return set()
    last: dict[str, Decision] = {}
    for decision in Decision.objects.filter(act=ACCEPT, subject__in=wanted).order_by("pk"):
        last[decision.subject] = decision
    held = decisions.standings(last.values(), at)
    return {subject for subject, one in last.items() if held[one.uid].valid and one.approves}


SEEN = ("uid", "number", "title", "owner", "option", "current", "residual", "requirements", "controls", "assets")


def risks_of(campaign: Campaign | None, at: datetime) -> list[consistency.Risk]:
    """The scenarios of a campaign as the checks see them. Columns, not rows: two thousand of them are read at each look."""
    if campaign is None:
        return []
    method = campaign.method.read
    rows = list(campaign.scenarios.filter(withdrawn=False).order_by("number").values_list(*SEEN))
    levels = {uid: residual or current for uid, _, _, _, _, current, residual, *_ in rows}
    fine = {level: method.acceptable(level) for level in set(levels.values()) if level}
    accepted = accepted_now((row[0] for row in rows if row[4] and levels[row[0]] and not fine[levels[row[0]]]), at)
    return [
        consistency.Risk(
            uid,
            f"R{number} {title}",
            owner,
            option,
            levels[uid],
            fine.get(levels[uid], False),
            uid in accepted,
            tuple(requirements),
            tuple(controls),
            tuple(assets),
        )
        for uid, number, title, owner, option, _, _, requirements, controls, assets in rows
    ]


def failing(scope: Scope, edition: str) -> frozenset[str]:
    """Identifiers of an edition whose last automatic evidence fails."""
    bad = {one.rule for one in last_evidence(scope).values() if one.verdict == "fail"}
    answered = {id_ for code in bad if code in RULES for id_ in RULES[code].answers}
    return frozenset(in_edition(answered, edition))


def in_edition(ids: Iterable[str], edition: str) -> list[str]:
    """Identifiers of the 2022 edition, as those of another edition that lead to them."""
    wanted = set(ids)
    if edition == EDITIONS[-1]:
        return [one for one in referential(edition).requirements if one in wanted]
    return [one for one in referential(edition).requirements if wanted & set(translate([one], edition, EDITIONS[-1]))]


def last_evidence(scope: Scope) -> dict[str, EvidenceItem]:
    """The latest item of each rule. One query a rule, none of which reads more than a row: half a million items lie behind."""
    found = {}
    for code in RULES:
        item = scope.evidence.filter(rule=code).order_by("-until").first()
        if item:
            found[code] = item
    return found


def facts_of(soa: Soa | None, at: datetime, scope: Scope | None = None) -> consistency.Facts:
    """All that the checks look at, for a statement, or for a scope that has none yet."""
    scope = soa.scope if soa else scope
    assert scope is not None
    edition = soa.edition if soa else scope.edition
    controls = list(Control.objects.filter(scope=scope).values_list("uid", "ref", "requirements", "status"))
    campaign = current_campaign(scope)
    actions = (
        TreatmentAction.objects.filter(scenario__campaign=campaign).exclude(status="dropped")
        if campaign
        else TreatmentAction.objects.none()
    )
    return consistency.Facts(
        known=frozenset(referential(edition).requirements),
        lines=[line.facts() for line in soa.lines.order_by("position")] if soa else (),
        risks=risks_of(campaign, at),
        controls={uid: ref for uid, ref, _, _ in controls},
        answered=frozenset(one for _, _, ids, status in controls if status != "retired" for one in ids),
        assets=dict(Asset.objects.filter(scope=scope).values_list("uid", "name")),
        actions=[
            consistency.Todo(uid, title, due, done is not None)
            for uid, title, due, done in actions.values_list("uid", "title", "due_on", "done_on")
        ],
        findings=_findings(scope),
        failing=failing(scope, edition),
        today=local_day(at),
    )


def _findings(scope: Scope) -> list[consistency.Todo]:
    rows = Finding.objects.filter(audit__programme__scope=scope, grade__in=WANT_ACTION).select_related("audit")
    answered = set(CorrectiveAction.objects.filter(finding__in=rows).values_list("finding__uid", flat=True))
    return [
        consistency.Todo(row.uid, f"{row.grade} {row.number}", row.audit.planned_on, row.uid in answered)
        for row in rows
    ]
