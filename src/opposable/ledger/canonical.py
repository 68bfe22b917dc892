"""Canonical JSON: RFC 8785 on a restricted profile, so that one value has exactly one byte string.

Profile: objects with ASCII keys, arrays, strings of Unicode scalar values, integers of absolute value below 2**53,
booleans and null. Fractions are not in it: amounts are integers or decimal strings. On this profile the sorted compact
output of orjson and the output of RFC 8785 are the same bytes; outside it they differ, hence the checks.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, NoReturn

import orjson

from opposable.ledger.errors import CanonicalError

_OPTIONS: Final = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_PLAIN: Final = frozenset({str, int, bool, type(None)})
"""Nothing to look for inside: what integers may be, orjson has checked (`OPT_STRICT_INTEGER`), and lone surrogates too."""


def encode(value: Any) -> bytes:
    """The canonical bytes of `value` (UTF-8, no final newline).

    Takes dict, list, tuple (written as an array), str, int, bool, None and enum members of a str or int value.
    Raises `CanonicalError` for anything outside the profile. Source: RFC 8785 §3.2.
    """
    data = write(value)
    # After orjson, because orjson has already refused cyclic values, which would never end here.
    _check(value)
    return data


def write(value: Any) -> bytes:
    """The bytes of `encode` if the value is of the profile: for whoever then looks at every byte of them.

    Raises `CanonicalError` for what has no bytes at all.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise CanonicalError(f"not in the canonical JSON profile: {error}") from error


def decode(data: bytes) -> Any:
    """The value of canonical bytes; `CanonicalError` unless `data` is already canonical.

    Canonical means that encoding the value gives `data` again: so no spaces, no duplicate or unsorted keys, no other
    way of writing a string or a number, no byte order mark and nothing after the value.
    """
    if not isinstance(data, bytes):
        raise CanonicalError(f"canonical JSON is bytes, not {type(data).__name__}")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError(f"not JSON: {error}") from error
    if encode(value) != data:
        raise CanonicalError("JSON, but not canonical: spaces, key order, duplicate keys, escapes or number form")
    return value


def _check(value: Any) -> None:
    """Raise unless every value inside is of the profile; a work list of containers only, because this runs thrice an act."""
    todo = [value]
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind is dict:
            for key in item:
                # Non-ASCII keys sort by UTF-16 units in RFC 8785 and by UTF-8 bytes in orjson.
                if type(key) is not str or not key.isascii():
                    raise CanonicalError(f"object key is not an ASCII string: {key!r}")
            todo += [child for child in item.values() if type(child) not in _PLAIN]
        elif kind is list or kind is tuple:
            todo += [child for child in item if type(child) not in _PLAIN]
        elif isinstance(item, Enum) and type(item.value) in (str, int):
            todo.append(item.value)
        elif kind not in _PLAIN:
            _refuse(item)


def _refuse(item: Any) -> NoReturn:
    if isinstance(item, float):
        raise CanonicalError(f"fractions are not canonical, use an integer or a decimal string: {item!r}")
    raise CanonicalError(f"{type(item).__name__} is not in the canonical JSON profile")
