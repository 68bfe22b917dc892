"""Checks 10xx: votes that a part says were counted stand, as they are told, in the table that was published.

A part that holds, at any depth, an object ``opening`` of the kind `commitments.OPENING` states what one line of a table hides.
The act that published the table is named by its entry; its part ``table`` is sealed like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opposable.ledger import commitments
from opposable.ledger.act import is_digest
from opposable.ledger.errors import ActError
from opposable.ledger.verify.case import Act, Case

TABLE_PART = "table"
_FIELDS = {"blinding", "commitment", "entry", "kind", "slots", "table", "v", "votes"}


def check_counts(case: Case) -> None:
    """Every opening that the acts of the bundle hold."""
    found = [
        (act.where(f"part-{name}.json"), opening)
        for _, act in sorted(case.acts.items())
        for name, part in sorted(act.parts.items())
        for opening in _openings(part.data)
    ]
    summed: dict[int, bool] = {}
    for where, value in found:
        opening = case.rec.run("count.form", where, _parse, value)
        if opening is not None:
            _check_line(case, where, opening, summed)


def _openings(data: Any) -> Iterator[dict[str, Any]]:
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for value in values:
        yield from _openings(value)
    one = data.get("opening") if isinstance(data, dict) else None
    if isinstance(one, dict) and one.get("kind") == commitments.OPENING:
        yield one


def _parse(value: dict[str, Any]) -> dict[str, Any]:
    slots, votes = value.get("slots"), value.get("votes")
    good = (
        value.keys() == _FIELDS
        and value["v"] == 1
        and all(is_digest(value[name]) for name in ("blinding", "commitment"))
        and all(value[name] == "" or is_digest(value[name]) for name in ("entry", "table"))
        and isinstance(slots, list)
        and isinstance(votes, list)
        and len(slots) == len(votes)
        and all(isinstance(slot, str) and slot.isascii() for slot in slots)
        and all(type(count) is int and count >= 0 for count in votes)
    )
    if not good:
        raise ActError("an opening has its slots, as many votes, a blinding, a commitment, two acts")
    return value


def _check_line(case: Case, where: str, opening: dict[str, Any], summed: dict[int, bool]) -> None:
    act = _act(case, opening["table"])
    table = act.parts.get(TABLE_PART) if act else None
    if act is None or table is None:
        case.rec.notice("count.no-table", where)
        return
    line = _line(table.data, opening)
    told = case.rec.expect("count.line", where, line is not None, f"no such line in the table of act {act.index}")
    opened = case.rec.passes("count.opening", where, _open, opening)
    if act.index not in summed:
        summed[act.index] = case.rec.passes(
            "count.sum", act.where(f"part-{TABLE_PART}.json"), commitments.verify, table.data
        )
    if told and opened and summed[act.index]:
        form = _act(case, opening["entry"])
        case.rec.facts.setdefault("counted", []).append(
            {
                "votes": dict(zip(opening["slots"], opening["votes"], strict=True)),
                "line": line,
                "table": act.index,
                "form": form.index if form else None,
            }
        )


def _act(case: Case, entry: str) -> Act | None:
    wanted = bytes.fromhex(entry)
    return next((act for act in case.acts.values() if wanted and act.entry == wanted), None)


def _line(table: Any, opening: dict[str, Any]) -> int | None:
    """The number of the line with this commitment and this receipt, in a table of the same columns."""
    if not isinstance(table, dict) or table.get("slots") != opening["slots"]:
        return None
    rows = table.get("rows")
    wanted = {"commitment": opening["commitment"], "entry": opening["entry"]}
    return next((n for n, row in enumerate(rows if isinstance(rows, list) else ()) if row == wanted), None)


def _open(opening: dict[str, Any]) -> None:
    made = commitments.commit(
        opening["slots"], opening["votes"], int.from_bytes(bytes.fromhex(opening["blinding"]), "little")
    )
    if made != opening["commitment"]:
        raise ActError("these votes make another commitment")
