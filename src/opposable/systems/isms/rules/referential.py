"""«Référentiels» : the annexes A of ISO/IEC 27001, edition by edition, as identifiers with labels of our own.

Identifiers and counts are facts. No word of the standard is here: the labels are Opposable's, in French and English, and so
is the correspondence between editions. Whoever holds a licence reads the standard beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from opposable.law import Text, t

FOLDER = Path(__file__).parent / "referentials"
EDITIONS = ("iso27001-2005", "iso27001-2013", "iso27001-2022")
NAMES = {code: t(f"ISO/IEC 27001:{code[-4:]}", f"ISO/IEC 27001:{code[-4:]}") for code in EDITIONS}
LABELS_NOTE = t(
    "Identifiants de la norme, libellés d’Opposable : le texte de la norme s’achète auprès de l’ISO ou de l’AFNOR.",
    "The standard’s identifiers, Opposable’s labels: the text of the standard is bought from ISO or its members.",
)


@dataclass(frozen=True)
class Requirement:
    """One control of an annex. ``to``: identifiers of the next edition on file that take up its subject (our own work)."""

    id: str
    label: Text
    group: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Referential:
    """An edition: ``groups`` are its domains or themes, in order; ``sha256`` pins what is shipped."""

    code: str
    groups: dict[str, Text]
    requirements: dict[str, Requirement]
    sha256: str

    def __contains__(self, id_: object) -> bool:
        return id_ in self.requirements

    def label(self, id_: str) -> Text:
        """Our label of an identifier; the identifier itself when it is not in this edition."""
        found = self.requirements.get(id_)
        return found.label if found else Text(id_, id_)

    def of_group(self, group: str) -> list[Requirement]:
        return [one for one in self.requirements.values() if one.group == group]

    def count(self, group: str) -> int:
        return len(self.of_group(group))


@cache
def referential(code: str) -> Referential:
    """An edition by its code. Raises KeyError for an edition that is not on file."""
    if code not in EDITIONS:
        raise KeyError(code)
    data = (FOLDER / f"{code}.txt").read_bytes()
    groups: dict[str, Text] = {}
    found: dict[str, Requirement] = {}
    for line in data.decode("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        id_, fr, en, to = (cell.strip() for cell in line.split("|"))
        if id_.removeprefix("A.").isdigit():
            groups[id_] = Text(fr, en)
        else:
            found[id_] = Requirement(id_, Text(fr, en), list(groups)[-1], tuple(to.split()))
    return Referential(code, groups, found, sha256(data).hexdigest())


def next_edition(code: str) -> str | None:
    """The edition that followed, among those on file."""
    place = EDITIONS.index(code) + 1
    return EDITIONS[place] if place < len(EDITIONS) else None


def translate(ids: list[str], source: str, target: str) -> list[str]:
    """Identifiers of one edition in a later one, through the editions between them. Those without a successor drop out."""
    while source != target:
        after = next_edition(source)
        if after is None:
            raise ValueError(f"{target} does not come after {source}")
        book = referential(source)
        ids = list(dict.fromkeys(new for one in ids if one in book for new in book.requirements[one].to))
        source = after
    return ids


def new_in(code: str) -> list[str]:
    """What an edition asks that none of the edition before it leads to."""
    before = EDITIONS[EDITIONS.index(code) - 1]
    known = {new for one in referential(before).requirements.values() for new in one.to}
    return [one for one in referential(code).requirements if one not in known]
