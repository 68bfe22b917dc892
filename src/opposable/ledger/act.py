"""«Acte»: the header, the parts and the object chain of one recorded act, as canonical bytes.

    entry = SHA-256(header)                                   32 bytes: what the log's entries hold
    leaf  = SHA-256(0x00 ‖ entry)                             RFC 6962
    part  = canonical {"data", "keep", "salt"}                header.parts[name] = SHA-256(part), hex
    state = the part of an object after the act, its salt derived from the row's and from `seq`

Digests are 64 lower-case hex digits in JSON. Salts are 32 random bytes, so that a digest says nothing of what it
commits to once the content is erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from opposable.ledger import canonical, merkle
from opposable.ledger.errors import ActError

VERSION: Final = 1
ERASE: Final = "kernel.part.erase"
"""Type of the act that erases parts or headers."""
HEADER_PART: Final = "header"
"""The pseudo part by which an erasure act covers a whole header: no real part has this name."""
OBJECTS_PART: Final = "objects"
ERASURE_PART: Final = "erasure"
OUTCOMES: Final = ("done", "refused")

_HEX64: Final = re.compile(r"[0-9a-f]{64}")
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_ORIGIN: Final = re.compile(r"[!#-*,-\[\]-~]{1,255}")  # printable ASCII without space, quote, plus or backslash
_TYPE: Final = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")
_NAME: Final = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
_PART_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_RULE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,119}")
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PIN: Final = (
    rf'{{"book":"{_HEX64.pattern}","from":"{_DAY.pattern}","id":"{_RULE_ID.pattern}","row":"{_HEX64.pattern}"}}'
)
_PART: Final = rf'"(?!header"){_PART_NAME.pattern}":"{_HEX64.pattern}"'
_HEADER: Final = re.compile(
    (
        rf'{{"actor":"{_HEX32.pattern}","after":"(?:{_HEX64.pattern})?","at":"{_AT.pattern}","keep":"{_NAME.pattern}"'
        rf',"log":"{_ORIGIN.pattern}","obj":"{_HEX32.pattern}","outcome":"(?:{"|".join(OUTCOMES)})"'
        rf',"parts":{{(?:{_PART}(?:,{_PART})*)?}},"post":"(?:{_HEX64.pattern})?","prev":"(?:{_HEX64.pattern})?"'
        rf',"rule":(?:null|{_PIN}),"salt":"{_HEX64.pattern}","seq":[0-9]+,"type":"{_TYPE.pattern}","v":{VERSION}}}'
    ).encode()
)
"""The bytes of a header in one piece: what whoever writes one looks at first. `defects` says the same field by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """«En-tête». Everything that is committed to by the log; nothing personal.

    `at` is RFC 3339 UTC with six decimals; `rule` is the pin {"id", "from", "book", "row"} or None; `prev`, `post` and
    `after` are digests or ""; `seq` is 0 for an act that changed nothing.
    """

    log: str
    type: str
    at: str
    actor: str
    obj: str
    seq: int
    prev: str
    post: str
    rule: Mapping[str, str] | None
    outcome: str
    keep: str
    after: str
    parts: Mapping[str, str]
    salt: str
    v: int = VERSION


@dataclass(frozen=True, slots=True)
class Part:
    """«Pièce». JSON `data`, its retention class and its salt (64 hex)."""

    data: Any
    keep: str
    salt: str


KEYS: Final = frozenset(field.name for field in fields(Header))
_PIN_KEYS: Final = frozenset({"id", "from", "book", "row"})
_PART_KEYS: Final = frozenset({"data", "keep", "salt"})


# --- digests ---------------------------------------------------------------------------------------------------------


def digest(data: bytes) -> str:
    """SHA-256 in hex: of a header it is the entry, of a part what the header holds."""
    return sha256(data).hexdigest()


def entry(header: bytes) -> bytes:
    """The 32 bytes that the log holds of an act."""
    return sha256(header).digest()


# --- headers ---------------------------------------------------------------------------------------------------------


def encode_header(header: Header) -> bytes:
    """Canonical bytes of a header. Raises `ActError` naming every field that has not its fixed form, `CanonicalError` for no JSON."""
    value = {name: getattr(header, name) for name in KEYS}
    data = canonical.write(value)
    if not _HEADER.fullmatch(data) or not _dates_exist(value) or _chain_defects(value):
        _refuse(defects(value))
        return canonical.encode(value)
    return data


def _dates_exist(value: Mapping[str, Any]) -> bool:
    return _is_instant(value["at"]) and (value["rule"] is None or is_day(value["rule"]["from"]))


def parse_header(data: bytes) -> Header:
    """The header of canonical bytes. Raises `CanonicalError`, or `ActError` naming every wrong field."""
    value = canonical.decode(data)
    _refuse(defects(value))
    return Header(**value)


def defects(value: Any) -> list[str]:
    """Everything that is wrong with a decoded header, one sentence each; empty when it has the fixed form."""
    if not isinstance(value, Mapping):
        return ["the header is not a JSON object"]
    if missing := sorted(KEYS - value.keys()):
        return [f"missing: {', '.join(missing)}"]
    found = [f"unknown: {', '.join(extra)}"] if (extra := sorted(value.keys() - KEYS)) else []
    found += [f"{name}: {value[name]!r}" for name, good in _FIELDS.items() if not good(value[name])]
    return found or _chain_defects(value)


def _chain_defects(value: Mapping[str, Any]) -> list[str]:
    seq, prev, post = value["seq"], value["prev"], value["post"]
    if seq == 0 and (prev or post):
        return ["seq 0 changes nothing: prev and post must be empty"]
    if seq == 1 and prev:
        return ["seq 1 is the first act of its object: prev must be empty"]
    if seq > 1 and not prev:
        return ["seq above 1 needs prev"]
    return ["post is missing: seq says that the object changed"] if seq and not post else []


def _matches(pattern: re.Pattern[str], *, empty: bool = False) -> Any:
    def check(value: Any) -> bool:
        return isinstance(value, str) and (bool(pattern.fullmatch(value)) or (empty and value == ""))

    return check


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_version(value: Any) -> bool:
    return type(value) is int and value == VERSION


def _is_outcome(value: Any) -> bool:
    return value in OUTCOMES


def _is_instant(value: Any) -> bool:
    try:
        parse_instant(value)
    except ActError:
        return False
    return True


def is_pin(value: Any) -> bool:
    """Whether the value pins a rule: its id, the first day of its wording, digests of the book and of the row."""
    return (
        isinstance(value, Mapping)
        and value.keys() == _PIN_KEYS
        and _matches(_RULE_ID)(value["id"])
        and is_day(value["from"])
        and is_digest(value["book"])
        and is_digest(value["row"])
    )


def _is_pin_or_none(value: Any) -> bool:
    return value is None or is_pin(value)


def _is_parts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(is_part_name(n) and is_digest(hashed) for n, hashed in value.items())


def is_digest(value: Any) -> bool:
    """64 lower-case hex digits."""
    return isinstance(value, str) and bool(_HEX64.fullmatch(value))


def is_uid(value: Any) -> bool:
    """32 lower-case hex digits: the pseudonym of an actor or of an object."""
    return isinstance(value, str) and bool(_HEX32.fullmatch(value))


def is_part_name(value: Any) -> bool:
    """A name that a part may have; `header` is not one."""
    return isinstance(value, str) and value != HEADER_PART and bool(_PART_NAME.fullmatch(value))


def is_day(value: Any) -> bool:
    """A date of the calendar written YYYY-MM-DD."""
    try:
        return isinstance(value, str) and bool(_DAY.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_FIELDS: Final[dict[str, Any]] = {
    "v": _is_version,
    "log": _matches(_ORIGIN),
    "type": _matches(_TYPE),
    "at": _is_instant,
    "actor": is_uid,
    "obj": is_uid,
    "seq": _is_count,
    "prev": _matches(_HEX64, empty=True),
    "post": _matches(_HEX64, empty=True),
    "rule": _is_pin_or_none,
    "outcome": _is_outcome,
    "keep": _matches(_NAME),
    "after": _matches(_HEX64, empty=True),
    "parts": _is_parts,
    "salt": is_digest,
}


# --- instants --------------------------------------------------------------------------------------------------------


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with six decimals and `Z`. Raises `ActError` without a time zone."""
    if at.tzinfo is None:
        raise ActError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_instant(text: Any) -> datetime:
    """The aware UTC instant written by `instant`; `ActError` for any other form, or a date that does not exist."""
    if not isinstance(text, str) or not _AT.fullmatch(text):
        raise ActError(f"not an RFC 3339 instant in UTC with six decimals: {text!r}")
    try:
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise ActError(f"no such instant: {text}") from error


# --- parts -----------------------------------------------------------------------------------------------------------


def part_bytes(data: Any, keep: str, salt: str) -> bytes:
    """Canonical bytes of a part: any JSON of the profile, a retention class, 64 hex digits of salt."""
    if not _matches(_NAME)(keep) or not is_digest(salt):
        raise ActError("a part needs a retention class and a salt of 64 hex digits")
    return canonical.encode({"data": data, "keep": keep, "salt": salt})


def parse_part(data: bytes) -> Part:
    """The part of canonical bytes. Raises `CanonicalError` or `ActError`."""
    return part_of(canonical.decode(data))


def part_of(value: Any) -> Part:
    """The part of a decoded value: an object with exactly `data`, `keep` and `salt`. Raises `ActError`."""
    if not isinstance(value, Mapping) or value.keys() != _PART_KEYS:
        raise ActError("a part is an object with exactly data, keep and salt")
    if not _matches(_NAME)(value["keep"]) or not is_digest(value["salt"]):
        raise ActError("a part needs a retention class and a salt of 64 hex digits")
    return Part(value["data"], value["keep"], value["salt"])


# --- the chain of an object ------------------------------------------------------------------------------------------


def state_salt(row_salt: bytes, seq: int) -> str:
    """Salt of the state part number `seq`: SHA-256(row salt ‖ seq as 8 bytes, big-endian), hex.

    Derived, so that one salt kept with the row opens each of its states, and no state opens another.
    """
    return sha256(row_salt + seq.to_bytes(8, "big")).hexdigest()


def state_part(state: Any, keep: str, row_salt: bytes, seq: int) -> bytes:
    """The part of an object's state after its act number `seq`; its digest is the header's `post`."""
    return part_bytes(state, keep, state_salt(row_salt, seq))


def item_bytes(obj: str, seq: int, prev: str, post: str) -> bytes:
    """One object of an act on several: the canonical item whose leaf hash the part `objects` commits to."""
    return canonical.encode({"obj": obj, "post": post, "prev": prev, "seq": seq})


def item_leaf(obj: str, seq: int, prev: str, post: str) -> bytes:
    """Leaf hash (32 bytes) of one item of the part `objects`."""
    return merkle.leaf_hash(item_bytes(obj, seq, prev, post))


def objects_data(leaves: Sequence[bytes]) -> dict[str, Any]:
    """Data of the part `objects`: root and number of the item leaves, in order."""
    return {"root": merkle.root(leaves).hex(), "size": len(leaves)}


# --- erasures --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cover:
    """The named parts of the acts [from_index, until_index) are erased; `header` among them: the headers too."""

    from_index: int
    until_index: int
    parts: frozenset[str]

    def covers(self, index: int, name: str) -> bool:
        return self.from_index <= index < self.until_index and name in self.parts


@dataclass(frozen=True, slots=True)
class Erasure:
    """Data of the part `erasure`: what is covered, the retention class, the first lawful day, the rule's pin."""

    covers: tuple[Cover, ...]
    keep: str
    earliest_on: date
    rule: Mapping[str, str] | None

    def names(self, index: int, name: str) -> bool:
        return any(cover.covers(index, name) for cover in self.covers)


def erasure_data(
    covers: Iterable[Cover], keep: str, earliest_on: date, rule: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Data of the part `erasure`. Index ranges are [from, until)."""
    data = {
        "class": keep,
        "covers": [{"from": c.from_index, "parts": sorted(c.parts), "until": c.until_index} for c in covers],
        "earliest_on": earliest_on.isoformat(),
        "rule": dict(rule) if rule else None,
    }
    parse_erasure(data)
    return data


def parse_erasure(data: Any) -> Erasure:
    """The erasure of a decoded part's data. Raises `ActError`."""
    if not isinstance(data, Mapping) or data.keys() != {"class", "covers", "earliest_on", "rule"}:
        raise ActError("an erasure has exactly class, covers, earliest_on and rule")
    if not _matches(_NAME)(data["class"]) or not is_day(data["earliest_on"]) or not _is_pin_or_none(data["rule"]):
        raise ActError("an erasure needs a retention class, a first lawful day and a rule's pin or null")
    if not isinstance(data["covers"], list) or not data["covers"]:
        raise ActError("an erasure covers at least one range of acts")
    covers = tuple(_cover(item) for item in data["covers"])
    return Erasure(covers, data["class"], date.fromisoformat(data["earliest_on"]), data["rule"])


def _cover(item: Any) -> Cover:
    if not isinstance(item, Mapping) or item.keys() != {"from", "parts", "until"}:
        raise ActError("a cover has exactly from, parts and until")
    names = item["parts"]
    if not _is_count(item["from"]) or not _is_count(item["until"]) or item["from"] >= item["until"]:
        raise ActError("a cover needs two indexes, the second beyond the first")
    if not isinstance(names, list) or not names or not all(n == HEADER_PART or is_part_name(n) for n in names):
        raise ActError("a cover names at least one part")
    return Cover(item["from"], item["until"], frozenset(names))


def _refuse(found: list[str]) -> None:
    if found:
        raise ActError("not an act header: " + "; ".join(found))
