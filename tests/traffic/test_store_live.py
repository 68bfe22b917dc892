"""Live sources on the loopback: IPFIX, syslog, RADIUS with FreeRADIUS's own client."""

import hashlib
import struct
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from opposable.kernel import clock
from opposable.kernel.datagrams import Listener
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange import listening, radius_packets, spool
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.store import reading
from tests.traffic import daemons, producers
from tests.traffic.conftest import CONSOLE, NOON
from tests.traffic.producers import SECONDS, SESSION, message, session, template

THEN = datetime.fromtimestamp(SECONDS, UTC)
SECRET = b"testing123"


@contextmanager
def hearing(form, *, every=3600.0, senders=()):
    """An ear in a thread: what it does to the database is done when it stops, here."""
    source = acts.declare_source(CONSOLE, slug=f"live-{form}", title=form, format=form).result
    listener = Listener("127.0.0.1", 0)
    ear = listening.Ear(CONSOLE, source, listener, listening.protocol_of(source, SECRET), every=every, senders=senders)

    def run():
        with clock.frozen(NOON):
            listener.run(ear._take, lambda: None, 0.05)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ear
    finally:
        listener.stop()
        thread.join()
        listener.close()
        ear._spool.close()
        ear._take_in()


def test_ipfix_by_udp(store):
    with hearing("ipfix") as ear:
        data = [message(n, (256, session(n, 4) + session(n, 5, at=1000))) for n in range(0, 100, 2)]
        producers.send(ear.listener.port, message(0, template(256, SESSION)), *data)
        producers.wait_for(lambda: ear.received == 51, "the messages")
    assert Delivery.objects.get().kept == 50
    found = reading.find_address(ip_address("192.0.2.1"), 1024, THEN)
    assert [one.row.end - one.row.start for one in found.rows] == [timedelta(seconds=1)]
    assert not list((store.parent / "spool").rglob("*.*"))


@pytest.mark.parametrize("version", [9, 10])
def test_flows_of_softflowd_are_heard_and_none_is_kept(leg, store, tmp_path, version):
    leg("softflowd")
    with hearing("ipfix") as ear:
        told = []
        ear.told = told.append
        daemons.export(ear.listener.port, tmp_path, version)
        producers.wait_for(lambda: ear.received, "the flows")
    (outcome,) = told
    assert (outcome.counts["kept"], outcome.rejects) == (0, [])
    assert "6 records are flows that translate no address: none is kept" in [one.en for one in outcome.notes]


def test_what_is_no_whole_message_does_not_hide_the_others(store):
    cut, flows5, good = (
        message(0, (256, session(2, 4)))[:-3],
        b"\x00\x05" + bytes(40),
        message(0, template(256, SESSION)),
    )
    with hearing("ipfix") as ear:
        producers.send(ear.listener.port, cut, good, flows5, b"", b"\x00", message(0, (256, session(1, 4))))
        producers.wait_for(lambda: ear.received == 6, "the messages")
    assert (ear.protocol.refused, Delivery.objects.get().kept) == (4, 1)
    assert "4 datagrams that did not read" in [one["en"] for one in Delivery.objects.get().losses]


def test_a_sender_who_is_not_listened_to_is_counted_and_nothing_more(store):
    with hearing("syslog", senders=(ip_network("192.0.2.0/24"), ip_network("::1/128"))) as ear:
        producers.send(ear.listener.port, b"<134>1 2026-11-19T12:00:00Z cgn nat - - - some")
        producers.wait_for(lambda: ear.strangers == 1, "the line")
    assert (ear.received, Delivery.objects.count()) == (0, 0)


def test_one_spool_that_fails_in_a_way_nobody_foresaw_stops_nothing(store, monkeypatch, caplog):
    with hearing("ipfix") as ear:
        producers.send(ear.listener.port, message(0, template(256, SESSION), (256, session(1, 4))))
        producers.wait_for(lambda: ear.received == 1, "the message")
        with monkeypatch.context() as broken:
            broken.setattr(listening, "ingest", lambda *_, **__: 1 / 0)
            ear.every = 0
            ear._idle()
        assert "ZeroDivisionError" in caplog.text
    assert Delivery.objects.get().kept == 1


def test_a_new_spool_begins_with_the_templates(store):
    with hearing("ipfix") as ear:
        producers.send(ear.listener.port, message(0, template(256, SESSION), (256, session(1, 4))))
        producers.wait_for(lambda: ear.received == 1, "the first")
        ear.every = 0
        ear._idle()
        producers.send(ear.listener.port, message(1, (256, session(1, 5, at=5000))))
        producers.wait_for(lambda: ear.received == 2, "the second")
    assert Delivery.objects.count() == 2
    rows = reading.find_address(ip_address("192.0.2.1"), 1025, THEN + timedelta(seconds=3)).rows
    assert [one.row.inferred for one in rows] == [0]


def test_what_came_before_its_template_is_read_in_the_file_where_that_comes(store):
    early, taught = message(0, (256, session(1, 4))), message(1, template(256, SESSION))
    with hearing("ipfix") as ear, clock.frozen(NOON):
        ear.every = 0
        for sent, count in ((early, 1), (taught, 2), (message(1, (256, session(2, 4))), 3)):
            producers.send(ear.listener.port, sent)
            producers.wait_for(lambda n=count: ear.received == n, "the message")
            ear._idle()
        assert [(one.kept, one.rejected) for one in Delivery.objects.order_by("pk")] == [(0, 1), (1, 0), (1, 0)]
        assert not ear.protocol._waiting


def test_syslog_by_udp(store):
    line = b"<14>1 2026-11-19T10:00:00Z box - - - nat create tcp 100.64.0.5:4000 192.0.2.7:2000 alice"
    with hearing("syslog") as ear:
        producers.send(
            ear.listener.port, line, line.replace(b"create", b"delete").replace(b"10:00:00", b"10:00:30") + b"\n"
        )
        producers.wait_for(lambda: ear.received == 2, "the lines")
    assert reading.find_subscriber("alice", THEN - timedelta(days=1), THEN + timedelta(days=1)).rows[0].row.port == 2000


def test_radius_accounting_with_a_real_client(leg, store):
    leg("freeradius")
    base = {"Acct-Session-Id": '"R1"', "User-Name": '"carol@isp"', "NAS-IP-Address": "10.0.0.1", "Framed-IP-Address": "100.64.3.3",
            "Delegated-IPv6-Prefix": "2001:db8:33::/56"}  # fmt: skip
    with hearing("radius") as ear:
        for more in ({"Acct-Status-Type": "Start", "Event-Timestamp": SECONDS},
                     {"Acct-Status-Type": "Stop", "Event-Timestamp": SECONDS + 90, "Acct-Session-Time": 90}):  # fmt: skip
            producers.account(ear.listener.port, [base | more])  # acknowledged, or radclient fails
        with pytest.raises(AssertionError):
            producers.account(
                ear.listener.port, [base | {"Acct-Status-Type": "Start"}], secret="another", patience=("1", "1")
            )
        producers.wait_for(lambda: ear.protocol.refused, "the refusal")
        assert ear.protocol.refused
    rows = reading.find_address(ip_address("2001:db8:33:11::1"), None, THEN + timedelta(seconds=5)).rows
    assert [(one.row.subscriber, one.row.end - one.row.start) for one in rows] == [("carol@isp", timedelta(seconds=90))]


def test_radius_accounting_handed_on_by_a_real_server(leg, store):
    """Live accounting as it is set up in the field: the NAS speaks to FreeRADIUS, which hands on, and acknowledges what was acknowledged."""
    leg("freeradius")
    base = {
        "Acct-Session-Id": '"R7"',
        "User-Name": '"dave@isp"',
        "NAS-IP-Address": "10.0.0.1",
        "Framed-IP-Address": "100.64.3.7",
    }
    with hearing("radius") as ear, producers.radius_server(to=ear.listener.port) as (port, _):
        for more in ({"Acct-Status-Type": "Start", "Event-Timestamp": SECONDS},
                     {"Acct-Status-Type": "Stop", "Event-Timestamp": SECONDS + 60, "Acct-Session-Time": 60}):  # fmt: skip
            producers.account(port, [base | more])
        producers.wait_for(lambda: ear.received >= 2, "the records")
    rows = reading.find_subscriber("dave@isp", THEN - timedelta(days=1), THEN + timedelta(days=1)).rows
    assert [(str(one.row.ip), one.row.end - one.row.start) for one in rows] == [("100.64.3.7", timedelta(seconds=60))]


def test_a_server_that_asks_whether_we_are_there_is_answered_and_nothing_is_called_lost(leg, store):
    leg("freeradius")
    with hearing("radius") as ear:
        assert producers.status(ear.listener.port)
        assert ear.protocol.refused == 0
        assert not ear._spool.size
    with pytest.raises(radius_packets.NotAccounting):
        radius_packets.status(bytes([12, 1, 0, 20]) + bytes(16), SECRET)  # unsigned
    forged = bytes([12, 1, 0, 38]) + bytes(16) + bytes([80, 18]) + bytes(16)
    with pytest.raises(radius_packets.NotAccounting):
        radius_packets.status(forged, SECRET)
    assert not Delivery.objects.exists()


def test_a_response_gives_back_what_servers_on_the_way_wrote(store):
    """RFC 2865 §5.33: Proxy-State, unmodified and in its order; nothing else of the request."""
    told = bytes([33, 4, 1, 2]) + bytes([1, 3, 120]) + bytes([33, 5, 7, 8, 9])
    packet = radius_packets.request(told, 9, SECRET)
    answer = radius_packets.acknowledgement(packet, SECRET)
    assert (answer[0], answer[1], int.from_bytes(answer[2:4])) == (5, 9, len(answer))
    assert answer[20:] == bytes([33, 4, 1, 2, 33, 5, 7, 8, 9])
    signed = answer[:4] + packet[4:20] + answer[20:] + SECRET
    assert answer[4:20] == hashlib.md5(signed, usedforsecurity=False).digest()


def test_a_packet_cannot_break_out_of_its_record():
    attributes = b"".join(
        bytes([kind, len(value) + 2]) + value
        for kind, value in ((1, b'x"\n\n\tUser-Name = y'), (40, struct.pack(">I", 1)))
    )
    text = radius_packets.as_detail(radius_packets.request(attributes, 1, SECRET), SECRET, SECONDS)
    assert text.count("\n\n") == 1
    assert text.count("\n\tUser-Name = ") == 1


def test_a_spool_is_encrypted_and_survives_its_process(store):
    one = spool.Spool("live-x")
    one.append(b"alice was here\n")
    one.sync()
    one.append(b"not acknowledged")
    one._file.flush()
    raw = one._path.read_bytes()
    assert b"alice" not in raw
    one._path.write_bytes(raw[:-5])  # the machine stopped in the middle of a frame
    one._file.close()
    again = spool.Spool("live-x")
    (left,) = again.closed()
    again.close()
    assert spool.read(left) == b"alice was here\n"


def test_a_spool_that_came_in_before_the_crash_comes_in_once(store):
    source = acts.declare_source(CONSOLE, slug="live-s", title="s", format="syslog").result
    one = spool.Spool(source.slug)
    one.append(b"2026-11-19T10:00:00Z box nat create tcp 100.64.0.5:4000 192.0.2.7:2000 alice\n")
    one.close()
    (path,) = one.closed()
    copy = path.read_bytes()
    listening.take_in(CONSOLE, source, path)
    path.write_bytes(copy)
    assert listening.take_in(CONSOLE, source, path).known
    assert Segment.objects.count() == 1
    assert (
        Delivery.objects.get().sha256
        == hashlib.sha256(b"2026-11-19T10:00:00Z box nat create tcp 100.64.0.5:4000 192.0.2.7:2000 alice\n").hexdigest()
    )
