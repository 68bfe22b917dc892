"""OSCAL that others wrote: what a profile includes or a catalog holds, and a catalog as a framework of its own.

Nothing of a file is taken for what it should be: a list that is none is empty, a name that is none is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from opposable.law import t
from opposable.systems.isms.exchange.frameworks import LONGEST, Brought
from opposable.systems.isms.exchange.libraries import LARGEST, LibraryFault, listed, word
from opposable.systems.isms.exchange.oscal.base import token
from opposable.systems.isms.rules.referential import Referential


def load(data: bytes) -> dict[str, Any]:
    """A file of OSCAL in JSON. Raises LibraryFault."""
    if not data or len(data) > LARGEST:
        raise LibraryFault(t("Le fichier est vide ou dépasse 16 Mo.", "The file is empty or exceeds 16 MB."))
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LibraryFault(t("Ce fichier JSON ne se lit pas.", "This JSON file does not read.")) from error
    if not isinstance(found, dict) or not isinstance(found.get("catalog", found.get("profile")), dict):
        raise LibraryFault(
            t("Ce fichier n’est ni un catalogue ni un profil OSCAL.", "This file is no OSCAL catalog and no profile.")
        )
    return found


def included(data: Mapping[str, Any], book: Referential) -> list[str]:
    """Identifiers that a profile includes, or that a catalog holds, as those of an edition. Unknown ones are left out."""
    known = {token(one): one for one in book.requirements}
    profile = data.get("profile")
    if isinstance(profile, dict):
        chosen = (one for source in listed(profile, "imports") for one in listed(source, "include-controls"))
        wanted = [id_ for one in chosen for id_ in _strings(one.get("with-ids"))]
    else:
        wanted = [word(one, "id") for one in _controls(data.get("catalog"))]
    return [known[one] for one in wanted if one in known]


def read_catalog(data: bytes, file_name: str) -> Brought:
    """A catalog as a framework: each control with its label, its title, the prose of its parts. Raises LibraryFault."""
    catalog = load(data).get("catalog")
    if not isinstance(catalog, dict):
        raise LibraryFault(t("Ce fichier n’est pas un catalogue OSCAL.", "This file is no OSCAL catalog."))
    about = catalog.get("metadata")
    metadata: dict[str, Any] = about if isinstance(about, dict) else {}
    name = word(metadata, "title") or file_name
    entries = {entry["id"]: entry for one in _controls(catalog) if (entry := _entry(one))}
    if not entries:
        raise LibraryFault(t("Ce catalogue ne porte aucun contrôle.", "This catalog holds no control."))
    given = {
        "ref": name[:80],
        "name": name[:200],
        "provider": next((word(one, "name") for one in listed(metadata, "parties")), "")[:200],
        "terms": word(metadata, "remarks")[:300],
        "entries": list(entries.values()),
        "file_name": file_name[:200],
        "sha256": sha256(data).hexdigest(),
    }
    return Brought(given)


def _controls(catalog: Any) -> Iterator[dict[str, Any]]:
    """Every control, those inside groups and controls included, in the order of the file."""
    waiting = [catalog] if isinstance(catalog, dict) else []
    while waiting:
        here = waiting.pop(0)
        inside = list(listed(here, "controls"))
        yield from inside
        waiting = [*listed(here, "groups"), *inside, *waiting]


def _entry(control: dict[str, Any]) -> dict[str, str] | None:
    labels = (word(one, "value") for one in listed(control, "props") if one.get("name") == "label")
    id_ = next(labels, "") or word(control, "id")
    if not id_:
        return None
    prose = "\n".join(filter(None, _prose(control)))
    return {"id": id_[:80], "name": word(control, "title"), "text": prose[:LONGEST]}


def _prose(control: dict[str, Any]) -> Iterator[str]:
    """What its parts say, and those inside."""
    waiting = list(listed(control, "parts"))
    while waiting:
        one = waiting.pop(0)
        said = one.get("prose")
        yield said.strip() if isinstance(said, str) else ""
        waiting = [*listed(one, "parts"), *waiting]


def _strings(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
