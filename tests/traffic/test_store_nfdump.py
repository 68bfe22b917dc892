"""Files that a real nfcapd wrote from IPFIX and NetFlow v9 that we sent it, taken in as they are."""

import struct
import subprocess
from datetime import timedelta
from ipaddress import ip_address

import pytest

from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.exchange.nfdump import NfdumpFault, _instant
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.store import reading
from opposable.systems.traffic.store.proof import EPOCH
from tests.traffic import producers
from tests.traffic.conftest import CONSOLE
from tests.traffic.producers import BLOCK, SECONDS, SESSION, lent, message, session, template

HEAD = (2, template(256, SESSION)[1] + template(257, BLOCK)[1])
BORN = EPOCH + timedelta(seconds=SECONDS)


def collected(folder, *messages):
    """The file that nfcapd made of some messages."""
    folder.mkdir(exist_ok=True)
    port = producers.free_port()
    collector = subprocess.Popen(
        ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", str(folder), "-t", "3600"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        producers.wait_for(lambda: producers.waiting(port) == 0, "the port of nfcapd")
        producers.send(port, *messages)
        producers.wait_for(lambda: producers.waiting(port) == 0, "the port of nfcapd")
    finally:
        collector.terminate()
        collector.wait(60)
    (file,) = [one for one in folder.iterdir() if one.name.startswith("nfcapd.2")]
    return file


@pytest.fixture
def source(store):
    return acts.declare_source(CONSOLE, slug="collector", title="Collector", format="nfdump").result


def v9(sequence, kind, data, up=1_000):
    """One NetFlow v9 message with one set."""
    data += bytes(-len(data) % 4)
    return struct.pack(">HHIIIIHH", 9, 1, up, SECONDS, sequence, 7, kind, len(data) + 4) + data


def test_sessions_of_ipfix(leg, source, tmp_path):
    leg("nfdump")
    file = collected(
        tmp_path / "flows",
        message(0, HEAD),
        *(message(n, (256, session(n, 4))) for n in range(40)),
        *(message(40 + n, (256, session(n, 5, at=60_007))) for n in range(30)),
    )
    outcome = ingest_file(CONSOLE, source, file)
    assert (outcome.counts["kept"], outcome.counts["rejected"], outcome.counts["records"]) == (40, 0, 70)
    whole = reading.find_address(ip_address("192.0.2.1"), 1025, BORN + timedelta(seconds=30)).rows
    assert [(str(one.row.inside_ip), one.row.inside_port, one.row.protocol) for one in whole] == [
        ("100.64.0.1", 40000, 6)
    ]
    assert (whole[0].row.start, whole[0].row.end) == (BORN, BORN + timedelta(milliseconds=60_007))
    assert whole[0].row.destination_ip is None  # no basis was given for destinations
    assert ingest_file(CONSOLE, source, file).known


def test_a_port_block_that_lost_its_ports_is_a_reject_with_its_reason(leg, source, tmp_path):
    leg("nfdump")
    file = collected(
        tmp_path / "flows", message(0, HEAD), message(0, (256, session(1, 4))), message(1, (257, lent(16)))
    )
    outcome = ingest_file(CONSOLE, source, file)
    assert (outcome.counts["kept"], outcome.counts["rejected"], outcome.counts["read"]) == (1, 1, 2)
    assert "without its ports" in outcome.rejects[0].reason


def test_what_the_collector_missed_is_kept_with_the_file(leg, source, tmp_path):
    leg("nfdump")
    gap = [message(0, HEAD), *(message(n, (256, session(n, 4))) for n in (0, 1, 9))]
    outcome = ingest_file(CONSOLE, source, collected(tmp_path / "flows", *gap))
    (loss,) = outcome.delivery.losses
    assert loss["en"] == "the collector noted 1 gap in the numbers"
    assert loss["since"] < loss["until"]


def test_sessions_of_netflow_9_and_flows_that_are_none(leg, source, tmp_path):
    leg("nfdump")
    fields = ((323, 8), (230, 1), (4, 1), (8, 4), (7, 2), (225, 4), (227, 2), (12, 4), (11, 2))
    plain = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 4), (2, 4), (22, 4), (21, 4))
    flow = struct.pack(">4s4sHHBIIII", bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), 1, 2, 6, 100, 1, 500, 900)
    file = collected(
        tmp_path / "flows",
        v9(0, 0, template(256, fields)[1]), v9(1, 0, template(258, plain)[1]),
        v9(2, 256, session(5, 4)), v9(3, 256, session(5, 5, at=1_000)), v9(4, 258, flow),
    )  # fmt: skip
    outcome = ingest_file(CONSOLE, source, file)
    assert (outcome.counts["kept"], outcome.counts["rejected"]) == (1, 0)
    (row,) = [one.row for one in reading.find_address(ip_address("192.0.2.1"), 1029, BORN).rows]
    assert (row.start, row.end, str(row.inside_ip)) == (BORN, BORN + timedelta(seconds=1), "100.64.0.5")


def test_what_is_no_such_file_is_said_and_nothing_is_closed(leg, source, tmp_path):
    leg("nfdump")
    whole = collected(tmp_path / "flows", message(0, HEAD), message(0, (256, session(1, 4))))
    for name, data in (("cut", whole.read_bytes()[:200]), ("other", b"not of nfcapd" * 40)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(NfdumpFault, match="nfdump ne lit pas"):
            ingest_file(CONSOLE, source, tmp_path / name)
    assert not Delivery.objects.exists()
    assert not Segment.objects.exists()


def test_without_nfdump_it_says_what_to_install(source, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "nfcapd.1").write_bytes(b"x")
    with pytest.raises(NfdumpFault, match="apt install nfdump"):
        ingest_file(CONSOLE, source, tmp_path / "nfcapd.1")


def test_milliseconds_are_a_number_and_no_fraction():
    assert _instant("2026-11-19T14:53:20.7") == SECONDS * 1_000_000 + 7_000
    assert _instant("2026-11-19T14:53:20.070") == SECONDS * 1_000_000 + 70_000
    assert _instant("") == 0
