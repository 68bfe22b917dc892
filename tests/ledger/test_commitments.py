"""The table adds up for anyone, hides every line, and shows every change."""

import copy
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st

from opposable.ledger import commitments
from opposable.ledger.commitments import ORDER, TableError, blinding, commit, holds, table, verify, written

SLOTS = ["1.for", "1.against", "1.abstain", "2.for", "2.against", "2.abstain"]
LINES = [
    ((20_000, 0, 0, 0, 20_000, 0), "a"),
    ((30_000, 15_000, 5_000, 50_000, 0, 0), "b"),
    ((0, 0, 0, 0, 0, 0), "c"),
    ((2**53 - 1, 0, 0, 0, 0, 1), "d"),
]


def blind(name):
    return blinding(name.encode() * 32, "tests")


def good():
    """The first three lines: the fourth alone fills what a total may be."""
    lines = LINES[:3]
    rows = [{"entry": name * 64, "commitment": commit(SLOTS, votes, blind(name))} for votes, name in lines]
    totals = [sum(column) for column in zip(*(votes for votes, _ in lines), strict=True)]
    return table(SLOTS, rows, totals, sum(blind(name) for _, name in lines), meeting="m")


def test_the_rows_add_up_to_the_totals():
    assert verify(good()) == dict(zip(SLOTS, [50_000, 15_000, 5_000, 50_000, 20_000, 0], strict=True))


def test_a_holder_finds_his_line_and_no_other_votes_open_it():
    published = good()
    at = holds(published, LINES[1][0], written(blind("b")))
    assert published["rows"][at]["entry"] == "b" * 64
    for votes, secret in (((30_001, 14_999, 5_000, 50_000, 0, 0), "b"), (LINES[1][0], "a")):
        with pytest.raises(TableError, match="no row"):
            holds(published, votes, written(blind(secret)))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["totals"].__setitem__(0, 50_001),
        lambda t: t["totals"].__setitem__(5, 1),
        lambda t: t["rows"].pop(),
        lambda t: t["rows"].append(dict(t["rows"][0])),
        lambda t: t["rows"].append({"entry": "", "commitment": commit(SLOTS, [1, 0, 0, 0, 0, 0], 5)}),
        lambda t: t["rows"][0].__setitem__("commitment", commit(SLOTS, LINES[0][0], 7)),
        lambda t: t["rows"][0].__setitem__("commitment", "ff" * 32),
        lambda t: t["rows"][0].__setitem__("commitment", t["rows"][0]["commitment"].upper()),
        lambda t: t["rows"][0].__setitem__("commitment", "zz"),
        lambda t: t["rows"][0].pop("commitment"),
        lambda t: t["slots"].__setitem__(0, "1.against"),
        lambda t: t["slots"].reverse(),
        lambda t: t.__setitem__("blinding", written(1)),
        lambda t: t.__setitem__("blinding", "00"),
        lambda t: t.__setitem__("blinding", (ORDER + 1).to_bytes(32, "little").hex()),
        lambda t: t.__setitem__("group", "p256"),
        lambda t: t.__setitem__("rows", {}),
        lambda t: t["totals"].__setitem__(0, -1),
        lambda t: t["totals"].__setitem__(0, "50000"),
        lambda t: t["totals"].__setitem__(0, True),
        lambda t: t["totals"].append(0),
    ],
)
def test_any_change_is_refused(change):
    published = copy.deepcopy(good())
    change(published)
    with pytest.raises(TableError):
        verify(published)


def test_a_quantity_out_of_range_is_not_committed_to():
    for value in (-1, 2**53, 1.5, "1", True):
        with pytest.raises(TableError):
            commit(SLOTS, [value, 0, 0, 0, 0, 0], 1)
    with pytest.raises(TableError):
        commit(SLOTS, [1], 1)


def test_the_largest_quantity_is_committed_to_exactly():
    assert commit(SLOTS, LINES[3][0], 9) != commit(SLOTS, (2**53 - 2, 0, 0, 0, 0, 1), 9)


def test_an_empty_table_adds_up_to_nothing():
    assert verify(table(SLOTS, [], [0] * 6, 0)) == dict.fromkeys(SLOTS, 0)


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 2**40), min_size=3, max_size=3), min_size=1, max_size=6), st.data())
def test_it_adds_up_whatever_the_votes(lines, data):
    slots = ["a", "b", "c"]
    blinds = [data.draw(st.integers(1, ORDER - 1)) + n for n in range(len(lines))]
    rows = [{"commitment": commit(slots, line, r)} for line, r in zip(lines, blinds, strict=True)]
    totals = [sum(column) for column in zip(*lines, strict=True)]
    published = table(slots, rows, totals, sum(blinds))
    if len({row["commitment"] for row in rows}) == len(rows):
        assert list(verify(published).values()) == totals
    published["totals"][0] += 1
    with pytest.raises(TableError):
        verify(published)


def test_the_formula_in_the_page_s_head_is_the_one_used():
    """Once more by the words of the docstring, with the library only."""
    import hashlib

    import rbcl

    def from_hash(label):
        return rbcl.crypto_core_ristretto255_from_hash(hashlib.sha512(b"opposable.table.v1\0" + label).digest())

    def times(n, point):
        return rbcl.crypto_scalarmult_ristretto255(n.to_bytes(32, "little"), point)

    wanted = rbcl.crypto_core_ristretto255_add(times(11, from_hash(b"H")), times(3, from_hash(b"G\0" + b"1.for")))
    assert commit(["1.for"], [3], 11) == wanted.hex()


def test_generators_are_all_different():
    points = {
        commitments.blinder(),
        *(commitments.generator(f"{n}.{c}") for n in range(50) for c in ("for", "against")),
    }
    assert len(points) == 101


def test_it_is_checked_from_the_command_line_without_the_rest(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(json.dumps(good()))
    command = [sys.executable, "-m", "opposable.ledger.commitments", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1.for\t50000" in done.stdout
    path.write_text(json.dumps({**good(), "totals": [0] * 6}))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "do not add up" in done.stderr) == (1, True)
