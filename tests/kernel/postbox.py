"""A real mail server on the loopback that keeps what it is given, byte for byte, or answers what it is told to."""

import email
import email.policy
import socket
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller


class Mailbox:
    """``raw`` are the bytes as they came over the line, ``messages`` the same parsed."""

    def __init__(self):
        self.raw, self.answer = [], "250 kept as 1"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.raw.append(envelope.original_content)
        return self.answer

    @property
    def messages(self):
        return [email.message_from_bytes(one, policy=email.policy.default) for one in self.raw]


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.CONFIG = replace(settings.CONFIG, mail=f"smtp://127.0.0.1:{port}")
    yield box
    controller.stop()
