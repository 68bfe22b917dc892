"""Checks 9xx: the text of each cited rule is the one that the act pinned, and was in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from opposable.ledger import act as acts, canonical
from opposable.ledger.act import Header, is_day, parse_instant
from opposable.ledger.bundle import layout
from opposable.ledger.errors import ActError
from opposable.ledger.verify.case import Act, Case

_PARIS: timedelta = timedelta(hours=2)
"""The most that legal time in metropolitan France is ahead of UTC: near midnight either day will do."""


def check_rules(case: Case) -> None:
    """Every rule that a header or an erasure pins."""
    rows = _rows(case)
    for act, header in case.headers():
        for where, pin in _pins(act, header):
            row = _check_row(case, where, pin, rows)
            if row is not None:
                _check_dates(case, where, row, _days(act, header, pin))


def _rows(case: Case) -> dict[str, dict[str, bytes]]:
    """Rule id → digest → bytes."""
    found: dict[str, dict[str, bytes]] = {}
    for name in case.bundle.names:
        match = layout.RULE.fullmatch(name)
        if match is not None:
            data = case.read(name) or b""
            found.setdefault(match["id"], {})[acts.digest(data)] = data
    return found


def _pins(act: Act, header: Header) -> Iterator[tuple[str, Mapping[str, str]]]:
    if header.rule is not None:
        yield act.where(), header.rule
    part = act.parts.get(acts.ERASURE_PART)
    if (
        act.folder == "erasures"
        and part is not None
        and isinstance(part.data, dict)
        and acts.is_pin(part.data.get("rule"))
    ):
        yield act.where("part-erasure.json"), part.data["rule"]


def _check_row(
    case: Case, where: str, pin: Mapping[str, str], rows: dict[str, dict[str, bytes]]
) -> dict[str, Any] | None:
    known = rows.get(pin["id"])
    if not case.rec.expect("rule.missing", where, known is not None, f"rules/{pin['id']}.json") or known is None:
        return None
    found = ", ".join(known)
    if not case.rec.expect("rule.digest", where, pin["row"] in known, f"cited {pin['row']}, enclosed {found}"):
        return None
    return case.rec.run("rule.form", f"rules/{pin['id']}.json", _parse, known[pin["row"]], pin)


def _parse(data: bytes, pin: Mapping[str, str]) -> dict[str, Any]:
    row = canonical.decode(data)
    if not isinstance(row, dict) or row.get("id") != pin["id"] or row.get("from") != pin["from"]:
        raise ActError(f"not the wording of {pin['id']} from {pin['from']}")
    until = row.get("until")
    if "until" not in row or not (until is None or is_day(until)):
        raise ActError("a rule has until: a day, or null")
    return row


def _days(act: Act, header: Header, pin: Mapping[str, str]) -> list[date]:
    """The day a rule is applied to: the one that the part `why` states for it, else that of the act."""
    why = act.parts.get("why")
    for item in why.data if why is not None and isinstance(why.data, list) else ():
        if isinstance(item, dict) and item.get("rule") == dict(pin) and is_day(item.get("on")):
            return [date.fromisoformat(item["on"])]
    at = parse_instant(header.at)
    return [at.date(), (at + _PARIS).date()]


def _check_dates(case: Case, where: str, row: dict[str, Any], days: list[date]) -> None:
    since, until = date.fromisoformat(row["from"]), row["until"]
    good = any(since <= day and (until is None or day < date.fromisoformat(until)) for day in days)
    case.rec.expect("rule.dates", where, good, f"{row['id']} from {since} until {until or 'now'}, applied to {days[0]}")
