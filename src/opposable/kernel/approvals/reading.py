"""Cases as they stand: who may speak, who is waited for, and whether what was approved is still what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from opposable.kernel import clock
from opposable.kernel.approvals import rules
from opposable.kernel.approvals.rules import Case, Flow, Person, Step, Voice
from opposable.kernel.decisions import as_committed, authors_of, standings, state_digest
from opposable.kernel.guards import recorded_models
from opposable.kernel.models import Account, ApprovalCase, ApprovalFlow, Decision, Delegation, Grant, Recorded
from opposable.kernel.models.access import grants_at
from opposable.law import Refused, Rule, Text, join, local_day, t

if TYPE_CHECKING:
    from opposable.kernel.acting import Acting
    from opposable.kernel.actors import Actor

OPEN = "kernel.approval.open"
GIVE = "kernel.approval.give"


def flow_at(key: str, day: date) -> ApprovalFlow:
    """The version of a flow in force on a day. Raises Refused when there is none."""
    found = ApprovalFlow.objects.filter(key=key, since__lte=day).order_by("-since", "-version").first()
    if found is None or (found.until is not None and found.until <= day):
        raise Refused(
            t("Aucun circuit d’approbation « {key} » n’est en vigueur.", 'No approval flow "{key}" is in force.').format(key=key),
            None,
            "flow.none",
            facts={"flow": key, "day": day},
            lawful=t("Publiez-en un.", "Publish one."),
        )  # fmt: skip
    return found


def subject_of(case: ApprovalCase) -> Recorded:
    """The object that a case is about, as it is now."""
    model = next(model for model in recorded_models() if model.Evidence.kind == case.subject_kind)
    row: Recorded = model._default_manager.select_related("cell").get(uid=case.subject)
    return row


def facts_of(case: ApprovalCase, row: Recorded | None = None) -> Case:
    """The case as the rules see it: revoked voices are not heard."""
    row = row or subject_of(case)
    heard = Decision.objects.filter(case=case, revoked_at=None).order_by("pk")
    return Case(
        flow=Flow.read(case.flow.data),
        facts=case.facts,
        authors=frozenset(authors_of(row) | {case.opened_by}),
        voices=tuple(Voice(v.step, v.person, v.principal or v.person, v.approves) for v in heard),
        assigned=case.assigned,
    )


def person_of(actor: Actor, row: Recorded, at: datetime) -> Person:
    """An actor as the rules see him: his running roles above the object, and those he was lent."""
    day = local_day(at)
    lent: dict[str, frozenset[str]] = {}
    running = Delegation.objects.filter(taker_id=actor.account_id, since__lte=day, until__gt=day)
    for delegation in running.select_related("giver"):
        held = _roles(delegation.giver.actor, row, at)
        lent[delegation.giver.uid] = lent.get(delegation.giver.uid, frozenset()) | (
            held & set(delegation.roles) if delegation.roles else held
        )
    return Person(actor.uid, _roles(actor, row, at), lent)


def _roles(actor: Actor, row: Recorded, at: datetime) -> frozenset[str]:
    held = grants_at(actor, at).values_list("role", "cell__path")
    return frozenset(role for role, path in held if row.cell.path.startswith(path))


def may_give(case: ApprovalCase, actor: Actor, at: datetime) -> list[Step]:
    """The steps at which an actor may speak now."""
    if case.outcome or actor.account_id is None:
        return []
    row = subject_of(case)
    facts, person = facts_of(case, row), person_of(actor, row, at)
    return [step for step in rules.open_steps(facts) if _may(facts, step, person)]


def _may(facts: Case, step: Step, person: Person) -> bool:
    try:
        rules.capacity(facts, step, person)
    except Refused:
        return False
    return True


@dataclass(frozen=True)
class Waiting:
    """One line of «À décider»: the case, and the steps at which the person may speak."""

    case: ApprovalCase
    steps: tuple[Step, ...]

    @property
    def due(self) -> date | None:
        days = [date.fromisoformat(self.case.due[step.id]) for step in self.steps if step.id in self.case.due]
        return min(days, default=None)

    @property
    def late(self) -> bool:
        return self.due is not None and self.due < local_day(clock.now())


MOST_WAITING = 100


def waiting_for(actor: Actor, at: datetime) -> list[Waiting]:
    """What waits for the decision of an actor, the most urgent first."""
    if actor.account_id is None:
        return []
    running = ApprovalCase.objects.visible_to(actor).filter(outcome="").select_related("flow", "cell")
    found = [Waiting(case, tuple(may_give(case, actor, at))) for case in running.order_by("pk")[:MOST_WAITING]]
    return sorted((one for one in found if one.steps), key=lambda one: (one.due or date.max, one.case.pk))


def nobody_left(case: ApprovalCase, at: datetime) -> list[Step]:
    """The open steps for which no active account could speak any more: an administrator names somebody."""
    row = subject_of(case)
    facts = facts_of(case, row)
    steps = rules.open_steps(facts)
    names = {name for step in steps for name in case.assigned.get(step.id, ())}
    able = Account.objects.filter(is_active=True)
    bearers = Grant.objects.filter(role__in={role for step in steps for role in step.roles}).values("account_id")
    takers = Delegation.objects.filter(giver_id__in=bearers).values("taker_id")
    people = able.filter(pk__in=bearers) | able.filter(uid__in=names) | able.filter(pk__in=takers)
    known = [person_of(account.actor, row, at) for account in people.distinct()]
    return [step for step in steps if not any(_may(facts, step, person) for person in known)]


# ---------------------------------------------------------------- the gate


@dataclass(frozen=True)
class Gate:
    """«La porte»: whether an object may pass, its case, and why not."""

    open: bool
    case: ApprovalCase | None
    code: str
    reason: Text


def last_case(row: Recorded, key: str) -> ApprovalCase | None:
    """The latest case of an object in a flow, whatever its outcome."""
    cases = ApprovalCase.objects.filter(subject=row.uid, flow__key=key)
    return cases.order_by("-pk").select_related("flow", "cell").first()


def gate(row: Recorded, key: str, at: datetime) -> Gate:
    """Whether the object, as it is now, was approved by everybody whom its case asks, and every approval still holds."""
    case = last_case(row, key)
    if case is None:
        return Gate(False, None, "approval.none", t("aucune approbation n’a été demandée", "no approval was asked for"))
    if case.outcome in ("rejected", "cancelled"):
        what = (
            t("l’approbation a été refusée", "approval was refused")
            if case.outcome == "rejected"
            else t("la demande a été retirée", "the request was withdrawn")
        )
        return Gate(False, case, f"approval.{case.outcome}", what)
    if state_digest(row) != case.sha256:
        return Gate(
            False,
            case,
            "approval.stale",
            t("l’objet a changé depuis la demande", "the object changed since it was submitted"),
        )
    return _heard(row, case, at)


def _heard(row: Recorded, case: ApprovalCase, at: datetime) -> Gate:
    facts = facts_of(case, row)
    if not rules.complete(facts):
        awaited = join([step.title for step in rules.open_steps(facts)])
        return Gate(
            False,
            case,
            "approval.waiting",
            t("on attend encore : {who}", "still waited for: {who}").format(who=awaited),
        )
    voices = list(Decision.objects.filter(case=case, revoked_at=None).select_related("cell", "case"))
    bad = [now for now in standings(voices, at).values() if not now.valid]
    if bad:
        return Gate(
            False,
            case,
            "approval.stale",
            t("une approbation ne vaut plus : {why}", "an approval holds no more: {why}").format(why=bad[0].label),
        )
    return Gate(True, case, "approval.given", t("approuvé par tous ceux qu’il faut", "approved by everybody it takes"))


def require_approved(a: Acting, row: Recorded, key: str, *, rule: Rule | None = None) -> ApprovalCase:
    """In an act: refused unless the gate is open for the row as it is committed now."""
    found = gate(as_committed([row])[0], key, a.now)
    if not found.open or found.case is None:
        raise Refused(
            t("Pas avant la dernière approbation : {why}.", "Not before the last approval: {why}.").format(
                why=found.reason
            ),
            rule,
            found.code,
            facts={"flow": key, "case": found.case.uid if found.case else ""},
        )
    return found.case
