"""What the values of a rule and its source are called on the pages: no code name is shown to people.

A system has its words beside its rulebook (``words.toml``): names of values, then values that are codes, ``["fr", "en"]``. A key may be
narrowed: ``rule.id.name`` for a name, ``name.value`` for a value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from opposable.kernel.system import systems
from opposable.law import Rule
from opposable.law.text import Text
from opposable.web.format import number_text
from opposable.web.language import say
from opposable.web.why import declared, fact_label, value_text

FRACTIONS = re.compile(r"(?:.*_)?(?:share|threshold)|first|second", re.ASCII)
"""Names of values that are two numbers, one over the other."""


@cache
def _words(label: str, table: str) -> Mapping[str, Text]:
    path = next(system.book_path for system in systems() if system.label == label).with_name("words.toml")
    found = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: Text(*said) for name, said in found.get(table, {}).items()}


def _system(rule: Rule) -> str:
    return rule.id.partition(".")[0]


def has_name(rule: Rule, name: str) -> bool:
    """Whether there are words for the name of a value."""
    return name_text(rule, name, "fr") != name.replace("_", " ") or name in _words(_system(rule), "names")


def has_value(rule: Rule, name: str, value: str) -> bool:
    """Whether there are words for a value that is a code."""
    known = _words(_system(rule), "values")
    return f"{name}.{value}" in known or value in known or value_text(value, "en") != value or declared(value)


def name_text(rule: Rule, name: str, lang: str) -> str:
    """What a value of a rule is called."""
    known = _words(_system(rule), "names")
    said = known.get(f"{rule.id}.{name}") or known.get(name)
    return say(said, lang) if said else fact_label(name, lang)


def param_text(rule: Rule, name: str, value: object, lang: str) -> str:
    """A value of a rule for people: codes in words, fractions as fractions, lists with commas."""
    if isinstance(value, str):
        known = _words(_system(rule), "values")
        said = known.get(f"{name}.{value}") or known.get(value)
        return say(said, lang) if said else value_text(value, lang) or "–"
    if isinstance(value, Mapping):
        return " · ".join(
            f"{name_text(rule, key, lang)} {param_text(rule, key, item, lang)}" for key, item in value.items()
        )
    if isinstance(value, Iterable):
        return _list_text(rule, name, list(value), lang)
    return value_text(value, lang)


def _list_text(rule: Rule, name: str, items: list[Any], lang: str) -> str:
    if len(items) == 2 and all(type(item) is int for item in items) and FRACTIONS.fullmatch(name):
        return "\u00a0/\u00a0".join(number_text(item, lang) for item in items)
    return ", ".join(param_text(rule, name, item, lang) for item in items) or "–"
