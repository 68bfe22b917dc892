"""A risk register as people keep it: xlsx, ods, xls or CSV, columns in any order under any names.

Two steps: `tables.read_table` finds the titles and the lines, `read_risks` reads them by a mapping (position of a column → meaning).
What cannot be read is said line by line; nothing is guessed in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from opposable.law import Text, t
from opposable.systems.isms.acts.importing import NewRisk
from opposable.systems.isms.exchange.tables import Table, cell_text, plain
from opposable.systems.isms.models.risk import RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.method import Method
from opposable.systems.isms.rules.referential import Referential

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
        whole = {key: step for key, step in steps.items() if step is not None}
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
    for n, step in axis.numbered:
        if word in (plain(step.fr), plain(step.en)):
            return n
    digits = word.split()[0].rstrip(".:-)/") if word.split() else ""
    digits = digits.split("-")[0].split("/")[0]
    return int(digits) if digits.isdecimal() and axis.first <= int(digits) <= axis.last else None
