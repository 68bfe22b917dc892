"""The colours of the register, computed: WCAG 2.2 AA in light and in dark."""

import re
from itertools import product
from pathlib import Path

import pytest

import opposable.web

SHEET = (Path(opposable.web.__file__).parent / "static/opposable/tokens.css").read_text("utf-8")
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
BLOCKS = re.findall(r"color-scheme: (light|dark);(.*?)}", SHEET, re.DOTALL)
LIGHT, DARK, DARK_CHOSEN = (dict(TOKEN.findall(body)) for _, body in BLOCKS)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_is_the_one_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_dark_is_the_same_whether_chosen_or_asked_by_the_device():
    assert [scheme for scheme, _ in BLOCKS] == ["light", "dark", "dark"]
    assert DARK == DARK_CHOSEN
    assert LIGHT.keys() == DARK.keys()


WORDS = [
    *product(("ink", "soft", "link", "seal", "verified", "due", "refused"), ("paper", "leaf")),
    *product(("ink", "soft"), ("rail", "well")),
    ("verified", "verified-tint"),
    ("due", "due-tint"),
    ("refused", "refused-tint"),
    ("ink", "verified-tint"),
    ("ink", "due-tint"),
    ("ink", "refused-tint"),
    ("ink", "seal-tint"),
    ("link", "refused-tint"),
    ("link", "due-tint"),
    ("link", "well"),
    ("on-ink", "ink"),
    ("on-seal", "seal"),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS, ids="-".join)
def test_words_can_be_read(palette, ink, ground):
    assert contrast(palette[ink], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("mark", "ground"), list(product(("edge", "focus", "seal"), ("paper", "leaf", "rail", "well"))), ids="-".join
)
def test_borders_of_controls_and_focus_can_be_seen(palette, mark, ground):
    assert contrast(palette[mark], palette[ground]) >= 3
