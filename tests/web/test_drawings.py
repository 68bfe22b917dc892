"""The way to the root and the charts: right, inside their frame, the same bytes each time."""

import re

import pytest
from hypothesis import given, strategies as st

from opposable.ledger import merkle
from opposable.web.charts import Mark, Share, bar_svg, length, shares_svg
from opposable.web.drawing import WIDTH, path_svg, sides

SIZES = st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))


@given(SIZES)
def test_the_way_has_the_sides_of_the_proof(place):
    index, size = place
    leaves = [merkle.leaf_hash(bytes([i % 256, i // 256])) for i in range(size)]
    proof = merkle.inclusion_proof(leaves, index)
    node, hung = leaves[index], sides(index, size)
    for side, hash_ in zip(hung, proof, strict=True):
        node = merkle.node_hash(hash_, node) if side == "left" else merkle.node_hash(node, hash_)
    assert node == merkle.root(leaves)


@given(st.integers(1, 2**40).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_the_drawing_stays_in_its_frame(place):
    svg = path_svg(*place, "fr")
    height = int(re.search(rf'viewBox="0 0 {WIDTH} (\d+)"', svg)[1])
    assert height < 480
    xs = [int(x) for x in re.findall(r'c?x="(-?\d+)"', svg)] + [int(x) for x in re.findall(r"[ML](-?\d+) ", svg)]
    ys = [int(y) for y in re.findall(r'c?y="(-?\d+)"', svg)]
    assert all(0 <= x <= WIDTH for x in xs), (min(xs), max(xs))
    assert all(0 <= y <= height for y in ys)


def test_same_place_same_bytes_and_words_for_who_does_not_see():
    assert path_svg(1204391, 1204402, "fr") == path_svg(1204391, 1204402, "fr")
    assert "aria-label" in path_svg(5, 9, "fr")
    assert "signed root" in path_svg(5, 9, "en")
    assert "<circle" not in path_svg(0, 1, "fr")


@pytest.mark.parametrize("place", [(-1, 5), (5, 5), (0, 0)])
def test_what_is_not_in_the_tree_is_not_drawn(place):
    with pytest.raises(ValueError, match="no leaf"):
        sides(*place)


@given(st.integers(0, 10**18), st.integers(1, 10**18))
def test_a_length_is_cut_to_the_thousandth_of_a_percent(part, whole):
    shown = float(length(part, whole).rstrip("%"))
    assert shown <= min(100, 100 * part / whole) + 1e-9
    assert shown > min(100, 100 * part / whole) - 0.0011


def test_shares_fill_the_bar_and_are_told_in_words():
    shares = [Share("Pour", 660), Share("Contre", 210, "hatch"), Share("Abstention", 130, "outline")]
    svg = shares_svg(shares, "fr", Mark(2, 3, "seuil"))
    assert 'x="0%" width="66%"' in svg
    assert 'x="87%" width="13%"' in svg
    assert "66.666%" in svg
    assert "Pour 660 (66,00\u00a0%)" in svg
    assert shares_svg(shares, "fr") == shares_svg(shares, "fr")


def test_nothing_cast_draws_an_empty_bar():
    assert 'class="solid"' not in shares_svg([Share("Pour", 0), Share("Contre", 0)], "fr")
    assert 'width="0%"' in bar_svg(0, 0)
