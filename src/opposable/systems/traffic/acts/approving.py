"""Two persons approve, in two capacities, one exact state; in an emergency one does, and the other reviews.

An approval is a `Decision` of the kernel: bound to the state that was shown, stale by itself when the requisition changes.
"""

from __future__ import annotations

from opposable.kernel import decisions, duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Decision
from opposable.kernel.models.access import grants_at
from opposable.law import Refused, Rule, Text, local_day, t
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.members import CASE_ROLES
from opposable.systems.traffic.acts.qualifying import APPROVE_DUTY, REVIEW_DUTY
from opposable.systems.traffic.models import Requisition

TEXT = {
    True: t(
        "J’ai lu la demande, son fondement et la qualification ; j’approuve qu’il y soit répondu ainsi.",
        "I have read the request, its basis and its qualification; I approve that it be answered so.",
    ),
    False: t("Je n’approuve pas qu’il y soit répondu.", "I do not approve that it be answered."),
}


@act(APPROVE_DUTY, label=t("Approuver une réquisition", "Approve a requisition"), secret=True)
def approve(a: Acting, *, requisition: Requisition, about: str, agreed: bool = True, remark: str = "") -> Decision:
    """Speak on the state whose digest (``about``) was shown. Refused to the registrar, twice to one person, on a stale state."""
    a.require("approve", requisition)
    still(requisition, "qualified")
    rule = a.law("traffic.approval", local_day(a.now))
    before = standing(requisition)
    role = _entitled(a, requisition, rule)
    if any(one.person == a.actor.uid or one.role == role for one in before):
        raise _refused(rule, "approval.twice", t("Vous avez déjà approuvé.", "You have approved already."))
    a.cite(rule)
    a.record(requisition)
    made = decisions.decide(
        a, requisition, TEXT[agreed].fr, seen=about, approves=agreed, role=role, note=remark.strip()
    )
    if agreed and len(before) + 1 >= needed(requisition, rule):
        requisition.status = "approved"
        duties.close_duty(requisition, APPROVE_DUTY, a.now)
    return made


@act(REVIEW_DUTY, label=t("Revoir une urgence", "Review an emergency"), secret=True)
def review(a: Acting, *, requisition: Requisition, about: str, agreed: bool, remark: str = "") -> Decision:
    """The other person's word after an emergency: agreed, or contested. It undoes nothing; it stays on file."""
    a.require("approve", requisition)
    rule = a.law("traffic.approval", local_day(a.now))
    if not requisition.emergency_at or requisition.reviewed_at:
        raise _refused(rule, "review.none", t("Il n’y a pas d’urgence à revoir.", "There is no emergency to review."))
    role = _entitled(a, requisition, rule)
    if Decision.objects.filter(subject=requisition.uid, person=a.actor.uid).exists():
        raise _refused(rule, "approval.twice", t("C’est l’autre personne qui revoit.", "The other person reviews."))
    a.cite(rule)
    requisition.reviewed_at = a.now
    a.record(requisition)
    made = decisions.decide(
        a, requisition, TEXT[agreed].fr, seen=about, approves=agreed, role=role, note=remark.strip()
    )
    duties.close_duty(requisition, REVIEW_DUTY, a.now)
    return made


def _entitled(a: Acting, case: Requisition, rule: Rule) -> str:
    """The capacity in which the actor stands in this case. Raises Refused for the registrar and for everybody else."""
    if a.actor.uid == case.registered_by:
        raise _refused(
            rule,
            "approval.registrar",
            t("Celui qui a enregistré n’approuve pas.", "Who registered does not approve."),
        )
    decisions.four_eyes(a, case, rule=rule, apart_from=(APPROVE_DUTY, REVIEW_DUTY))
    held = set(grants_at(a.actor, a.now).filter(cell=case.cell_id).values_list("role", flat=True))
    role = next((role for role in CASE_ROLES.values() if role in held), "")
    if not role:
        raise _refused(rule, "approval.capacity", t("Vous n’êtes pas approbateur ici.", "You are no approver here."))
    return role


def standing(case: Requisition) -> list[Decision]:
    """The approvals that are about the requisition exactly as it is now, the first first."""
    made = list(Decision.objects.filter(subject=case.uid, approves=True, act=APPROVE_DUTY).order_by("pk"))
    now = decisions.standings(made)
    return [one for one in made if now[one.uid].valid]


def needed(case: Requisition, rule: Rule) -> int:
    """How many persons must have approved before anything is looked up."""
    return rule.number("emergency_persons") if case.emergency_at and not contested(case) else rule.number("persons")


def contested(case: Requisition) -> bool:
    """Whether somebody said no to this very state: haste does not go around a refusal."""
    said = list(Decision.objects.filter(subject=case.uid, approves=False, act=APPROVE_DUTY))
    now = decisions.standings(said)
    return any(now[one.uid].valid for one in said)


def require_approved(a: Acting, case: Requisition) -> None:
    """Refuse to look anything up unless enough approvals stand on the case exactly as it is now."""
    rule = a.law("traffic.approval", local_day(a.now))
    a.cite(rule)
    persons = {one.person for one in standing(case)}
    if case.status != "approved" or len(persons) < needed(case, rule):
        raise Refused(
            t(
                "Rien ne s’interroge avant que deux personnes aient approuvé cet état exact.",
                "Nothing is looked up before two persons have approved this exact state.",
            ),
            rule,
            "approval.missing",
            facts={"standing": len(persons), "needed": needed(case, rule), "status": case.status},
        )


def _refused(rule: Rule, code: str, reason: Text) -> Refused:
    return Refused(reason, rule, code)
