"""Charts as SVG made on the server: same numbers, same bytes, so that a page of figures can be sealed.

Lengths are percentages cut from whole numbers; words keep their size on a phone because nothing is scaled. Shares are told
apart by pattern (full, hatched, outlined), never by colour alone, and the kit prints the numbers under each chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from opposable.law.text import Text
from opposable.web.format import number_text, percent_text
from opposable.web.language import say

HEIGHT = 28


@dataclass(frozen=True)
class Share:
    """One share of a whole: what it is called, how much, how it is drawn (``solid``, ``hatch`` or ``outline``)."""

    label: Text | str
    value: int
    pattern: str = "solid"


@dataclass(frozen=True)
class Mark:
    """A threshold at ``part / whole`` of the bar's length, with its words."""

    part: int
    whole: int
    label: Text | str


def length(part: int, whole: int) -> str:
    """``part / whole`` as an SVG percentage, cut after three decimals: ``66.666%``."""
    if whole <= 0:
        return "0%"
    thousandths = max(0, min(part, whole)) * 100_000 // whole
    return f"{thousandths // 1000}.{thousandths % 1000:03}".rstrip("0").rstrip(".") + "%"


def bar_svg(value: int, top: int) -> SafeString:
    """One horizontal bar from 0 to ``top``. Without words: the table around it has them."""
    return format_html(
        '<svg width="100%" height="14" aria-hidden="true"><rect class="track" width="100%" height="14"/>'
        '<rect class="solid" width="{}" height="14"/></svg>',
        length(value, top),
    )


def shares_svg(shares: Sequence[Share], lang: str, mark: Mark | None = None) -> SafeString:
    """One bar cut in shares, with a threshold over it. An empty whole draws an empty bar."""
    whole = sum(share.value for share in shares)
    starts = [sum(share.value for share in shares[:i]) for i in range(len(shares))]
    pieces = [_piece(start, share.value, whole, share.pattern) for start, share in zip(starts, shares, strict=True)]
    top = 24 if mark else 0
    return format_html(
        '<svg width="100%" height="{}" role="img" aria-label="{}"><svg y="{}" width="100%" height="{}">'
        '<rect class="track" width="100%" height="100%"/>{}</svg>{}</svg>',
        top + HEIGHT + (4 if mark else 0),
        ", ".join(_words(share, whole, lang) for share in shares),
        top,
        HEIGHT,
        mark_safe("".join(pieces)),  # noqa: S308 — numbers of ours
        _mark(mark, lang) if mark else "",
    )


def key_svg(pattern: str) -> SafeString:
    """The little sample of a pattern for the key under a chart."""
    return format_html(
        '<svg width="22" height="14" aria-hidden="true">{}</svg>',
        mark_safe(_piece(0, 1, 1, pattern)),  # noqa: S308
    )


def _piece(start: int, value: int, whole: int, pattern: str) -> str:
    if value <= 0:
        return ""
    begin, end = length(start, whole), length(start + value, whole)
    box = f'<rect class="{"solid" if pattern == "solid" else "outline"}" x="{begin}" width="{length(value, whole)}" height="100%"/>'
    if pattern != "hatch":
        return box
    # A thick dashed line makes stripes, and needs no <pattern> with an id that two charts of a page would share.
    return f'<line class="hatch" x1="{begin}" x2="{end}" y1="50%" y2="50%" stroke-width="{HEIGHT}" stroke-dasharray="3 4"/>{box}'


def _mark(mark: Mark, lang: str) -> SafeString:
    where = length(mark.part, mark.whole)
    third = 3 * mark.part // mark.whole if mark.whole else 0
    return format_html(
        '<rect class="mark" x="{0}" y="18" width="2" height="38"/><text x="{0}" y="13" text-anchor="{1}">{2}</text>',
        where,
        ("start", "middle", "end", "end")[third],
        say(mark.label, lang),
    )


def _words(share: Share, whole: int, lang: str) -> str:
    return f"{say(share.label, lang)} {number_text(share.value, lang)} ({percent_text(share.value, whole, lang)})"
