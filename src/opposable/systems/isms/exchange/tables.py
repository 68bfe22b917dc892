"""A table as people keep it (xlsx, ods, xls, CSV): its titles and the lines under them, read within bounds, nothing run."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from opposable.law import Text, t

MOST_LINES = 20_000
LARGEST = 64 * 1024 * 1024
LARGEST_UNPACKED = 512 * 1024 * 1024
"""A workbook is a ZIP: what it says to unpack to is looked at before anything is unpacked."""
WIDEST = 200
HEAD_ROWS = 30


class TableFault(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.fr)
        self.text = text


@dataclass(frozen=True)
class Table:
    """Titles of the columns, and the lines under them with their number in the file."""

    titles: list[str]
    rows: list[tuple[int, list[Any]]]
    sha256: str


def read_table(data: bytes) -> Table:
    """Find the titles (the widest of the first lines) and the lines below. Raises TableFault."""
    if not data or len(data) > LARGEST:
        raise TableFault(t("Le fichier est vide ou dépasse 64 Mo.", "The file is empty or exceeds 64 MB."))
    rows = _workbook(data) if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0" else _csv(data)
    place = _title_row(rows)
    if place is None:
        raise TableFault(
            t(
                "Aucune ligne de titres : il en faut une, avec deux colonnes au moins.",
                "No line of titles: one is needed, with two columns at least.",
            )
        )
    titles = [cell_text(cell) for cell in rows[place][:WIDEST]]
    while titles and not titles[-1]:
        titles.pop()
    lines = [
        (n, row[: len(titles)])
        for n, row in enumerate(rows[place + 1 :], place + 2)
        if any(cell_text(cell) for cell in row)
    ]
    if not lines:
        raise TableFault(t("Aucune ligne sous les titres.", "No line under the titles."))
    if len(lines) > MOST_LINES:
        raise TableFault(
            t("Plus de {n} lignes : découpez le fichier.", "More than {n} lines: split the file.").format(n=MOST_LINES)
        )
    return Table([title or f"({n})" for n, title in enumerate(titles, 1)], lines, sha256(data).hexdigest())


def _workbook(data: bytes) -> list[list[Any]]:
    """The first sheet, by a reader that expands no entity and takes what formulas gave; merged cells are filled."""
    from python_calamine import CalamineError, CalamineWorkbook

    if data[:2] == b"PK":
        _look_before_unpacking(data)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        rows = [list(row) for row in sheet.to_python(skip_empty_area=False)]
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise TableFault(
            t(
                "Ce classeur ne s’ouvre pas : enregistrez-le de nouveau en .xlsx.",
                "This workbook does not open: save it again as .xlsx.",
            )
        ) from error
    for (top, left), (bottom, right) in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        for n in range(top, min(bottom + 1, len(rows))):
            for m in range(left, min(right + 1, len(rows[n]))):
                rows[n][m] = rows[top][left]
    return rows


def _look_before_unpacking(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableFault(t("Ce classeur est abîmé.", "This workbook is damaged.")) from error
    if unpacked > LARGEST_UNPACKED:
        raise TableFault(t("Ce classeur, décompressé, dépasse 512 Mo.", "Unpacked, this workbook exceeds 512 MB."))


def _csv(data: bytes) -> list[list[Any]]:
    text = _decoded(data)
    head = text[:10_000]
    separator = max(";,\t", key=head.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise TableFault(
            t("Ce fichier CSV ne se lit pas : {why}.", "This CSV file does not read: {why}.").format(why=error)
        ) from error


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in data[:4096]:
        raise TableFault(
            t("Ce fichier n’est ni un classeur ni un texte.", "This file is neither a workbook nor a text.")
        )
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableFault(
        t(
            "Le codage de ce texte n’est pas reconnu : enregistrez-le en UTF-8.",
            "The encoding of this text is not recognised: save it as UTF-8.",
        )
    )


def _title_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """A merged banner says the same thing in each of its cells: titles differ."""
    widths = [len({cell_text(cell) for cell in row} - {""}) for row in rows[:HEAD_ROWS]]
    best = max(widths, default=0)
    return widths.index(best) if best >= 2 else None


def cell_text(cell: Any) -> str:
    """A cell as words: whole numbers without «.0», days as ISO, no control characters."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return (
        "".join(char for char in str(cell) if char in "\n\t" or char.isprintable()).strip() if cell is not None else ""
    )


def plain(text: str) -> str:
    """Without accents or capitals: how titles and words are compared."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(flat.casefold().replace("'", " ").split())
