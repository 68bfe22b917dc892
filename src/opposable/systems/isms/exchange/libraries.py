"""Libraries of CISO Assistant (YAML) that users bring. Read with care, never run.

YAML is read by the safe loader, without aliases (a few lines of them make a file that fills the memory), within bounds of size,
depth and number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from opposable.law import Text, t

LARGEST = 16 * 1024 * 1024
DEEPEST = 60
MOST_EVENTS = 1_000_000


class LibraryFault(Exception):
    """The file cannot be taken."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.fr)
        self.text = text


@dataclass
class Library:
    """What was found: entries as the acts take them."""

    name: str
    threats: list[dict[str, str]] = field(default_factory=list)
    vulnerabilities: list[dict[str, str]] = field(default_factory=list)
    controls: list[dict[str, str]] = field(default_factory=list)
    method: dict[str, Any] | None = None


def load_yaml(data: bytes) -> dict[str, Any]:
    """A library as a mapping that has ``objects``. Its events are gone through first, so that nothing is built of what would harm."""
    _bounded(data)
    try:
        text = data.decode("utf-8-sig")
        _look_before_building(text)
        found = yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise LibraryFault(t("Ce fichier YAML ne se lit pas.", "This YAML file does not read.")) from error
    if not isinstance(found, dict) or not isinstance(found.get("objects"), dict):
        raise LibraryFault(
            t("Ce n’est pas une bibliothèque : il y manque « objects ».", "This is no library: “objects” is missing.")
        )
    return found


def _look_before_building(text: str) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, yaml.CSafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise LibraryFault(
                t(
                    "Ce fichier YAML contient des alias : ils sont refusés.",
                    "This YAML file has aliases: they are refused.",
                )
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise LibraryFault(t("Ce fichier YAML est trop profond.", "This YAML file is too deep."))
        if count > MOST_EVENTS:
            raise LibraryFault(t("Ce fichier YAML est trop long.", "This YAML file is too long."))


def read_ciso_assistant(data: bytes) -> Library:
    """A library of CISO Assistant: threats, reference controls, risk matrix. Raises LibraryFault."""
    found = load_yaml(data)
    objects = found["objects"]
    made = Library(word(found, "name") or word(found, "urn"))
    made.threats = [_entry(one) for one in listed(objects, "threats")]
    made.controls = [_entry(one) for one in listed(objects, "reference_controls")]
    matrix = objects.get("risk_matrix")
    first = matrix[0] if isinstance(matrix, list) and matrix else matrix
    if isinstance(first, dict):
        made.method = _matrix(first)
    return made


def _bounded(data: bytes) -> None:
    if not data or len(data) > LARGEST:
        raise LibraryFault(t("Le fichier est vide ou dépasse 16 Mo.", "The file is empty or exceeds 16 MB."))


def listed(found: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The objects under a name, whether they are a list or a table of them."""
    given = found.get(name)
    values = given.values() if isinstance(given, dict) else given if isinstance(given, list) else []
    return (one for one in values if isinstance(one, dict))


def word(found: Mapping[str, Any], name: str) -> str:
    """A short text under a name; empty when there is none."""
    value = found.get(name)
    return str(value).strip()[:300] if isinstance(value, str | int) else ""


def _entry(one: dict[str, Any]) -> dict[str, str]:
    """Name in both languages where the file has a French translation; the description is left where it is."""
    translations = one.get("translations")
    french = translations.get("fr") if isinstance(translations, dict) else None
    name = word(one, "name") or word(one, "ref_id")
    fr = word(french, "name") if isinstance(french, dict) else ""
    return {"code": (word(one, "ref_id") or word(one, "urn"))[:40], "fr": fr or name, "en": name}


def _matrix(one: dict[str, Any]) -> dict[str, Any]:
    """A risk matrix as a method: rows are probabilities, columns impacts, cells indexes of levels."""
    steps = {
        name: [{"fr": _translated(step), "en": word(step, "name")} for step in listed(one, name)]
        for name in ("probability", "impact", "risk")
    }
    grid = one.get("grid")
    if not isinstance(grid, list) or not all(
        isinstance(row, list) and all(isinstance(cell, int) for cell in row) for row in grid
    ):
        raise LibraryFault(t("La grille de cette matrice ne se lit pas.", "The grid of this matrix does not read."))
    last = len(steps["risk"]) - 1
    return {
        "axes": [
            {"key": "likelihood", "fr": "Vraisemblance", "en": "Likelihood", "steps": steps["probability"]},
            {"key": "impact", "fr": "Gravité", "en": "Impact", "steps": steps["impact"]},
        ],
        "levels": [
            {**level, "acceptor": "" if n == 0 else "management" if n == last else "owner"}
            for n, level in enumerate(steps["risk"])
        ],
        "grid": [[cell + 1 for cell in row] for row in grid],
    }


def _translated(step: dict[str, Any]) -> str:
    translations = step.get("translations")
    french = translations.get("fr") if isinstance(translations, dict) else None
    return (word(french, "name") if isinstance(french, dict) else "") or word(step, "name")
