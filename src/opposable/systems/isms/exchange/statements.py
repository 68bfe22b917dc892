"""A statement filled in a spreadsheet: the table that is exported comes back, line by line, into the draft.

Columns by their titles in either language; a line that is left undecided in the table is left so in the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opposable.law import Text, t
from opposable.systems.isms.exchange.downloads import COLUMNS, DECIDED
from opposable.systems.isms.exchange.registers import LineFault
from opposable.systems.isms.exchange.tables import Table, TableFault, cell_text, plain
from opposable.systems.isms.rules.referential import Referential
from opposable.systems.isms.rules.soa import REASONS, STATUSES

KEYS = dict(
    zip(
        ("id", "group", "label", "decided", "reasons", "justification", "status", "owner", "controls"),
        COLUMNS,
        strict=True,
    )
)
WANTED = ("id", "decided", "reasons", "justification", "status", "owner")


@dataclass(frozen=True)
class Decided:
    """A line as the act takes it. ``controls`` are references, not uids."""

    requirement: str
    applicable: bool
    reasons: tuple[str, ...]
    justification: str
    status: str
    owner: str
    controls: tuple[str, ...]


def read_statement(table: Table, book: Referential, refs: Mapping[str, str]) -> tuple[list[Decided], list[LineFault]]:
    """The decided lines of a table, and what does not read. Raises TableFault when a column is missing."""
    places = _places(table)
    lines, faults = [], []
    for number, cells in table.rows:
        given = {key: cell_text(cells[place]) if place < len(cells) else "" for key, place in places.items()}
        fault = _fault(given, book, refs)
        if fault:
            faults.append(LineFault(number, given["id"], fault))
        elif _word(given["decided"], DECIDED) is not None:
            lines.append(_line(given))
    return lines, faults


def _places(table: Table) -> dict[str, int]:
    titles = {plain(title): n for n, title in enumerate(table.titles)}
    found = {}
    for key, label in KEYS.items():
        place = next((titles[plain(name)] for name in (label.fr, label.en) if plain(name) in titles), None)
        if place is not None:
            found[key] = place
    missing = [KEYS[key] for key in WANTED if key not in found]
    if missing:
        names = ", ".join(one.fr for one in missing)
        raise TableFault(
            t(
                "Il manque des colonnes : {names}. Exportez la déclaration, remplissez-la, rendez-la.",
                "Columns are missing: {names}. Export the statement, fill it in, send it back.",
            ).format(names=names)
        )
    return found


def _fault(given: Mapping[str, str], book: Referential, refs: Mapping[str, str]) -> Text | None:
    if given["id"] not in book:
        return t("Pas dans l’édition : {id}.", "Not in the edition: {id}.").format(id=given["id"] or "–")
    decided = given["decided"]
    if (
        decided
        and _word(decided, DECIDED) is None
        and plain(decided) not in {plain(w) for w in (DECIDED[None].fr, DECIDED[None].en)}
    ):
        return t(
            "« {x} » n’est pas une décision : retenue, exclue, à décider.",
            "“{x}” is no decision: included, excluded, to decide.",
        ).format(x=decided[:40])
    unknown = [one for one in _reasons(given["reasons"]) if one not in REASONS]
    if unknown:
        return t("Raison inconnue : {x}.", "Unknown reason: {x}.").format(x=", ".join(unknown[:3]))
    if _word(decided, DECIDED) and _word(given["status"], STATUSES) is None:
        return t(
            "« {x} » n’est pas un état : en place, en partie, prévue, autrement.",
            "“{x}” is no status: implemented, partly, planned, by other means.",
        ).format(x=given["status"][:40])
    strange = [one for one in given.get("controls", "").split() if one not in refs]
    if strange:
        return t("Mesure inconnue : {x}.", "Unknown control: {x}.").format(x=", ".join(strange[:3]))
    return None


def _word(text: str, known: Mapping[Any, Text]) -> Any:
    """The key whose words in either language these are; None for none (and for «not decided»)."""
    return next(
        (key for key, label in known.items() if key is not None and plain(text) in (plain(label.fr), plain(label.en))),
        None,
    )


def _reasons(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").upper().split()


def _line(given: Mapping[str, str]) -> Decided:
    applicable = bool(_word(given["decided"], DECIDED))
    return Decided(
        given["id"],
        applicable,
        tuple(_reasons(given["reasons"])) if applicable else (),
        given["justification"],
        _word(given["status"], STATUSES) if applicable else "",
        given["owner"],
        tuple(given.get("controls", "").split()),
    )
