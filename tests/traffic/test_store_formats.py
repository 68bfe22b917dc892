"""What sources really write: RADIUS accounting, IPFIX, syslog, call records, leases, mail."""

import io
import random
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from opposable.kernel import clock
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange import addresses, formats, lines, pairing
from opposable.systems.traffic.exchange.blocks import Origin
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Delivery, Segment
from opposable.systems.traffic.store import proof, reading, segments
from opposable.systems.traffic.store.rows import END_INFERRED, END_TWICE, FAMILIES, START_INFERRED, START_TWICE
from tests.traffic import producers
from tests.traffic.conftest import CONSOLE
from tests.traffic.producers import BLOCK, SECONDS, SESSION, lent, message, session, template

THEN = datetime.fromtimestamp(SECONDS, UTC)
SECOND = timedelta(seconds=1)


def parse(form, data, **origin):
    """(rows, rejects, notes) of a format."""
    found = list(formats.reader(form)(io.BytesIO(data if isinstance(data, bytes) else data.encode()), Origin(**origin)))
    rows = [
        segments.row_of(FAMILIES[block.family], one)
        for block in found
        for one in segments.typed(FAMILIES[block.family], block.rows).to_pylist()
    ]
    return rows, [one for block in found for one in block.rejects], [one.en for block in found for one in block.notes]


@pytest.mark.parametrize(
    "text", ["192.0.2.1", "2001:db8::1", "::1", "fe80::", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1", "0.0.0.0"]
)
def test_addresses_read_as_the_standard_library_reads_them(text):
    assert addresses.address(text) == proof.packed(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2",
        "192.0.2.256",
        "1.2.3.4.5",
        "2001:db8",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "x::",
        "1.2.3.-4",
        "1.2.3.٤",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError):
        addresses.address(text)


def test_prefixes():
    network = ip_network("2001:db8:7:1200::/56")
    assert addresses.network("2001:db8:7:12ff::/56") == (network.network_address.packed, 56)
    assert addresses.network("192.0.2.0/24")[1] == 120


# --- RADIUS ----------------------------------------------------------------------------------------------------------


def record(status, event, *, session="S1", user="alice", ip="100.64.0.7", received=None, **more):
    lines = {
        "Acct-Status-Type": status, "Acct-Session-Id": f'"{session}"', "User-Name": f'"{user}"', "NAS-IP-Address": "10.0.0.1",
        "Framed-IP-Address": ip, "Event-Timestamp": f'"{event:%b %d %Y %H:%M:%S} UTC"',
        "Timestamp": str(int((received or event).timestamp())), **{name.replace("_", "-"): value for name, value in more.items()},
    }  # fmt: skip
    return (
        f"{event:%a %b %d %H:%M:%S %Y}\n"
        + "".join(f"\t{name} = {value}\n" for name, value in lines.items() if value)
        + "\n"
    )


def test_start_interim_stop_are_one_session():
    data = (
        record("Start", THEN)
        + record("Interim-Update", THEN + 600 * SECOND)
        + record("Stop", THEN + 900 * SECOND, Acct_Session_Time="900")
    )
    (row,), rejects, _ = parse("radius", data)
    assert (row.start, row.end, row.subscriber, row.inferred, rejects) == (THEN, THEN + 900 * SECOND, "alice", 0, [])


def test_a_stop_without_start_and_a_start_never_stopped():
    (row,), _, _ = parse("radius", record("Stop", THEN, Acct_Session_Time="300"))
    assert (row.start, row.end, row.inferred) == (THEN - 300 * SECOND, THEN, 0)
    (row,), _, _ = parse("radius", record("Stop", THEN))
    assert (row.start, row.inferred) == (THEN, START_INFERRED)
    (row,), _, _ = parse("radius", record("Start", THEN) + record("Interim-Update", THEN + 60 * SECOND))
    assert (row.end, row.inferred) == (THEN + 60 * SECOND, END_INFERRED)


def test_an_open_session_ends_when_another_begins_on_its_address_or_the_nas_begins_anew():
    later = THEN + 3600 * SECOND
    rows, _, _ = parse("radius", record("Start", THEN) + record("Start", later, session="S2", user="bob"))
    assert [(one.subscriber, one.end) for one in rows] == [("alice", later), ("bob", later)]
    rows, _, _ = parse("radius", record("Start", THEN) + record("Accounting-On", later, session="", user="", ip=""))
    assert [(one.end, one.inferred) for one in rows] == [(later, END_INFERRED)]


def test_interim_after_stop_and_duplicates_change_nothing():
    stop = record("Stop", THEN + 60 * SECOND, Acct_Session_Time="60")
    (row,), _, _ = parse("radius", record("Start", THEN) + stop + stop + record("Interim-Update", THEN + 90 * SECOND))
    assert (row.start, row.end) == (THEN, THEN + 60 * SECOND)


def test_gigawords_and_wraps_are_nobodys_business():
    data = record("Stop", THEN, Acct_Session_Time="10", Acct_Input_Octets="4294967295", Acct_Input_Gigawords="3")
    (_row,), rejects, _ = parse("radius", data)
    assert not rejects
    assert "octets" not in " ".join(FAMILIES["access_session"].columns)


def test_delay_counts_from_reception_when_the_nas_says_no_instant():
    data = record("Stop", THEN, received=THEN + 30 * SECOND, Acct_Session_Time="5", Acct_Delay_Time="20").replace(
        "\tEvent-Timestamp", "\tOther"
    )
    (row,), _, _ = parse("radius", data)
    assert row.end == THEN + 10 * SECOND


def test_a_record_that_is_no_text_takes_no_other_with_it():
    first, last = record("Start", THEN).encode(), record("Stop", THEN + 60 * SECOND).encode()
    whole, _, _ = parse("radius", first + last)
    noise = b"\xff\xfe\x00 = \xff\n\tUser-N\xff\xfeame = \x01\n\n"
    rows, rejects, _ = parse(
        "radius", first + noise + last.replace(b'"alice"', b'"al\x01ice"', 1).replace(b"\x01", b"") + noise
    )
    assert rows == whole
    assert not rejects  # without a status it is no record of accounting
    assert parse("radius", random.Random(4).randbytes(3_000))[1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ip": "100.64.0.x"}, "an address that does not read"),
        ({"ip": "", "Delegated_IPv6_Prefix": "2001:db8::7/5x"}, "an address that does not read"),
        ({"user": ""}, "no User-Name"),
        ({"ip": ""}, "no address was lent"),
    ],
)
def test_a_record_that_says_too_little_is_a_reject_and_takes_no_other_with_it(change, reason):
    data = record("Start", THEN, session="S0", **change) + record("Start", THEN) + record("Stop", THEN + 60 * SECOND)
    (row,), rejects, _ = parse("radius", data)
    assert (row.subscriber, row.session, row.end) == ("alice", "S1", THEN + 60 * SECOND)
    assert [(one.line, one.reason) for one in rejects] == [(1, reason)]


def test_an_equals_sign_in_a_value_is_of_the_value():
    odd = record("Stop", THEN, user="cn = alice = x", session="a=b", Acct_Session_Time="5", Cisco_AVPair="ip:x = y")
    rows, rejects, _ = parse("radius", "\n\n" + odd.rstrip() + "\n\n\n\n" + record("Stop", THEN, session="S2") + "\n\n")
    assert [(one.session, one.subscriber) for one in rows] == [("a=b", "cn = alice = x"), ("S2", "alice")]
    assert not rejects


def test_a_prefix_answers_for_every_address_in_it(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="aaa", title="AAA", format="radius").result
    path = tmp_path / "detail"
    path.write_text(
        record("Start", THEN, Delegated_IPv6_Prefix="2001:db8:7:1200::/56")
        + record("Stop", THEN + 60 * SECOND, Delegated_IPv6_Prefix="2001:db8:7:1200::/56")
    )
    ingest_file(CONSOLE, source, path)
    answer = reading.find_address(ip_address("2001:db8:7:12aa::9"), 4321, THEN + SECOND)
    assert [one.row.subscriber for one in answer.rows] == ["alice"]
    assert reading.find_address(ip_address("2001:db8:7:1300::9"), 4321, THEN + SECOND).rows == ()


def test_a_prefix_of_any_length_is_found_by_what_is_in_it_and_by_nothing_beside(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="aaa", title="AAA", format="radius").result
    path, inside = tmp_path / "detail", ip_address("2001:db8:7:12aa::9")
    lengths = (32, 47, 53, 57, 59, 63, 65, 96, 127)
    path.write_text(
        "".join(
            record("Stop", THEN, session=f"S{bits}", user=f"u{bits}", ip="", Acct_Session_Time="60",
                   Delegated_IPv6_Prefix=str(ip_network((inside, bits), strict=False)))
            for bits in lengths
        )
    )  # fmt: skip
    ingest_file(CONSOLE, source, path)
    for bits in (*lengths, 128):  # an address that shares just so many bits with the first
        beside = ip_address(int(inside) ^ 1 << (127 - bits)) if bits < 128 else inside
        found = reading.find_address(beside, None, THEN - SECOND).rows
        assert {one.row.prefix for one in found} == {one for one in lengths if one <= bits}


def test_a_clock_that_is_wrong_is_measured_and_both_instants_kept(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="aaa", title="AAA", format="radius", tolerance_ms=5_000).result
    path = tmp_path / "detail"
    an_hour = timedelta(hours=1)
    path.write_text(
        "".join(
            record(
                "Stop", THEN + n * SECOND, received=THEN + n * SECOND + an_hour, session=f"S{n}", Acct_Session_Time="1"
            )
            for n in range(9)
        )
    )
    ingest_file(CONSOLE, source, path)
    assert Delivery.objects.get().skew_ms == 3_600_000
    row = reading.find_subscriber("alice", THEN, THEN + 2 * an_hour).rows[0].row
    assert (row.end, row.raw_end) == (THEN + an_hour, THEN)


@pytest.mark.one_database
def test_a_real_radius_server(leg, store):
    leg("freeradius")
    base = {"Acct-Session-Id": '"R1"', "User-Name": '"carol@isp"', "NAS-IP-Address": "10.0.0.1", "Framed-IP-Address": "100.64.3.3",
            "Delegated-IPv6-Prefix": "2001:db8:33::/56", "Calling-Station-Id": '"00-11-22-33-44-55"'}  # fmt: skip
    with producers.radius_server() as (port, file):
        producers.account(port, [
            base | {"Acct-Status-Type": "Start", "Event-Timestamp": SECONDS},
            base | {"Acct-Status-Type": "Stop", "Event-Timestamp": SECONDS + 120, "Acct-Session-Time": 120},
        ])  # fmt: skip
        producers.wait_for(lambda: file.exists() and file.read_text().count("\n\n") >= 2, "the records")
        rows, rejects, _ = parse("radius", file.read_bytes())
    assert rejects == []
    assert {(str(one.ip), one.prefix, one.start, one.end, one.subscriber, one.terminal) for one in rows} == {
        ("100.64.3.3", 128, THEN, THEN + 120 * SECOND, "carol@isp", "00-11-22-33-44-55"),
        ("2001:db8:33::", 56, THEN, THEN + 120 * SECOND, "carol@isp", "00-11-22-33-44-55"),
    }


# --- IPFIX -----------------------------------------------------------------------------------------------------------

HEAD = template(256, SESSION)


def test_creation_and_deletion_are_one_session():
    data = message(0, HEAD, (256, session(1, 4) + session(2, 4, at=5))) + message(2, (256, session(1, 5, at=9000)))
    rows, rejects, notes = parse("ipfix", data)
    assert [(one.port, one.end - one.start, one.inferred) for one in rows] == [
        (1025, 9 * SECOND, 0),
        (1026, timedelta(seconds=8.995), END_INFERRED),
    ]
    assert (rejects, notes) == ([], [])


def test_two_lent_one_port_at_one_instant_in_the_order_in_which_it_was_told():
    """Whatever the threads of the engine do: who was told first gave it up at once, who was told last kept it."""
    count, at = 3_000, int(THEN.timestamp() * 1e6)
    public, inside = np.zeros((count, 16), np.uint8), np.zeros((count, 16), np.uint8)
    inside[:, 15] = np.arange(count) % 3
    columns = {"event": np.full(count, 4), "public_ip": public, "port": np.arange(count) // 3, "inside_ip": inside}
    told = pairing.events(columns, count, at=np.full(count, at), first=None, last=None, moment=at)
    told = pa.concat_tables([told, told.slice(0, 1).set_column(2, "at", pa.array([at + 60_000_000]))])
    (block,) = pairing.blocks([told], count + 1, (), ())
    lent = [(row["port"], row["inside_ip"][15], row["end"] - row["start"]) for row in block.rows.to_pylist()]
    assert lent[:6] == [(0, 0, 0), (0, 1, 0), (0, 2, 60_000_000), (1, 0, 0), (1, 1, 0), (1, 2, 60_000_000)]
    assert [one for one in lent if one[2]] == [(port, 2, 60_000_000) for port in range(1_000)]


def test_port_blocks():
    data = message(0, template(257, BLOCK), (257, lent(16) + lent(17, at=60_000)))
    (row,), _, _ = parse("ipfix", data)
    assert (row.port, row.port_last, str(row.inside_ip), row.end - row.start) == (2048, 2559, "100.64.1.9", 60 * SECOND)


def test_data_before_its_template_waits_and_data_without_one_is_said():
    rows, rejects, _ = parse("ipfix", message(0, (256, session(1, 4))) + message(1, HEAD) + message(1, (299, b"1234")))
    assert len(rows) == 1
    assert [one.reason for one in rejects] == ["data of template 299, which never came"]


def test_a_template_that_changes():
    other = template(256, tuple(reversed(SESSION)))
    fields = [session(2, 4)[sum(w for _, w in SESSION[:n]) :][: SESSION[n][1]] for n in range(len(SESSION))]
    rows, _, _ = parse(
        "ipfix", message(0, HEAD, (256, session(1, 4))) + message(1, other, (256, b"".join(reversed(fields))))
    )
    assert [one.port for one in rows] == [1025, 1026]


def test_numbers_that_jump_and_an_exporter_that_began_anew_are_noted():
    _, _, notes = parse(
        "ipfix",
        message(0, HEAD, (256, session(1, 4)))
        + message(11, (256, session(2, 4)))
        + message(0, HEAD, seconds=SECONDS + 60),
    )
    assert [one.split(": ")[1] for one in notes] == ["10 records are missing", "the exporter began anew"]


def test_a_message_cut_off_and_one_of_another_kind():
    _, rejects, _ = parse("ipfix", message(0, HEAD, (256, session(1, 4))) + message(1, (256, session(2, 4)))[:30])
    assert [(one.line, one.reason) for one in rejects] == [(2, "cut off after 30 bytes of a message")]
    _, rejects, _ = parse("ipfix", b"\x00\x05" + bytes(40))
    assert [one.reason for one in rejects] == ["42 bytes are no message, neither of IPFIX nor of NetFlow v9"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"\xff" * 20 + data[20:],
        lambda data: data[:3] + b"\xff" + data[4:],
        lambda data: data[:40],
    ],
    ids=["overwritten", "too long by its length", "cut off"],
)
def test_a_file_broken_in_the_middle_is_read_on_and_says_what_is_lost(spoil):
    messages = [message(n, *([HEAD] if n == 0 else []), (256, session(n, 4))) for n in range(9)]
    whole = b"".join(messages)
    spoilt = [*messages[:4], spoil(messages[4]), *messages[5:]]
    rows, (reject,), notes = parse("ipfix", b"".join(spoilt))
    assert [one.port - 1024 for one in rows] == [0, 1, 2, 3, 5, 6, 7, 8]
    lost, on = len(spoilt[4]), len(b"".join(spoilt[:5]))
    assert (reject.line, reject.reason) == (
        5,
        f"{lost} bytes are no message, neither of IPFIX nor of NetFlow v9: the file was read on from byte {on}",
    )
    assert notes == ["message 5, domain 1: 1 record is missing"]
    assert len(parse("ipfix", whole)[0]) == 9


def test_records_before_their_template_take_no_later_ones_with_them():
    told = [message(0, (256, session(1, 4))), message(1, HEAD), *(message(n, (256, session(n + 1, 4))) for n in (1, 2))]
    rows, rejects, notes = parse("ipfix", b"".join(told))
    assert ([one.port - 1024 for one in rows], rejects, notes) == ([1, 2, 3], [], [])


def test_a_message_that_comes_late_or_twice_makes_nobody_forget_a_template():
    first, late, last = (
        message(0, HEAD, (256, session(1, 4))),
        message(1, (256, session(2, 4))),
        message(2, (256, session(3, 4))),
    )
    rows, rejects, notes = parse("ipfix", first + last + late + last + message(3, (256, session(4, 4))))
    assert ({one.port - 1024 for one in rows}, rejects) == ({1, 2, 3, 4}, [])
    late_or_twice = "domain 1: a message that came late, or twice"
    assert notes == ["message 2, domain 1: 1 record is missing", *(f"message {n}, {late_or_twice}" for n in (3, 4))]


def test_start_only_and_stop_only_records():
    fields = ((152, 8), (153, 8), (4, 1), (8, 4), (7, 2), (225, 4), (227, 2))
    tail = b"\x06" + bytes([100, 64, 0, 5]) + b"\x10\x00" + bytes([192, 0, 2, 1]) + b"\x08\x00"
    at = SECONDS * 1000
    data = [(at).to_bytes(8) + bytes(8) + tail, bytes(8) + (at + 7000).to_bytes(8) + tail]
    (row,), _, _ = parse("ipfix", message(0, template(256, fields), (256, b"".join(data))))
    assert (row.start, row.end, row.inferred) == (THEN, THEN + 7 * SECOND, 0)


@pytest.mark.parametrize("harmed", [False, True])
def test_a_deletion_finds_its_creation_in_an_earlier_file(store, tmp_path, harmed):
    """Unless that does not read any more: then its beginning is inferred, and it comes in all the same."""
    source = acts.declare_source(CONSOLE, slug="nat", title="NAT", format="ipfix").result
    for name, data in (
        ("a", message(0, HEAD, (256, session(1, 4)))),
        ("b", message(1, HEAD, (256, session(1, 5, at=86_400_000)))),
    ):
        (tmp_path / name).write_bytes(data)
        ingest_file(CONSOLE, source, tmp_path / name)
        if harmed and name == "a":
            first = Segment.objects.get().path
            first.write_bytes(first.read_bytes()[:-50] + bytes(50))
    if harmed:
        answer = reading.find_address(ip_address("192.0.2.1"), 1025, THEN + timedelta(days=1))
        assert [one.row.inferred for one in answer.rows] == [START_INFERRED]
        return
    whole = reading.find_address(ip_address("192.0.2.1"), 1025, THEN + timedelta(hours=12)).rows
    assert [(one.row.start, one.row.end, one.row.inferred) for one in whole] == [(THEN, THEN + timedelta(days=1), 0)]
    assert Segment.objects.count() == 2


@pytest.mark.one_database
def test_what_nfcapd_collected_from_the_same_exporter(leg, store, tmp_path):
    leg("nfdump")
    port = producers.free_port()
    collector = subprocess.Popen(
        ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", str(tmp_path), "-t", "3600"],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        producers.wait_for(lambda: producers.waiting(port) == 0, "the port of nfcapd")
        producers.send(port, message(0, HEAD), *(message(n, (256, session(n, 4))) for n in range(40)))
        producers.wait_for(lambda: producers.waiting(port) == 0, "the port of nfcapd")
    finally:
        collector.terminate()
        collector.wait(60)
    (file,) = [one for one in tmp_path.iterdir() if one.name.startswith("nfcapd.2")]
    shown = subprocess.run(
        ["nfdump", "-r", str(file), "-q", "-N", "-o", "fmt:%sa,%sp,%nsa,%nsp,%pr"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    theirs = {tuple(cell.strip() for cell in line.split(",")) for line in shown.splitlines() if line.strip()}
    ours, _, _ = parse("ipfix", message(0, HEAD) + b"".join(message(n, (256, session(n, 4))) for n in range(40)))
    assert {(str(one.inside_ip), str(one.inside_port), str(one.public_ip), str(one.port)) for one in ours} == {
        one[:4] for one in theirs
    }


# --- logs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lend", "back"),
    [
        ("RT_NAT: RT_SRC_NAT_PBA_ALLOC: Subscriber 100.64.0.5 used/maximum [1/8] blocks, allocates port block [1024-1535] from 192.0.2.7 in source pool p",
         "RT_NAT: RT_SRC_NAT_PBA_RELEASE: Subscriber 100.64.0.5 used/maximum [0/8] blocks, releases port block [1024-1535] from 192.0.2.7 in source pool p"),
        ("(FPC Slot 1): JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.5 -> 192.0.2.7:1024-1535 0x1", "JSERVICES_NAT_PORT_BLOCK_RELEASE: 100.64.0.5 -> 192.0.2.7:1024-1535 0x1"),
        ("NAT44 - [UserbasedA - 100.64.0.5 inside - 192.0.2.7 1024 1535]", "NAT44 - [UserbasedW - 100.64.0.5 inside - 192.0.2.7 1024 1535]"),
    ],
)  # fmt: skip
def test_port_blocks_by_syslog(lend, back):
    log = f"<14>1 2026-11-19T10:00:00.000Z cgn1 - - - {lend}\n<14>1 2026-11-19T11:00:00.000Z cgn1 - - - {back}\nnonsense\n"
    (row,), rejects, _ = parse("syslog", log)
    assert (str(row.inside_ip), str(row.public_ip), row.port, row.port_last) == ("100.64.0.5", "192.0.2.7", 1024, 1535)
    assert row.end - row.start == timedelta(hours=1)
    assert [(one.line, one.reason) for one in rejects] == [(3, "no time stamp")]


def test_sessions_by_syslog_in_local_time_without_a_year(store):
    log = "Nov 19 11:00:00 box nat create tcp 100.64.0.5:4000 192.0.2.7:2000 alice\nNov 19 11:00:09 box nat delete tcp 100.64.0.5:4000 192.0.2.7:2000\n"
    (row,), _, _ = parse("syslog", log, zone=ZoneInfo("Europe/Paris"))
    assert (row.start, row.end - row.start, row.subscriber) == (
        datetime(2026, 11, 19, 10, tzinfo=UTC),
        9 * SECOND,
        "alice",
    )


def test_call_records_of_asterisk_are_two_legs():
    line = '"","0140000001","0140000002","default","""A"" <0140000001>","SIP/a","SIP/b","Dial","SIP/b","2026-11-19 10:00:00","2026-11-19 10:00:05","2026-11-19 10:01:05","65","60","ANSWERED","DOCUMENTATION","1.1",""\n'
    rows, rejects, _ = parse("asterisk", line + "too,short\n")
    assert [(one.served, one.other, one.role, one.duration) for one in rows] == [
        ("+33140000001", "+33140000002", 0, 65),
        ("+33140000002", "+33140000001", 1, 65),
    ]
    assert [one.line for one in rejects] == [2]


KEA = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"


def test_leases_of_kea_renewed_given_back_and_lent_again():
    lines = [
        (SECONDS + 3600, 3600, "aa"),
        (SECONDS + 5400, 3600, "aa"),
        (SECONDS + 4000, 0, "aa"),
        (SECONDS + 9000, 3600, "bb"),
    ]
    data = KEA + "".join(f"192.0.2.50,00:00:00:00:00:{who},,{length},{end},1,0,0,,0,\n" for end, length, who in lines)
    rows, _, _ = parse("kea", data)
    assert [(one.subscriber[-2:], (one.start - THEN).seconds, (one.end - THEN).seconds) for one in rows] == [
        ("aa", 0, 4000),
        ("bb", 5400, 9000),
    ]


def test_the_log_of_dnsmasq():
    log = "Nov 19 10:00:00 box dnsmasq-dhcp[5]: DHCPACK(eth0) 192.0.2.60 00:11:22:33:44:55 laptop\nNov 19 10:20:00 box dnsmasq-dhcp[5]: DHCPRELEASE(eth0) 192.0.2.60 00:11:22:33:44:55\n"
    (row,), _, _ = parse("dnsmasq", log)
    assert (row.end - row.start, row.terminal) == (timedelta(minutes=20), "00:11:22:33:44:55")


def test_the_log_of_postfix():
    log = """2026-11-19T10:00:00.1+00:00 mx postfix/smtpd[1]: 4F1A2B3C4D: client=box.example[192.0.2.9]
2026-11-19T10:00:00.2+00:00 mx postfix/cleanup[2]: 4F1A2B3C4D: message-id=<x@box>
2026-11-19T10:00:00.3+00:00 mx postfix/qmgr[3]: 4F1A2B3C4D: from=<A@box.example>, size=300, nrcpt=2 (queue active)
2026-11-19T10:00:01.0+00:00 mx postfix/smtp[4]: 4F1A2B3C4D: to=<b@there.example>, relay=there[198.51.100.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
2026-11-19T10:00:02.0+00:00 mx postfix/local[4]: 4F1A2B3C4D: to=<c@here.example>, orig_to=<d@here.example>, relay=local, delay=1, dsn=5.1.1, status=bounced (unknown user)
2026-11-19T10:00:02.1+00:00 mx postfix/qmgr[3]: 4F1A2B3C4D: removed
"""
    rows, _, _ = parse("postfix", log)
    assert [(one.sender, one.recipient, str(one.client_ip), one.status) for one in rows] == [
        ("a@box.example", "b@there.example", "192.0.2.9", "sent"),
        ("a@box.example", "c@here.example", "192.0.2.9", "bounced"),
        ("a@box.example", "d@here.example", "192.0.2.9", "bounced"),
    ]


@pytest.mark.parametrize("fields", [(), ((8, 0), (225, 0))], ids=["none", "no width"])
def test_a_template_without_a_byte_withdraws_and_reads_nothing(fields):
    whole = message(0, template(256, SESSION), (256, session(1, 4)))
    empty = message(1, template(256, fields), (256, session(2, 4)))
    rows, rejects, _ = parse("ipfix", whole + empty)
    assert (len(rows), [one.reason for one in rejects]) == (1, ["data of template 256, which never came"])


def test_a_leap_day_without_a_year_is_of_the_last_one():
    that = datetime(2028, 2, 29, 12, tzinfo=UTC)
    with clock.frozen(datetime(2029, 1, 5, tzinfo=UTC)):
        assert lines.moment("Feb 29 12:00:00", ZoneInfo("UTC")) == round(that.timestamp()) * 1_000_000


@pytest.mark.parametrize("at", [1 << 62, 1 << 52, 40 * 365 * 86_400_000])
def test_a_datagram_from_the_end_of_time_is_refused_and_the_rest_comes_in(store, tmp_path, at):
    source = acts.declare_source(CONSOLE, slug="nat", title="NAT", format="ipfix").result
    file = tmp_path / "f"
    file.write_bytes(
        message(0, template(256, SESSION), (256, session(1, 4) + session(2, 4, at=at) + session(1, 5, at=9)))
    )
    outcome = ingest_file(CONSOLE, source, file)
    assert (outcome.counts["kept"], outcome.counts["unlawful"]) == (1, 1)
    assert Segment.objects.get().until.year == 2027
    file.write_bytes(message(0, template(256, SESSION), (256, session(2, 4, at=at))))
    outcome = ingest_file(CONSOLE, source, file)
    assert (outcome.counts["kept"], outcome.counts["unlawful"]) == (0, 1)


def test_a_lease_without_end_runs_as_long_as_the_log():
    line = "2026-11-27 10:00:00.5 INFO  [kea-dhcp4.leases/1.2] DHCP4_LEASE_ALLOC [hwtype=1 02:00:00:00:00:a{n}], cid=[no info], tid=0x1: lease 192.0.2.{n} has been allocated for {s} seconds\n"
    rows, rejects, _ = parse(
        "kea-log", line.format(n=1, s=0xFFFFFFFF) + line.format(n=2, s=60).replace("10:00", "11:00")
    )
    assert not rejects
    assert [(one.terminal[-1], one.end - one.start, one.inferred) for one in rows] == [
        ("1", timedelta(hours=1), END_INFERRED),
        ("2", timedelta(minutes=1), 0),
    ]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("dnsmasq", "Oct 25 {at} box dnsmasq-dhcp[5]: DHCPACK(eth0) 192.0.2.60 00:11:22:33:44:55 laptop"),
        ("kea-log", ("2026-10-25 {at}.5 INFO  [kea-dhcp4.leases/1.2] DHCP4_LEASE_ALLOC [hwtype=1 02:00:00:00:00:a1], cid=[no info], tid=0x1:"
                    " lease 192.0.2.1 has been allocated for 60 seconds")),
        ("postfix", "Oct 25 {at} mx postfix/local[1]: 4F1A2B3C4D: to=<bob@example.net>, relay=local, delay=0.1, dsn=2.0.0, status=sent (ok)"),
        ("asterisk", '"","100","200","x","""A"" <100>","SIP/1","SIP/2","Dial","x","2026-10-25 {at}","","2026-10-25 {at}",5,5,"ANSWERED","DOC"'),
    ],
)  # fmt: skip
def test_an_hour_that_the_clocks_showed_twice_is_a_reject_and_not_the_first_of_the_two(form, line):
    log = "".join(line.format(at=at) + "\n" for at in ("01:59:59", "02:30:00", "03:00:00"))
    with clock.frozen(datetime(2026, 11, 27, tzinfo=UTC)):
        rows, rejects, _ = parse(form, log, zone=ZoneInfo("Europe/Paris"))
        _, none, _ = parse(form, log)  # a source that writes UTC has no such hour
    twice = "this hour occurs twice, or never: let the source write UTC"
    assert [(one.line, one.reason) for one in rejects] == [(2, twice)]
    assert rows
    assert not none


C, D = "create", "delete"
FIRST, LAST, SECOND_HOUR = START_TWICE, END_TWICE, START_TWICE | END_TWICE


@pytest.mark.parametrize(
    ("told", "held"),
    [  # local times of the night of 25 October 2026; the rows in minutes from 00:00 UTC, when Paris showed 02:00 for the first time
        ([(C, "01:59"), (D, "02:30"), (C, "05:00")], [(-1, 90, LAST), (240, 240, END_INFERRED)]),
        ([(C, "01:59"), (D, "02:30"), (C, "02:40"), (D, "03:10")], [(-1, 90, LAST), (40, 130, FIRST)]),
        ([(C, "01:59"), (D, "03:10")], [(-1, 130, 0)]),
        ([(C, "02:50"), (D, "02:10"), (C, "02:15"), (D, "02:20")], [(15, 80, SECOND_HOUR), (50, 70, SECOND_HOUR)]),
        ([(C, "01:00"), (C, "02:30"), (D, "04:00")], [(-60, 90, END_INFERRED), (30, 180, FIRST)]),
        ([(D, "02:30"), (C, "04:00"), (D, "04:01")], [(30, 90, START_INFERRED | LAST), (180, 181, 0)]),
        ([(C, "02:30")], [(30, 90, END_INFERRED | FIRST)]),
    ],
)
def test_a_translation_of_the_hour_that_came_twice_has_its_widest_reading_and_says_so(told, held):
    line = "Oct 25 {at}:00 box nat {what} tcp 100.64.0.5:4000 192.0.2.7:2000\n"
    log = "".join(line.format(at=at, what=what) for what, at in told)
    with clock.frozen(datetime(2026, 11, 27, tzinfo=UTC)):
        rows, rejects, _ = parse("syslog", log, zone=ZoneInfo("Europe/Paris"))
        blocks = list(formats.reader("syslog")(io.BytesIO(log.encode()), Origin(zone=ZoneInfo("Europe/Paris"))))
    midnight = datetime(2026, 10, 25, tzinfo=UTC)
    minutes = [
        ((one.start - midnight) // SECOND / 60, (one.end - midnight) // SECOND / 60, one.inferred) for one in rows
    ]
    assert (sorted(minutes), rejects) == (held, [])
    count = sum(at.startswith("02") for _, at in told)
    (losses,) = (block.losses for block in blocks)
    night = tuple((midnight + timedelta(hours=hours) - proof.EPOCH) // proof.MICROSECOND for hours in (0, 2))
    assert [(one.text.en[:2], one.since, one.until) for one in losses] == ([(f"{count} ", *night)] if count else [])


def test_a_deletion_in_such_an_hour_finds_its_creation_in_an_earlier_file_and_stays_in_doubt(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="nat", title="NAT", format="syslog", zone="Europe/Paris").result
    line = "Oct 25 {at}:00 box nat {what} tcp 100.64.0.5:4000 192.0.2.7:2000\n"
    for name, told in (("a", [(C, "01:59")]), ("b", [(D, "02:30"), (C, "02:40")]), ("c", [(D, "03:10")])):
        (tmp_path / name).write_text("".join(line.format(at=at, what=what) for what, at in told))
        ingest_file(CONSOLE, source, tmp_path / name)
    midnight = datetime(2026, 10, 25, tzinfo=UTC)
    found = reading.find_address(ip_address("192.0.2.7"), 2000, midnight + timedelta(hours=1)).rows
    sure = [(one.row.start, one.row.end, one.row.inferred) for one in found if not one.row.inferred & END_INFERRED]
    minute = timedelta(minutes=1)
    assert sorted(sure) == [
        (midnight - minute, midnight + 90 * minute, LAST),
        (midnight + 40 * minute, midnight + 130 * minute, FIRST),
    ]
    (lost,) = Delivery.objects.get(name="b").losses
    assert (lost["en"][:7], lost["since"][:16], lost["until"][:16]) == (
        "2 lines",
        "2026-10-25T00:00",
        "2026-10-25T02:00",
    )


def test_an_hour_that_the_clocks_left_out_stays_a_reject():
    with clock.frozen(datetime(2026, 11, 27, tzinfo=UTC)):
        log = "2026-03-29T02:30:00 box nat create tcp 100.64.0.5:4000 192.0.2.7:2000\n"
        rows, rejects, _ = parse("syslog", log, zone=ZoneInfo("Europe/Paris"))
        assert (rows, [one.line for one in rejects]) == ([], [1])
        late = lines.reading("2026-04-05 01:45:00", ZoneInfo("Australia/Lord_Howe"))  # half an hour there
    assert (late.late - late.at, late.at - late.order) == (1800 * 10**6, 900 * 10**6)


def test_a_radius_event_of_such_an_hour_is_dated_by_its_reception():
    """Names of zones that say which of the two it was are believed."""
    for name, hour in (("CEST", 0), ("CET", 1), ("XYZ", 1)):
        received = int(datetime(2026, 10, 25, 1, 30, 1, tzinfo=UTC).timestamp())
        record = (
            f'Sun Oct 25 02:30:01 2026\n\tAcct-Status-Type = Start\n\tAcct-Session-Id = "1"\n\tUser-Name = "a"\n'
            f'\tNAS-IP-Address = 10.0.0.1\n\tFramed-IP-Address = 100.64.0.1\n\tEvent-Timestamp = "Oct 25 2026 02:30:00 {name}"\n'
            f"\tTimestamp = {received}\n\n"
        )
        (row,), _, _ = parse("radius", record, zone=ZoneInfo("Europe/Paris"))
        assert (row.start.hour, row.start.minute) == (hour, 30), name
