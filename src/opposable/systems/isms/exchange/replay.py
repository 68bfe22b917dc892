"""An item of evidence with what it takes to judge it again, away from the database that made it.

The file holds every header of the item's interval. Each header's SHA-256 is an entry of the log: `replay` recomputes the verdict
from the headers, and, given the log's public tiles, checks that each of them, none left out, is where the log has it.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from opposable.kernel import clock
from opposable.law import Text, t
from opposable.ledger.act import parse_header
from opposable.systems.isms.acts.evidence import headers, seen_between
from opposable.systems.isms.models import EvidenceItem
from opposable.systems.isms.rules.evidence import EVERYTHING, RULES, Seen, Verdict

FORMAT = "opposable-isms-evidence-1"


class ReplayFault(Exception):
    """The file does not read, or does not agree with itself or with the log."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def export(item: EvidenceItem) -> bytes:
    """The item as a file."""
    objects = [one.obj for one in seen_between(RULES[item.rule], item.scope, item.first, item.last)]
    return json.dumps(
        {
            "format": FORMAT,
            "item": item.uid,
            "state": item.state(),
            "objects": sorted(set(objects)),
            "headers": [[index, header.decode()] for index, header in headers(item)],
        },
        ensure_ascii=False,
    ).encode()


def judge_again(data: bytes, entries: list[bytes] | None = None) -> tuple[str, Verdict]:
    """(verdict that the file claims, verdict recomputed). Raises ReplayFault. ``entries``: those of the log from 0, if at hand."""
    found = _read(data)
    state, rule = found["state"], RULES[found["state"]["rule"]]
    given = {int(index): str(header).encode() for index, header in found["headers"]}
    if sorted(given) != list(range(state["first"], state["last"])):
        raise ReplayFault(t("Il manque des actes de l’intervalle.", "Acts of the interval are missing."))
    if entries is not None:
        _compare(given, entries)
    seen = [
        one
        for index, header in sorted(given.items())
        if header
        for one in [_seen(index, header)]
        if _looked_at(rule.types, one)
    ]
    mine = set(found["objects"])
    kept = [
        one for one in seen if not one.type.startswith("isms.") or one.obj in mine or one.type == "isms.review.hold"
    ]
    figures = {key: value for key, value in state["figures"].items() if isinstance(value, int)}
    return state["verdict"], rule.judge(kept, figures, clock.parse(state["until"]))


def _read(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
        assert found["format"] == FORMAT
        assert found["state"]["rule"] in RULES
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise ReplayFault(
            t("Ce fichier n’est pas une preuve à rejuger.", "This file is no evidence to judge again.")
        ) from error
    return dict(found)


def _compare(given: dict[int, bytes], entries: list[bytes]) -> None:
    for index, header in given.items():
        if index >= len(entries) or (header and sha256(header).digest() != entries[index]):
            raise ReplayFault(
                t("L’acte n° {n} n’est pas celui du registre.", "Act {n} is not the one in the log.").format(n=index)
            )


def _seen(index: int, header: bytes) -> Seen:
    read = parse_header(header)
    at: datetime = clock.parse(read.at)
    return Seen(index, read.type, at, read.outcome, read.obj)


def _looked_at(types: tuple[str, ...], one: Seen) -> bool:
    if types == EVERYTHING:
        return one.outcome == "refused" or one.type == "isms.refusal.review"
    return any(one.type.startswith(prefix) for prefix in types)


def entries_of_log(folder: Path) -> list[bytes]:
    """Every entry of a log from its public tiles (``tile/entries/…``), in order. Raises ReplayFault."""
    found: list[bytes] = []
    for path in _bundles(folder / "tile" / "entries"):
        data = path.read_bytes()
        place = 0
        while place < len(data):
            size = int.from_bytes(data[place : place + 2], "big")
            found.append(data[place + 2 : place + 2 + size])
            place += 2 + size
    if not found:
        raise ReplayFault(t("Pas de journal dans {f}.", "No log in {f}.").format(f=folder))
    return found


def _bundles(folder: Path) -> list[Path]:
    """Full bundles in order, then the widest partial one."""
    if not folder.is_dir():
        return []
    full = sorted(
        (path for path in folder.rglob("*") if path.is_file() and ".p" not in str(path.relative_to(folder))),
        key=_number,
    )
    partial = [
        path for path in folder.rglob("*.p/*") if path.is_file() and _number(path.parent.with_suffix("")) == len(full)
    ]
    return [*full, *sorted(partial, key=lambda path: int(path.name))[-1:]]


def _number(path: Path) -> int:
    """x001/x234/067 → 1234067."""
    digits = [part.lstrip("x") for part in path.parts[path.parts.index("entries") + 1 :]]
    return int("".join(digits)) if all(part.isdecimal() for part in digits) else 0
