"""A risk register as people keep it: xlsx, ods, xls or CSV, columns in any order under any names.

Two steps: `read_table` finds the titles and the lines, `read_risks` reads them by a mapping (position of a column → meaning).
What cannot be read is said line by line; nothing is guessed in silence.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from opposable.law import Text, t
from opposable.systems.isms.acts.risk import MOST_RISKS, NewRisk
from opposable.systems.isms.models.risk import RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.method import Method
from opposable.systems.isms.rules.referential import Referential

LARGEST = 64 * 1024 * 1024
LARGEST_UNPACKED = 512 * 1024 * 1024
"""A workbook is a ZIP: what it says to unpack to is looked at before anything is unpacked."""
WIDEST = 200
HEAD_ROWS = 30

MEANINGS = {
    "": t("– rien, laissée de côté –", "– nothing, left aside –"),
    "title": t("risque (intitulé)", "risk (title)"),
    "owner": t("propriétaire", "owner"),
    "asset": t("bien touché", "asset touched"),
    "consequences": t("conséquences", "consequences"),
    "option": t("traitement", "treatment"),
    "plan": t("plan de traitement", "treatment plan"),
    "requirements": t("identifiants de l’annexe A", "identifiers of annex A"),
}
NAMES = {
    "title": (
        "risque",
        "intitule",
        "scenario",
        "risk",
        "title",
        "libelle",
        "description du risque",
        "evenement redoute",
    ),
    "owner": ("proprietaire", "owner", "risk owner", "responsable", "pilote"),
    "asset": ("bien", "actif", "asset", "bien support", "actif concerne"),
    "consequences": ("consequence", "consequences", "impact description", "effets"),
    "option": ("traitement", "option", "treatment", "strategie", "decision"),
    "plan": ("plan", "plan de traitement", "mesures prevues", "action plan", "actions"),
    "requirements": ("annexe a", "controles", "controls", "iso 27001", "mesures iso", "annex a"),
}
OPTION_NAMES = {
    "modify": ("modify", "reduire", "reduction", "mitigate", "reduce", "attenuer", "traiter"),
    "retain": ("retain", "accepter", "acceptation", "accept", "maintenir", "conserver"),
    "avoid": ("avoid", "eviter", "refuser", "refus", "refuse"),
    "share": ("share", "partager", "transferer", "transfer", "partage", "transfert"),
}


class RegisterFault(Exception):
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


@dataclass(frozen=True)
class LineFault:
    """What does not read: line, title of the column, why."""

    line: int
    column: str
    text: Text


@dataclass
class Register:
    """Risks that were read, and what was not."""

    risks: list[NewRisk] = field(default_factory=list)
    faults: list[LineFault] = field(default_factory=list)


# ---- the file --------------------------------------------------------------------------------------------------------


def read_table(data: bytes) -> Table:
    """Find the titles (the widest of the first lines) and the lines below. Raises RegisterFault."""
    if not data or len(data) > LARGEST:
        raise RegisterFault(t("Le fichier est vide ou dépasse 64 Mo.", "The file is empty or exceeds 64 MB."))
    rows = _workbook(data) if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0" else _csv(data)
    place = _title_row(rows)
    if place is None:
        raise RegisterFault(
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
        raise RegisterFault(t("Aucune ligne sous les titres.", "No line under the titles."))
    if len(lines) > MOST_RISKS:
        raise RegisterFault(
            t("Plus de {n} lignes : découpez le fichier.", "More than {n} lines: split the file.").format(n=MOST_RISKS)
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
        raise RegisterFault(
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
        raise RegisterFault(t("Ce classeur est abîmé.", "This workbook is damaged.")) from error
    if unpacked > LARGEST_UNPACKED:
        raise RegisterFault(t("Ce classeur, décompressé, dépasse 512 Mo.", "Unpacked, this workbook exceeds 512 MB."))


def _csv(data: bytes) -> list[list[Any]]:
    text = _decoded(data)
    head = text[:10_000]
    separator = max(";,\t", key=head.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error as error:
        raise RegisterFault(
            t("Ce fichier CSV ne se lit pas : {why}.", "This CSV file does not read: {why}.").format(why=error)
        ) from error


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in data[:4096]:
        raise RegisterFault(
            t("Ce fichier n’est ni un classeur ni un texte.", "This file is neither a workbook nor a text.")
        )
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RegisterFault(
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


# ---- the mapping -----------------------------------------------------------------------------------------------------


def meanings(method: Method) -> dict[str, Text]:
    """What a column may hold, under this method: words, then a step of each scale for each kind of rating."""
    found = dict(MEANINGS)
    for kind, label in RATINGS.items():
        for axis in method.axes:
            found[f"{kind}:{axis.key}"] = t("{axis} ({kind})", "{axis} ({kind})").format(axis=axis.label, kind=label)
    return found


def guess(table: Table, method: Method, saved: Mapping[str, str] | None = None) -> list[str]:
    """A meaning for each column: as the last import of the same titles had it, else by its title, each one once."""
    known = meanings(method)
    if saved and all(title in saved for title in table.titles):
        return [saved[title] if saved[title] in known else "" for title in table.titles]
    found: list[str] = []
    for title in table.titles:
        meaning = _guess_one(plain(title), method)
        found.append(meaning if meaning not in found else "")
    return found


def kept(table: Table, mapping: Sequence[str]) -> list[dict[str, str]]:
    """The mapping as an import keeps it: title and meaning of each column."""
    return [{"title": title, "meaning": meaning} for title, meaning in zip(table.titles, mapping, strict=True)]


def _guess_one(title: str, method: Method) -> str:
    for meaning, names in NAMES.items():
        if title in names:
            return meaning
    kind = next((one for one, label in RATINGS.items() if plain(label.fr) in title or label.en in title), "current")
    for axis in method.axes:
        if any(plain(name) in title for name in (axis.label.fr, axis.label.en, axis.key)):
            return f"{kind}:{axis.key}"
    return next((meaning for meaning, names in NAMES.items() if any(title.startswith(name) for name in names)), "")


def plain(text: str) -> str:
    """Without accents or capitals: how titles and words are compared."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(flat.casefold().replace("'", " ").split())


# ---- the lines -------------------------------------------------------------------------------------------------------


def read_risks(table: Table, mapping: Sequence[str], method: Method, book: Referential) -> Register:
    """Every line by the mapping. A dry run: it writes nothing."""
    register = Register()
    if mapping.count("title") != 1:
        register.faults.append(
            LineFault(
                1,
                "",
                t("Dites quelle colonne porte l’intitulé du risque.", "Say which column holds the title of the risk."),
            )
        )
        return register
    double = {one for one in mapping if one and mapping.count(one) > 1}
    for one in sorted(double):
        register.faults.append(
            LineFault(1, one, t("Deux colonnes ont le même sens.", "Two columns have the same meaning."))
        )
    if double:
        return register
    for number, cells in table.rows:
        values = {
            meaning: (cell_text(cell), title)
            for meaning, cell, title in zip(mapping, cells, table.titles, strict=False)
            if meaning
        }
        faults = list(_faults(number, values, method, book))
        register.faults += faults
        if not faults:
            register.risks.append(_risk(values, method, book))
    return register


Values = Mapping[str, tuple[str, str]]
LIMITS = {"title": 240, "owner": 120, "asset": 160, "consequences": 20_000, "plan": 20_000}


def _faults(number: int, values: Values, method: Method, book: Referential) -> Iterator[LineFault]:
    for meaning, (text, title) in values.items():
        if meaning == "title" and not text:
            yield LineFault(number, title, t("L’intitulé est vide.", "The title is empty."))
        elif len(text) > LIMITS.get(meaning, 4000):
            yield LineFault(
                number, title, t("Plus de {n} signes.", "More than {n} characters.").format(n=LIMITS.get(meaning, 4000))
            )
        elif meaning == "option" and text and option_of(text) is None:
            yield LineFault(
                number,
                title,
                t(
                    "« {x} » n’est pas un traitement : réduire, accepter, éviter, partager.",
                    "“{x}” is no treatment: modify, retain, avoid, share.",
                ).format(x=text[:40]),
            )
        elif meaning == "requirements" and (unknown := [one for one in ids_of(text, book) if one not in book]):
            yield LineFault(
                number,
                title,
                t("Pas dans l’édition : {ids}.", "Not in the edition: {ids}.").format(ids=", ".join(unknown[:5])),
            )
        elif ":" in meaning and text and step_of(text, meaning, method) is None:
            yield LineFault(
                number,
                title,
                t("« {x} » n’est pas un degré de cette échelle.", "“{x}” is no step of this scale.").format(
                    x=text[:40]
                ),
            )
    yield from _half_rated(number, values, method)


def _half_rated(number: int, values: Values, method: Method) -> Iterator[LineFault]:
    """A rating wants a step on every scale, or on none."""
    for kind in RATINGS:
        given = {axis.key: bool(values.get(f"{kind}:{axis.key}", ("", ""))[0]) for axis in method.axes}
        if any(given.values()) and not all(given.values()):
            lacking = next(axis.label for axis in method.axes if not given[axis.key])
            yield LineFault(
                number,
                "",
                t("Cotation incomplète : « {axis} » manque.", "Incomplete rating: “{axis}” is missing.").format(
                    axis=lacking
                ),
            )


def _risk(values: Values, method: Method, book: Referential) -> NewRisk:
    text = {meaning: value for meaning, (value, _) in values.items()}
    ratings = {}
    for kind in RATINGS:
        steps = {
            axis.key: step_of(text.get(f"{kind}:{axis.key}", ""), f"{kind}:{axis.key}", method) for axis in method.axes
        }
        whole = {key: step for key, step in steps.items() if step}
        if len(whole) == len(method.axes):
            ratings[kind] = whole
    return NewRisk(
        title=text["title"],
        owner=text.get("owner", ""),
        consequences=text.get("consequences", ""),
        asset=text.get("asset", ""),
        plan=text.get("plan", ""),
        option=option_of(text.get("option", "")) or "",
        requirements=tuple(ids_of(text.get("requirements", ""), book)),
        ratings=ratings,
    )


def option_of(text: str) -> str | None:
    """A treatment by its words in either language; None when it is none of them."""
    word = plain(text)
    return next(
        (key for key in OPTIONS if any(word == name or word.startswith(name) for name in OPTION_NAMES[key])), None
    )


def ids_of(text: str, book: Referential) -> list[str]:
    """Identifiers separated by spaces, commas, semicolons or line breaks; «A.8.1» is found as «8.1» where the edition writes it so."""
    found = []
    for one in text.replace(",", " ").replace(";", " ").split():
        bare = one.strip(".()")
        found.append(next((id_ for id_ in (bare, bare.removeprefix("A."), f"A.{bare}") if id_ in book), bare))
    return list(dict.fromkeys(found))


def step_of(text: str, meaning: str, method: Method) -> int | None:
    """A step of a scale: its number («3», «3 - forte»), or its name in either language. None: it is none."""
    axis = next((one for one in method.axes if one.key == meaning.split(":")[1]), None)
    if axis is None or not text:
        return None
    word = plain(text)
    for n, step in enumerate(axis.steps, 1):
        if word in (plain(step.fr), plain(step.en)):
            return n
    digits = word.split()[0].rstrip(".:-)/") if word.split() else ""
    digits = digits.split("-")[0].split("/")[0]
    return int(digits) if digits.isdecimal() and 1 <= int(digits) <= len(axis.steps) else None
