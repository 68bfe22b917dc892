"""The words of a company: the members of an SARL («associés», L. 223-1) hold parts («parts sociales», L. 223-14), no shares.

The members of an SAS («associés», L. 227-1) do hold shares. Neither has a board: the managers of an SARL («gérance», L. 223-18)
and the president of an SAS (L. 227-6) convene and draft.

Only what the software itself says goes through here, before anything that people wrote is put in it.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from opposable.law import Text
from opposable.systems.assembly.rules.register import CompanyForm

_SHARES = re.compile(r"(?<!par )\b(l[’']|d[’'](?!un))?(actions?)\b", re.IGNORECASE)
_HOLDERS = re.compile(r"(?<!par )\bactionnaire(s?)\b", re.IGNORECASE)
_SHAREHOLDER = re.compile(r"\bshareholder(s?)\b", re.IGNORECASE)
_BOARD = re.compile(
    r"(?<!président )\b(le|du|au) conseil(?: d[’']administration(?: ou le directoire)?)?\b(?! d[’']| de surveillance)",
    re.IGNORECASE,
)
_BOARD_EN = re.compile(r"\bthe board\b(?! of)", re.IGNORECASE)
_ORGAN = {
    "sas": ({"le": "le président de la société", "du": "du président de la société", "au": "au président de la société"},
            "the company’s president"),
    "sarl": ({"le": "la gérance", "du": "de la gérance", "au": "à la gérance"}, "the management"),
}  # fmt: skip
_STARTS = {"action": "part", "actions": "parts"}


@lru_cache(maxsize=512)
def said(form: CompanyForm, text: Text) -> Text:
    """Say a text of the software in the words of a form of company; the others than the SARL have shares."""
    speech = speech_of(form)
    return Text(speech(text.fr, "fr"), speech(text.en, "en")) if speech else text


def speech_of(form: CompanyForm) -> Callable[[str, str], str] | None:
    """What makes the words of an SA those of another form of company; None for the SA itself."""
    return {"sas": of_president, "sarl": of_parts}.get(form)


def of_president(text: str, lang: str) -> str:
    """Words that were written of the shareholders and the board of an SA, said of the members and the president of an SAS."""
    return _organ("sas", _members(text, lang), lang)


def of_parts(text: str, lang: str) -> str:
    """Words that were written of shares and of a board, said of the parts and managers of an SARL."""
    text = _members(_organ("sarl", text, lang), lang)
    return text if lang == "en" else _SHARES.sub(_part, text)


def _members(text: str, lang: str) -> str:
    if lang == "en":
        return _SHAREHOLDER.sub(lambda found: _like(found[0], f"member{found[1]}"), text)
    return _HOLDERS.sub(lambda found: _like(found[0], f"associé{found[1]}"), text)


def _organ(form: str, text: str, lang: str) -> str:
    french, english = _ORGAN[form]
    if lang == "en":
        return _BOARD_EN.sub(lambda found: _raised(found[0], english), text)
    return _BOARD.sub(lambda found: _raised(found[1], french[found[1].lower()]), text)


def _raised(word: str, said: str) -> str:
    return said[0].upper() + said[1:] if word[0].isupper() else said


def _part(found: re.Match[str]) -> str:
    before, word = found[1] or "", found[2]
    said = _like(word, _STARTS[word.lower()])
    if said.lower().startswith("part"):  # «l’action», «d’actions»: a consonant takes the place of the vowel
        before = {"l": "la ", "L": "La ", "d": "de ", "D": "De "}.get(before[:1], before)
    return before + said


def _like(word: str, said: str) -> str:
    return said.capitalize() if word[0].isupper() else said
