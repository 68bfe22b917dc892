"""Contracts from a CSV file: one line a subscriber, several values of a cell separated by ``|``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from opposable.kernel.actors import Actor
from opposable.law import Refused, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.identities import index
from opposable.systems.traffic.store.rows import Identity

COLUMNS = ("subscriber", "opened_on", "closed_on", "names", "born", "addresses", "emails", "phones", "other")
BATCH = 500


def read(path: Path) -> Iterator[Identity]:
    """The identities of a file. Raises Refused with the number of the line that does not read, never its content."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file, delimiter=";")
        if not set(lines.fieldnames or ()) >= {"subscriber", "opened_on"}:
            raise _wrong(1)
        for number, line in enumerate(lines, 2):
            yield _identity(number, line)


def _identity(number: int, line: dict[str, str]) -> Identity:
    cells = {name: (line.get(name) or "").strip() for name in COLUMNS}
    try:
        opened = date.fromisoformat(cells["opened_on"]).isoformat()
        closed = date.fromisoformat(cells["closed_on"]).isoformat() if cells["closed_on"] else None
    except ValueError:
        raise _wrong(number) from None
    if not cells["subscriber"]:
        raise _wrong(number)
    pairs = [part.partition("=") for part in _many(cells["other"])]
    if any(not name.strip().replace("-", "").replace(" ", "").isalnum() for name, _, _ in pairs):
        raise _wrong(number)
    return Identity(
        subscriber=cells["subscriber"],
        opened_on=opened,
        closed_on=closed,
        names=cells["names"],
        born=cells["born"],
        addresses=_many(cells["addresses"]),
        emails=_many(cells["emails"]),
        phones=_many(cells["phones"]),
        other=tuple((name.strip(), value.strip()) for name, _, value in pairs),
    )


def _many(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def import_file(actor: Actor, path: Path) -> int:
    """Take in a file, in acts of a few hundred contracts. Returns how many."""
    found, count = list(read(path)), 0
    for start in range(0, len(found), BATCH):
        some = found[start : start + BATCH]
        rows = acts.import_identities(actor, identities=some).result
        index(rows, some)
        count += len(rows)
    return count


def _wrong(line: int) -> Refused:
    return Refused(
        t("Ligne {n} : elle ne se lit pas.", "Line {n}: it does not read.").format(n=line),
        None,
        "identity.line",
        facts={"line": line},
        lawful=t("Colonnes : {names}.", "Columns: {names}.").format(names=";".join(COLUMNS)),
    )
