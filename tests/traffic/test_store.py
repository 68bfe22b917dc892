"""From a file to an answer with its proof, to nothing: once, whole, and erased on its day."""

import os
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from opposable.kernel import clock, parts
from opposable.kernel.models import Act
from opposable.ledger.errors import ProofError
from opposable.systems.traffic import jobs
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.store import reading
from opposable.systems.traffic.store.proof import RowProof
from opposable.systems.traffic.store.selectors import ByAddress
from tests.traffic import generate
from tests.traffic.conftest import CONSOLE

DAY = date(2026, 11, 20)


@pytest.fixture
def filled(cgnat, tmp_path):
    return ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))


def first_row():
    cells = next(iter(generate.nat_rows(DAY, 1)))
    at = datetime.fromisoformat(cells[0]).replace(tzinfo=UTC)
    return ip_address(cells[2]), cells[3], at, cells[7]


def test_a_file_becomes_one_segment_with_one_act(filled):
    segment = Segment.objects.get()
    assert (segment.rows, segment.day, segment.until) == (500, DAY, date(2027, 11, 21))
    act = Act.objects.get(type="traffic.segment.seal")
    assert parts.read(act.pk, "segment")["root"] == segment.root
    assert act.rule == "traffic.keep.source"
    delivery = Delivery.objects.get()
    assert (delivery.read, delivery.kept, delivery.rejected) == (500, 500, 0)


def test_who_had_an_address_and_port_at_an_instant_with_a_proof(filled):
    ip, port, at, subscriber = first_row()
    answer = reading.find_address(ip, port, at)
    assert answer.complete
    assert {one.row.subscriber for one in answer.rows} == {subscriber}
    found = answer.rows[0]
    assert found.row.destination_ip is None  # no basis was given for destinations
    proof = RowProof.from_data(reading.prove(found).as_data())
    act = Act.objects.get(type="traffic.segment.seal")
    sealed = parts.read(act.pk, "segment")
    proof.verify(bytes.fromhex(sealed["root"]), sealed["rows"])
    assert proof.row == found.row
    changed = RowProof.from_data(proof.as_data() | {"row": proof.data[:-1].hex() + "31"})
    with pytest.raises(ProofError):
        changed.verify(bytes.fromhex(sealed["root"]), sealed["rows"])
    assert reading.find_address(ip, port, at - timedelta(days=1)).rows == ()


def test_it_is_counted_before_it_is_read(filled):
    ip, _, at, _ = first_row()
    everybody = ByAddress(ip=ip, port=None, at=at, tolerance=timedelta(hours=30))
    counted = reading.count(everybody)
    assert counted.persons == 10
    assert counted.rows == len(reading.find(everybody).rows) > 100


def test_the_day_is_erased_on_its_day_and_not_before(filled, store):
    ip, port, at, _ = first_row()
    segment = Segment.objects.get()
    with clock.frozen(datetime(2027, 11, 20, 22, 59, tzinfo=UTC)):  # 23:59 in Paris
        assert reading.find_address(ip, port, at).rows
        assert jobs.erase_due() == []
    with clock.frozen(datetime(2027, 11, 20, 23, 1, tzinfo=UTC)):
        assert reading.find_address(ip, port, at).rows == ()  # the rule decides, before any job has tidied
        assert segment.path.exists()
        assert len(jobs.erase_due()) == 2
        assert not list(store.rglob("*.parquet"))
        assert jobs.erase_due() == []
    segment.refresh_from_db()
    assert segment.erased_at is not None
    assert (
        parts.read(Act.objects.get(type="traffic.segment.erase").pk, "erasure")["segments"][0]["root"] == segment.root
    )


def test_the_same_file_twice_comes_in_once(filled, cgnat, tmp_path):
    again = ingest_file(CONSOLE, cgnat, tmp_path / "nat.csv")
    assert again.known
    assert Segment.objects.count() == 1


def test_a_segment_is_on_the_disk_before_anything_says_so(cgnat, tmp_path, monkeypatch):
    """Bytes synced, then named, then the name synced; the act comes after all of them."""
    done, sync, name = [], os.fsync, os.replace

    def synced(number):
        done.append(("sync", Path(f"/proc/self/fd/{number}").readlink().suffix))
        sync(number)

    def named(old, new):
        done.append(("name", Path(new).suffix))
        name(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "one.csv", DAY), lambda step: done.append(("step", step)))
    last = done[: done.index(("step", "written"))][-4:]
    assert last == [("sync", ".draft"), ("sync", ".nodes"), ("name", ".parquet"), ("sync", "")]
