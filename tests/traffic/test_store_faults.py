"""What goes wrong with files, clocks and disks, one by one: nothing is taken twice, lost, or passed over in silence."""

import json
import random
import resource
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from opposable.kernel import clock, guards, restore, retention
from opposable.kernel.audit import audit
from opposable.kernel.audit.report import Report
from opposable.kernel.buckets import BucketForgotten
from opposable.ledger.errors import ProofError
from opposable.systems.traffic import acts, jobs
from opposable.systems.traffic.acts.replaying import replayed
from opposable.systems.traffic.commands import run
from opposable.systems.traffic.exchange import ingest as ingest_module, syslog
from opposable.systems.traffic.exchange.blocks import table
from opposable.systems.traffic.exchange.ingest import ingest_file, write_rejects
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.store import holding, inspection, keys, reading, segments
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.order import by_day
from opposable.systems.traffic.store.rows import FAMILIES
from opposable.systems.traffic.store.selectors import BySubscriber
from opposable.systems.traffic.store.sweeping import sweep
from tests.traffic import generate
from tests.traffic.conftest import CONSOLE

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 20)
ALL_DAY = (datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))


def written(path, rows, *, end="\n", head="", encoding="utf-8", last=None):
    lines = [";".join(generate.HEADER), *(";".join(map(str, row)) for row in rows)]
    data = head + end.join(lines) + (end if last is None else last)
    path.write_bytes(data.encode(encoding))
    return path


def rows_of(count=20, **more):
    return list(generate.nat_rows(DAY, count, **more))


def faults():
    report = Report()
    inspection.inspect(report)
    return {finding.check for finding in report.findings}


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_that_overlap_are_kept_once(cgnat, tmp_path):
    rows = rows_of(100)
    first = ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows[:70]))
    second = ingest_file(CONSOLE, cgnat, written(tmp_path / "b.csv", rows[40:]))
    assert (first.counts["kept"], second.counts["kept"], second.counts["duplicate"]) == (70, 30, 30)
    assert sum(Segment.objects.values_list("rows", flat=True)) == 100


def test_a_row_that_is_twice_in_one_file_is_kept_once(cgnat, tmp_path):
    rows = rows_of(50)
    done = ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows + rows[:7]))
    assert (done.counts["kept"], done.counts["duplicate"]) == (50, 7)


@pytest.mark.parametrize(
    "how",
    [{"end": "\r\n"}, {"head": "\ufeff"}, {"last": ""}, {"encoding": "latin-1"}],
    ids=["CRLF", "BOM", "no newline at the end", "Latin-1"],
)
def test_files_as_other_systems_write_them(cgnat, tmp_path, how):
    rows = rows_of(20)
    rows[3][7] = "élodie"
    done = ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows, **how))
    assert (done.counts["kept"], done.rejects) == (20, [])
    found = reading.find(BySubscriber(subscriber="élodie", since=ALL_DAY[0], until=ALL_DAY[1]))
    assert len(found.rows) == 1


def test_lines_that_do_not_read_are_listed_with_their_number_and_reason_and_nothing_else(cgnat, tmp_path):
    rows = rows_of(20)
    rows[2][2] = "192.0.2.999"
    rows[5][3] = "70000"
    rows[9][0] = "yesterday"
    rows[11] = rows[11][:4]
    rows[14][0], rows[14][1] = rows[14][1], rows[14][0]
    path = written(tmp_path / "a.csv", rows)
    with path.open("a") as file:
        file.write("2026-11-20T10:00:00.000;2026-11-20T10:0")  # cut off in the middle of the last line
    done = ingest_file(CONSOLE, cgnat, path)
    assert [(one.line, one.reason.split(":")[0]) for one in done.rejects] == [
        (4, "Public"), (7, "Port"), (11, "Begin"), (13, "4 columns where 10 are wanted"),
        (16, "it ends before it begins"), (22, "2 columns where 10 are wanted"),
    ]  # fmt: skip
    assert done.counts["read"] == done.counts["kept"] + done.counts["rejected"] == 21
    write_rejects(done, tmp_path / "rejects.csv")
    assert "192.0.2.999" not in (tmp_path / "rejects.csv").read_text()


def test_a_mapping_that_does_not_fit_says_what_is_wrong(cgnat, tmp_path):
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    with pytest.raises(Exception, match="absent du fichier : Begin"):
        ingest_file(CONSOLE, cgnat, tmp_path / "a.csv")
    assert not Delivery.objects.exists()


# --- days and law ----------------------------------------------------------------------------------------------------


def test_rows_past_their_time_are_refused_and_counted(cgnat, tmp_path):
    old = list(generate.nat_rows(date(2025, 11, 20), 5))
    done = ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows_of(10) + old))
    assert (done.counts["kept"], done.counts["expired"]) == (10, 5)
    assert Delivery.objects.get().expired == 5
    assert [one.en for one in done.refused] == ["2025-11-20: could be kept until 2026-11-20"]


def test_late_rows_make_a_supplementary_segment(cgnat, tmp_path):
    ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows_of(10)))
    before = Segment.objects.get()
    ingest_file(CONSOLE, cgnat, written(tmp_path / "b.csv", rows_of(5, seed=2)))
    late = Segment.objects.exclude(pk=before.pk).get()
    assert (before.late, late.late, late.day, late.until) == (False, True, DAY, before.until)
    before_again = Segment.objects.get(pk=before.pk)
    assert (before_again.seq, segments.file_digest(before.path)) == (1, before.sha256)


def calls(store, tmp_path, *days):
    mapping = {"family": "call_leg", "columns": {"start": "at", "served": "a", "other": "b"}, "duration": "s"}
    source = acts.declare_source(CONSOLE, slug="switch", title="s", format="csv", zone="Europe/Paris", mapping=mapping)
    path = tmp_path / "calls.csv"
    path.write_text("at,a,b,s\n" + "".join(f"{day},+33140000001,+33140000002,60\n" for day in days))
    return ingest_file(CONSOLE, source.result, path)


def test_an_injunction_that_ends_at_midnight_parts_the_rows(store, tmp_path):
    done = calls(store, tmp_path, "2026-10-20T23:58:00", "2026-10-20T23:59:59", "2026-10-21T00:10:00")
    assert (done.counts["kept"], done.counts["unlawful"]) == (1, 2)  # the second ended on the 21st
    assert [one.en for one in done.refused] == ["2026-10-21: no rule on file orders that it be kept"]
    assert Segment.objects.get().day == date(2026, 10, 20)


def test_the_29th_of_february(store, tmp_path):
    with clock.frozen(datetime(2024, 3, 10, tzinfo=UTC)):
        done = calls(store, tmp_path, "2024-02-29T12:00:00")
    assert done.segments[0].until == date(2025, 3, 1)


def test_an_hour_that_occurs_twice_is_not_guessed(store, tmp_path):
    with clock.frozen(datetime(2025, 11, 10, tzinfo=UTC)):
        done = calls(
            store,
            tmp_path,
            "2025-10-26T01:59:00",
            "2025-10-26T02:30:00",
            "2025-10-26T02:30:00+02:00",
            "2025-10-26T03:30:00",
        )
    assert [(one.line, one.reason) for one in done.rejects] == [(3, "at: not an instant that exists once")]


def test_one_of_many_segments_that_does_not_read_takes_no_other_with_it(cgnat, tmp_path, monkeypatch):
    """They are asked several at once: damaged, gone, or without a key, it alone is missing."""
    monkeypatch.setattr(reading, "WORKERS", 1)
    days = [DAY - timedelta(days=n) for n in range(5)]
    for day in days:
        ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / f"{day}.csv", day, 60))
    asked = BySubscriber(subscriber="sub-0003", since=ALL_DAY[0] - timedelta(days=9), until=ALL_DAY[1])
    whole, one = reading.find(asked), Segment.objects.get(day=days[2])
    assert [len(some) for some in reading._parts(list(Segment.objects.all()))] == [5]
    others = tuple(found for found in whole.rows if found.segment != one.uid)
    assert others != whole.rows
    data = one.path.read_bytes()
    for change, reason in (
        (lambda: one.path.write_bytes(data[:-40] + bytes(40)), "damaged"),
        (one.path.unlink, "file"),
        (lambda: keys.destroy(one.store, one.until), "key"),
    ):
        change()
        answer = reading.find(asked)
        assert ([lost.reason for lost in answer.missing], answer.rows) == ([reason], others)
        assert reading.count(asked).rows == len(others)


def test_two_subscribers_for_one_port_are_both_answered(cgnat, tmp_path):
    row = rows_of(1)[0]
    other = [*row[:7], "somebody-else", *row[8:]]
    ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", [row, other]))
    at = datetime.fromisoformat(row[0]).replace(tzinfo=UTC)
    answer = reading.find_address(ip_address(row[2]), row[3], at)
    assert {one.row.subscriber for one in answer.rows} == {row[7], "somebody-else"}
    assert reading.count(reading.ByAddress(ip=ip_address(row[2]), port=row[3], at=at)).persons == 2


# --- crashes ---------------------------------------------------------------------------------------------------------


class Crash(Exception):
    pass


def at_step(wanted):
    seen = []

    def step(name):
        seen.append(name)
        if len(seen) == wanted:
            raise Crash(name)

    return step


@pytest.mark.parametrize("wanted", range(1, 6))
def test_a_crash_at_each_step_and_a_retry(cgnat, tmp_path, wanted):
    path = written(tmp_path / "a.csv", rows_of(30) + list(generate.nat_rows(date(2026, 11, 21), 30)))
    with pytest.raises(Crash):
        ingest_file(CONSOLE, cgnat, path, at_step(wanted))
    again = ingest_file(CONSOLE, cgnat, path)
    assert again.known == (wanted == 5)
    assert sum(Segment.objects.values_list("rows", flat=True)) == Delivery.objects.get().kept == 60
    assert faults() == set()


def kills(tmp_path, times):
    command = [sys.executable, "tests/traffic/kill.py", str(tmp_path), str(times)]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": ".", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("times", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_in_the_middle_again_and_again(tmp_path, times):
    end = kills(tmp_path, times)
    assert end["killed"] == times
    assert (end["lost"], end["faults"]) == ([], [])
    assert end["rows"] == 70 * end["files"]
    assert end["segments"] == end["on_disk"] == 2 * end["deliveries"] == 2 * end["files"]


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_segment_that_does_not_read_keeps_nothing_of_its_day_out(cgnat, tmp_path, harm):
    """Not keeping is punished as not erasing is: the file comes in, and says what it could not be compared with."""
    ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows_of(50)))
    first = Segment.objects.get()
    first.path.unlink() if harm == "gone" else first.path.write_bytes(first.path.read_bytes()[:-60])
    done = ingest_file(CONSOLE, cgnat, written(tmp_path / "b.csv", rows_of(70)))
    assert (done.counts["kept"], done.counts["duplicate"]) == (70, 0)
    assert f"segment {first.uid[:8]} of 2026-11-20 does not read" in done.notes[0].en
    assert reading.find(BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])).missing


def test_a_full_disk_is_an_error_and_leaves_nothing(cgnat, store, tmp_path):
    family = FAMILIES["nat_session"]
    ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows_of(3000)))
    segment = Segment.objects.get()
    whole = segments.read(family, segment.path, keys.keys_of("source", segment.until, segment.uid))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StoreFault, match="n’a pu être écrit"):
            segments.write(family, whole, keys.keys_of("source", segment.until, "x"), store / "full" / "x.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((store / "full").iterdir()) == []


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_segment(cgnat, tmp_path):
    ingest_file(CONSOLE, cgnat, written(tmp_path / "a.csv", rows_of(1000)))
    return Segment.objects.get()


def test_every_single_bit_flip_is_noticed_by_the_audit_and_by_the_reader_of_what_it_hits(one_segment):
    path, draw = one_segment.path, random.Random(60)
    whole = path.read_bytes()
    family, made = FAMILIES["nat_session"], keys.keys_of("source", one_segment.until, one_segment.uid)
    noticed = read_wrongly = 0
    for _ in range(60):
        changed = bytearray(whole)
        changed[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        noticed += faults() == {"segment.digest"}
        try:
            read_wrongly += segments.root_of(family, path, made) != (one_segment.root, one_segment.rows)
        except segments.duckdb.Error:
            continue
    path.write_bytes(whole)
    assert (noticed, read_wrongly) == (60, 0)
    assert faults() == set()


@pytest.mark.parametrize(("column", "value"), [("family", "x"), ("place", "x"), ("store", "x/../y")])
def test_a_changed_line_of_the_catalogue_is_named_and_does_not_stop_the_audit(one_segment, column, value):
    with guards.writing(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE traffic_segment SET seq = seq + 1, {column} = %s WHERE id = %s", [value, one_segment.pk]
        )
    found = [one for one in audit().findings if one.table == "traffic_segment"]
    assert "row.state" in {one.check for one in found}
    assert {one.row for one in found} == {str(one_segment.pk)}
    assert sweep(age=0) == [], "what somebody wrote there takes no file with it"
    assert one_segment.path.exists()


def test_a_changed_tree_makes_no_false_proof(one_segment):
    nodes = segments.nodes_path(one_segment.path)
    data = bytearray(nodes.read_bytes())
    data[40] ^= 1
    nodes.write_bytes(data)
    assert faults() == {"segment.nodes"}
    found = reading.find(BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])).rows[0]
    with pytest.raises(ProofError):
        reading.prove(found)


def test_a_missing_segment_a_lost_key_a_damaged_file_make_the_answer_incomplete(one_segment, tmp_path):
    asked = BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])
    path = one_segment.path
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert [one.reason for one in reading.find(asked).missing] == ["damaged"]
    path.unlink()
    assert [one.reason for one in reading.find(asked).missing] == ["file"]
    assert not reading.count(asked).complete
    path.write_bytes(whole)
    assert reading.find(asked).complete
    keys.destroy("source", one_segment.until)
    assert [one.reason for one in reading.find(asked).missing] == ["key"]
    assert faults() == {"segment.key"}


def test_files_that_no_act_knows_any_more_are_adopted_and_not_swept_on_a_database_that_is_older(
    cgnat, store, tmp_path, monkeypatch, capsys
):
    """As after a database of before was put back: the files are there, their acts are not. A crash after a file leaves the same."""
    lines = {day: list(generate.nat_rows(day, 300)) for day in (DAY, DAY - timedelta(days=1), DAY - timedelta(days=2))}
    for day, rows in lines.items():
        with pytest.raises(Crash):
            ingest_file(CONSOLE, cgnat, written(tmp_path / f"{day}.csv", rows), at_step(1))
    last, harmed, again = (
        next(store.glob(f"source/{day.replace(year=2027) + timedelta(days=1)}/*.parquet")) for day in lines
    )
    ingest_file(CONSOLE, cgnat, tmp_path / f"{DAY - timedelta(days=2)}.csv")  # the retry has all its rows
    with monkeypatch.context() as older:
        older.setattr(restore, "missing", lambda: 2)
        assert sweep(age=0) == []
    nodes = segments.nodes_path(harmed)
    whole = nodes.read_bytes()
    nodes.write_bytes(bytes(32) + whole[32:])
    assert run(["adopt", "--source", cgnat.slug]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == ["2026-11-20 nat_session: 300 rows adopted"]
    assert f"{again.name} stays out: its rows are in the catalogue already" in said.err
    assert f"{harmed.name} stays out: its tree leads elsewhere" in said.err
    nodes.write_bytes(whole)
    assert run(["adopt", "--source", cgnat.slug]) == 1  # for the one that is there twice
    assert {one.uid for one in Segment.objects.all()} > {last.stem, harmed.stem}
    asked = BySubscriber(subscriber="sub-0001", since=ALL_DAY[0] - timedelta(days=3), until=ALL_DAY[1])
    found = reading.find(asked).rows
    assert len(found) == sum(row[7] == "sub-0001" for rows in lines.values() for row in rows)
    assert len(reading.prove_all(found)) == len(found)
    assert {one.name for one in sweep(age=0)} == {again.name, again.with_suffix(".nodes").name}
    assert faults() == set()


# --- erasure ---------------------------------------------------------------------------------------------------------


def test_erasure_can_be_stopped_at_each_step(one_segment, monkeypatch):
    from opposable.systems.traffic.store import erasing

    with clock.frozen(datetime(2027, 12, 1, tzinfo=UTC)):
        assert faults() == {"segment.late"}
        with monkeypatch.context() as patch:
            patch.setattr(erasing, "carry_out", lambda: (_ for _ in ()).throw(Crash()))
            with pytest.raises(Crash):
                jobs.erase_due()
        for wanted in (1, 2):
            with pytest.raises(Crash):
                erasing.carry_out(at_step(1 if wanted == 1 else 2))
        jobs.erase_due()
        assert not one_segment.path.exists()
        assert not keys.has_key("source", one_segment.until)
        assert faults() == set()


def test_a_hold_keeps_a_segment_unread_and_its_day_goes_when_it_is_lifted(one_segment, store, cgnat, tmp_path):
    ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "b.csv", DAY, 20, seed=9))
    other = Segment.objects.exclude(pk=one_segment.pk).get()
    (hold,) = retention.place_hold(CONSOLE, objs=[one_segment.uid], reason="litige").result
    asked = BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])
    with clock.frozen(datetime(2027, 12, 1, tzinfo=UTC)):
        jobs.erase_due()
        assert (one_segment.path.exists(), other.path.exists()) == (True, False)
        assert reading.find(asked).rows == ()  # kept, and nobody reads it
        assert [one.verdict for one in replayed(Segment.objects.order_by("pk"))] == ["held", "left"]
        assert faults() == set()
        retention.lift_hold(CONSOLE, hold=hold)
        assert faults() == {"segment.late"}
        jobs.erase_due()
        assert not one_segment.path.exists()
        assert not keys.has_key("source", one_segment.until)
        assert {one.verdict for one in replayed(Segment.objects.all())} == {"late"}


def test_a_backup_brings_no_erased_day_back(one_segment, store, tmp_path):
    asked = BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])
    backup, path = one_segment.path.read_bytes(), one_segment.path
    with clock.frozen(datetime(2027, 12, 1, tzinfo=UTC)):
        jobs.erase_due()
        path.parent.mkdir(parents=True)
        path.write_bytes(backup)  # the data are put back; keys are in no backup of the data
        assert faults() == {"segment.left"}
        assert reading.find(asked).rows == ()
        with pytest.raises(BucketForgotten):
            keys.keys_of("source", one_segment.until, one_segment.uid)
        jobs.erase_due()
        assert not path.exists()


@pytest.mark.slow
@pytest.mark.one_database
def test_a_year_of_days_is_erased_in_a_rehearsal_and_an_auditor_replays_the_list(store, cgnat, tmp_path, capsys):
    """Six weeks of ticks each day, about a 29th of February; then the machine runs each fortnight only, and the list says what was late."""
    days = [date(2027, 2, 20) + timedelta(days=number) for number in range(365)]
    with (tmp_path / "a.csv").open("w") as file:
        file.write(";".join(generate.HEADER) + "\n")
        file.writelines(";".join(map(str, row)) + "\n" for day in days for row in generate.nat_rows(day, 1))
    with clock.frozen(datetime(2028, 2, 20, 10, tzinfo=UTC)):
        ingest_file(CONSOLE, cgnat, tmp_path / "a.csv")
    assert len(list(store.rglob("*.parquet"))) == 365
    for number in (*range(42), *range(42, 380, 14)):
        with clock.frozen(datetime(2028, 2, 21, 6, tzinfo=UTC) + timedelta(days=number)):
            jobs.erase_due()
            left = [one for one in days if one.replace(year=one.year + 1) >= clock.now().date()]
            assert len(list(store.rglob("*.parquet"))) == Segment.objects.there().count() == len(left)
    assert not list(store.rglob("*.parquet"))
    with clock.frozen(datetime(2029, 3, 9, tzinfo=UTC)):
        assert run(["erasures", "--json"]) == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [date.fromisoformat(one["day"]) for one in told] == days
        assert {one["verdict"] for one in told[:41]} == {"erased"}
        assert {one["verdict"] for one in told[41:]} == {"erased", "late"}
        first, _, other = rows = list(Segment.objects.order_by("day")[:3])
        first.erased_at -= timedelta(days=1)
        other.erased_at, other.until = None, date(2039, 1, 1)  # a catalogue that gives itself ten years
        assert [one.verdict for one in replayed(rows)] == ["early", "erased", "due"]


def test_rows_of_one_key_stay_as_they_came():
    """However the processor sorts: 3,000 rows under two keys, each with its own port inside."""
    port = np.arange(3_000) * 7 % 2_999
    made = {"start": port % 2, "end": port % 2 + 1, "public_ip": [bytes(16)] * 3_000, "port": port * 0, "protocol": port * 0 + 6,
            "inside_ip": [bytes(16)] * 3_000, "inside_port": port}  # fmt: skip
    (day,) = by_day(FAMILIES["nat_session"], table(FAMILIES["nat_session"], made, 3_000))
    kept = day.rows.column("inside_port").to_pylist()
    assert kept == [
        *dict.fromkeys(one for one in port.tolist() if one % 2 == 0),
        *dict.fromkeys(one for one in port.tolist() if one % 2),
    ]
    assert day.duplicate == 1


def test_by_day_follows_the_clock_of_paris():
    assert list(by_day(FAMILIES["nat_session"], segments.schema(FAMILIES["nat_session"]).empty_table())) == []


def test_a_quick_freeze_keeps_the_rows_and_lets_the_day_die(one_segment, store):
    asked = BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])
    found = reading.find(asked).rows
    frozen = acts.place_freeze(
        CONSOLE, rows=found, ground="TJ Lyon, PV 2026/1", ordered_on=date(2026, 11, 25), until=date(2028, 6, 1)
    ).result
    assert b"sub-0001" not in frozen.path.read_bytes()
    with clock.frozen(datetime(2027, 12, 1, tzinfo=UTC)):
        jobs.erase_due()
        assert not one_segment.path.exists()
        assert reading.find(asked).rows == ()
        kept = holding.held(frozen)
        assert [one.row for one in kept] == [one.row for one in found]
        assert faults() == set()
    with clock.frozen(datetime(2028, 6, 1, 12, tzinfo=UTC)):
        with pytest.raises(StoreFault, match="pris fin"):
            holding.held(frozen)
        jobs.erase_due()
        assert not frozen.path.exists()
        assert not keys.has_key("hold", frozen.until)
        assert faults() == set()


def test_a_frozen_row_that_was_changed_is_not_given(one_segment, store):
    found = reading.find(BySubscriber(subscriber="sub-0001", since=ALL_DAY[0], until=ALL_DAY[1])).rows
    frozen = acts.place_freeze(CONSOLE, rows=found[:1], ground="x", ordered_on=DAY, until=date(2028, 6, 1)).result
    data = bytearray(frozen.path.read_bytes())
    data[30] ^= 1
    frozen.path.write_bytes(data)
    with pytest.raises(StoreFault, match="ne se lit plus"):
        holding.held(frozen)
    assert faults() == {"segment.digest"}


@pytest.mark.parametrize("piece", [2, 1000])
def test_a_translation_that_ends_after_what_is_read_at_once_is_whole_all_the_same(store, tmp_path, monkeypatch, piece):
    """A reader pairs a block of lines, and a piece is several blocks: what is open at their end goes on in the next."""
    monkeypatch.setattr(syslog, "RECORDS", 2)
    monkeypatch.setattr(ingest_module, "PIECE", piece)
    source = acts.declare_source(CONSOLE, slug="nat", title="NAT", format="syslog").result
    told = [
        ("10:00", "create", 1),
        ("10:05", "create", 2),
        ("10:30", "delete", 1),
        ("10:35", "delete", 2),
        ("10:40", "create", 1),
    ]
    line = "2026-11-20T{}:00Z box nat {} tcp 100.64.0.5:4000 192.0.2.7:{}\n"
    path = tmp_path / "log"
    path.write_text("".join(line.format(*one) for one in told))
    ingest_file(CONSOLE, source, path)
    day = datetime(2026, 11, 20, tzinfo=UTC)
    for port, begin, end in ((1, 0, 30), (2, 5, 35)):
        found = reading.find_address(ip_address("192.0.2.7"), port, day + timedelta(hours=10, minutes=20)).rows
        minutes = [timedelta(hours=10, minutes=at) for at in (begin, end)]
        assert [(one.row.start - day, one.row.end - day, one.row.inferred) for one in found] == [(*minutes, 0)]
