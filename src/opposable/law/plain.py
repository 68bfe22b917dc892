"""From Python values to the restricted JSON profile of the ledger, without importing the ledger.

ASCII keys, no float, |int| < 2**53, no lone surrogate; sorted keys, no space, UTF-8: on this profile the bytes are
those of RFC 8785.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from opposable.law.errors import LawError
from opposable.law.text import Text, t

LIMIT = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")


def instant_text(instant: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with six decimals: ``2026-03-29T13:00:00.000000Z``."""
    if instant.tzinfo is None:
        raise LawError(
            t(
                "Un instant sans fuseau n’a pas de sens en droit : donnez-lui un fuseau.",
                "An instant without a zone has no legal meaning: give it a zone.",
            )
        )
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def plain(value: object) -> Any:
    """Return the JSON-able form of a value: dates as ISO text, instants as UTC RFC 3339, Text as ``{fr, en}``."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _small(value)
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Text):
        return value.as_data()
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise _unfit(type(value).__name__)


def canonical(value: object) -> bytes:
    """Return the canonical bytes of a value (RFC 8785 on the restricted profile)."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def _small(number: int) -> int:
    if abs(number) >= LIMIT:
        raise _unfit(f"int {number}")
    return number


def _sound(text: str) -> str:
    if not text.isascii() and _SURROGATE.search(text):
        raise _unfit("lone surrogate")
    return text


def _key(key: object) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise _unfit(f"key {key!r}")
    return key


def _unfit(what: str) -> LawError:
    return LawError(
        t(
            "Valeur hors du profil JSON restreint ({what}) : il ne tient que textes, entiers sous 2^53, dates et listes.",
            "Value outside the restricted JSON profile ({what}): use only text, integers below 2^53, dates and lists.",
        ).format(what=what)
    )
