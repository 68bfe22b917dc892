"""The demonstration's recordings of real producers: what the manifest says, moved by whole days and nothing else, and recorded anew."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from opposable.kernel import clock
from opposable.systems.traffic.commands import replay
from opposable.systems.traffic.store.rows import END_INFERRED
from tests.traffic import recorder
from tests.traffic.test_store_formats import parse

ALL = replay.recordings()
FAMILIES = {"radius": "access_session", "conntrack": "nat_session", "kea": "access_session", "postfix": "mail"}


def test_the_manifest_says_who_wrote_each_when_and_its_digest():
    listed = json.loads((replay.FOLDER / "manifest.json").read_text())["recordings"]
    assert {one["file"] for one in listed} | {"manifest.json"} == {path.name for path in replay.FOLDER.iterdir()}
    assert {one["format"] for one in listed} == set(replay.MOVES)
    for one in listed:
        assert one["producer"]
        assert one["how"]
        assert date.fromisoformat(one["recorded"])
        packed = (replay.FOLDER / one["file"]).read_bytes()
        assert recorder.hashlib.sha256(packed).hexdigest() == one["file_sha256"]
    for one in ALL.values():
        assert one.moved(one.last) == (one.data(), 0)


@pytest.mark.parametrize("source", sorted(ALL))
def test_whole_days_later_every_row_is_the_same_and_every_instant_is_later(source, store):
    """Into another year, over a 29 February: what a reader makes of it moves by those days, and is otherwise the same."""
    one = ALL[source]
    days = (date(2028, 3, 20) - one.last).days
    moved, said = one.moved(date(2028, 3, 20))
    assert said == days
    with recorder_clock(one.last):
        before, rejects, _ = parse(one.format, one.data())
    assert not rejects
    with recorder_clock(date(2028, 3, 20)):
        after, rejects, _ = parse(one.format, moved)
    assert not rejects
    assert len(before) == len(after) > 100
    shift = timedelta(days=days)
    for old, new in zip(before, after, strict=True):
        assert (new.start, new.end) == (old.start + shift, old.end + shift)
        assert same(old) == same(new)


def recorder_clock(last):
    """A log without years is of the last twelve months."""
    return clock.frozen(datetime(last.year, last.month, last.day, 12, tzinfo=UTC) + timedelta(days=1))


def same(row):
    return {**asdict(row), "start": None, "end": None}


def test_what_the_kernel_translated_was_leased_by_then(store):
    """Two producers that know nothing of each other tell one story: each translation lies in a lease of its inside address."""
    leases, _, _ = parse("kea", ALL["dhcp"].data())
    translated, _, _ = parse("conntrack", ALL["nat2"].data())
    assert {row.inferred for row in translated} == {0}
    assert {str(row.public_ip) for row in translated} == {recorder.PUBLIC}
    for row in translated:
        (lease,) = [one for one in leases if one.ip == row.inside_ip and one.start <= row.start <= row.end <= one.end]
        assert lease.terminal.startswith("02:00:00:00:20:")


def test_a_lease_that_ran_out_is_as_long_as_it_was_lent():
    """Kea writes it twice more when it takes it back: the lines are of the recording."""
    lines = ALL["dhcp"].data().decode().splitlines()
    reclaimed = next(line for line in lines if line.split(",")[9] == "2")
    mac = reclaimed.split(",")[1]
    (row,) = parse("kea", "\n".join([lines[0], reclaimed[:-2] + "0,", reclaimed, reclaimed]) + "\n")[0]
    assert row.end - row.start == timedelta(seconds=recorder.LEASE)
    rows, _, _ = parse("kea", ALL["dhcp"].data())
    assert {one.end - one.start for one in rows if one.terminal == mac} == {timedelta(seconds=recorder.LEASE)}


def test_conntrack_says_what_is_translated_and_the_rest_is_passed_over():
    line = (
        "[1795762028.870483]\t    [NEW] tcp      6 120 SYN_SENT src=10.20.0.5 dst=198.51.100.7 sport=33314 dport=443 [UNREPLIED]"
        " src=198.51.100.7 dst=192.0.2.200 sport=443 dport=28209"
    )
    over = line.replace("[1795762028.870483]", "[1795762031.000001]").replace("[NEW]", "[DESTROY]")
    routed = line.replace("192.0.2.200", "10.20.0.5").replace("dport=28209", "dport=33314")
    six = (
        line.replace("10.20.0.5", "2001:db8::5")
        .replace("198.51.100.7", "2001:db8:9::7")
        .replace("192.0.2.200", "2001:db8:1::1")
    )
    log = [
        line, over, routed, six.replace("tcp      6", "ipv6     10 tcp      6"), line.replace("[NEW]", "[UPDATE]"),
        "[1795762028.870483]\t    [NEW] icmp     1 30 src=10.20.0.5 dst=198.51.100.7 type=8 code=0 id=9 [UNREPLIED]",
        "    [NEW] tcp      6 120 SYN_SENT src=10.20.0.5", line.replace("28209", "99999"), line.replace("10.20.0.5", "10.20.0.555"),
    ]  # fmt: skip
    rows, rejects, _ = parse("conntrack", "\n".join(log) + "\n")
    assert [(one.line, one.reason.split(":")[0]) for one in rejects] == [
        (7, "no event with its time"), (8, "ports out of their range"), (9, rejects[2].reason.split(":")[0]),
    ]  # fmt: skip
    (whole,) = [one for one in rows if one.inferred == 0]
    (open_,) = [one for one in rows if one.inferred == END_INFERRED]
    assert (str(whole.public_ip), whole.port, str(whole.inside_ip), whole.inside_port, whole.protocol) == (
        "192.0.2.200", 28209, "10.20.0.5", 33314, 6,
    )  # fmt: skip
    assert whole.end - whole.start == timedelta(seconds=2, microseconds=129_518)
    assert str(open_.public_ip) == "2001:db8:1::1"


@pytest.mark.one_database
@pytest.mark.parametrize(("name", "source"), [("radius", "aaa"), ("nat", "nat2"), ("dhcp", "dhcp"), ("mail", "mx")])
def test_a_producer_is_recorded_anew(leg, tmp_path, name, source):
    """One day, few subscribers, the clock moved by libfaketime: what comes out reads, and is of that day."""
    leg(f"record-{name}")
    day = date(2026, 3, 10)
    entry = recorder.record(name, tmp_path, [day], 3, 1)
    assert (entry["source"], entry["days"]) == (source, ["2026-03-10"] * 2)
    data = recorder.lzma.decompress((tmp_path / entry["file"]).read_bytes())
    with recorder_clock(day):
        rows, rejects, _ = parse(entry["format"], data)
    assert rows
    assert not rejects
    assert {row.start.date() for row in rows} == {day}
