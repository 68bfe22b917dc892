"""The demo's mail server: real SMTP on this machine, every message a file in HOME/mail."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

MAX_BYTES = 20_000_000


class Deliver:
    """Writes each message to the folder, under the instant of its arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        from opposable.kernel import clock

        name = f"{clock.now().astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}.eml"
        (self.folder / name).write_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
        return f"250 OK demo {name}"


@contextmanager
def mail_server(home: Path, port: int) -> Iterator[int]:
    """Run the server on a loopback port while the block lasts. Yields the port."""
    from aiosmtpd.controller import Controller

    controller = Controller(Deliver(home / "mail"), hostname="127.0.0.1", port=port, data_size_limit=MAX_BYTES)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def messages(home: Path, limit: int = 50) -> list[tuple[str, EmailMessage]]:
    """The last messages, newest first: (file name, message)."""
    files = sorted((home / "mail").glob("*.eml"), reverse=True)[:limit]
    return [(file.name, message_from_bytes(file.read_bytes(), policy=policy.default)) for file in files]
