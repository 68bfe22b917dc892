"""«Règle conservée»: a rule read back from the canonical row that an act pinned, when the rulebook has moved on since.

It is for reading: its values are those of JSON (dates and clock times are ISO texts), so it decides nothing.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from opposable.law.param import Params
from opposable.law.rule import Bylaw, Rule
from opposable.law.text import Text


def kept_rule(row: bytes, book: str) -> Rule | None:
    """The rule of a canonical row; None when the bytes are no row that this version could have written.

    ``book``: the digest of the rulebook that the act pinned beside the row.
    """
    try:
        rule = _rule(json.loads(row), book)
        return rule if rule.canonical() == row else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _rule(data: Mapping[str, Any], book: str) -> Rule:
    layers = tuple(_clause(item) for item in data["layers"])
    law = Params(data["param"])
    param = law
    for layer in layers:
        param = param.changed(layer.param)
    return Rule(
        id=data["id"], fr=data["fr"], en=data["en"], since=_day(data["from"]), until=_until(data["until"]),
        cite=tuple(data["cite"]), seed=data["seed"], checked=_until(data["checked"]), source=data["source"],
        status=data["status"], silent=data["silent"], override=data["override"], param=param, text=data["text"], book=book,
        layers=layers, law_param=law, stricter=data["stricter"], note=Text(**data["note"]) if data["note"] else None,
    )  # fmt: skip


def _clause(data: Mapping[str, Any]) -> Bylaw:
    return Bylaw(
        data["rule"],
        _day(data["from"]),
        _until(data["until"]),
        data["param"],
        data["article"],
        data["text"],
        data["layer"],
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _until(text: str | None) -> date | None:
    return None if text is None else _day(text)
