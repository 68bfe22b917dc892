import enum
import json
import math
from datetime import UTC, datetime
from uuid import UUID

import pytest
import rfc8785
from hypothesis import example, given, strategies as st

from opposable.ledger import canonical
from opposable.ledger.errors import CanonicalError, LedgerError

LIMIT = 2**53 - 1
KEYS = st.text(st.characters(max_codepoint=127))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-LIMIT, LIMIT) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=30)


@given(VALUES)
@example({"é": 1}["é"])
@example({"\x7f": "\x7f  ", "\x00": '\b\f\n\r\t"\\/\x1f'})
@example([LIMIT, -LIMIT, 0])
def test_the_bytes_are_those_of_rfc_8785(value):
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@given(VALUES)
def test_any_other_spelling_of_a_value_is_refused(value):
    data = canonical.encode(value)
    for spelling in (json.dumps(value).encode(), json.dumps(value, indent=1).encode(), data + b"\n", b" " + data):
        if spelling != data:
            with pytest.raises(CanonicalError):
                canonical.decode(spelling)


def test_arrays_are_written_from_tuples_and_values_from_enums():
    class Mode(enum.StrEnum):
        VOTE = "vote"

    assert canonical.encode({"b": (1, Mode.VOTE), "a": None}) == b'{"a":null,"b":[1,"vote"]}'


class Number(int):
    pass


class Colour(enum.Enum):
    HALF = 0.5


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        -0.0,
        math.nan,
        {"a": [0.5]},
        2**53,
        -(2**53),
        [2**64],
        {"é": 1},
        {1: "a"},
        {None: 1},
        "\ud800",
        {"a": "\udfff"},
        b"bytes",
        {1, 2},
        object(),
        datetime(2026, 3, 29, tzinfo=UTC),
        UUID(int=0),
        Number(3),
        Colour.HALF,
    ],
)
def test_what_is_outside_the_profile_is_refused(value):
    with pytest.raises(CanonicalError):
        canonical.encode(value)


def test_a_value_that_contains_itself_is_refused():
    value: list[object] = []
    value.append(value)
    with pytest.raises(CanonicalError):
        canonical.encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1.0}',
        b"1e3",
        b"-0",
        b"9007199254740992",
        b"18446744073709551616",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b'"\xff"',
        b'"\xc3\xa9" x',
        '{"é":1}'.encode(),
        b"NaN",
        b"[" * 2000 + b"]" * 2000,
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data):
    with pytest.raises(CanonicalError):
        canonical.decode(data)


@pytest.mark.parametrize("data", ["{}", bytearray(b"{}"), memoryview(b"{}"), None])
def test_only_bytes_are_decoded(data):
    with pytest.raises(CanonicalError):
        canonical.decode(data)


def test_the_error_is_a_ledger_error():
    assert issubclass(CanonicalError, LedgerError)
    assert issubclass(LedgerError, ValueError)
