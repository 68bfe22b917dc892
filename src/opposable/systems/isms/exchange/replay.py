"""An item of evidence with what it takes to judge it again, away from the database that made it.

The file holds every header of the item's interval, and the parts and time-stamps of which its figures are made. Each header's SHA-256
is an entry of the log: `replay` recomputes figures and verdict from them, and, given the log's public tiles, checks that each of them,
none left out, is where the log has it. The figures that the file states are not looked at, save those that no header shows
(`figures.COUNTED`): these are named, and must be what the log sealed with the evidence on the day when it was collected.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from opposable.kernel import clock
from opposable.law import local_day, t
from opposable.ledger.act import Header, digest, parse_header, parse_part
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import LedgerError
from opposable.ledger.note import split_note
from opposable.ledger.token import inspect, token_hash
from opposable.systems.isms.acts.evidence import (
    anchors_between,
    header_at,
    headers,
    seen_between,
    told_parts,
)
from opposable.systems.isms.exchange import sealed
from opposable.systems.isms.exchange.fault import ReplayFault
from opposable.systems.isms.models import EvidenceItem
from opposable.systems.isms.rules.evidence import EVERYTHING, RULES, Seen, Verdict
from opposable.systems.isms.rules.figures import (
    COUNTED,
    TOLD,
    Token,
    acknowledged,
    ahead,
    erasures,
    leavers,
    stamped,
    suppliers,
    uncovered,
)

FORMAT = "opposable-isms-evidence-3"


STAMPED = ("EV-05", "EV-06", "EV-07")


@dataclass(frozen=True)
class Judged:
    """What was found: the verdict that the file claims and the one recomputed, figures counted in rows, headers left blank.

    ``sealed``: the leaf of the act that sealed the evidence, those figures with it; None when the file does not show it.
    """

    claimed: str
    found: Verdict
    counted: tuple[str, ...] = ()
    sealed: int | None = None
    blank: int = 0

    @property
    def same(self) -> bool:
        return self.claimed == self.found.name


def export(item: EvidenceItem) -> bytes:
    """The item as a file."""
    seen = seen_between(RULES[item.rule], item.scope, item.first, item.last)
    anchors = anchors_between(item.since, item.until) if item.rule in STAMPED else []
    return json.dumps(
        {
            "format": FORMAT,
            "item": item.uid,
            "state": item.state(),
            "sealed": sealed.export(item),
            "before": header_at(item.first - 1).decode(),
            "headers": [[index, header.decode()] for index, header in headers(item)],
            "parts": {str(index): data.decode() for index, data in told_parts(seen).items()},
            "tokens": [[one.note, b64encode(bytes(one.response)).decode()] for one in anchors],
        },
        ensure_ascii=False,
    ).encode()


def judge_again(data: bytes, entries: list[bytes] | None = None, tokens: Path | None = None) -> Judged:
    """Raises ReplayFault. ``entries``: those of the log from 0, if at hand; ``tokens``: the folder of its time-stamps."""
    try:
        return _judge(_read(data), entries, tokens)
    except (LedgerError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReplayFault(t("Ce fichier est abîmé.", "This file is damaged.")) from error


def _judge(found: dict[str, Any], entries: list[bytes] | None, tokens: Path | None) -> Judged:
    state, rule = found["state"], RULES[found["state"]["rule"]]
    given = {int(index): str(header).encode() for index, header in found["headers"]}
    if sorted(given) != list(range(state["first"], state["last"])):
        raise ReplayFault(t("Il manque des actes de l’intervalle.", "Acts of the interval are missing."))
    before = {state["first"] - 1: str(found["before"]).encode()} if state["first"] else {}
    place = sealed.read(found["sealed"], str(found["item"]), state)
    if entries is not None:
        _compare(given | before | (dict([place]) if place else {}), entries)
    for header in filter(None, before.values()):
        if clock.parse(parse_header(header).at) >= clock.parse(state["since"]):
            raise ReplayFault(t("L’intervalle commence trop tard.", "The interval begins too late."))
    read = {index: parse_header(header) for index, header in given.items() if header}
    seen = [Seen(index, one.type, clock.parse(one.at), one.outcome, one.obj) for index, one in sorted(read.items())]
    mine = {state["scope"], *state["figures"].get("listed", ())}
    kept = [
        one
        for one in seen
        if _looked_at(rule.types, one)
        and (not one.type.startswith("isms.") or one.obj in mine or one.type == "isms.review.hold")
    ]
    stamps = _tokens(found["tokens"], state, tokens) if rule.code in STAMPED else []
    figures = _figures(rule.code, state, kept, {one.index: one.at for one in seen}, stamps, _told(found["parts"], read))
    verdict = rule.judge(kept, figures, clock.parse(state["until"]))
    counted = COUNTED.get(rule.code, ())
    return Judged(state["verdict"], verdict, counted, place[0] if place else None, len(given) - len(read))


def _figures(
    code: str,
    state: dict[str, Any],
    kept: list[Seen],
    instants: dict[int, datetime],
    stamps: list[Token],
    parts: dict[int, Any],
) -> dict[str, int]:
    first, last, until = state["first"], state["last"], clock.parse(state["until"])
    if code == "EV-03":
        return leavers(kept, parts)
    if code == "EV-04":
        return {**erasures(kept, parts), "overdue": int(state["figures"]["overdue"])}
    if code == "EV-08":
        return acknowledged(kept, parts, local_day(until))
    if code == "EV-09":
        return suppliers(kept, state["figures"]["listed"])
    if code in ("EV-05", "EV-06"):
        return stamped(stamps, last - first, uncovered(stamps, instants.items(), until))
    if code == "EV-07":
        return ahead(stamps, instants, first, last)
    if code == "EV-11":
        return {"acts": last - first}
    return {}


def _told(given: dict[str, str], read: dict[int, Header]) -> dict[int, Any]:
    """What acts say they are about, from parts that are those of their headers."""
    found = {}
    for index, text in given.items():
        header = read.get(int(index))
        if header is None or header.parts.get(TOLD.get(header.type, "")) != digest(text.encode()):
            raise ReplayFault(
                t("La pièce de l’acte n° {n} n’est pas la sienne.", "The part of act {n} is not its own.").format(
                    n=index
                )
            )
        found[int(index)] = parse_part(text.encode()).data
    return found


def _tokens(given: list[list[str]], state: dict[str, Any], folder: Path | None) -> list[Token]:
    """The time-stamps of the period, each over its checkpoint; all of those of the log, when it is at hand."""
    since, until = clock.parse(state["since"]), clock.parse(state["until"])
    made, held = [], set()
    for signed, text in given:
        response = b64decode(text)
        info, checkpoint = inspect(response), Checkpoint.parse(split_note(signed)[0])
        if not info.is_over(signed.encode()):
            raise ReplayFault(
                t("Un horodatage n’est pas celui de son point.", "A time-stamp is not over its checkpoint.")
            )
        witnesses = sum(one.name != checkpoint.origin for one in split_note(signed)[1])
        made.append(Token(checkpoint.size, info.at, witnesses))
        held.add(token_hash(response))
    if folder is not None:
        for path in sorted(folder.glob("*.tsr")):
            at = inspect(path.read_bytes()).at
            if since <= at <= until and path.stem not in held:
                raise ReplayFault(t("Il manque un horodatage du journal.", "A time-stamp of the log is missing."))
    return [one for one in made if since <= one.at <= until]


def _read(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
        assert found["format"] == FORMAT
        assert found["state"]["rule"] in RULES
        assert isinstance(found["parts"], dict)
        assert isinstance(found["tokens"], list)
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
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
