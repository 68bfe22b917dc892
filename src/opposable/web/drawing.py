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
TRUNK = WIDTH // 2
MARGIN = 26
"""Above the root and below the act, for the words."""


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
class _Twig:
    """A neighbour: where it leaves the trunk, its tip, and how wide the part of the tree below it is drawn."""

    parent: int
    x: int
    y: int
    half: int


def path_svg(index: int, size: int, lang: str) -> SafeString:
    """The drawing as inline SVG, with its description for those who do not see it.

    The trunk is the way. Each branch is a neighbouring hash, on its own side: a leaf, or a whole part of the tree.
    """
    hung = sides(index, size)
    rise = _rise(len(hung))
    foot = MARGIN + rise * len(hung)
    twigs = [_twig(level, side, foot, rise) for level, side in enumerate(hung)]
    words = t(
        "Chemin de l’acte n° {n} à la racine d’un arbre de {size} actes : {count} empreintes voisines.",
        "Way from act no. {n} to the root of a tree of {size} acts: {count} neighbouring hashes.",
    ).format(n=number_text(index, lang), size=number_text(size, lang), count=len(hung))
    marks = [
        *(f'<path class="twig" d="M{TRUNK} {one.parent}L{one.x} {one.y}"/>' for one in twigs),
        f'<path class="way" d="M{TRUNK} {foot}L{TRUNK} {MARGIN}"/>',
        *(_neighbour(one, rise) for one in twigs),
        *(f'<circle class="node" cx="{TRUNK}" cy="{foot - rise * (n + 1)}" r="4"/>' for n in range(len(hung) - 1)),
    ]
    act, root = say(t("cet acte, n° {n}", "this act, no. {n}"), lang), say(t("racine signée", "signed root"), lang)
    return format_html(
        '<svg class="path-drawing" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        foot + MARGIN,
        say(words, lang),
        mark_safe("".join(marks)),  # noqa: S308 — integers of ours
        _end("root", MARGIN, MARGIN - 13, root) if hung else "",
        _end("act", foot, foot + 21, act.format(n=number_text(index, lang))),
    )


def _rise(levels: int) -> int:
    """From one level to the next: a young tree is drawn larger, an old one stays on a phone."""
    return max(9, min(24, 220 // max(1, levels)))


def _twig(level: int, side: str, foot: int, rise: int) -> _Twig:
    half = min(34, 4 + 2 * level)
    y = foot - rise * level
    out = (-1 if side == "left" else 1) * (20 + half + level)
    return _Twig(y - rise, TRUNK + out, y - rise // 3, half)


def _neighbour(one: _Twig, rise: int) -> str:
    """A leaf is a square; what stands for many leaves spreads below its tip."""
    if one.half == 4:
        return f'<rect class="sibling" x="{one.x - 4}" y="{one.y - 4}" width="8" height="8"/>'
    base = one.y + max(5, rise * 2 // 3)
    return f'<path class="sibling" d="M{one.x} {one.y}L{one.x + one.half} {base}L{one.x - one.half} {base}Z"/>'


def _end(kind: str, y: int, words_y: int, words: str) -> SafeString:
    mark = (
        f'<rect class="act" x="{TRUNK - 7}" y="{y - 6}" width="14" height="12" rx="2"/>'
        if kind == "act"
        else f'<circle class="root" cx="{TRUNK}" cy="{y}" r="7"/>'
    )
    drawn = mark_safe(mark)  # noqa: S308 — integers of ours
    return format_html('{}<text x="{}" y="{}">{}</text>', drawn, TRUNK, words_y, words)
