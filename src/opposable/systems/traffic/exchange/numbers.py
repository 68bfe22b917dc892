"""Telephone numbers written one way (E.164), as requisitions ask for them: what a switch writes in ten digits is French."""

from __future__ import annotations

_BETWEEN = str.maketrans("", "", " .-/()\u00a0\u202f")


def e164(text: str) -> str:
    """«0140000001», «0033140000001», «+33 1 40 00 00 01» → «+33140000001». Short and foreign numbers stay as they are."""
    digits = text.translate(_BETWEEN)
    if digits.startswith("00"):
        return "+" + digits[2:]
    if len(digits) == 10 and digits.startswith("0") and digits.isdecimal():
        return "+33" + digits[1:]
    return digits
