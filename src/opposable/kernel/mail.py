"""«Courrier»: one message over one line to the installation's mail server, with what the server answered.

Sending happens between two acts, never inside one; what was sent, and the answer, are then recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.utils import parseaddr
from io import BytesIO
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

BROKEN = 400
"""RFC 5321, 4.2.1: from 400 on it did not work, for now; from 500 on, for good."""


@dataclass(frozen=True)
class Outcome:
    """What became of one message: ``sent``, ``refused`` (for good) or ``failed`` (to be tried again), and the words of the server."""

    status: str
    answer: str


def has_server() -> bool:
    """Whether this installation was told of a mail server; without one nothing is sent, and nothing recorded as sent."""
    return bool(settings.CONFIG.mail) or not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend")


def domain() -> str:
    """The domain that messages come from."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


class Line:
    """One open line to the installation's mail server. OSError when it cannot be reached."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._backend.open()
        self._server: Any = getattr(self._backend, "connection", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._backend.close()

    def send(self, message: EmailMessage) -> tuple[Outcome, bytes]:
        """Hand a message over; return what the server said, and the bytes that it was given."""
        data = _as_sent(message)
        if self._server is None:
            self._backend.send_messages([message])
            return Outcome("sent", ""), data
        return self._converse(_envelope(message.from_email), message.to, data), data

    def _converse(self, sender: str, addresses: Sequence[str], data: bytes) -> Outcome:
        """SMTP said step by step: Django's own call does not give back the server's last answer, which is the evidence."""
        server = self._server
        server.ehlo_or_helo_if_needed()
        code, words = server.mail(sender)
        for address in addresses:
            if code < BROKEN:
                code, words = server.rcpt(_envelope(address))
        if code < BROKEN:
            code, words = server.data(data)
        if code < BROKEN:
            return Outcome("sent", _answer(code, words))
        server.rset()
        return Outcome("refused" if code >= BROKEN + 100 else "failed", _answer(code, words))


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:300]


def post(message: EmailMessage) -> tuple[Outcome, bytes]:
    """Send one message; a server that cannot be reached is an answer too. The bytes are empty when none were written."""
    try:
        with Line() as line:
            return line.send(message)
    except (OSError, ValueError) as error:  # a header that cannot be written is a ValueError
        return Outcome("failed", f"{type(error).__name__}: {error}"[:300]), b""


def _as_sent(message: EmailMessage) -> bytes:
    """The bytes as they go over the line, whichever class of message this version of Django makes (RFC 5321, 4.1.1.4)."""
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False).flatten(message.message(), linesep="\r\n")
    data = written.getvalue()
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _envelope(address: str) -> str:
    """The bare address, its domain in ASCII. Raises ValueError for what is none."""
    local, at, domain = parseaddr(address)[1].rpartition("@")
    if not at or not local or not domain:
        raise ValueError(f"no address: {address!r}")
    return f"{local}@{domain.encode('idna').decode('ascii')}"
