"""Letters to voters: sent between two acts over one line, then recorded with what the mail server answered."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connections

from opposable.kernel import clock
from opposable.kernel.actors import Actor, system
from opposable.kernel.mail import Line, Outcome, has_server
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Holder, Meeting

SENDER = system("voting-site")
"""The job that writes to voters."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """One message to one holder. ``secret`` is what its digest leaves out: a code must not be guessed from the record."""

    holder: Holder
    purpose: str
    subject: str
    text: str
    message_id: str
    secret: str = ""
    other: str = ""
    """Where it goes instead of to the holder's mailbox: his telephone, through the gateway."""

    @property
    def address(self) -> str:
        """Where it goes."""
        return self.other or self.holder.email

    def message(self) -> EmailMessage:
        """The letter as it is handed over."""
        headers = {"Message-ID": self.message_id, "Date": format_datetime(clock.now())}
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to a voting site
        return EmailMessage(self.subject, self.text, settings.DEFAULT_FROM_EMAIL, [self.address], headers=headers)

    def digest(self) -> str:
        """SHA-256 (hex) of subject and text, the secret blotted out."""
        written = f"{self.subject}\n\n{self.text}"
        if self.secret:
            written = written.replace(self.secret, "·" * len(self.secret))
        return hashlib.sha256(written.encode()).hexdigest()


def post(meeting: Meeting, letters: Sequence[Letter], actor: Actor = SENDER) -> list[Outcome]:
    """Send letters, then put on record what was sent and what became of it: one act for all."""
    if not has_server():
        return []
    outcomes = _send(letters)
    sent = [_row(letter, outcome) for letter, outcome in zip(letters, outcomes, strict=True)]
    if sent:
        acts.record_mailings(actor, meeting=meeting, sent=sent)
    return outcomes


def message_id(name: str) -> str:
    """``<name@domain>``, the domain being the sender's."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{name}@{domain}>"


def _send(letters: Sequence[Letter]) -> list[Outcome]:
    if not letters:
        return []
    try:
        with Line() as line:
            return [_send_one(line, letter) for letter in letters]
    except OSError as error:  # no server: an answer too, and it is recorded
        return [Outcome("failed", _words(error))] * len(letters)


def _send_one(line: Line, letter: Letter) -> Outcome:
    try:
        return line.send(letter.message())[0]
    except (OSError, ValueError) as error:  # a header that cannot be written is a ValueError
        return Outcome("failed", _words(error))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _row(letter: Letter, outcome: Outcome) -> dict[str, Any]:
    return {
        "holder": letter.holder,
        "purpose": letter.purpose,
        "address": letter.address,
        "message_id": letter.message_id,
        "digest": letter.digest(),
        "status": outcome.status,
        "answer": outcome.answer,
    }


# After the answer was given


def later(job: Callable[..., object], *args: object) -> None:
    """Do it in a moment, in a thread of its own: whoever waits for a page waits for no mail server, nor learns from its pace."""
    _POOL.submit(copy_context().run, _run, job, *args).add_done_callback(_report)


_POOL = ThreadPoolExecutor(2, thread_name_prefix="letters")


def _run(job: Callable[..., object], *args: object) -> None:
    try:
        job(*args)
    finally:
        connections.close_all()


def _report(done: Future[None]) -> None:
    error = done.exception()
    if error is not None and not isinstance(error, Refused):  # a refusal is in the log of acts
        _LOG.error("a letter was not sent", exc_info=error)
