"""«Envoi»: the approved bytes, attached to a message, over a real line; and read back out of what went over it."""

from __future__ import annotations

import email
import email.policy
from email.utils import format_datetime
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage

from opposable.kernel import mail
from opposable.kernel.actors import Actor
from opposable.kernel.documents import files
from opposable.kernel.documents.faults import DocumentFault
from opposable.law import Refused, t
from opposable.systems.contracts import acts
from opposable.systems.contracts.models import ContractVersion, Dispatch


def message_of(dispatch: Dispatch) -> EmailMessage:
    """The message. Raises DocumentFault when the file is not the one that was approved any more."""
    document = dispatch.version.document
    if document is None or document.sha256 != dispatch.pdf_sha256:
        raise DocumentFault(t("Le document approuvé a été remplacé.", "The approved document was replaced."))
    pdf = files.read(document, signed=False)
    headers = {"Message-ID": dispatch.message_id, "Date": format_datetime(dispatch.released_at)}
    subject = f"{dispatch.version.contract.ref} : {dispatch.version.contract.title}"
    written = EmailMessage(
        subject.replace("\n", " "), dispatch.body, settings.DEFAULT_FROM_EMAIL, [dispatch.address], headers=headers
    )
    written.attach(f"{dispatch.version.contract.ref}.pdf", pdf, "application/pdf")
    return written


def attached(data: bytes) -> bytes:
    """The PDF as whoever receives these bytes will have it."""
    read = email.message_from_bytes(data, policy=email.policy.default)
    found = next((part for part in read.iter_attachments() if part.get_content_type() == "application/pdf"), None)
    return bytes(found.get_content()) if found is not None else b""


def send(actor: Actor, dispatch: Dispatch) -> Dispatch:
    """Send what was released and put the answer on record. A server that fails is asked again by `tick`."""
    if dispatch.status not in ("ready", "failed"):
        return dispatch
    outcome, data = mail.post(message_of(dispatch))
    done = acts.record_answer(
        actor,
        dispatch=dispatch,
        status=outcome.status,
        answer=outcome.answer,
        message_sha256=sha256(data).hexdigest() if data else "",
        attached_sha256=sha256(attached(data)).hexdigest() if data else "",
    )
    return done.result


def send_version(actor: Actor, version: ContractVersion, *, address: str = "", body: str = "") -> Dispatch:
    """Release, then send: the gate first. Raises Refused; DocumentFault when the file was changed behind our back."""
    if not mail.has_server():
        raise Refused(
            t("Aucun serveur de courrier n’est réglé.", "No mail server is set."),
            None,
            "mail.none",
            lawful=t("Réglez « mail » dans opposable.toml.", "Set `mail` in opposable.toml."),
        )
    released = acts.release(actor, version=version, address=address, body=body).result
    return send(actor, released)
