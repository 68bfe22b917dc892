"""Rows are in the order of their key, those of one key in the order in which they came, whatever the width of the key."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from opposable.systems.traffic.store import leaves, order, segments
from opposable.systems.traffic.store.rows import FAMILIES

DAY = order.midnight(date(2026, 11, 20))
HOURS = 86_400_000_000


def rows_of(family, spread, count):
    """Rows whose keys are near each other; a column outside the key says which row it is."""
    draw, columns = np.random.default_rng(7), {}
    for name, kind in family.columns.items():
        if kind == "instant":
            values = DAY + draw.integers(0, spread, count)
        elif name not in family.key:
            values = [{"ip": bytes(16), "text": ""}.get(kind, 0)] * count
        elif kind == "ip":
            values = [bytes(14) + int(n).to_bytes(2, "big") for n in draw.integers(0, 300, count)]
        elif kind == "text":
            values = [f"{n:x}" for n in draw.integers(0, 3_000, count)]
        else:
            values = draw.integers(0, 65_536, count)
        columns[name] = pa.array(values, segments.schema(family).field(name).type)
    columns["end"] = pa.array(np.full(count, DAY + HOURS - 1))
    columns["file"] = pa.array(np.arange(count, dtype=np.uint16))
    return pa.table(columns)


@pytest.mark.parametrize("spread", [1, 3, 60_000_000, HOURS])
@pytest.mark.parametrize("name", ["nat_session", "call_leg", "access_session"])
def test_the_order_is_that_of_the_key_and_of_arrival(name, spread):
    family = FAMILIES[name]
    rows = rows_of(family, spread, 4_000)
    found, same = order._order(family, rows)
    keys = list(zip(*(rows.column(one).to_pylist() for one in family.key), strict=True))
    keys = [tuple(one.encode() if isinstance(one, str) else one for one in key) for key in keys]
    assert found.tolist() == sorted(range(4_000), key=lambda at: keys[at])
    ordered = [keys[at] for at in found]
    assert same.tolist() == [at for at in range(1, 4_000) if ordered[at] == ordered[at - 1]]


def test_a_key_wider_than_one_number_is_in_order_too():
    """Sessions of years ago that end today: with address and port, the start takes more than 64 bits."""
    family = FAMILIES["nat_session"]
    rows = rows_of(family, HOURS, 3_000)
    long_ago = rows.column("start").to_numpy() - np.random.default_rng(3).integers(0, 50 * 365 * HOURS, 3_000)
    rows = rows.set_column(rows.schema.get_field_index("start"), "start", pa.array(long_ago))
    assert len(order.packed_words([order._ranked(rows.column(one)) for one in family.key])) == 2
    keys = list(zip(*(rows.column(one).to_pylist() for one in family.key), strict=True))
    assert order._order(family, rows)[0].tolist() == sorted(range(3_000), key=lambda at: keys[at])


def test_the_tree_of_several_parts_is_that_of_one(monkeypatch):
    family = FAMILIES["nat_session"]
    rows = rows_of(family, HOURS, 5_001)
    whole = leaves.levels_above(leaves.leaf_hashes(family, rows, b"k" * 32))
    monkeypatch.setattr(leaves, "AT_ONCE", 700)
    shared = leaves.tree(family, rows, b"k" * 32)
    assert [level.tobytes() for level in shared] == [level.tobytes() for level in whole]
