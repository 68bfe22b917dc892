"""Referentials and maps from files: libraries of CISO Assistant (YAML), or tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from opposable.law import Text, t
from opposable.systems.isms.exchange.libraries import listed, load_yaml, word
from opposable.systems.isms.exchange.tables import Table, TableFault, cell_text, plain
from opposable.systems.isms.rules.referential import Referential, referential

COLUMNS = {
    "id": ("identifiant", "id", "identifier", "reference", "ref", "controle", "control", "clause"),
    "name": ("titre", "title", "nom", "name", "intitule", "libelle"),
    "text": ("texte", "text", "description", "exigence", "requirement", "enonce"),
    "source": ("source", "de", "from", "origine"),
    "target": ("cible", "target", "vers", "to"),
    "relation": ("relation", "relationship", "lien"),
}
LONGEST = 20_000


@dataclass(frozen=True)
class Brought:
    """What an act takes, as keyword arguments: one framework, or one map."""

    given: dict[str, Any]


@dataclass
class Books:
    """What a library holds of them."""

    frameworks: list[Brought] = field(default_factory=list)
    maps: list[Brought] = field(default_factory=list)


# ---- libraries -------------------------------------------------------------------------------------------------------


def read_library(data: bytes, file_name: str) -> Books:
    """Frameworks and mapping sets of a library. Raises LibraryFault."""
    found = load_yaml(data)
    digest = sha256(data).hexdigest()
    objects: Mapping[str, Any] = found["objects"]
    made = Books()
    for one in _one_or_many(objects, "framework"):
        given = {
            "ref": (word(one, "ref_id") or word(one, "urn"))[:80],
            "name": (word(one, "name") or word(one, "ref_id"))[:200],
            "provider": word(found, "provider")[:200],
            "terms": word(found, "copyright")[:300],
            "entries": [entry for node in listed(one, "requirement_nodes") if (entry := _node(node))],
        }
        made.frameworks.append(Brought({**given, "file_name": file_name[:200], "sha256": digest}))
    for one in (*_one_or_many(objects, "requirement_mapping_set"), *_one_or_many(objects, "requirement_mapping_sets")):
        given = {
            "ref": (word(one, "ref_id") or word(one, "urn"))[:80],
            "name": (word(one, "name") or word(found, "name"))[:200],
            "source": _last(word(one, "source_framework_urn")),
            "target": _last(word(one, "target_framework_urn")),
            "rows": [
                [
                    _last(word(row, "source_requirement_urn")),
                    _last(word(row, "target_requirement_urn")),
                    word(row, "relationship")[:40],
                ]
                for row in listed(one, "requirement_mappings")
            ],
        }
        made.maps.append(Brought({**given, "file_name": file_name[:200], "sha256": digest}))
    return made


def _one_or_many(objects: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = objects.get(name)
    return [given] if isinstance(given, dict) else list(listed(objects, name))


def _node(node: dict[str, Any]) -> dict[str, str] | None:
    """A requirement of it; a chapter that asks for nothing is left."""
    if not node.get("assessable"):
        return None
    text = node.get("description")
    return {
        "id": (word(node, "ref_id") or _last(word(node, "urn")))[:80],
        "name": word(node, "name"),
        "text": str(text).strip()[:LONGEST] if isinstance(text, str) else "",
    }


def _last(urn: str) -> str:
    return urn.rpartition(":")[2][:80]


# ---- tables ----------------------------------------------------------------------------------------------------------


def read_texts(table: Table, edition: str) -> list[dict[str, str]]:
    """Identifier, title and text of each line, for an edition on file. Raises TableFault naming the lines that are not in it."""
    places = _places(table, {"id"}, {"name", "text"})
    book = referential(edition)
    made, unknown = [], []
    for number, cells in table.rows:
        line = {key: cell_text(cells[place]) for key, place in places.items() if place < len(cells)}
        id_ = id_in(book, line.get("id", ""))
        if id_ is None:
            unknown.append(f"{number} ({line.get('id', '')[:20] or '–'})")
        else:
            made.append({**line, "id": id_})
    if unknown:
        raise TableFault(
            t("Lignes hors de l’édition : {n}.", "Lines that are not in the edition: {n}.").format(
                n=", ".join(unknown[:8])
            )
        )
    return made


def read_map(table: Table) -> list[list[str]]:
    """Source, target, relation of each line. Raises TableFault."""
    places = _places(table, {"source", "target"}, set())
    order = [places["source"], places["target"], places.get("relation")]
    return [[cell_text(cells[n]) if n is not None and n < len(cells) else "" for n in order] for _, cells in table.rows]


def _places(table: Table, wanted: set[str], one_of: set[str]) -> dict[str, int]:
    """Where each column is, by its title."""
    found: dict[str, int] = {}
    for place, title in enumerate(table.titles):
        key = next((key for key, names in COLUMNS.items() if plain(title) in names and key not in found), None)
        if key:
            found[key] = place
    if not wanted <= set(found) or (one_of and not one_of & set(found)):
        lacking = sorted(wanted - set(found)) or sorted(one_of)
        raise TableFault(_lacking(lacking))
    return found


def _lacking(names: list[str]) -> Text:
    words = " / ".join(f"« {COLUMNS[name][0]} »" for name in names)
    return t("Il manque la colonne {c}.", "A column is missing: {c}.").format(c=words)


def id_in(book: Referential, given: str) -> str | None:
    """An identifier as the edition writes it: «A.5.1», «a.5.1» and «5.1» are one."""
    bare = given.strip().strip(".()").upper()
    return next((one for one in (bare, bare.removeprefix("A."), f"A.{bare}") if one in book), None)
