"""The register of holders as a CSV file: one line a lot, in the encodings and separators that spreadsheets write.

Nothing is guessed silently: what was understood (encoding, separator, columns) is part of the answer, and each line that
cannot be read is named with its column and the reason. A file with errors is not imported at all.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opposable.law import Text, t
from opposable.systems.assembly.acts.register import Entry
from opposable.systems.assembly.exchange import fields
from opposable.systems.assembly.exchange.fields import FieldError

MAX_BYTES = 200_000_000
MAX_ERRORS = 500

FORMS = {
    "nominatif pur": "nominative-pure",
    "np": "nominative-pure",
    "nominative-pure": "nominative-pure",
    "nominatif administré": "nominative-administered",
    "nominatif administre": "nominative-administered",
    "na": "nominative-administered",
    "nominative-administered": "nominative-administered",
    "porteur": "bearer",
    "au porteur": "bearer",
    "bearer": "bearer",
}
RIGHTS = {
    "": "full",
    "pleine propriété": "full",
    "full": "full",
    "nue-propriété": "bare",
    "nue propriété": "bare",
    "bare": "bare",
    "usufruit": "usufruct",
    "usufruct": "usufruct",
    "indivision": "joint",
    "joint": "joint",
}
KINDS = {
    "": "person",
    "personne physique": "person",
    "person": "person",
    "personne morale": "entity",
    "entity": "entity",
    "intermédiaire": "intermediary",
    "intermediary": "intermediary",
}
CONSENTS = {
    "": "",
    "courrier": "post",
    "post": "post",
    "electronique": "electronic",
    "électronique": "electronic",
    "electronic": "electronic",
}
LANGUAGES = {"": "fr", "fr": "fr", "en": "en"}

HOLDER = {
    "ref": (fields.words, ("ref", "reference", "compte", "numero de compte", "account")),
    "kind": (lambda value: fields.one_of(value, KINDS), ("type", "nature", "kind")),
    "name": (fields.words, ("nom", "nom ou denomination", "denomination", "titulaire", "name", "holder")),
    "given_name": (fields.words, ("prenom", "prenom usuel", "given name", "first name")),
    "email": (fields.email, ("courriel", "email", "e mail", "adresse electronique")),
    "phone": (fields.words, ("telephone", "mobile", "phone")),
    "address": (fields.words, ("adresse", "domicile", "address")),
    "language": (lambda value: fields.one_of(value, LANGUAGES), ("langue", "language")),
    "consent_on": (fields.day, ("accord electronique", "accord du", "consent", "consent on")),
    "consent_by": (lambda value: fields.one_of(value, CONSENTS), ("accord par", "consent by")),
}
LOT: dict[str, tuple[Callable[[str], Any], tuple[str, ...]]] = {
    "lot": (fields.words, ("lot", "ligne", "reference du lot")),
    "isin": (fields.isin, ("isin", "code isin")),
    "form": (lambda value: fields.one_of(value, FORMS), ("forme", "form", "inscription")),
    "quantity": (fields.quantity, ("quantite", "nombre d actions", "actions", "titres", "quantity", "shares")),
    "since": (fields.day, ("depuis", "inscrit depuis", "date d inscription", "since")),
    "paid_up": (lambda value: not value.strip() or fields.flag(value), ("libere", "liberees", "paid up")),
    "right": (lambda value: fields.one_of(value, RIGHTS), ("droit", "propriete", "right")),
    "joint_ref": (fields.words, ("indivision", "joint ref")),
    "pledged": (fields.flag, ("nanti", "gage", "pledged")),
    "treasury": (fields.flag, ("autodetention", "auto detention", "treasury")),
    "deprived": (fields.flag, ("prive du droit de vote", "deprived")),
    "agreed": (fields.flag, ("convention usufruit", "convention de vote", "usufruct agreement")),
    "agent": (fields.flag, ("mandataire de l indivision", "mandataire commun", "joint agent")),
    "custodian": (fields.words, ("teneur de compte", "intermediaire", "custodian")),
}
REQUIRED = ("ref", "name", "isin", "form", "quantity")
MAX_SHARES = fields.MAX_QUANTITY // 2
"""Of a company: the log holds numbers below 2^53, and a share may have two votes."""


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong on a line (1 is the header) and in which column."""

    line: int
    column: str
    text: Text


@dataclass(slots=True)
class ParsedRegister:
    """What a file holds. ``entries`` is complete only when ``errors`` is empty."""

    sha256: str
    encoding: str
    separator: str
    columns: dict[str, str]
    lines: int = 0
    entries: list[Entry] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    total: int = 0
    """Of the quantities read so far."""

    @property
    def shares(self) -> int:
        return sum(entry.shares for entry in self.entries)


def parse_register(data: bytes) -> ParsedRegister:
    """Read a register file. Never raises for what the file holds: every defect is in ``errors``."""
    text, encoding = _decode(data)
    head = text.split("\n", 1)[0]
    separator = max(";\t,", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    parsed = ParsedRegister(hashlib.sha256(data).hexdigest(), encoding, separator, {})
    try:
        _read(parsed, rows, next(rows, []))
    except csv.Error as error:
        what = t("fichier CSV mal formé : {error}", "malformed CSV file: {error}").format(error=str(error))
        parsed.errors.append(LineError(rows.line_num, "", what))
    if not parsed.entries and not parsed.errors:
        parsed.errors.append(LineError(1, "", t("le fichier n’a aucune ligne", "the file has no line")))
    return parsed


def _decode(data: bytes) -> tuple[str, str]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"


def _read(parsed: ParsedRegister, rows: Any, header: list[str]) -> None:
    places = _places(parsed, header)
    if parsed.errors:
        return
    holders: dict[str, Entry] = {}
    lots: set[str] = set()
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        parsed.lines += 1
        if len(row) > len(header):
            parsed.errors.append(
                LineError(rows.line_num, "", t("plus de champs que de colonnes", "more fields than columns"))
            )
            continue
        values = dict(_values(parsed, row, places, rows.line_num))
        if len(values) == len(places):
            _add(parsed, holders, lots, values, rows.line_num)
        if len(parsed.errors) >= MAX_ERRORS:
            break
    parsed.entries = list(holders.values())


def _places(parsed: ParsedRegister, header: list[str]) -> dict[str, tuple[int, Callable[[str], Any]]]:
    known = {
        alias: (name, read)
        for name, (read, aliases) in {**HOLDER, **LOT}.items()
        for alias in (*aliases, name.replace("_", " "))
    }
    places: dict[str, tuple[int, Callable[[str], Any]]] = {}
    for position, title in enumerate(header):
        found = known.get(_plain(title))
        if found is None or found[0] in places:
            what = t("colonne inconnue ou en double", "unknown or repeated column")
            parsed.errors.append(LineError(1, title[:60], what))
            continue
        places[found[0]] = (position, found[1])
        parsed.columns[found[0]] = title
    for name in REQUIRED:
        if name not in places:
            aliases = ", ".join({**HOLDER, **LOT}[name][1])
            what = t(
                "colonne obligatoire absente ; noms admis : {aliases}",
                "required column missing; accepted names: {aliases}",
            )
            parsed.errors.append(LineError(1, name, what.format(aliases=aliases)))
    return places


def _plain(title: str) -> str:
    bare = unicodedata.normalize("NFKD", title.replace("\ufeff", "").lower())
    return " ".join(
        "".join(char if char.isalnum() else " " for char in bare if not unicodedata.combining(char)).split()
    )


def _values(
    parsed: ParsedRegister, row: list[str], places: dict[str, tuple[int, Callable[[str], Any]]], line: int
) -> Iterator[tuple[str, Any]]:
    for name, (position, read) in places.items():
        value = row[position] if position < len(row) else ""
        if name in REQUIRED and not value.strip():
            parsed.errors.append(
                LineError(line, parsed.columns[name], t("champ obligatoire vide", "required field empty"))
            )
            continue
        try:
            yield name, read(value)
        except FieldError as error:
            parsed.errors.append(LineError(line, parsed.columns[name], error.text))


def _add(parsed: ParsedRegister, holders: dict[str, Entry], lots: set[str], values: dict[str, Any], line: int) -> None:
    identity = {name: values[name] for name in HOLDER if name in values}
    entry = holders.setdefault(identity["ref"], Entry(**identity))
    different = [name for name, value in identity.items() if value and getattr(entry, name) != value]
    if different:
        what = t(
            "ne dit pas la même chose que la première ligne de ce compte",
            "does not agree with the first line of this account",
        )
        parsed.errors.append(LineError(line, parsed.columns[different[0]], what))
        return
    ref = values.get("lot") or f"{identity['ref']}-{len(entry.lots) + 1}"
    if ref in lots:
        parsed.errors.append(
            LineError(
                line,
                parsed.columns.get("lot", "lot"),
                t("lot déjà présent : {ref}", "lot already there: {ref}").format(ref=ref),
            )
        )
        return
    parsed.total += values["quantity"]
    if parsed.total > MAX_SHARES:
        what = t("le total des titres dépasse {n}", "the shares add up to more than {n}").format(n=MAX_SHARES)
        parsed.errors.append(LineError(line, parsed.columns["quantity"], what))
        return
    lots.add(ref)
    entry.lots.append(_lot(ref, values))
    if values.get("agent") and values.get("joint_ref"):
        entry.represents.append(values["joint_ref"])


def _lot(ref: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "ref": ref,
        "isin": values["isin"],
        "form": values["form"],
        "quantity": values["quantity"],
        "since": values.get("since", ""),
        "paid_up": values.get("paid_up", True),
        "right": values.get("right", "full"),
        "joint_ref": values.get("joint_ref", ""),
        "pledged": values.get("pledged", False),
        "treasury": values.get("treasury", False),
        "deprived": values.get("deprived", False),
        "custodian": values.get("custodian", ""),
        **({"agreed": True} if values.get("agreed") else {}),
    }
