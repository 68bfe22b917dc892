"""The wheel as a drawing: four quarters of a ring, what is done in each, where it stands. Same figures, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from opposable.law import Text, t
from opposable.systems.isms.rules.wheel import Quarter
from opposable.web.language import say

SIZE, RADIUS, GAP = 360, 132, 0.05


def _point(angle: float, radius: float = RADIUS) -> str:
    """A point of the ring; angle 0 is at the top, and it turns as a clock does."""
    return f"{SIZE / 2 + radius * sin(angle):.2f} {SIZE / 2 - radius * cos(angle):.2f}"


def _arc(start: float, end: float) -> str:
    return f"M{_point(start)}A{RADIUS} {RADIUS} 0 0 1 {_point(end)}"


def ring_svg(quarters: Sequence[Quarter], stands: Quarter) -> SafeString:
    """Quarter by quarter: the track, what is done (full), what is late (red, dashed); a notch where the wheel stands."""
    pieces = format_html_join("", "{}", ((_quarter(n, one, one.key == stands.key),) for n, one in enumerate(quarters)))
    said = " ; ".join(say(summary(one)) for one in quarters)
    return format_html(
        '<svg class="ring" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">{2}'
        '<text class="hub" x="{3}" y="{4}" text-anchor="middle">{5}</text>'
        '<text class="hub-word" x="{3}" y="{6}" text-anchor="middle">{7}</text></svg>',
        SIZE,
        said,
        pieces,
        SIZE // 2,
        SIZE // 2 - 4,
        say(stands.label),
        SIZE // 2 + 20,
        say(t("la roue est ici", "the wheel is here")),
    )


def summary(one: Quarter) -> Text:
    return t("{q} : {d} sur {n}, {l} en retard", "{q}: {d} of {n}, {l} late").format(
        q=one.label, d=one.done, n=one.total, l=one.late
    )


def _quarter(n: int, one: Quarter, here: bool) -> SafeString:
    start, end = n * pi / 2 + GAP, (n + 1) * pi / 2 - GAP
    length = end - start
    whole = max(one.total, 1)
    done = start + length * one.done / whole
    late = end - length * one.late / whole
    arcs = [("track", start, end), ("done", start, done), ("late", late, end)]
    drawn = format_html_join(
        "", '<path class="{}" d="{}"/>', ((name, _arc(a, b)) for name, a, b in arcs if b - a > 0.001)
    )
    middle = (start + end) / 2
    at = _point(middle, RADIUS - 38).split()
    notch = (
        format_html('<circle class="notch" cx="{}" cy="{}" r="7"/>', *_point(middle, RADIUS + 26).split())
        if here
        else ""
    )
    label = format_html(
        '<text class="count{}" x="{}" y="{}" text-anchor="middle">{}/{}</text>',
        " is-late" if one.late else "",
        at[0],
        at[1],
        one.done,
        one.total,
    )
    return format_html('<g class="{}">{}{}{}</g>', one.tone, drawn, label, notch)


def line_svg(values: Sequence[int], target: int, *, at_least: bool) -> SafeString:
    """Measures of an indicator in the order of their days, with the target as a dashed line. Numbers stand in the table below."""
    if not values:
        return SafeString("")
    low, high = min(*values, target, 0), max(*values, target, 1)
    span = max(high - low, 1)

    def place(n: int, value: int) -> tuple[str, str]:
        x = 12 + (376 * n / max(len(values) - 1, 1) if len(values) > 1 else 188)
        return f"{x:.1f}", f"{100 - 84 * (value - low) / span:.1f}"

    points = [place(n, value) for n, value in enumerate(values)]
    level = place(0, target)[1]
    dots = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="4"/>',
        (
            (("met" if (v >= target if at_least else v <= target) else "missed"), x, y)
            for v, (x, y) in zip(values, points, strict=True)
        ),
    )
    said = t("{n} mesures, la dernière {v}, cible {c}", "{n} measures, the last {v}, target {c}").format(
        n=len(values), v=values[-1], c=target
    )
    return format_html(
        '<svg class="trend" viewBox="0 0 400 112" role="img" aria-label="{}"><line class="target" x1="0" x2="400" y1="{}" y2="{}"/>'
        '<polyline points="{}"/>{}</svg>',
        say(said),
        level,
        level,
        " ".join(f"{x},{y}" for x, y in points),
        dots,
    )
