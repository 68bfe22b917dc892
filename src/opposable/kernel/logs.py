"""«Journal technique»: what the software writes of its own running. It names nobody.

A traceback carries the words of an error, and those may hold what somebody typed: a mail server that refuses an address, PostgreSQL that
quotes the values of a key. They are struck out when the line is written, wherever it comes from.
"""

import logging
import re

ADDRESS = re.compile(r"[^\s<>()\[\]{}'\"=:,;]+@[\w.-]*\w")
KEY_VALUES = re.compile(r"(Key \([^)]*\)=)\(.*\)|(Failing row contains )\(.*\)")
STRUCK = "[…]"


class Discreet(logging.Formatter):
    """The usual line and its traceback, without addresses and without the values that PostgreSQL quotes."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def discreet(text: str) -> str:
    """Strike out what names a person."""
    text = KEY_VALUES.sub(lambda found: f"{found[1] or found[2]}({STRUCK})", text)
    return ADDRESS.sub(STRUCK, text)
