"""Acts that bring in referentials and maps of others, and put them aside."""

from __future__ import annotations

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Text, t
from opposable.systems.isms.acts.common import LONGEST, NAME, refuse, require_known, words
from opposable.systems.isms.models import CrossMap, Framework
from opposable.systems.isms.rules.referential import EDITIONS

MOST_ENTRIES = 20_000
REF = t("référence", "reference")
FILE = t("fichier", "file")
ID = t("identifiant", "identifier")


@act("isms.framework.bring", label=t("Apporter un référentiel", "Bring in a framework"))
def bring_framework(
    a: Acting,
    *,
    ref: str,
    name: str,
    file_name: str,
    sha256: str,
    entries: list[dict[str, str]],
    provider: str = "",
    terms: str = "",
) -> Framework:
    """Its identifiers, and its words, which stay here. Under the code of an edition: the standard's text, for who holds a licence.

    Each entry: id, name, text. The same reference brought again replaces what was there.
    """
    a.require("write", kind=Framework.Evidence.kind, cell=root())
    found = Framework.objects.filter(ref=ref).select_related("cell").first() or Framework(cell=root())
    found.ref = words(ref, REF, 80)
    found.name = words(name, NAME)
    found.provider = words(provider, t("éditeur", "provider"), required=False)
    found.terms = words(terms, t("licence", "licence"), 300, required=ref in EDITIONS)
    found.file_name, found.sha256 = words(file_name, FILE), words(sha256, t("empreinte", "digest"), 64)
    found.bring(_texts(ref, entries))
    found.withdrawn = False
    a.record(found)
    return found


def _texts(ref: str, entries: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    _counted(len(entries))
    made = {
        words(one.get("id", ""), ID, 80): {
            "name": words(one.get("name", ""), NAME, 1000, required=False),
            "text": words(one.get("text", ""), t("texte", "text"), LONGEST, required=False),
        }
        for one in entries
    }
    if ref in EDITIONS:
        require_known(ref, made)
    return made


def _counted(n: int) -> None:
    if not 0 < n <= MOST_ENTRIES:
        raise refuse("De 1 à {n} lignes.", "1 to {n} lines.", "framework.size", n=MOST_ENTRIES)


@act("isms.framework.withdraw", label=t("Écarter un référentiel", "Put a framework aside"))
def withdraw_framework(a: Acting, *, framework: Framework) -> Framework:
    """Its words are erased here; that it was there, and their digest, stay."""
    a.require("write", framework)
    framework.texts, framework.withdrawn = {}, True
    a.record(framework)
    return framework


@act("isms.map.bring", label=t("Apporter une correspondance", "Bring in a map"))
def bring_map(
    a: Acting, *, ref: str, name: str, source: str, target: str, file_name: str, sha256: str, rows: list[list[str]]
) -> CrossMap:
    """Rows of source, target and relation. Its worth is that of whoever made it: it is shown with its file and its digest."""
    a.require("write", kind=CrossMap.Evidence.kind, cell=root())
    _counted(len(rows))
    found = CrossMap.objects.filter(ref=ref).select_related("cell").first() or CrossMap(cell=root())
    found.ref, found.name = words(ref, REF, 80), words(name, NAME)
    found.source, found.target = words(source, t("source", "source"), 120), words(target, t("cible", "target"), 120)
    found.file_name, found.sha256 = words(file_name, FILE), words(sha256, t("empreinte", "digest"), 64)
    found.rows = [_row(one) for one in rows]
    found.withdrawn = False
    a.record(found)
    return found


def _row(given: list[str]) -> list[str]:
    if not 2 <= len(given) <= 3:
        raise refuse("Une ligne : source, cible, relation.", "A line: source, target, relation.", "map.row")
    relation: Text = t("relation", "relation")
    return [words(given[0], ID, 80), words(given[1], ID, 80), words("".join(given[2:]), relation, 40, required=False)]


@act("isms.map.withdraw", label=t("Écarter une correspondance", "Put a map aside"))
def withdraw_map(a: Acting, *, crossmap: CrossMap) -> CrossMap:
    """It is shown no longer."""
    a.require("write", crossmap)
    crossmap.withdrawn = True
    a.record(crossmap)
    return crossmap
