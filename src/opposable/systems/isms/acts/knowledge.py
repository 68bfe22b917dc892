"""The knowledge base: threats and vulnerabilities, ours or read from a file of the user's."""

from __future__ import annotations

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import t
from opposable.systems.isms.acts.common import refuse, words
from opposable.systems.isms.models import Threat, Vulnerability

CODE = t("code", "code")
LABEL = t("libellé", "label")
MOST = 5000
Entries = list[dict[str, str]]


@act("isms.threat.know", label=t("Compléter les menaces connues", "Add to the known threats"))
def know_threats(a: Acting, *, entries: list[dict[str, str]], source: str) -> list[Threat]:
    """New entries; a code that is on file is left as it is. Each entry: code, fr, en, affects (letters of CIA)."""
    a.require("write", kind=Threat.Evidence.kind, cell=root())
    rows = new_threats(entries, source)
    a.record_many(rows)
    return rows


@act("isms.vulnerability.know", label=t("Compléter les vulnérabilités connues", "Add to the known vulnerabilities"))
def know_vulnerabilities(a: Acting, *, entries: list[dict[str, str]], source: str) -> list[Vulnerability]:
    """The same for vulnerabilities: code, fr, en."""
    a.require("write", kind=Vulnerability.Evidence.kind, cell=root())
    rows = new_vulnerabilities(entries, source)
    a.record_many(rows)
    return rows


def new_threats(entries: Entries, source: str) -> list[Threat]:
    """Those of the entries that are not on file, not written yet."""
    return [
        Threat(
            cell=root(),
            source=source[:120],
            affects="".join(c for c in "CIA" if c in one.get("affects", "CIA")),
            **_words(one),
        )
        for one in _fresh(entries, set(Threat.objects.values_list("code", flat=True)))
    ]


def new_vulnerabilities(entries: Entries, source: str) -> list[Vulnerability]:
    """The same for vulnerabilities."""
    fresh = _fresh(entries, set(Vulnerability.objects.values_list("code", flat=True)))
    return [Vulnerability(cell=root(), source=source[:120], **_words(one)) for one in fresh]


def _fresh(entries: Entries, known: set[str]) -> Entries:
    if len(entries) > MOST:
        raise refuse("Au plus {n} entrées.", "At most {n} entries.", "too-many", n=MOST)
    found = {one.get("code", "").strip(): one for one in entries}
    return [one for code, one in found.items() if code not in known]


def _words(one: dict[str, str]) -> dict[str, str]:
    fr = words(one.get("fr", "") or one.get("en", ""), LABEL, 300)
    return {"code": words(one.get("code", ""), CODE, 40), "fr": fr, "en": words(one.get("en", "") or fr, LABEL, 300)}
