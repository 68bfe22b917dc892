"""The values of a rule: read from TOML, frozen, and what a bylaw may make of them.

A value is a text, an integer, a boolean, a date, a clock time, or a list or table of these. Floats are refused: the law
counts in whole days, shares, cents and thousandths. Date-times are refused too: a rule holds a day, a clock time and a
zone, and the calendar makes the instant.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from opposable.law.errors import BookError, LawError
from opposable.law.plain import plain
from opposable.law.text import Text, t

DIRECTIONS = {
    "lower": t("ne peut que baisser", "may only go down"),
    "higher": t("ne peut que monter", "may only go up"),
    "fewer": t("ne peut que perdre des éléments", "may only lose items"),
    "more": t("ne peut que gagner des éléments", "may only gain items"),
    "free": t("est libre", "is free"),
}


class Params(Mapping[str, Any]):
    """The frozen values of a rule, by name; lists are tuples, tables are Params."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object] | None = None, where: str = "param") -> None:
        self._values = {name: freeze(value, f"{where}.{name}") for name, value in (values or {}).items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._values.items(), key=lambda item: item[0])))

    def __repr__(self) -> str:
        return f"Params({self._values!r})"

    def changed(self, values: Mapping[str, object]) -> "Params":
        """Return these values with some replaced."""
        return Params({**self._values, **values})


def freeze(value: object, where: str) -> object:
    """Return a value that cannot change any more; BookError for what a rule may not hold."""
    if isinstance(value, Mapping):
        return Params(value, where)
    if isinstance(value, list | tuple):
        return tuple(freeze(item, where) for item in value)
    if isinstance(value, str | int | date | time) and not isinstance(value, datetime):
        return _fit(value, where)
    raise BookError(
        t(
            "« {where} » vaut {value!r} : écrivez un texte, un entier, un booléen, une date, une heure ou une liste,"
            " jamais un nombre à virgule ni un instant.",
            "“{where}” is {value!r}: write a text, an integer, a boolean, a date, a time or a list, never a float"
            " nor a date-time.",
        ).format(where=where, value=value)
    )


def _fit(value: object, where: str) -> object:
    try:
        plain(value)
    except LawError as error:
        raise BookError(Text(f"{where} : ", f"{where}: ") + error.text) from error
    return value


def alike(old: object, new: object) -> object:
    """Give a new value the type of the old one (dates and times come back from JSON as ISO text), or TypeError."""
    if isinstance(new, str) and isinstance(old, date):
        return date.fromisoformat(new)
    if isinstance(new, str) and isinstance(old, time):
        return time.fromisoformat(new)
    if type(old) is not type(new):
        raise TypeError(f"{type(old).__name__} is wanted, not {type(new).__name__}")
    return new


def allowed(direction: str, old: Any, new: Any) -> bool:
    """Tell whether a change of value goes the way the rule lets it (``False`` is lower than ``True``)."""
    match direction:
        case "lower":
            return bool(new <= old)
        case "higher":
            return bool(new >= old)
        case "fewer":
            return set(new) <= set(old)
        case "more":
            return set(new) >= set(old)
    return direction == "free"


def check_direction(name: str, direction: str, value: object, where: str) -> None:
    """Refuse a direction that has no meaning for the value: "lower" of a text, "fewer" of a number."""
    fits = {
        "lower": isinstance(value, int | date | time),
        "higher": isinstance(value, int | date | time),
        "fewer": isinstance(value, tuple),
        "more": isinstance(value, tuple),
        "free": value is not None,
    }
    if not fits.get(direction, False):
        raise BookError(
            t(
                "{where} : stricter.{name} = « {direction} » ne convient pas à sa valeur ; choisissez parmi {choices}.",
                "{where}: stricter.{name} = “{direction}” does not fit its value; choose among {choices}.",
            ).format(where=where, name=name, direction=direction, choices=", ".join(DIRECTIONS))
        )
