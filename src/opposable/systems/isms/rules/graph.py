"""«Graphe des biens» : what depends on what. A circle is refused: in a circle no need of protection has an origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opposable.law import Refused, t

Graph = Mapping[str, Sequence[str]]


def circle(graph: Graph, start: str) -> list[str]:
    """The way from ``start`` back to itself, empty when there is none. No recursion: a graph may be ten thousand deep."""
    came: dict[str, str] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for there in graph.get(here, ()):
            if there == start:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return [*reversed(way), start]
            if there not in came:
                came[there] = here
                waiting.append(there)
    return []


def require_no_circle(graph: Graph, start: str, names: Mapping[str, str]) -> None:
    """Raises Refused, with the circle spelt out."""
    way = circle(graph, start)
    if way:
        said = " → ".join(names.get(one, one) for one in way)
        raise Refused(
            t(
                "Ces biens dépendraient les uns des autres en rond : {way}.",
                "These assets would depend on each other in a circle: {way}.",
            ).format(way=said),
            None,
            "asset.circle",
            facts={"way": said},
            lawful=t("Retirez l’une des dépendances.", "Take one of the dependencies off."),
        )


def below(graph: Graph, start: str) -> list[str]:
    """Everything that ``start`` stands on, nearest first."""
    seen: dict[str, None] = {}
    waiting = list(graph.get(start, ()))
    while waiting:
        here = waiting.pop(0)
        if here not in seen:
            seen[here] = None
            waiting.extend(graph.get(here, ()))
    return list(seen)


def inherited(graph: Graph, needs: Mapping[str, tuple[int, int, int]]) -> dict[str, tuple[int, int, int]]:
    """Needs of confidentiality, integrity and availability: an asset needs what those that stand on it need."""
    found = dict(needs)
    for start, own in needs.items():
        for one in below(graph, start):
            if one in found:
                c, i, a = found[one]
                found[one] = (max(c, own[0]), max(i, own[1]), max(a, own[2]))
    return found
