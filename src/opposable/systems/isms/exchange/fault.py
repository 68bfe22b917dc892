"""What is said of a file of evidence that does not hold."""

from __future__ import annotations

from opposable.law import Text


class ReplayFault(Exception):
    """The file does not read, or does not agree with itself or with the log."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text
