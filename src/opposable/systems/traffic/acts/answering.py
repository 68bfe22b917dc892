"""The answer: its letter, the sealed file, delivery and acknowledgement. Made of what was read; nothing new is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.documents import issue
from opposable.kernel.models import Document
from opposable.law import Refused, local_day, t
from opposable.systems.traffic.acts.approving import standing
from opposable.systems.traffic.acts.cases import ANSWER_DUTY
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.papers import (
    ANSWER,
    case_block,
    erased_blocks,
    operator,
    paper,
    query_blocks,
    verdict_blocks,
)
from opposable.systems.traffic.models import Answer, Requisition
from opposable.systems.traffic.models.requisition import KEEP_ANSWER

LETTER = "traffic.answer"
DELIVER_DUTY = "traffic.answer.deliver"
ACKNOWLEDGE_DUTY = "traffic.answer.acknowledge"


@dataclass(frozen=True)
class Made:
    """A sealed file made outside the transaction, for the act that records it."""

    rows: int
    proven: int
    complete: bool
    inner_sha256: str
    sha256: str
    size: int
    recipient: str
    document: str
    keep_until: date | None


@act(
    "traffic.answer.letter",
    label=t("Établir la lettre de réponse", "Issue the letter of answer"),
    receipt=True,
    api=False,
    secret=True,
)
def issue_letter(a: Acting, *, requisition: Requisition) -> Document:
    """The letter in PDF: what was asked, what the law keeps of it, what is given, what is missing and why."""
    a.require("write", requisition)
    still(requisition, "extracted")
    queries = requisition.current_queries()
    data = {
        "operator": operator(),
        "case": case_block(requisition),
        "verdicts": verdict_blocks(requisition),
        "queries": query_blocks(queries),
        "erased": erased_blocks(requisition),
        "approvals": len(standing(requisition)),
        "emergency": bool(requisition.emergency_at),
        "complete": all(not one.missing for one in queries),
        "persons": requisition.accepted_persons,
    }
    a.about(requisition)
    a.cite(a.law("traffic.approval", local_day(a.now)))
    return issue(a, requisition, paper(LETTER, ANSWER, "answer", KEEP_ANSWER), data)


@act(ANSWER_DUTY, label=t("Sceller la réponse", "Seal the answer"), receipt=True, api=False, secret=True)
def record_answer(a: Acting, *, requisition: Requisition, made: Made) -> Answer:
    """The sealed file, by its digest: encrypted to the authority, kept until its day."""
    a.require("write", requisition)
    still(requisition, "extracted")
    answer = Answer(
        cell=requisition.cell,
        requisition=requisition,
        made_at=a.now,
        rows=made.rows,
        proven=made.proven,
        complete=made.complete,
        inner_sha256=made.inner_sha256,
        sha256=made.sha256,
        size=made.size,
        recipient=made.recipient,
        document=made.document,
        keep_until=made.keep_until,
    )
    requisition.status = "answered"
    a.record(requisition)
    a.record(answer)
    duties.close_duty(requisition, ANSWER_DUTY, a.now)
    return answer


@act(DELIVER_DUTY, label=t("Remettre la réponse", "Deliver the answer"), secret=True)
def deliver(a: Acting, *, requisition: Requisition, how: str) -> Requisition:
    """The file has left: by which way, to whom."""
    a.require("write", requisition)
    still(requisition, "answered")
    answer = requisition.answer
    answer.delivered_at, answer.delivered_by = a.now, _said(how)
    requisition.status = "delivered"
    a.record(requisition)
    a.record(answer)
    return requisition


@act(ACKNOWLEDGE_DUTY, label=t("Noter l’accusé de réception", "Note the acknowledgement"), secret=True)
def acknowledge(a: Acting, *, requisition: Requisition, reference: str) -> Requisition:
    """The authority says that it opened the file: its reference."""
    a.require("write", requisition)
    still(requisition, "delivered")
    answer = requisition.answer
    answer.acknowledged_at, answer.acknowledged_ref = a.now, _said(reference)
    requisition.status = "acknowledged"
    a.record(requisition)
    a.record(answer)
    duties.close_all(requisition, a.now, due_by=a.now)
    return requisition


def _said(text: str) -> str:
    if not text.strip() or len(text) > 120:
        raise Refused(
            t("Écrivez-le en 120 signes au plus.", "Write it in 120 characters at most."), None, "answer.text"
        )
    return text.strip()
