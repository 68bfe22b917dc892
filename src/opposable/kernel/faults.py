"""The error family of what the kernel asks of the machine and the network: keys, time stamps, witnesses."""

from __future__ import annotations

from opposable.law.text import Text


class Fault(Exception):
    """Something outside the acts does not work; ``text`` says in one sentence, in both languages, what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.fr)
        self.text = text
