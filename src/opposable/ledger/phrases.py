"""The details of `verify` and `audit` in French. The code says them in English; `--json` keeps the English, for programs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_HOLE = "{}"


@cache
def phrases() -> dict[str, str]:
    """English phrase, with {} for each value → French one."""
    return dict(tomllib.loads((files("opposable.ledger") / "phrases.toml").read_text(encoding="utf-8")))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The most telling phrase first: the one with the most words of its own."""
    said = sorted(phrases().items(), key=lambda item: (-len(item[0].replace(_HOLE, "")), item[0]))
    return [
        (re.compile("(.*?)".join(map(re.escape, english.split(_HOLE))), re.DOTALL), french) for english, french in said
    ]


def detail_in(lang: str, detail: str) -> str:
    """A detail in a language: "fr" or "en". What has no phrase is said as it stands."""
    if lang == "en" or not detail:
        return detail
    for pattern, french in _patterns():
        match = pattern.fullmatch(detail)
        if match:
            words = french.split(_HOLE) if pattern.groups else [french]
            told = [detail_in(lang, value) for value in match.groups()]
            return words[0] + "".join(value + after for value, after in zip(told, words[1:], strict=True))
    return detail
