"""The words of a company: an SARL has members and parts («associés», «parts sociales»; L. 223-1, L. 223-14), no shareholders, no shares.

Only what the software itself says goes through here, before anything that people wrote is put in it.
"""

import re
from functools import lru_cache

from opposable.law import Text
from opposable.systems.assembly.rules.register import CompanyForm

_SHARES = re.compile(r"(?<!par )\b(l[’']|d[’'](?!un))?(actions?|actionnaires?)\b", re.IGNORECASE)
_SHAREHOLDER = re.compile(r"\bshareholder(s?)\b", re.IGNORECASE)
_STARTS = {"action": "part", "actions": "parts", "actionnaire": "associé", "actionnaires": "associés"}


@lru_cache(maxsize=512)
def said(form: CompanyForm, text: Text) -> Text:
    """Say a text of the software in the words of a form of company; the others than the SARL have shares."""
    return Text(of_parts(text.fr, "fr"), of_parts(text.en, "en")) if form == "sarl" else text


def of_parts(text: str, lang: str) -> str:
    """Words that were written of shares, said of the parts of an SARL."""
    if lang == "en":
        return _SHAREHOLDER.sub(lambda found: _like(found[0], f"member{found[1]}"), text)
    return _SHARES.sub(_part, text)


def _part(found: re.Match[str]) -> str:
    before, word = found[1] or "", found[2]
    said = _like(word, _STARTS[word.lower()])
    if said.lower().startswith("part"):  # «l’action», «d’actions»: a consonant takes the place of the vowel
        before = {"l": "la ", "L": "La ", "d": "de ", "D": "De "}.get(before[:1], before)
    return before + said


def _like(word: str, said: str) -> str:
    return said.capitalize() if word[0].isupper() else said
