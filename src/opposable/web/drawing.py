"""The way from an act to the signed root, drawn: same index and size, same bytes.

At each level the way goes up from the right or from the left; the neighbour hung beside it is a hash of the proof.
Whole numbers only, so that no machine draws it otherwise.
"""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from opposable.law.text import t
from opposable.web.format import number_text
from opposable.web.language import say

WIDTH = 320
HEIGHT = 150
ROOM = 92
"""Kept on the right for the words."""
MARGIN = 16


def sides(index: int, size: int) -> list[str]:
    """On which side of the way each hash of the inclusion proof hangs, from the leaf up (RFC 9162, 2.1.3.2).

    ``"left"`` when the neighbour is the left child. Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    found: list[str] = []
    here, last = index, size - 1
    while last:
        if here & 1:
            found.append("left")
        elif here < last:
            found.append("right")
        here, last = here >> 1, last >> 1
    return found


@dataclass(frozen=True)
class _Point:
    x: int
    y: int


def path_svg(index: int, size: int, lang: str) -> SafeString:
    """The drawing as inline SVG, with its title and description for those who do not see it."""
    hung = sides(index, size)
    way, twigs = _points(hung)
    words = t(
        "Chemin de l’acte n° {n} à la racine d’un arbre de {size} actes : {count} empreintes voisines.",
        "Way from act no. {n} to the root of a tree of {size} acts: {count} neighbouring hashes.",
    ).format(n=number_text(index, lang), size=number_text(size, lang), count=len(hung))
    marks = [
        *(f'<path class="twig" d="M{a.x} {a.y}L{b.x} {b.y}"/>' for a, b in twigs),
        '<path class="way" d="M' + "L".join(f"{p.x} {p.y}" for p in way) + '"/>',
        *(f'<circle class="sibling" cx="{b.x}" cy="{b.y}" r="{_radius(hung)}"/>' for _, b in twigs),
        *(f'<circle class="node" cx="{p.x}" cy="{p.y}" r="{_radius(hung)}"/>' for p in way[1:-1]),
    ]
    return format_html(
        '<svg class="path-drawing" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        say(words, lang),
        mark_safe("".join(marks)),  # noqa: S308 — integers of ours
        _end(way[0], "act", say(t("cet acte", "this act"), lang)),
        _end(way[-1], "root", say(t("racine signée", "signed root"), lang)) if len(way) > 1 else "",
    )


def _radius(hung: list[str]) -> int:
    return 5 if len(hung) <= 8 else 4 if len(hung) <= 14 else 3


def _points(hung: list[str]) -> tuple[list[_Point], list[tuple[_Point, _Point]]]:
    """The way from leaf to root, and the twigs (parent, neighbour), laid out inside the frame."""
    units = [0]
    for side in hung:
        units.append(units[-1] + (-1 if side == "left" else 1))
    beside = [2 * units[i + 1] - units[i] for i in range(len(hung))]
    left, right = min(units + beside), max(units + beside)
    room = WIDTH - ROOM - 2 * MARGIN
    step = min(30, room // max(1, right - left))
    shift = MARGIN + (room - step * (right - left)) // 2 - step * left
    rise = (HEIGHT - 2 * MARGIN) // max(1, len(hung))
    way = [_Point(shift + step * unit, HEIGHT - MARGIN - rise * i) for i, unit in enumerate(units)]
    return way, [(way[i + 1], _Point(shift + step * beside[i], way[i].y)) for i in range(len(hung))]


def _end(point: _Point, kind: str, words: str) -> SafeString:
    mark = (
        f'<rect class="act" x="{point.x - 7}" y="{point.y - 6}" width="14" height="12" rx="2"/>'
        if kind == "act"
        else f'<circle class="root" cx="{point.x}" cy="{point.y}" r="8"/>'
    )
    drawn = mark_safe(mark)  # noqa: S308 — integers of ours
    return format_html('{}<text x="{}" y="{}">{}</text>', drawn, point.x + 13, point.y + 4, words)
