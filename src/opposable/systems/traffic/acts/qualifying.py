"""A requisition put to the law, and what follows for the approvals: widened, declared urgent."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Decision
from opposable.law import Refused, local_day, t
from opposable.systems.traffic.acts.checking import still, wrong
from opposable.systems.traffic.acts.holds import running, spared
from opposable.systems.traffic.models.requisition import Requisition
from opposable.systems.traffic.rules.qualify import Verdict, qualify
from opposable.systems.traffic.rules.selecting import may_look_up

APPROVE_DUTY = "traffic.approval.give"
REVIEW_DUTY = "traffic.approval.review"
DECISION = Decision.Evidence.kind
"""These duties are the approvers': the registrar sees that they are due, and nothing asks her for them."""


@act("traffic.requisition.qualify", label=t("Qualifier une réquisition", "Qualify a requisition"), secret=True)
def qualify_requisition(a: Acting, *, requisition: Requisition) -> Requisition:
    """Put the requisition to the law of its date and of today, category by category. Opens the approvals."""
    a.require("write", requisition)
    still(requisition, "registered", "qualified", "approved")
    frozen = running(requisition, local_day(a.now))
    said = qualify(a.statutes, requisition.ask(), local_day(a.now))
    verdicts = [_by_address(a, requisition, spared(a, one, frozen)) for one in said]
    requisition.verdicts = [one.as_data() for one in verdicts]
    requisition.status, requisition.qualified_at = "qualified", a.now
    _cite(a, verdicts)
    a.part("verdicts", requisition.verdicts, keep="traffic.case")
    a.record(requisition)
    ask_for_approval(a, requisition)
    return requisition


def _by_address(a: Acting, case: Requisition, verdict: Verdict) -> Verdict:
    """Identity that would have to be found by an address follows the conditions of the address."""
    if verdict.category != "identity" or not verdict.answered:
        return verdict
    try:
        for kind in {one["kind"] for one in case.selectors}:
            may_look_up(a.statutes, case.ask(), kind)
    except Refused as refused:
        return Verdict(
            "identity", "not-permitted", refused.rule, refused.reason, (), refused.trace, refused.code, refused.lawful
        )
    return verdict


def _cite(a: Acting, verdicts: list[Verdict]) -> None:
    rule = next((one.rule for one in verdicts if one.rule), None)
    if rule is not None:
        a.cite(rule)


def ask_for_approval(a: Acting, case: Requisition) -> None:
    """The duty of the approvers: open until two have spoken on this exact state."""
    duties.open_duty(
        case,
        APPROVE_DUTY,
        t("Approuver la réquisition {ref}", "Approve requisition {ref}").format(ref=case.code),
        case.due_at or a.now,
        asap=case.due_at is None,
        kind=DECISION,
        rule=a.law("traffic.approval", local_day(a.now)),
        link=reverse("traffic:approve", args=[case.uid]),
    )


@act("traffic.requisition.widen", label=t("Élargir une réquisition", "Widen a requisition"), secret=True)
def widen(a: Acting, *, requisition: Requisition, persons: int, reason: str) -> Requisition:
    """Accept that an address points to ``persons`` subscribers, and answer for all of them. Approved anew by both."""
    a.require("write", requisition)
    still(requisition, "qualified", "approved")
    if not 2 <= persons <= 10_000 or not reason.strip():
        raise wrong("widen", t("comptez les personnes et dites pourquoi", "count the persons and say why"))
    if requisition.reviewed_at:
        end_emergency(a, requisition)
    requisition.accepted_persons, requisition.status = persons, "qualified"
    a.cite(a.law("traffic.attribution", local_day(a.now)))
    a.part("widening", {"persons": persons, "reason": reason}, keep="traffic.case")
    a.record(requisition)
    ask_for_approval(a, requisition)
    return requisition


def end_emergency(a: Acting, case: Requisition) -> None:
    """What was urgent was what was asked then: another wording waits for two approvals, or says anew why it cannot.

    Refused while something was looked up under the emergency that the other person has not reviewed.
    """
    if not case.emergency_at:
        return
    if not case.reviewed_at and case.queries.filter(counted_at__gte=case.emergency_at).exists():
        raise Refused(
            t(
                "Des données ont été consultées en urgence : faites d’abord revoir l’urgence.",
                "Data were looked up in an emergency: have the emergency reviewed first.",
            ),
            a.law("traffic.approval", local_day(a.now)),
            "emergency.review",
        )
    case.emergency, case.emergency_at, case.reviewed_at = "", None, None
    duties.close_duty(case, REVIEW_DUTY, a.now)


@act("traffic.requisition.hurry", label=t("Déclarer l’urgence", "Declare an emergency"), secret=True)
def hurry(a: Acting, *, requisition: Requisition, reason: str) -> Requisition:
    """One approval is then enough to answer; the other person reviews afterwards, within the hours of the rule."""
    a.require("write", requisition)
    still(requisition, "registered", "qualified")
    if requisition.emergency_at:
        raise wrong("hurry", t("l’urgence est déjà déclarée", "the emergency is declared already"))
    if not reason.strip():
        raise wrong("hurry", t("dites pourquoi c’est urgent", "say why it is urgent"))
    rule = a.law("traffic.approval", local_day(a.now))
    requisition.emergency, requisition.emergency_at = reason.strip()[:500], a.now
    a.cite(rule)
    a.record(requisition)
    duties.open_duty(
        requisition,
        REVIEW_DUTY,
        t("Revoir l’urgence de {ref}", "Review the emergency of {ref}").format(ref=requisition.code),
        a.now + timedelta(hours=rule.number("emergency_review_hours")),
        kind=DECISION,
        rule=rule,
        link=reverse("traffic:approve", args=[requisition.uid]),
    )
    return requisition
