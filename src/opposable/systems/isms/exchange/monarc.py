"""MONARC's files (NC3, Luxembourg): its knowledge base, one object or an archive of them, and whole analyses with their risks.

An analysis is read in both shapes its exporter has had (flat until 2.13, nested since). Its figures are not converted: the rates
stand on its own scales (from 0), which come as a method; where the file's product is not what its rates give, the line says so.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from typing import Any

from opposable.law import t
from opposable.systems.isms.acts.importing import MOST_RISKS, NewRisk
from opposable.systems.isms.exchange.libraries import Library, LibraryFault, listed, word
from opposable.systems.isms.exchange.registers import LineFault
from opposable.systems.isms.rules.method import Method

LARGEST = 64 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024
MOST_FILES = 20_000
DEEPEST = 40
SINCE = (2, 8, 2)
AXES = {"impact": "1", "threat": "2", "weakness": "3"}
"""The keys of our three scales, and the types that the file gives to its own."""
OPTIONS = {1: "modify", 2: "avoid", 3: "retain", 4: "share"}
"""Its kinds of treatment; 0 and 5 are «not treated»."""
CRITERIA = (("c", "confidentiality", "C"), ("i", "integrity", "I"), ("d", "availability", "A"))
UNSET = -1
Rows = dict[str, Any]


@dataclass
class Analysis:
    """An analysis as the import takes it; ``method`` is its own scales and thresholds, when it has them."""

    name: str
    sha256: str
    risks: list[NewRisk] = field(default_factory=list)
    threats: list[dict[str, str]] = field(default_factory=list)
    vulnerabilities: list[dict[str, str]] = field(default_factory=list)
    faults: list[LineFault] = field(default_factory=list)
    method: dict[str, Any] | None = None
    unrated: int = 0


def _json(data: bytes) -> Any:
    if not data or len(data) > LARGEST:
        raise LibraryFault(t("Le fichier est vide ou dépasse 64 Mo.", "The file is empty or exceeds 64 MB."))
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LibraryFault(
            t(
                "Ce fichier JSON ne se lit pas : un export protégé par mot de passe s’exporte à nouveau sans lui.",
                "This JSON file does not read: an export protected by a password is exported again without it.",
            )
        ) from error


# ---- the knowledge base ----------------------------------------------------------------------------------------------


def read_knowledge(data: bytes) -> Library:
    """Threats and vulnerabilities of an analysis, of a list of objects, or of an archive of one file an object. Raises LibraryFault."""
    if data[:2] == b"PK":
        return _archive(data)
    found = _json(data)
    if isinstance(found, list):
        objects = [one for one in found if isinstance(one, dict)]
        return _library(
            "MONARC", [one for one in objects if _is_threat(one)], [one for one in objects if not _is_threat(one)]
        )
    base = found.get("knowledgeBase") or found if isinstance(found, dict) else {}
    if not isinstance(base, dict) or not (
        {"threats", "vulnerabilities", "vuls", "instances"} & (set(base) | set(found))
    ):
        raise LibraryFault(
            t(
                "Ce n’est pas un export de MONARC : ni menaces ni vulnérabilités.",
                "This is no export of MONARC: neither threats nor vulnerabilities.",
            )
        )
    _version(found)
    made = _library(
        word(found, "name") or "MONARC",
        [*listed(base, "threats")],
        [*listed(base, "vulnerabilities"), *listed(base, "vuls")],
    )
    if found.get("scales"):
        made.method = _method(found)
    return made


def _is_threat(one: Rows) -> bool:
    return "c" in one or "confidentiality" in one


def _library(name: str, threats: list[Rows], vulnerabilities: list[Rows]) -> Library:
    made = Library(name)
    made.threats = [_threat(one) for one in threats]
    made.vulnerabilities = [_entry(one) for one in vulnerabilities]
    return made


def _archive(data: bytes) -> Library:
    """The project's repository of objects (CC0) as a ZIP: ``threats/<uuid>_FR.json``, ``vulnerabilities/<uuid>_EN.json``."""
    if len(data) > LARGEST:
        raise LibraryFault(t("L’archive dépasse 64 Mo.", "The archive exceeds 64 MB."))
    found: dict[str, dict[str, Rows]] = {"threats": {}, "vulnerabilities": {}}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > LARGEST_UNPACKED:
                raise LibraryFault(t("Décompressée, l’archive est trop grande.", "Unpacked, the archive is too large."))
            for one in entries:
                folder, _, name = one.filename.rpartition("/")
                kind = folder.rpartition("/")[2]
                if kind in found and name.endswith((".json",)):
                    _merge(found[kind], archive.read(one))
    except (zipfile.BadZipFile, ValueError, RecursionError, NotImplementedError, RuntimeError) as error:
        raise LibraryFault(t("Cette archive ne se lit pas.", "This archive does not read.")) from error
    if not any(found.values()):
        raise LibraryFault(
            t(
                "Cette archive n’a ni dossier « threats » ni dossier « vulnerabilities ».",
                "This archive has neither a folder “threats” nor “vulnerabilities”.",
            )
        )
    return _library("MONARC (CC0)", list(found["threats"].values()), list(found["vulnerabilities"].values()))


def _merge(objects: dict[str, Rows], data: bytes) -> None:
    """The French and the English file of one object are one entry; other languages are left."""
    one = json.loads(data)
    place = {"FR": "label1", "EN": "label2"}.get(str(one.get("language"))) if isinstance(one, dict) else None
    if place:
        kept = objects.setdefault(word(one, "uuid"), {**one, "label": ""})
        kept[place] = word(one, "label")


def _version(found: Mapping[str, Any]) -> None:
    """Its own importer takes nothing older than 2.8.2; the version may begin with «v»."""
    given = word(found, "monarc_version").lstrip("v").split("-")[0]
    parts = tuple(int(part) for part in given.split(".") if part.isdecimal())
    if parts and parts < SINCE:
        raise LibraryFault(
            t(
                "Export de MONARC {v} : il faut 2.8.2 ou après.", "Export of MONARC {v}: 2.8.2 or later is needed."
            ).format(v=given)
        )


def _entry(one: Rows) -> dict[str, str]:
    fr = word(one, "label1") or word(one, "label")
    en = word(one, "label2") or fr
    return {"code": (word(one, "code") or word(one, "uuid"))[:40], "fr": fr or en, "en": en}


def _threat(one: Rows) -> dict[str, str]:
    affects = "".join(
        letter for short, long, letter in CRITERIA if one.get(short) or one.get(long) or (short == "d" and one.get("a"))
    )
    return {**_entry(one), "affects": affects}


# ---- an analysis -----------------------------------------------------------------------------------------------------


def read_analysis(data: bytes, method: Method) -> Analysis:
    """Risks of an analysis, rated on ``method`` where its three scales are those of a product. Raises LibraryFault."""
    found = _json(data)
    if not isinstance(found, dict) or "instances" not in found:
        raise LibraryFault(
            t(
                "Ce n’est pas une analyse de MONARC : il y manque « instances ».",
                "This is no analysis of MONARC: “instances” is missing.",
            )
        )
    _version(found)
    made = Analysis(word(found, "name") or "MONARC", sha256(data).hexdigest())
    made.method = _method(found) if found.get("scales") else None
    rated = method.formula == "product" and {axis.key for axis in method.axes} == set(AXES)
    known: dict[str, dict[str, dict[str, str]]] = {"threats": {}, "vulnerabilities": {}}
    for number, (instance, risk) in enumerate(_risks(found), 1):
        if number > MOST_RISKS:
            raise LibraryFault(t("Plus de {n} risques.", "More than {n} risks.").format(n=MOST_RISKS))
        _take(made, number, instance, risk, method if rated else None, known)
    made.threats, made.vulnerabilities = list(known["threats"].values()), list(known["vulnerabilities"].values())
    if not made.risks and not made.faults:
        raise LibraryFault(t("Cette analyse n’a aucun risque.", "This analysis has no risk."))
    return made


def _risks(found: Mapping[str, Any]) -> Iterator[tuple[Rows, Rows]]:
    """Each risk with the instance that bears it, down the tree of assets. Loops cannot be written in JSON; depth can."""
    waiting = [(one, 0) for one in listed(found, "instances")][::-1]
    while waiting:
        given, depth = waiting.pop()
        if depth > DEEPEST:
            raise LibraryFault(t("Cette analyse est trop profonde.", "This analysis is too deep."))
        instance = _flat(given)
        yield from ((instance, _risk(given, one)) for one in [*listed(given, "instanceRisks"), *listed(given, "risks")])
        waiting += [(one, depth + 1) for one in listed(given, "children")][::-1]


def _flat(given: Rows) -> Rows:
    """The instance itself: it was a member of its own name before 2.13."""
    inner = given.get("instance")
    one = inner if isinstance(inner, dict) else given
    impacts = {letter: _first(one, long, short) for short, long, letter in CRITERIA}
    return {"name": word(one, "name") or word(one, "name1") or word(one, "label") or word(one, "label1"), **impacts}


def _first(one: Rows, *names: str) -> int:
    value = next((one[name] for name in names if name in one), UNSET)
    return value if type(value) is int else UNSET


def _risk(given: Rows, one: Rows) -> Rows:
    """A risk with its threat and vulnerability as objects: they were looked up by uuid before 2.13."""

    def whole(name: str, table: str) -> Rows:
        value = one.get(name)
        if isinstance(value, dict):
            return value
        kept = given.get(table)
        found = kept.get(value) if isinstance(kept, dict) and isinstance(value, str) else None
        return found if isinstance(found, dict) else {"uuid": str(value or "")}

    return {**one, "threat": whole("threat", "threats"), "vulnerability": whole("vulnerability", "vuls")}


def _take(
    made: Analysis,
    number: int,
    instance: Rows,
    one: Rows,
    method: Method | None,
    known: dict[str, dict[str, dict[str, str]]],
) -> None:
    threat, weakness = _threat(one["threat"]), _entry(one["vulnerability"])
    if not instance["name"] or not threat["fr"] or not weakness["fr"]:
        made.faults.append(
            LineFault(
                number,
                "",
                t("Bien, menace ou vulnérabilité sans nom.", "Asset, threat or vulnerability without a name."),
            )
        )
        return
    known["threats"][threat["code"]] = threat
    known["vulnerabilities"][weakness["code"]] = weakness
    ratings, faults = _rated(number, instance, threat, one, method)
    made.faults += faults
    made.unrated += not ratings
    owner = one.get("riskOwner")
    made.risks.append(
        NewRisk(
            title=f"{instance['name'][:60]} : {threat['fr'][:80]} ({weakness['fr'][:80]})",
            owner=str(owner or "")[:120],
            consequences=str(one.get("context") or "")[:20_000],
            asset=instance["name"][:160],
            plan=str(one.get("commentAfter") or one.get("comment") or "")[:20_000],
            option=OPTIONS.get(_first(one, "kindOfMeasure"), ""),
            ratings=ratings,
            threat=threat["code"],
            vulnerability=weakness["code"],
        )
    )


def _rated(
    number: int, instance: Rows, threat: dict[str, str], one: Rows, method: Method | None
) -> tuple[dict[str, dict[str, int]], list[LineFault]]:
    """Ratings today and aimed at. A rate that is off the campaign's scale, or a product that is not the file's, is a fault."""
    impact = max((instance[letter] for letter in threat["affects"]), default=UNSET)
    current = {"impact": impact, "threat": _first(one, "threatRate"), "weakness": _first(one, "vulnerabilityRate")}
    if method is None or UNSET in current.values():
        return {}, []
    faults = [
        LineFault(
            number,
            axis.label.fr,
            t("{v} n’est pas sur cette échelle ({m} à {n}).", "{v} is not on this scale ({m} to {n}).").format(
                v=current[axis.key], m=axis.first, n=axis.last
            ),
        )
        for axis in method.axes
        if not axis.first <= current[axis.key] <= axis.last
    ]
    claimed = _first(one, "cacheMaxRisk")
    if claimed not in (UNSET, prod(current.values())):
        faults.append(
            LineFault(
                number,
                "cacheMaxRisk",
                t("Le fichier dit {a}, ses taux donnent {b}.", "The file says {a}, its rates give {b}.").format(
                    a=claimed, b=prod(current.values())
                ),
            )
        )
    if faults:
        return {}, faults
    ratings = {"current": current}
    reduced = current["weakness"] - max(_first(one, "reductionAmount"), 0)
    if OPTIONS.get(_first(one, "kindOfMeasure")) == "modify" and method_has(method, "weakness", reduced):
        ratings["target"] = {**current, "weakness": reduced}
    return ratings, []


def method_has(method: Method, key: str, value: int) -> bool:
    """Whether a value is on the scale of that key."""
    return any(axis.key == key and axis.first <= value <= axis.last for axis in method.axes)


NAMES = {
    "impact": ("Gravité", "Impact"),
    "threat": ("Menace", "Threat"),
    "weakness": ("Vulnérabilité", "Vulnerability"),
}


def _method(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Its scales and its two thresholds, as a method of ours; None when they do not read."""
    scales, cuts = found.get("scales"), found.get("thresholds")
    if isinstance(scales, list):
        scales = {str(n): one for n, one in enumerate(scales)}
    if not isinstance(scales, dict) or not isinstance(cuts, dict):
        return None
    by_type = {str(one.get("type", key)): one for key, one in scales.items() if isinstance(one, dict)}
    axes = [_axis(key, by_type.get(type_, {})) for key, type_ in AXES.items()]
    return {
        "axes": axes,
        "levels": [
            {"fr": "faible", "en": "low", "acceptor": ""},
            {"fr": "moyen", "en": "medium", "acceptor": "owner"},
            {"fr": "élevé", "en": "high", "acceptor": "management"},
        ],
        "formula": "product",
        "thresholds": [_first(cuts, "seuil1"), _first(cuts, "seuil2")],
    }


def _axis(key: str, scale: Rows) -> dict[str, Any]:
    low, high = max(_first(scale, "min"), 0), _first(scale, "max")
    said = {
        _first(one, "scaleValue", "scaleIndex"): word(one, "comment")[:80] for one in listed(scale, "scaleComments")
    }
    steps = [
        {"fr": said.get(n) or f"degré {n}", "en": said.get(n) or f"step {n}"} for n in range(low, min(high, 20) + 1)
    ]
    return {"key": key, "fr": NAMES[key][0], "en": NAMES[key][1], "steps": steps, "first": low}
