"""What leaves: released by the gate, sent between two acts, then recorded with what the mail server answered."""

from __future__ import annotations

from opposable.kernel import duties, mail
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.approvals import require_approved
from opposable.law import Refused, local_day, t
from opposable.systems.contracts.acts.drafting import FLOW, SENDING
from opposable.systems.contracts.models import ContractVersion, Dispatch

ANSWER = "contracts.dispatch.record"
LETTER = t("Veuillez trouver ci-joint le contrat {ref}.", "Please find enclosed the contract {ref}.")


@act(
    "contracts.version.release",
    label=t("Libérer un contrat pour envoi", "Release a contract for sending"),
    receipt=True,
)
def release(a: Acting, *, version: ContractVersion, address: str = "", body: str = "") -> Dispatch:
    """Refused before the last approval, and when anything changed since. What is released is the very PDF that was approved."""
    a.require("write", version)
    rule = a.law(SENDING, local_day(a.now))
    a.cite(rule)
    to = (address or version.contract.party.email).strip()
    if not to:
        raise Refused(
            t("Il faut l’adresse du destinataire.", "The address to send to is needed."), None, "dispatch.address"
        )
    if version.document is None:
        raise Refused(
            t("Rien n’a été soumis à l’approbation.", "Nothing was submitted for approval."), rule, "approval.none"
        )
    require_approved(a, version, FLOW, rule=rule)
    waiting = version.dispatches.filter(status__in=("ready", "failed"), address=to).first()
    if waiting is not None:
        raise Refused(
            t("Cet envoi attend déjà le serveur.", "This dispatch already waits for the server."),
            None,
            "dispatch.waiting",
        )
    made = Dispatch(
        cell=version.cell,
        version=version,
        address=to,
        message_id="",
        body=body or LETTER.format(ref=version.contract.ref).fr,
        pdf_sha256=version.document.sha256,
        released_at=a.now,
    )
    made.message_id = f"<contract.{made.uid}@{mail.domain()}>"
    a.record(made)
    title = t("Envoyer le contrat {ref}", "Send the contract {ref}").format(ref=version.contract.ref)
    duties.open_duty(made, ANSWER, title, a.now, automatic=True, link=f"/contracts/{version.contract.uid}/")
    return made


@act(
    ANSWER,
    label=t("Consigner la réponse du serveur de courrier", "Record the mail server’s answer"),
    receipt=True,
    api=False,
)
def record_answer(
    a: Acting, *, dispatch: Dispatch, status: str, answer: str, message_sha256: str, attached_sha256: str
) -> Dispatch:
    """What the server said of the message, its digest, and that of the PDF read back out of the bytes handed over."""
    a.require("write", dispatch)
    if status == "sent" and attached_sha256 != dispatch.pdf_sha256:
        raise Refused(
            t("Ce qui est parti n’est pas ce qui a été approuvé.", "What left is not what was approved."),
            None,
            "dispatch.other",
            facts={"approved": dispatch.pdf_sha256, "sent": attached_sha256},
        )
    dispatch.status, dispatch.answer, dispatch.message_sha256 = status, answer[:300], message_sha256
    dispatch.answered_at = a.now
    a.record(dispatch)
    if status != "failed":
        duties.close_duty(dispatch, ANSWER, a.now)
    version = dispatch.version
    if status == "sent" and version.stage == "submitted":
        version.stage = "sent"
        a.record(version)
    return dispatch
