"""A column that says nothing is not written, and is read as if it were; segments that have all of them read the same."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from opposable.systems.traffic.store import conditions, direct, footers, leaves, packing, segments
from opposable.systems.traffic.store.engine import cursor
from opposable.systems.traffic.store.keys import SegmentKeys
from opposable.systems.traffic.store.proof import microseconds, packed
from opposable.systems.traffic.store.rows import FAMILIES, NatSession
from opposable.systems.traffic.store.selectors import BySubscriber

FAMILY, KEYS = FAMILIES["nat_session"], SegmentKeys(os.urandom(32), os.urandom(32))
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
BEFORE = Path(__file__).parent.parent / "vectors" / "traffic" / "segments" / "zstd.parquet"
ROOT_BEFORE = "5e27cacf936749a7fc8fd6d343a48c1625ac17c223ebf3b8325dccb7bdc73abf"
SILENT = {"skew", "file", "destination_ip", "destination_port", "inferred"}


def nat(number, **more):
    given = {"start": AT, "end": AT + timedelta(seconds=number), "public_ip": ip_address("192.0.2.1"), "port": number, "protocol": 6,
             "inside_ip": ip_address("100.64.0.1"), "inside_port": 9, "subscriber": f"sub-{number}"}  # fmt: skip
    return NatSession(**given | more)


def table(rows):
    def plain(kind, value):
        return microseconds(value) if kind == "instant" else packed(value) if kind == "ip" else value

    columns = {name: [plain(kind, getattr(row, name)) for row in rows] for name, kind in FAMILY.columns.items()}
    return pa.table(columns, schema=segments.schema(FAMILY))


def there(path):
    """The columns that the file has."""
    key = segments.literal(KEYS.file)
    found = cursor().execute(f"SELECT * FROM read_parquet('{path}', encryption_config = {{footer_key_value: {key}}})")
    return {one[0] for one in found.description}


def test_a_segment_reads_the_same_whether_or_not_it_has_the_columns_that_say_nothing(tmp_path, monkeypatch):
    rows = table([nat(number) for number in range(1, 600)])
    now, before = tmp_path / "now.parquet", tmp_path / "before.parquet"
    segments.write(FAMILY, rows, KEYS, now)
    monkeypatch.setattr(packing, "silent", lambda _family, _rows: set())  # as segments were written at first
    segments.write(FAMILY, rows, KEYS, before)
    assert there(before) - there(now) == SILENT
    question = ("port = ? AND destination_port = ? AND inferred = 0 AND destination_ip = ?", [7, 0, packed(None)])
    for path in (now, before):
        assert segments.read(FAMILY, path, KEYS) == rows
        assert segments.select(FAMILY, path, KEYS, "file_row_number, skew, file", *question).fetchall() == [(6, 0, 0)]
        root, count = segments.root_of(FAMILY, path, KEYS)
        assert (root, count) == (
            leaves.levels_above(leaves.leaf_hashes(FAMILY, rows, KEYS.salt))[-1].tobytes().hex(),
            599,
        )
        proofs = segments.prove(FAMILY, path, KEYS, "uid", 599, [598, 3, 300, 301])  # of three blocks
        assert [one.row for one in proofs] == [nat(599), nat(4), nat(301), nat(302)]
        for one in proofs:
            one.verify(bytes.fromhex(root), 599)


def test_one_row_that_says_something_brings_its_columns_back(tmp_path):
    path, rows = tmp_path / "a.parquet", [nat(1), nat(2), replace(nat(3), skew=-7, destination_ip=ip_address("::1"))]
    segments.write(FAMILY, table(rows), KEYS, path)
    assert segments.read(FAMILY, path, KEYS) == table(rows)
    assert there(path) & SILENT == {"skew", "destination_ip"}
    segments.write(FAMILY, table(rows[:2]), KEYS, path)  # what is known of the columns of a file goes with it
    assert segments.read(FAMILY, path, KEYS) == table(rows[:2])


def test_a_column_that_must_be_given_is_no_default(tmp_path):
    """A file without one is not a segment: it does not read, rather than read as nothing."""
    path = tmp_path / "a.parquet"
    cursor().execute(
        f"COPY (SELECT 1::BIGINT AS start, 1::BIGINT AS span) TO '{path}' (FORMAT parquet,"
        f" ENCRYPTION_CONFIG {{footer_key_value: {segments.literal(KEYS.file)}}})"
    )
    with pytest.raises(duckdb.BinderException, match="public_ip"):
        segments.read(FAMILY, path, KEYS)


def test_a_segment_of_before_the_quick_codec_reads_and_is_proven_as_ever():
    """Its groups are packed with zstd, as all were then."""
    path, keys = BEFORE, SegmentKeys(b"f" * 32, b"s" * 32)
    rows = table([nat(number) for number in range(1, 600)])
    assert segments.root_of(FAMILY, path, keys) == (ROOT_BEFORE, 599)
    assert segments.nodes_hold(FAMILY, path, 599, ROOT_BEFORE)
    assert segments.read(FAMILY, path, keys) == rows
    assert segments.typed(FAMILY, direct.read(FAMILY, str(path), keys.file, 0, 599)) == rows
    asked = conditions.asked(BySubscriber(subscriber="sub-7", since=AT, until=AT + timedelta(hours=1))).families[
        FAMILY.name
    ]
    found, left = direct.select(FAMILY, [lambda: (str(path), keys.file)], asked, ("port",))
    assert (found, left) == ({direct.FILE: [0], direct.POSITION: [6], "port": [7]}, [])
    for one in segments.prove(FAMILY, path, keys, "uid", 599, [598, 3]):
        one.verify(bytes.fromhex(ROOT_BEFORE), 599)


@pytest.mark.parametrize(("subscribers", "codec"), [(20, "snappy"), (500, "zstd")])
def test_the_quick_codec_packs_what_repeats_itself(tmp_path, subscribers, codec):
    """Twenty subscribers with their sessions together, or one after another: both read the same."""
    path = tmp_path / "a.parquet"
    sessions = [nat(number, subscriber=f"sub-{number * subscribers // 1_000}") for number in range(1, 1_000)]
    rows = table(sessions)
    for name in ("public_ip", "inside_ip", "subscriber", "destination_ip"):  # as sources and `by_day` give them
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows.column(name).dictionary_encode())
    assert packing.codec(FAMILY, rows, SILENT) == codec
    segments.write(FAMILY, rows, KEYS, path)
    with path.open("rb") as file:
        said = footers.footer_of(str(path), file.fileno(), KEYS.file, frozenset()).chunk(0, "subscriber").codec
    assert said == codec
    assert segments.typed(FAMILY, direct.read(FAMILY, str(path), KEYS.file, 0, 999)) == table(sessions)
    assert segments.read(FAMILY, path, KEYS) == table(sessions)
