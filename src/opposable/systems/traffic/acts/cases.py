"""Acts on the case itself: registered, amended, given a certificate, refused, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.urls import reverse

from opposable.kernel import accounts, duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, days_after, instant, local_day, t
from opposable.law.calendar.clock import MIDNIGHT
from opposable.systems.traffic.acts.armour import certificate_text, readable
from opposable.systems.traffic.acts.checking import AMENDABLE, check, selectors as read_given, still, wrong
from opposable.systems.traffic.acts.members import enter
from opposable.systems.traffic.acts.qualifying import APPROVE_DUTY, end_emergency
from opposable.systems.traffic.models.requisition import OPEN, Requisition
from opposable.systems.traffic.rules.asking import basis_of
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.selecting import read_selectors

DESK = "traffic.desk"
"""What a registrar may write: the right to open a case, and no right on any case."""
ANSWER_DUTY = "traffic.answer.seal"
ASKED = AMENDABLE | {"received_at", "paper_name", "paper_sha256"}
"""What is typed of a requisition, field by field."""


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
    electronic: bool = False,
    due_at: datetime | None = None,
) -> Requisition:
    """Open the case of a requisition, apart: from now on its registrar and two approvers (account uids) find it, nobody else.

    ``since`` and ``until`` bound the data asked for; ``certificate`` is the authority's: PEM, or DER or PKCS #7 in base64.
    """
    asked = {name: value for name, value in locals().items() if name in ASKED}
    a.require("write", kind=DESK, cell=root())
    case = _opened(a, asked)
    case.due_at = due_at
    check(a, case)
    case.due_at = due_at or _deadline(a, case)
    case.cell = accounts.apart(f"~traffic/{case.uid}/")
    a.record(case)
    a.cite(a.law("traffic.approval", local_day(a.now)))
    enter(a, case, {"legal": legal_approver, "security": security_approver})
    _owe_answer(a, case)
    return case


def _opened(a: Acting, asked: dict[str, Any]) -> Requisition:
    """The case as it was typed: categories in the order of R. 10-13 where they are known, selectors written one way."""
    given = set(asked["categories"])
    order = list(CATEGORIES).index if given <= set(CATEGORIES) else None
    return Requisition(
        **{
            **asked,
            "categories": sorted(given, key=order),
            "selectors": read_selectors(asked["selectors"]),
            "certificate": certificate_text(asked["certificate"]),
            "registered_by": a.actor.uid,
        }
    )


def _owe_answer(a: Acting, case: Requisition) -> None:
    duties.open_duty(
        case,
        ANSWER_DUTY,
        t("Répondre à la réquisition {ref}", "Answer requisition {ref}").format(ref=case.code),
        case.due_at or case.received_at,
        asap=case.due_at is None,
        rule=basis_of(a.statutes, case.ask()),
        link=reverse("traffic:requisition", args=[case.uid]),
    )


def _deadline(a: Acting, case: Requisition) -> datetime | None:
    """The limit that the basis sets, where it sets one in days: else the law says «dans les meilleurs délais»."""
    days = basis_of(a.statutes, case.ask()).number("deadline_days")
    if not days:
        return None
    last, _ = days_after(local_day(case.received_at), days)
    return instant(last + timedelta(days=1), MIDNIGHT)


READ: dict[str, Callable[[Any], Any]] = {
    "selectors": read_given,
    "certificate": lambda given: certificate_text(given) if isinstance(given, str) else given,
}
"""What is written one way, however it was given."""


@act("traffic.requisition.amend", label=t("Corriger une réquisition", "Amend a requisition"), secret=True)
def amend(a: Acting, *, requisition: Requisition, changes: dict[str, Any]) -> Requisition:
    """Correct what was read, or add what the authority sent since. It must be qualified and approved anew."""
    a.require("write", requisition)
    still(requisition, "registered", "qualified", "approved")
    for name, value in changes.items():
        if name not in AMENDABLE:
            raise wrong(name, t("ce champ ne se corrige pas", "this field is not amended"))
        setattr(requisition, name, READ[name](value) if name in READ else value)
    check(a, requisition)
    end_emergency(a, requisition)
    requisition.status, requisition.verdicts, requisition.qualified_at = "registered", [], None
    requisition.accepted_persons = 0
    a.record(requisition)
    duties.close_duty(requisition, APPROVE_DUTY, a.now)
    return requisition


CERTIFIABLE = ("registered", "qualified", "approved", "extracted")
"""Until the answer is sealed its certificate may come, or be replaced."""
LONGEST_CHAIN = 20_000


@act(
    "traffic.requisition.certify",
    label=t("Ajouter le certificat de l’autorité", "Add the authority’s certificate"),
    secret=True,
)
def certify(a: Acting, *, requisition: Requisition, certificate: str) -> Requisition:
    """The certificate that the answer is encrypted to; it changes nothing of what was approved."""
    a.require("write", requisition)
    still(requisition, *CERTIFIABLE)
    requisition.certificate = certificate_text(certificate)
    if len(requisition.certificate) > LONGEST_CHAIN:
        raise wrong(
            "certificate",
            t(
                "le certificat de l’autorité et ses intermédiaires dépassent 20 000 signes : ne joignez que sa chaîne",
                "the authority’s certificate and its intermediate ones exceed 20,000 characters: enclose its chain only",
            ),
        )
    if not readable(requisition.certificate):
        raise wrong(
            "certificate",
            t(
                "ce n’est pas un certificat qui se lise : donnez le fichier de l’autorité tel qu’elle l’envoie (.cer, .crt, .p7b ou .pem)",
                "this is no certificate that reads: give the authority’s file as it sends it (.cer, .crt, .p7b or .pem)",
            ),
        )
    a.record(requisition)
    return requisition


@act("traffic.requisition.refuse", label=t("Refuser une réquisition", "Refuse a requisition"), secret=True)
def refuse(a: Acting, *, requisition: Requisition, reason: str) -> Requisition:
    """Answer that nothing can be given, with the ground. Only when the qualification lets nothing be looked up."""
    a.require("write", requisition)
    still(requisition, "qualified")
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
    still(requisition, *OPEN)
    return _close(a, requisition, "cancelled", reason)


def _close(a: Acting, case: Requisition, status: str, reason: str) -> Requisition:
    if not reason.strip():
        raise wrong("closing", t("dites pourquoi", "say why"))
    case.status, case.closing = status, reason.strip()[:500]
    a.record(case)
    duties.close_all(case, a.now)
    return case


def paper_digest(data: bytes) -> str:
    """SHA-256 (hex) of the act file: the file itself stays in the operator's own archive."""
    return sha256(data).hexdigest()
