"""Acts on audits: programme, audit with its sample, findings, corrective actions and whether they worked."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Max

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Seal
from opposable.law import end_of_day, local_day, t
from opposable.systems.isms.acts.common import LONGEST, choice, refuse, requirements, who, words
from opposable.systems.isms.models import (
    Asset,
    Audit,
    AuditProgramme,
    Control,
    CorrectiveAction,
    Finding,
    Scope,
    SoaLine,
)
from opposable.systems.isms.rules import audits as rules

NAME = t("nom", "name")
OWNER = t("responsable", "owner")
CLAUSES = ("4", "5", "6", "7", "8", "9", "10")
LARGEST = 5000
CHECK = "isms.corrective.check"
EFFECT_DAYS = 90
"""Within that, by this house's own reading, somebody says whether a corrective action worked."""


@act("isms.programme.add", label=t("Fixer un programme d’audit", "Set an audit programme"))
def add_programme(
    a: Acting,
    *,
    scope: Scope,
    name: str,
    since: date,
    until: date,
    grades: list[dict[str, Any]] | None = None,
) -> AuditProgramme:
    """All clauses 4 to 10 within the period. ``grades`` (code, fr, en, action) replaces the default scale of findings."""
    a.require("write", scope, kind=AuditProgramme.Evidence.kind)
    if until <= since:
        raise refuse("Un programme finit après son début.", "A programme ends after it begins.", "programme.period")
    scale = grades or [
        {"code": code, "fr": label.fr, "en": label.en, "action": code in rules.WANT_ACTION}
        for code, label in rules.GRADES.items()
    ]
    if any(not one.get("code") or not one.get("fr") or not one.get("en") for one in scale):
        raise refuse(
            "Chaque grade a un code et deux libellés.", "Each grade has a code and two labels.", "programme.grades"
        )
    programme = AuditProgramme(
        cell=scope.cell,
        scope=scope,
        name=words(name, NAME, 120),
        since=since,
        until=until,
        subjects=list(CLAUSES),
        grades=scale,
    )
    a.record(programme)
    return programme


@act("isms.audit.plan", label=t("Planifier un audit", "Plan an audit"))
def plan_audit(
    a: Acting,
    *,
    programme: AuditProgramme,
    title: str,
    subjects: list[str],
    auditor: str,
    planned_on: date,
    population: list[str],
    size: int,
    criteria: str = "",
) -> Audit:
    """Freeze the population and draw the sample; the seed is the root of the log at this moment, so that nobody chose it.

    Refused when the auditor answers for what he would audit.
    """
    a.require("write", programme, kind=Audit.Evidence.kind)
    rule = a.law("isms.audit", local_day(a.now))
    name = words(auditor, t("auditeur", "auditor"), 120)
    scope = programme.scope
    subjects = _subjects(scope, subjects)
    a.why(rules.require_impartial(name, _owners(scope, subjects), rule))
    frozen = sorted({words(one, t("population", "population"), 200) for one in population})
    if len(frozen) > LARGEST or not 0 <= size <= len(frozen):
        raise refuse(
            "L’échantillon tient dans une population d’au plus {n}.",
            "The sample fits in a population of at most {n}.",
            "sample.size",
            n=LARGEST,
        )
    seal = Seal.objects.order_by("-size").first()
    seed = seal.root if seal else sha256(b"").hexdigest()
    audit = Audit(
        cell=programme.cell,
        programme=programme,
        title=words(title, NAME, 160),
        criteria=words(criteria, t("critères", "criteria"), LONGEST, required=False),
        subjects=subjects,
        auditor=name,
        planned_on=planned_on,
        population=frozen,
        seed=seed,
        sample=rules.sample(frozen, seed, size),
    )
    a.record(audit)
    title_ = t("Mener l’audit « {title} »", "Carry out the audit “{title}”").format(title=audit.title)
    duties.open_duty(
        audit, "isms.audit.finish", title_, end_of_day(planned_on), rule=rule, link=audit.get_absolute_url()
    )
    return audit


def _subjects(scope: Scope, given: list[str]) -> list[str]:
    clauses = [one for one in CLAUSES if one in given]
    return [*clauses, *requirements(scope, [one for one in given if one not in CLAUSES])]


def _owners(scope: Scope, subjects: list[str]) -> list[str]:
    """Who answers for what would be audited: owners of the lines, controls and, for a clause, of the system itself."""
    lines = SoaLine.objects.filter(soa__scope=scope, requirement__in=subjects).values_list("owner", flat=True)
    controls = [
        owner
        for owner, ids in Control.objects.filter(scope=scope).values_list("owner", "requirements")
        if set(ids) & set(subjects)
    ]
    return [*lines, *controls, *([scope.owner] if set(subjects) & set(CLAUSES) else [])]


@act("isms.audit.finish", label=t("Rendre compte d’un audit", "Report on an audit"))
def finish_audit(a: Acting, *, audit: Audit, conclusion: str) -> Audit:
    """The audit was carried out; its findings stand."""
    a.require("write", audit)
    if audit.done_on:
        raise refuse("Il en a été rendu compte.", "It was reported on.", "audit.done")
    audit.done_on = local_day(a.now)
    audit.conclusion = words(conclusion, t("conclusion", "conclusion"), LONGEST)
    a.record(audit)
    duties.close_duty(audit, "isms.audit.finish", a.now)
    return audit


@act("isms.finding.record", label=t("Relever un constat d’audit", "Record an audit finding"))
def record_finding(a: Acting, *, audit: Audit, grade: str, text: str, requirement: str = "") -> Finding:
    """On the programme's scale; with the clause or identifier that it is about."""
    a.require("write", audit, kind=Finding.Evidence.kind)
    if audit.done_on:
        raise refuse("Il a été rendu compte de cet audit.", "This audit was reported on.", "audit.done")
    choice(grade, [one["code"] for one in audit.programme.grades], t("grade", "grade"))
    about = _subjects(audit.programme.scope, [requirement]) if requirement else [""]
    last = audit.findings.aggregate(last=Max("number"))["last"] or 0
    finding = Finding(
        cell=audit.cell,
        audit=audit,
        number=last + 1,
        grade=grade,
        requirement=about[0] if about else "",
        text=words(text, t("constat", "finding"), LONGEST),
    )
    a.record(finding)
    return finding


@act("isms.corrective.add", label=t("Décider d’une action corrective", "Decide a corrective action"))
def correct(
    a: Acting, *, finding: Finding, cause: str, action: str, owner: str, due_on: date, correction: str = ""
) -> CorrectiveAction:
    """What was mended at once, the cause, what will keep it from coming back, who, until when."""
    a.require("write", finding, kind=CorrectiveAction.Evidence.kind)
    row = CorrectiveAction(
        cell=finding.cell,
        finding=finding,
        correction=words(correction, t("correction", "correction"), LONGEST, required=False),
        cause=words(cause, t("cause", "cause"), LONGEST),
        action=words(action, t("action", "action"), LONGEST),
        owner=words(owner, OWNER, 120),
        due_on=due_on,
    )
    a.record(row)
    title = t("Action corrective : {text}", "Corrective action: {text}").format(text=row.action[:120])
    rule, link = a.law("isms.effect", local_day(a.now)), row.get_absolute_url()
    duties.open_duty(row, "isms.corrective.finish", title, end_of_day(due_on), rule=rule, link=link)
    return row


@act("isms.corrective.finish", label=t("Déclarer faite une action corrective", "Report a corrective action done"))
def correction_done(a: Acting, *, action: CorrectiveAction) -> CorrectiveAction:
    """Done; whether it worked is judged later by somebody else."""
    a.require("write", action)
    if action.done_on:
        raise refuse("Elle est déjà faite.", "It is done already.", "corrective.done")
    action.done_on, action.done_by = local_day(a.now), who(a)
    a.record(action)
    duties.close_duty(action, "isms.corrective.finish", a.now)
    title = t("Juger de l’effet : {text}", "Judge the effect of: {text}").format(text=action.action[:120])
    due = end_of_day(action.done_on + timedelta(days=EFFECT_DAYS))
    rule, link = a.law("isms.effect", local_day(a.now)), action.get_absolute_url()
    duties.open_duty(action, CHECK, title, due, rule=rule, link=link)
    return action


@act(CHECK, label=t("Juger de l’efficacité d’une action", "Judge whether an action worked"))
def check_effect(a: Acting, *, action: CorrectiveAction, effective: bool, observed: str) -> CorrectiveAction:
    """By another person than who did it, on a later day: refused otherwise."""
    a.require("approve", action)
    rule = a.law("isms.effect", local_day(a.now))
    a.why(rules.require_other_eyes(action.done_by, who(a), action.done_on, local_day(a.now), rule))
    action.effective = effective
    action.checked_on, action.checked_by = local_day(a.now), who(a)
    action.observed = words(observed, t("constat", "observation"), LONGEST)
    a.record(action)
    duties.close_duty(action, CHECK, a.now)
    return action


@act("isms.finding.close", label=t("Clore un constat d’audit", "Close an audit finding"))
def close_finding(a: Acting, *, finding: Finding) -> Finding:
    """When each of its actions was judged effective; a finding that wants no action is closed as it is."""
    a.require("approve", finding)
    if finding.closed_on:
        raise refuse("Ce constat est clos.", "This finding is closed.", "finding.closed")
    wants = next((one.get("action") for one in finding.audit.programme.grades if one["code"] == finding.grade), False)
    actions = list(finding.actions.all())
    if (wants and not actions) or any(one.effective is not True for one in actions):
        raise refuse(
            "Une action manque, ou son efficacité n’est pas établie.",
            "An action is missing, or was not found effective.",
            "finding.open",
        )
    finding.closed_on = local_day(a.now)
    a.record(finding)
    return finding


def frozen_population(scope: Scope, subject: str) -> list[str]:
    """What a sample may be drawn from: assets, controls."""
    if subject == "controls":
        return list(scope.controls.exclude(status="retired").values_list("ref", flat=True))
    return list(Asset.objects.filter(scope=scope, withdrawn=False).values_list("name", flat=True))
