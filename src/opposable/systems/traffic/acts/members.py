"""Who is in a case: its registrar and two approvers, named when it is opened; and who takes the place of one who left."""

from __future__ import annotations

from datetime import datetime

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Account, Decision, Grant
from opposable.kernel.models.access import grants_at
from opposable.law import Refused, Rule, Text, local_day, t
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.models.requisition import OPEN, Requisition

CAPACITIES = {"legal": "traffic.legal-approver", "security": "traffic.security-approver"}
"""Two capacities, two roles, two persons."""
CASE_ROLES = {"legal": "traffic.case-legal", "security": "traffic.case-security"}
HOUSE = {**CAPACITIES, "registrar": "traffic.registrar"}
SEATS = {**CASE_ROLES, "registrar": "traffic.case-registrar"}
"""The seats of a case, by the capacity that one must have in the house to take it."""


def enter(a: Acting, case: Requisition, approvers: dict[str, str]) -> None:
    """The registrar and the two approvers enter the case. Refused when one of them is not in his capacity, or is there twice."""
    people = {capacity: _approver(a, capacity, uid) for capacity, uid in approvers.items()}
    if len({*people.values(), a.actor.account_id}) != len(people) + 1:
        raise Refused(
            t(
                "Celui qui enregistre n’approuve pas, et les deux approbateurs sont deux personnes.",
                "Who registers does not approve, and the two approvers are two persons.",
            ),
            a.law("traffic.approval", local_day(a.now)),
            "approval.persons",
        )
    if a.actor.account_id is not None:
        a.record(Grant(account_id=a.actor.account_id, role="traffic.case-registrar", cell=case.cell, since=a.now))
    for capacity, account in people.items():
        a.record(Grant(account_id=account, role=CASE_ROLES[capacity], cell=case.cell, since=a.now))


def _approver(a: Acting, capacity: str, uid: str) -> int:
    account = Account.objects.filter(uid=uid, is_active=True).first()
    held = grants_at(account.actor, a.now).filter(role=HOUSE[capacity]) if account else None
    if account is None or held is None or not held.exists():
        raise Refused(
            t("Choisissez une personne active qui en a le rôle.", "Choose an active person who has the role."),
            a.law("traffic.approval", local_day(a.now)),
            "approval.capacity",
            facts={"capacity": capacity},
        )
    return account.pk


def approvers(capacity: str, at: datetime) -> list[Account]:
    """The accounts that may be named in a capacity."""
    rows = Grant.objects.filter(role=HOUSE[capacity], since__lte=at, account__is_active=True).exclude(until__lte=at)
    return list(Account.objects.filter(pk__in=rows.values("account")).order_by("name"))


@act(
    "traffic.requisition.reassign", label=t("Confier un siège du dossier", "Hand a seat of the case over"), secret=True
)
def reassign(a: Acting, *, requisition: Requisition, seat: str, to: str, reason: str) -> Requisition:
    """Somebody left, or is kept away: another takes the ``seat`` (registrar, legal, security). ``to``: the uid of the account.

    By whoever is in the case. The former holder sees nothing of it from then on. What was decided stays decided.
    """
    a.require("read", requisition)
    still(requisition, *OPEN)
    rule = a.law("traffic.approval", local_day(a.now))
    a.cite(rule)
    if seat not in SEATS or not reason.strip() or len(reason) > 500:
        raise _no(rule, "reassign.what", t("Dites quel siège, et pourquoi.", "Say which seat, and why."))
    account = _approver(a, seat, to)
    _apart(a, requisition, seat, account, rule)
    for grant in Grant.objects.filter(cell=requisition.cell, role=SEATS[seat], until=None):
        grant.until = a.now
        a.record(grant)
    a.record(Grant(account_id=account, role=SEATS[seat], cell=requisition.cell, since=a.now))
    a.part("seat", {"seat": seat, "to": to, "reason": reason.strip()}, keep="traffic.case")
    a.about(requisition)
    return requisition


def _apart(a: Acting, case: Requisition, seat: str, account: int, rule: Rule) -> None:
    """One person, one seat: who registered never approves, who spoke never registers."""
    uid = Account.objects.get(pk=account).uid
    there = Grant.objects.filter(cell=case.cell, until=None, account_id=account).exists()
    registered = seat != "registrar" and uid == case.registered_by
    spoke = seat == "registrar" and Decision.objects.filter(subject=case.uid, person=uid).exists()
    if there or registered or spoke:
        raise _no(
            rule,
            "approval.persons",
            t(
                "Celui qui enregistre n’approuve pas : choisissez quelqu’un qui n’a encore rien fait à ce dossier.",
                "Who registers does not approve: choose somebody who has done nothing yet on this case.",
            ),
        )


def _no(rule: Rule, code: str, reason: Text) -> Refused:
    return Refused(reason, rule, code)


def seat_holders(case: Requisition) -> dict[str, Account]:
    """Who holds each seat now."""
    held = Grant.objects.filter(cell=case.cell, until=None, role__in=SEATS.values()).select_related("account")
    names = {role: seat for seat, role in SEATS.items()}
    return {names[one.role]: one.account for one in held}
