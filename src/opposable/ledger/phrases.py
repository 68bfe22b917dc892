"""The details of `verify`, `audit` and verify.html in French. The code says them in English; `--json` keeps it, for programs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_HOLE = "{}"
_LONGEST = 1000
"""Characters. Values come from the file under verification: a long one must not keep the patterns busy."""


@cache
def phrases() -> dict[str, str]:
    """English phrase, with {} for each value → French one."""
    return dict(tomllib.loads((files("opposable.ledger") / "phrases.toml").read_text(encoding="utf-8")))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str, str]]:
    """Each phrase with its pattern. The most telling first: the one with the most words of its own."""
    said = sorted(phrases(), key=lambda english: (-len(english.replace(_HOLE, "")), english))
    return [
        (re.compile("(.*?)".join(map(re.escape, english.split(_HOLE))), re.DOTALL), english, phrases()[english])
        for english in said
    ]


def _found(detail: str) -> tuple[re.Match[str], str, str] | None:
    for pattern, english, french in _patterns():
        if match := pattern.fullmatch(detail):
            return match, english, french
    return None


def phrase_of(detail: str) -> str | None:
    """The English phrase that a detail is said by, None when there is none."""
    found = _found(detail)
    return found[1] if found else None


def detail_in(lang: str, detail: str) -> str:
    """A detail in a language: "fr" or "en". What has no phrase, or is far longer than any, is said as it stands."""
    if lang == "en" or not detail or len(detail) > _LONGEST:
        return detail
    found = _found(detail)
    if not found:
        return detail
    match, _, french = found
    words = french.split(_HOLE)
    told = [detail_in(lang, value) for value in match.groups()]
    return words[0] + "".join(value + after for value, after in zip(told, words[1:], strict=True))
