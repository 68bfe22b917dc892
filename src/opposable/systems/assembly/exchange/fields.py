"""One field of a register file at a time: strict on what it means, lenient on how it is written."""

import re
from datetime import date
from functools import lru_cache

from opposable.law import Text, t

MAX_LENGTH = 300
MAX_QUANTITY = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[0-9]+(?:[ \u00a0\u202f'][0-9]{3})*(?:[.,]0+)?")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_TRUE = {"1", "oui", "o", "x", "yes", "y", "true", "vrai"}
_FALSE = {"", "0", "non", "n", "no", "false", "faux"}


class FieldError(ValueError):
    """A field that cannot be read; ``text`` says why and what is expected."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def words(value: str) -> str:
    """Plain text, trimmed. Refused: control characters, more than `MAX_LENGTH` characters."""
    value = value.strip()
    if _CONTROL.search(value):
        raise FieldError(t("caractère de contrôle interdit", "control character not allowed"))
    if len(value) > MAX_LENGTH:
        raise FieldError(t("plus de {n} caractères", "more than {n} characters").format(n=MAX_LENGTH))
    return value


def quantity(value: str) -> int:
    """A positive whole number of shares: "1234", "1 234", "1234,00". Refused: 1.234, which is ambiguous."""
    value = value.strip()
    if not value.isascii() and not all(char.isascii() or char in "\u00a0\u202f" for char in value):
        raise FieldError(t("chiffres ordinaires attendus", "ordinary digits expected"))
    if not _NUMBER.fullmatch(value) or re.search(r"[.,]000$", value):
        raise FieldError(
            t(
                "nombre entier de titres attendu, par exemple 1234 ou 1 234",
                "whole number of shares expected, as 1234 or 1 234",
            )
        )
    number = int(re.sub(r"[^0-9]", "", re.split(r"[.,]", value)[0]))
    if not 0 < number <= MAX_QUANTITY:
        raise FieldError(t("quantité nulle ou trop grande", "quantity of zero, or too large"))
    return number


def day(value: str) -> str:
    """An ISO date from 2026-03-29 or 29/03/2026; "" stays empty."""
    value = value.strip()
    if not value:
        return ""
    found = re.fullmatch(r"(\d{2})[/.](\d{2})[/.](\d{4})", value)
    try:
        return date.fromisoformat(f"{found[3]}-{found[2]}-{found[1]}" if found else value).isoformat()
    except ValueError:
        raise FieldError(
            t("date attendue : 29/03/2026 ou 2026-03-29", "date expected: 29/03/2026 or 2026-03-29")
        ) from None


def flag(value: str) -> bool:
    """Yes or no, in French or English."""
    value = value.strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise FieldError(t("oui ou non attendu", "yes or no expected"))


@lru_cache(maxsize=1_024)
def isin(value: str) -> str:
    """An ISIN with its check digit right (ISO 6166, Luhn over the letters turned into numbers)."""
    value = value.strip().upper()
    if not _ISIN.fullmatch(value):
        raise FieldError(
            t(
                "code ISIN attendu : deux lettres, neuf signes, un chiffre",
                "ISIN expected: two letters, nine characters, one digit",
            )
        )
    digits = "".join(str(int(char, 36)) for char in value)
    total = sum(sum(divmod(int(digit) * (2 if n % 2 else 1), 10)) for n, digit in enumerate(reversed(digits)))
    if total % 10:
        raise FieldError(t("clé de l’ISIN fausse", "wrong ISIN check digit"))
    return value


def one_of(value: str, names: dict[str, str]) -> str:
    """One of the known words, by its French or English name."""
    found = names.get(value.strip().lower())
    if found is None:
        known = ", ".join(sorted({name for name in names if name}))
        raise FieldError(t("valeur inconnue ; connues : {known}", "unknown value; known: {known}").format(known=known))
    return found


def email(value: str) -> str:
    """An address that could exist, or nothing."""
    value = words(value)
    if value and not re.fullmatch(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}", value):
        raise FieldError(t("adresse électronique mal formée", "malformed e-mail address"))
    return value
