"""Acts on the case itself: registered, amended, qualified, widened, declared urgent, refused, withdrawn, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse

from opposable.kernel import accounts, duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Account, Cell, Grant
from opposable.kernel.models.access import grants_at
from opposable.law import Refused, Text, days_after, instant, local_day, t
from opposable.law.calendar.clock import MIDNIGHT
from opposable.systems.traffic.models.requisition import CHANNELS, OPEN, Requisition
from opposable.systems.traffic.rules.address import check_tolerance
from opposable.systems.traffic.rules.asking import BASES, PROTECTED, REQUESTERS, basis_of
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.qualify import Verdict, qualify
from opposable.systems.traffic.rules.selecting import may_look_up, read_selectors

DESK = "traffic.desk"
"""What a registrar may write: the right to open a case, and no right on any case."""
ANSWER_DUTY = "traffic.answer.seal"
APPROVE_DUTY = "traffic.approval.give"
REVIEW_DUTY = "traffic.approval.review"
CAPACITIES = {"legal": "traffic.legal-approver", "security": "traffic.security-approver"}
"""Two capacities, two roles, two persons."""
CASE_ROLES = {"legal": "traffic.case-legal", "security": "traffic.case-security"}
AMENDABLE = frozenset(
    {
        "authority", "organisation", "requester", "person", "unit", "reference", "channel", "basis", "dated_on", "authorised",
        "offence", "offence_months", "by_network", "author_only", "victim_asks", "missing_person", "protected", "consent",
        "judge_order", "categories", "selectors", "since", "until", "certificate", "network",
    }
)  # fmt: skip


@act("traffic.requisition.register", label=t("Enregistrer une réquisition", "Register a requisition"), secret=True)
def register(
    a: Acting,
    *,
    authority: str,
    organisation: str,
    requester: str,
    person: str,
    reference: str,
    basis: str,
    dated_on: date,
    received_at: datetime,
    categories: list[str],
    selectors: list[dict[str, str]],
    since: datetime,
    until: datetime,
    legal_approver: str,
    security_approver: str,
    unit: str = "",
    paper_name: str = "",
    paper_sha256: str = "",
    channel: str = "outside",
    authorised: bool = False,
    offence: str = "",
    offence_months: int = 0,
    by_network: bool = False,
    author_only: bool = False,
    victim_asks: bool = False,
    missing_person: bool = False,
    protected: str = "",
    consent: bool = False,
    judge_order: bool = False,
    certificate: str = "",
    network: str = "mobile",
    due_at: datetime | None = None,
) -> Requisition:
    """Open the case of a requisition, apart: from now on its registrar and two approvers (account uids) find it, nobody else.

    ``since`` and ``until`` bound the data asked for; ``certificate`` is the authority's, in PEM.
    """
    a.require("write", kind=DESK, cell=root())
    case = Requisition(
        authority=authority,
        organisation=organisation,
        requester=requester,
        person=person,
        unit=unit,
        reference=reference,
        paper_name=paper_name,
        paper_sha256=paper_sha256,
        channel=channel,
        basis=basis,
        dated_on=dated_on,
        received_at=received_at,
        authorised=authorised,
        offence=offence,
        offence_months=offence_months,
        by_network=by_network,
        author_only=author_only,
        victim_asks=victim_asks,
        missing_person=missing_person,
        protected=protected,
        consent=consent,
        judge_order=judge_order,
        categories=sorted(set(categories), key=list(CATEGORIES).index if set(categories) <= set(CATEGORIES) else None),
        selectors=read_selectors(selectors),
        since=since,
        until=until,
        certificate=certificate,
        network=network,
        registered_by=a.actor.uid,
    )
    _check(a, case)
    case.due_at = due_at or _deadline(a, case)
    case.cell = accounts.apart(f"~traffic/{case.uid}/")
    a.record(case)
    a.cite(a.law("traffic.approval", local_day(a.now)))
    _members(a, case, {"legal": legal_approver, "security": security_approver})
    duties.open_duty(
        case,
        ANSWER_DUTY,
        t("Répondre à la réquisition {ref}", "Answer requisition {ref}").format(ref=case.code),
        case.due_at or received_at,
        rule=basis_of(a.statutes, case.ask()),
        link=reverse("traffic:requisition", args=[case.uid]),
    )
    return case


def _check(a: Acting, case: Requisition) -> None:
    """What cannot be read is said at once; what the law refuses is said by the qualification."""
    _fits(case)
    known: tuple[tuple[str, Mapping[Any, Any], str, Text], ...] = (
        ("basis", BASES, case.basis, t("fondement", "basis")),
        ("requester", REQUESTERS, case.requester, t("demandeur", "requester")),
        ("channel", CHANNELS, case.channel, t("canal", "channel")),
        ("protected", PROTECTED, case.protected, t("personne protégée", "protected person")),
        ("network", {"mobile": 1, "fixed": 1}, case.network, t("réseau", "network")),
    )
    for name, values, given, label in known:
        if given not in values:
            raise _wrong(name, t("{what} : valeur inconnue", "{what}: unknown value").format(what=label))
    if not case.categories or not set(case.categories) <= set(CATEGORIES):
        raise _wrong("categories", t("choisissez au moins une catégorie", "choose one category at least"))
    for name in ("authority", "organisation", "person", "reference"):
        if not str(getattr(case, name)).strip():
            raise _wrong(
                name, t("l’autorité, la personne et la référence sont dues", "authority, person and reference are due")
            )
    if case.since.tzinfo is None or case.until.tzinfo is None or not case.since < case.until:
        raise _wrong("period", t("la période finit avant de commencer", "the period ends before it begins"))
    if case.dated_on > local_day(case.received_at) or case.received_at > a.now:
        raise _wrong("dates", t("elle est datée d’après sa réception", "it is dated after its reception"))
    _selectors_fit(a, case)


def _selectors(value: Any) -> list[dict[str, str]]:
    if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise _wrong("selectors", t("donnez une liste de critères", "give a list of selectors"))
    return read_selectors(value)


def _fits(case: Requisition) -> None:
    """Each value is of its type and fits its place, whichever way it came."""
    others = {field.name for field in Requisition._meta.concrete_fields} - AMENDABLE - {"received_at", "paper_name"}
    try:
        case.clean_fields(exclude=others | {"categories", "selectors"})
    except ValidationError as error:
        name = min(error.message_dict)
        raise _wrong(name, t("« {name} » ne se lit pas", "“{name}” does not read").format(name=name)) from None
    if not (isinstance(case.categories, list) and all(isinstance(name, str) for name in case.categories)):
        raise _wrong("categories", t("donnez une liste de catégories", "give a list of categories"))


def _selectors_fit(a: Acting, case: Requisition) -> None:
    rule = a.law("traffic.attribution", local_day(a.now))
    for number, one in enumerate(case.selectors, 1):
        if one["kind"] != "address":
            continue
        check_tolerance(int(one["tolerance"]), rule)
        if not case.since <= datetime.fromisoformat(one["at"]) <= case.until:
            raise _wrong(
                "selectors",
                t(
                    "critère {n} : son instant est hors de la période",
                    "selector {n}: its instant is outside the period",
                ).format(n=number),
            )


def _wrong(name: str, what: Text) -> Refused:
    return Refused(what.capital() + ".", None, f"requisition.{name}", facts={"field": name})


def _deadline(a: Acting, case: Requisition) -> datetime | None:
    """The limit that the basis sets, where it sets one in days: else the law says «dans les meilleurs délais»."""
    days = basis_of(a.statutes, case.ask()).number("deadline_days")
    if not days:
        return None
    last, _ = days_after(local_day(case.received_at), days)
    return instant(last + timedelta(days=1), MIDNIGHT)


def _members(a: Acting, case: Requisition, approvers: dict[str, str]) -> None:
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
    held = grants_at(account.actor, a.now).filter(role=CAPACITIES[capacity]) if account else None
    if account is None or held is None or not held.exists():
        raise Refused(
            t("Choisissez un approbateur qui en a le rôle.", "Choose an approver who has the role."),
            a.law("traffic.approval", local_day(a.now)),
            "approval.capacity",
            facts={"capacity": capacity},
        )
    return account.pk


def approvers(capacity: str, at: datetime) -> list[Account]:
    """The accounts that may be named in a capacity."""
    rows = Grant.objects.filter(role=CAPACITIES[capacity], since__lte=at, account__is_active=True).exclude(
        until__lte=at
    )
    return list(Account.objects.filter(pk__in=rows.values("account")).order_by("name"))


@act("traffic.requisition.amend", label=t("Corriger une réquisition", "Amend a requisition"), secret=True)
def amend(a: Acting, *, requisition: Requisition, changes: dict[str, Any]) -> Requisition:
    """Correct what was read, or add what the authority sent since. It must be qualified and approved anew."""
    a.require("write", requisition)
    _still(requisition, "registered", "qualified", "approved")
    for name, value in changes.items():
        if name not in AMENDABLE:
            raise _wrong(name, t("ce champ ne se corrige pas", "this field is not amended"))
        setattr(requisition, name, _selectors(value) if name == "selectors" else value)
    _check(a, requisition)
    requisition.status, requisition.verdicts, requisition.qualified_at = "registered", [], None
    requisition.accepted_persons = 0
    a.record(requisition)
    duties.close_duty(requisition, APPROVE_DUTY, a.now)
    return requisition


@act("traffic.requisition.qualify", label=t("Qualifier une réquisition", "Qualify a requisition"), secret=True)
def qualify_requisition(a: Acting, *, requisition: Requisition) -> Requisition:
    """Put the requisition to the law of its date and of today, category by category. Opens the approvals."""
    a.require("write", requisition)
    _still(requisition, "registered", "qualified", "approved")
    verdicts = [_by_address(a, requisition, one) for one in qualify(a.statutes, requisition.ask(), local_day(a.now))]
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
        rule=a.law("traffic.approval", local_day(a.now)),
        link=reverse("traffic:approve", args=[case.uid]),
    )


@act(
    "traffic.requisition.certify",
    label=t("Ajouter le certificat de l’autorité", "Add the authority’s certificate"),
    secret=True,
)
def certify(a: Acting, *, requisition: Requisition, certificate: str) -> Requisition:
    """The certificate that the answer is encrypted to; it changes nothing of what was approved."""
    a.require("write", requisition)
    _still(requisition, "registered", "qualified", "approved", "extracted")
    requisition.certificate = certificate[:20_000]
    a.record(requisition)
    return requisition


@act("traffic.requisition.widen", label=t("Élargir une réquisition", "Widen a requisition"), secret=True)
def widen(a: Acting, *, requisition: Requisition, persons: int, reason: str) -> Requisition:
    """Accept that an address points to ``persons`` subscribers, and answer for all of them. Approved anew by both."""
    a.require("write", requisition)
    _still(requisition, "qualified", "approved")
    if not 2 <= persons <= 10_000 or not reason.strip():
        raise _wrong("widen", t("comptez les personnes et dites pourquoi", "count the persons and say why"))
    requisition.accepted_persons, requisition.status = persons, "qualified"
    a.cite(a.law("traffic.attribution", local_day(a.now)))
    a.part("widening", {"persons": persons, "reason": reason}, keep="traffic.case")
    a.record(requisition)
    ask_for_approval(a, requisition)
    return requisition


@act("traffic.requisition.hurry", label=t("Déclarer l’urgence", "Declare an emergency"), secret=True)
def hurry(a: Acting, *, requisition: Requisition, reason: str) -> Requisition:
    """One approval is then enough to answer; the other person reviews afterwards, within the hours of the rule."""
    a.require("write", requisition)
    _still(requisition, "registered", "qualified")
    if not reason.strip():
        raise _wrong("hurry", t("dites pourquoi c’est urgent", "say why it is urgent"))
    rule = a.law("traffic.approval", local_day(a.now))
    requisition.emergency, requisition.emergency_at = reason.strip()[:500], a.now
    a.cite(rule)
    a.record(requisition)
    duties.open_duty(
        requisition,
        REVIEW_DUTY,
        t("Revoir l’urgence de {ref}", "Review the emergency of {ref}").format(ref=requisition.code),
        a.now + timedelta(hours=rule.number("emergency_review_hours")),
        rule=rule,
        link=reverse("traffic:approve", args=[requisition.uid]),
    )
    return requisition


@act("traffic.requisition.refuse", label=t("Refuser une réquisition", "Refuse a requisition"), secret=True)
def refuse(a: Acting, *, requisition: Requisition, reason: str) -> Requisition:
    """Answer that nothing can be given, with the ground. Only when the qualification lets nothing be looked up."""
    a.require("write", requisition)
    _still(requisition, "qualified")
    if requisition.answered_categories:
        raise Refused(
            t("Une catégorie au moins peut être donnée : répondez.", "One category at least may be given: answer."),
            basis_of(a.statutes, requisition.ask()),
            "requisition.answerable",
        )
    return _close(a, requisition, "refused", reason)


@act("traffic.requisition.withdraw", label=t("Retirer une réquisition", "Withdraw a requisition"), secret=True)
def withdraw(a: Acting, *, requisition: Requisition, reason: str) -> Requisition:
    """The authority withdrew it: nothing more is looked up."""
    a.require("write", requisition)
    _still(requisition, *OPEN)
    return _close(a, requisition, "cancelled", reason)


def _close(a: Acting, case: Requisition, status: str, reason: str) -> Requisition:
    if not reason.strip():
        raise _wrong("closing", t("dites pourquoi", "say why"))
    case.status, case.closing = status, reason.strip()[:500]
    a.record(case)
    duties.close_all(case, a.now)
    return case


def _still(case: Requisition, *statuses: str) -> None:
    if case.status not in statuses:
        raise Refused(
            t("La réquisition n’en est plus là.", "The requisition is past that step."),
            None,
            "requisition.step",
            facts={"status": case.status},
        )


still = _still


def paper_digest(data: bytes) -> str:
    """SHA-256 (hex) of the act file: the file itself stays in the operator's own archive."""
    return sha256(data).hexdigest()


def case_cell(case: Requisition) -> Cell:
    """The compartment of a case."""
    return case.cell
