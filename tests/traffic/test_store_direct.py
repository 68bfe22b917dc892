"""What is read without the engine is what the engine reads: each family, each selector, bounds on the edge; a file that changed is read anew."""

import os
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address

import numpy as np
import pyarrow as pa
import pytest
from cryptography.exceptions import InvalidTag

from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.store import conditions, direct, footers, opened, reading, segments
from opposable.systems.traffic.store.keys import SegmentKeys
from opposable.systems.traffic.store.order import by_day
from opposable.systems.traffic.store.proof import default_of, microseconds, packed
from opposable.systems.traffic.store.rows import FAMILIES
from opposable.systems.traffic.store.selectors import ByAddress, ByCell, ByMailbox, ByNumber, BySubscriber
from tests.traffic import generate
from tests.traffic.conftest import CONSOLE

KEYS = SegmentKeys(os.urandom(32), os.urandom(32))
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 11, 20)
ALL_DAY = (datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
V4, V6 = ip_address("192.0.2.7"), ip_address("2001:db8:0:40::1")
SILENT = {"skew", "file", "imsi", "supplementary", "destination_ip", "destination_port", "client_ip"}
WORDS = {"subscriber": 40, "served": 3_000, "other": 30, "cell": 9, "imei": 500, "sender": 60, "recipient": 900}
SPANS = {"since": AT + HOUR, "until": AT + 3 * HOUR}
SELECTORS = (
    ByAddress(ip=V4, port=1_030, at=AT + 2 * HOUR, tolerance=HOUR), ByAddress(ip=V4, port=None, at=AT + 2 * HOUR),
    ByAddress(ip=V4, port=70_000, at=AT + HOUR), ByAddress(ip=V6, port=None, at=AT + 2 * HOUR, tolerance=2 * HOUR),
    ByAddress(ip=V4, port=1_030, at=AT + 2 * HOUR, tolerance=3 * HOUR, protocol=6), ByAddress(ip=V4, port=9, at=AT - 9 * HOUR),
    BySubscriber(subscriber="subscriber-0007", **SPANS), BySubscriber(subscriber="nobody", **SPANS), BySubscriber(subscriber="", **SPANS),
    ByNumber(number="served-0007", **SPANS), ByNumber(number="other-0007", other=True, **SPANS),
    ByNumber(number="123456789012345", **SPANS), ByCell(cell="cell-0003", **SPANS), ByMailbox(mailbox="sender-0007", **SPANS),
    ByMailbox(mailbox="recipient-0007", since=AT, until=AT + timedelta(microseconds=1)),
)  # fmt: skip


def select(family, path, key, where, names):
    """What `direct` finds in one file that it can read: every column but the number of the file."""
    columns, left = direct.select(family, [lambda: (str(path), key)], where, names)
    if left:
        raise direct.Unfamiliar
    assert not any(columns.pop(direct.FILE))
    return columns


def read(family, path, key, start, count):
    return direct.read(family, str(path), key, start, count)


def rows_of(family, count):
    """Seeded rows in the order of a segment; those columns say nothing that are silent."""
    draw = np.random.default_rng(7)
    columns = {}
    for name, kind in family.columns.items():
        if kind == "instant":
            values = microseconds(AT) + draw.integers(0, 4 * 3_600, count) * 1_000_000
        elif name in SILENT:
            values = [default_of(family, name)] * count
        elif kind == "ip":
            some = [packed(V4), packed(V6), *(packed(ip_address(f"192.0.2.{n}")) for n in range(50, 80))]
            values = [some[n] for n in draw.integers(0, len(some), count)]
        elif kind == "text":
            values = [f"{name}-{n:04}" for n in draw.integers(0, WORDS.get(name, 5), count)]
        else:
            values = draw.integers(1_024, 1_060, count) if "port" in name else draw.choice([6, 64, 128], count)
        columns[name] = pa.array(values, segments.schema(family).field(name).type)
    columns["end"] = pa.array(columns["start"].to_numpy() + draw.integers(0, 7_200, count) * 1_000_000)
    (day,) = by_day(family, pa.table(columns))
    return segments.typed(family, day.rows)


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def written(request, tmp_path_factory):
    family = FAMILIES[request.param]
    path, rows = tmp_path_factory.mktemp(family.name) / "a.parquet", rows_of(family, 2 * family.group + 300)
    segments.write(family, rows, KEYS, path)
    return family, path, rows


def test_it_finds_what_the_engine_finds(written, monkeypatch):
    family, path, _ = written
    monkeypatch.setattr(direct, "MANY", 99)
    monkeypatch.setattr(direct, "ALTERNATIVES", 999)
    names, some = tuple(family.columns), 0
    for selector in SELECTORS:
        where = conditions.asked(selector).families.get(family.name)
        if where is None:
            continue
        found = select(family, path, KEYS.file, where, names)
        what = f"file_row_number, {segments.columns_sql(family)}"
        engine = segments.select(family, path, KEYS, what, *conditions.sql(where)).fetchall()
        assert list(zip(*found.values(), strict=True)) == sorted(engine)
        assert segments.rows_of(family, found) == [
            segments.row_of(family, dict(zip(names, one[1:], strict=True))) for one in sorted(engine)
        ]
        some += len(engine)
    assert some > 0


def test_it_reads_the_rows_that_were_written(written):
    family, path, rows = written
    for start, count in ((0, 1), (family.group - 5, 256), (family.group * 2 - 1, 300), (rows.num_rows - 1, 1)):
        assert segments.typed(family, read(family, path, KEYS.file, start, count)) == rows.slice(start, count)


def test_another_file_under_the_name_is_read_anew_and_a_wrong_key_reads_nothing(tmp_path):
    family, path = FAMILIES["call_leg"], tmp_path / "a.parquet"
    rows = rows_of(family, 300)
    segments.write(family, rows, KEYS, path)
    where = conditions.asked(ByNumber(number="served-0007", since=AT, until=AT + 9 * HOUR)).families["call_leg"]
    before = select(family, path, KEYS.file, where, ["served"])
    moment = path.stat()
    segments.write(family, rows.slice(0, 9), KEYS, other := tmp_path / "b.parquet")
    path.write_bytes(other.read_bytes())  # behind the back of the store, and its clock put back
    os.utime(path, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    assert read(family, path, KEYS.file, 0, 99).num_rows == 9
    assert select(family, path, KEYS.file, where, ["served"]) != before or not before["served"]
    with pytest.raises(InvalidTag):
        read(family, other, bytes(32), 0, 1)


def test_nothing_is_remembered_of_a_file_whose_day_has_come(tmp_path):
    family = FAMILIES["call_leg"]
    for day in ("2027-01-01", "2027-01-02"):
        segments.write(family, rows_of(family, 20), KEYS, path := tmp_path / day / "a.parquet")
        read(family, path, KEYS.file, 0, 1)
    known = [one for one in footers._known if one.startswith(str(tmp_path))]
    assert len(known) == 2
    footers.forget_until(date(2027, 1, 1))
    assert [one for one in footers._known if one.startswith(str(tmp_path))] == known[1:]
    segments.remove(path)
    assert not [one for one in footers._known if one.startswith(str(tmp_path))]


def test_a_flipped_bit_gives_no_other_rows(tmp_path):
    family, path, draw = FAMILIES["nat_session"], tmp_path / "a.parquet", np.random.default_rng(60)
    segments.write(family, rows_of(family, 400), KEYS, path)
    where = conditions.asked(ByAddress(ip=V4, port=None, at=AT + 2 * HOUR, tolerance=HOUR)).families["nat_session"]
    whole, names = path.read_bytes(), tuple(family.columns)
    expected, left = select(family, path, KEYS.file, where, names), 0
    assert expected["port"]
    for bit in draw.integers(0, 8 * len(whole), 60).tolist():
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            assert select(family, path, KEYS.file, where, names) == expected
        except direct.TO_THE_ENGINE:
            left += 1
    assert left > 40


@pytest.mark.parametrize(("rows_at_once", "ahead"), [(1 << 16, 8), (1, 2), (500, 0)])
def test_of_many_files_one_that_does_not_read_is_left_and_the_others_answer(tmp_path, monkeypatch, rows_at_once, ahead):
    """Together they are one call, or several that wait for each other; the last one lacks a column, and one has no key any more."""
    monkeypatch.setattr(opened, "FEW", 0)
    monkeypatch.setattr(direct, "ROWS", rows_at_once)
    monkeypatch.setattr(direct, "AHEAD", ahead)
    family, sources, rows = FAMILIES["nat_session"], [], rows_of(FAMILIES["nat_session"], 400)
    silent = rows.set_column(rows.schema.get_field_index("inferred"), "inferred", pa.array([0] * 400, pa.uint8()))
    for number, some in enumerate((rows, rows, rows.slice(0, 300), rows, silent)):
        segments.write(family, some, KEYS, path := tmp_path / f"{number}.parquet")
        sources.append(lambda path=path: (str(path), KEYS.file))
    sources[3] = lambda: (str(tmp_path / "3.parquet"), bytes(32))
    where = conditions.asked(BySubscriber(subscriber="subscriber-0007", **SPANS)).families[family.name]
    alone = [direct.select(family, [one], where, ["port", "inferred"])[0] for one in sources]
    assert len(alone[0]["port"]) > len(alone[2]["port"]) > 0 == len(alone[3]["port"])
    damaged = bytearray((tmp_path / "1.parquet").read_bytes())
    with opened.File(family, str(tmp_path / "1.parquet"), KEYS.file) as file:
        damaged[file.footer.chunk(0, "port").first + 20] ^= 1
    (tmp_path / "1.parquet").write_bytes(damaged)
    found, left = direct.select(family, sources, where, ["port", "inferred"])
    assert left == [1, 3]
    by_file = {number: [] for number in range(5)}
    for number, *row in sorted(zip(*found.values(), strict=True)):
        by_file[number].append(tuple(row))
    assert by_file == {
        number: [] if number in left else list(zip(*list(one.values())[1:], strict=True))
        for number, one in enumerate(alone)
    }


def test_questions_and_proofs_of_this_disk_do_without_the_engine(cgnat, tmp_path, monkeypatch):
    ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "a.csv", DAY, 300))
    asked = BySubscriber(subscriber="sub-0003", since=ALL_DAY[0], until=ALL_DAY[1])
    whole = reading.find(asked).rows
    for name in ("select", "select_each", "read"):
        monkeypatch.setattr(segments, name, None)
    assert reading.find(asked).rows == whole != ()
    assert (reading.count(asked).rows, reading.count(asked).persons) == (len(whole), 1)
    assert [one.row for one in reading.prove_all(whole)] == [one.row for one in whole]
