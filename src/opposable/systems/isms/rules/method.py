"""«Méthode d’appréciation des risques» : scales, a grid or a formula with thresholds, who accepts what. Whole numbers only.

ISO/IEC 27001 6.1.2 wants criteria that give comparable results each time: a method is data, never changed once used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, t

FORMULAS: dict[str, Callable[[list[int]], int]] = {"product": prod, "sum": sum, "max": max}
ACCEPTORS = {
    "owner": t("le propriétaire du risque", "the risk owner"),
    "management": t("la direction", "management"),
    "nobody": t("personne : il faut traiter", "nobody: it must be treated"),
}
LARGEST_SCALE = 10


@dataclass(frozen=True)
class Axis:
    """One scale: its key, its name, the names of its steps from ``first`` up (1 unless a formula counts from 0, as MONARC’s does)."""

    key: str
    label: Text
    steps: tuple[Text, ...]
    first: int = 1

    @property
    def last(self) -> int:
        return self.first + len(self.steps) - 1

    @property
    def numbered(self) -> list[tuple[int, Text]]:
        """Each step with its number."""
        return list(enumerate(self.steps, self.first))

    def step(self, value: int) -> Text:
        """The name of a step that is on the scale."""
        return self.steps[value - self.first]


@dataclass(frozen=True)
class Level:
    """One level of risk: its name, who may accept it; ``""`` when it is acceptable as it is."""

    label: Text
    acceptor: str


@dataclass(frozen=True)
class Method:
    """``grid[row][column]`` gives the level (from 1) of the first two axes; or a ``formula`` whose result ``thresholds`` cut."""

    axes: tuple[Axis, ...]
    levels: tuple[Level, ...]
    grid: tuple[tuple[int, ...], ...] = ()
    formula: str = ""
    thresholds: tuple[int, ...] = ()
    valid_months: int = 12
    four_eyes: bool = True

    def acceptable(self, level: int) -> bool:
        """Whether a level needs no acceptance."""
        return self.levels[level - 1].acceptor == ""

    def name(self, level: int | None) -> Text:
        return self.levels[level - 1].label if level and level <= len(self.levels) else t("non cotée", "not rated")

    def tone(self, level: int | None) -> str:
        """How the level is marked on a page: ok, due, refused, info."""
        if not level or level > len(self.levels):
            return "info"
        acceptor = self.levels[level - 1].acceptor
        return {"": "ok", "owner": "due"}.get(acceptor, "refused")


def read_method(data: Mapping[str, Any]) -> Method:
    """A method from its data. Raises Refused, naming what is wrong."""
    try:
        made = _read(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise Refused(
            t(
                "Cette méthode ne se lit pas : il faut des échelles, des niveaux, et une grille ou une formule avec ses seuils.",
                "This method does not read: it needs scales, levels, and a grid or a formula with its thresholds.",
            ),
            None,
            "method.unreadable",
        ) from None
    problem = _problem(made)
    if problem:
        raise Refused(problem, None, "method.wrong")
    return made


def _read(data: Mapping[str, Any]) -> Method:
    return Method(
        axes=tuple(
            Axis(
                str(a["key"]),
                Text(a["fr"], a["en"]),
                tuple(Text(s["fr"], s["en"]) for s in a["steps"]),
                int(a.get("first", 1)),
            )
            for a in data["axes"]
        ),
        levels=tuple(Level(Text(one["fr"], one["en"]), str(one["acceptor"])) for one in data["levels"]),
        grid=tuple(tuple(int(cell) for cell in row) for row in data.get("grid", ())),
        formula=str(data.get("formula", "")),
        thresholds=tuple(int(one) for one in data.get("thresholds", ())),
        valid_months=int(data.get("valid_months", 12)),
        four_eyes=bool(data.get("four_eyes", True)),
    )


def _problem(method: Method) -> Text | None:
    if not method.axes or len({axis.key for axis in method.axes}) != len(method.axes):
        return t(
            "Il faut au moins une échelle, chacune avec son nom.",
            "At least one scale is needed, each with its own name.",
        )
    if any(not 2 <= len(axis.steps) <= LARGEST_SCALE for axis in method.axes):
        return t("Une échelle a de deux à dix degrés.", "A scale has two to ten steps.")
    if any(axis.first not in ((1,) if method.grid else (0, 1)) for axis in method.axes):
        return t(
            "Une échelle compte à partir de 1, ou de 0 sous une formule.",
            "A scale counts from 1, or from 0 under a formula.",
        )
    if len(method.levels) < 2 or any(one.acceptor not in ("", *ACCEPTORS) for one in method.levels):
        return t(
            "Il faut au moins deux niveaux, chacun avec qui l’accepte.",
            "At least two levels are needed, each with who accepts it.",
        )
    if method.valid_months < 1:
        return t("Une acceptation vaut au moins un mois.", "An acceptance holds for a month at least.")
    return _grid_problem(method) if method.grid else _formula_problem(method)


def _grid_problem(method: Method) -> Text | None:
    if len(method.axes) != 2:
        return t("Une grille croise deux échelles.", "A grid crosses two scales.")
    rows, columns = (len(axis.steps) for axis in method.axes)
    if len(method.grid) != rows or any(len(row) != columns for row in method.grid):
        return t(
            "La grille n’a pas une case par couple de degrés.", "The grid has not one cell for each pair of steps."
        )
    if any(not 1 <= cell <= len(method.levels) for row in method.grid for cell in row):
        return t(
            "Une case de la grille donne un niveau qui n’existe pas.",
            "A cell of the grid gives a level that does not exist.",
        )
    if any(a > b for row in method.grid for a, b in pairwise(row)) or any(
        a > b for column in zip(*method.grid, strict=True) for a, b in pairwise(column)
    ):
        return t(
            "Un degré plus haut donne un niveau plus bas : la grille se contredit.",
            "A higher step gives a lower level: the grid contradicts itself.",
        )
    return None


def _formula_problem(method: Method) -> Text | None:
    if method.formula not in FORMULAS:
        return t(
            "La formule est le produit, la somme ou le plus grand.",
            "The formula is the product, the sum or the greatest.",
        )
    if len(method.thresholds) != len(method.levels) - 1 or any(a >= b for a, b in pairwise(method.thresholds)):
        return t("Il faut un seuil croissant entre deux niveaux.", "One rising threshold is needed between two levels.")
    return None


def rate(method: Method, values: Mapping[str, int], rule: Rule | None = None) -> Decision[int]:
    """The level (from 1) of a rating, with the way to it. Raises Refused for a value off its scale: nothing is ever clamped."""
    read = [_value(axis, values) for axis in method.axes]
    if set(values) - {axis.key for axis in method.axes}:
        raise Refused(
            t("Cette échelle n’est pas dans la méthode.", "This scale is not in the method."), rule, "rating.axis"
        )
    if method.grid:
        level = method.grid[read[0] - 1][read[1] - 1]
        how = t("case {a} × {b} de la grille", "cell {a} × {b} of the grid").format(a=read[0], b=read[1])
    else:
        result = FORMULAS[method.formula](read)
        level = 1 + sum(result > one for one in method.thresholds)
        how = t("{f} de {v} : {r}", "{f} of {v}: {r}").format(f=method.formula, v=" × ".join(map(str, read)), r=result)
    trace = Trace((Step(t("niveau de risque", "level of risk"), how, str(level)),))
    return Decision(level, rule, {"values": dict(values), "level": method.name(level)}, trace)


def _value(axis: Axis, values: Mapping[str, int]) -> int:
    value = values.get(axis.key)
    if type(value) is not int or not axis.first <= value <= axis.last:
        raise Refused(
            t("« {name} » va de {m} à {n}.", "“{name}” goes from {m} to {n}.").format(
                name=axis.label, m=axis.first, n=axis.last
            ),
            None,
            "rating.scale",
            facts={"axis": axis.key, "value": value},
        )
    return value
