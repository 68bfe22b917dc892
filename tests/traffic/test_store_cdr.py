"""Records of TS 32.298 as pycrate's own encoder writes them: what an MSC, an SGW and a PGW would have put into their files."""

import io
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange import cdr
from opposable.systems.traffic.exchange.blocks import Origin
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.store import reading, segments
from opposable.systems.traffic.store.rows import FAMILIES, ORIGINATING, SMS, TERMINATING, VOICE
from tests.traffic.conftest import CONSOLE

AT = datetime(2026, 11, 19, 9, 0, 0, tzinfo=UTC)
SECOND = 307
"""Where the second record of the file of TS 32.297 begins."""
ALICE, BOB = bytes.fromhex("913316325476f8"), bytes.fromhex("913316111111f1")
STAMP = bytes.fromhex("2611191000002b0100")  # 10:00:00 at +01:00
IMSI, IMEI = bytes.fromhex("02810302143254f6"), bytes.fromhex("5332541006325476")
CELL = {"locationAreaCode": b"\x01\x02", "cellId": b"\x03\x04", "mCC-MNC": bytes.fromhex("02f810")}


def msc(kind, **more):
    both = {
        "recordType": 0,
        "servedIMSI": IMSI,
        "servedIMEI": IMEI,
        "servedMSISDN": ALICE,
        "recordingEntity": b"\x91\x33",
        "location": CELL,
    }
    call = {"callDuration": 65, "causeForTerm": 0, "callReference": b"\x01", "answerTime": STAMP}
    sms = {"msClassmark": b"\x01", "serviceCentre": b"\x91\x33"}
    return kind, both | (call if "Call" in kind else sms) | more


def v4(*four):
    return "iPBinaryAddress", ("iPBinV4Address", bytes(four))


def gateway(kind, **more):
    own = "s-GWAddress" if kind == "sGWRecord" else "p-GWAddress"
    return kind, {
        "recordType": 84 if kind == "sGWRecord" else 85, "servedIMSI": IMSI, "servedIMEI": IMEI, own: v4(10, 0, 0, 1), "chargingID": 77,
        "servingNodeAddress": [v4(10, 0, 0, 2)], "servedPDPPDNAddress": ("iPAddress", v4(100, 64, 0, 7)), "recordOpeningTime": STAMP,
        "duration": 100, "causeForRecClosing": 0, "chargingCharacteristics": b"\x08\x00", "servingNodeType": ["mME"], "servedMSISDN": ALICE,
        **more,
    }  # fmt: skip


def ber(record):
    from pycrate_asn1dir import CDR

    kind, _ = record
    choice = CDR.GPRSChargingDataTypes.GPRSRecord if "GW" in kind else CDR.CSChargingDataTypes.CSRecord
    choice.set_val(record)
    return choice.to_ber()


def parse(data, tmp_path):
    (tmp_path / "cdr").write_bytes(data)
    rows, rejects = [], []
    with (tmp_path / "cdr").open("rb") as file:
        for block in cdr.read_cdr(file, Origin()):
            family = FAMILIES[block.family]
            rows += [segments.row_of(family, one) for one in segments.typed(family, block.rows).to_pylist()]
            rejects += [(one.line, one.reason) for one in block.rejects]
    return rows, rejects


def test_calls_and_messages_of_an_msc(tmp_path):
    records = [
        msc("moCallRecord", calledNumber=BOB),
        msc("mtCallRecord", callingNumber=BOB, recordType=1),
        msc("moSMSRecord", originationTime=STAMP, messageReference=b"\1", destinationNumber=BOB),
        msc("mtSMSRecord", deliveryTime=STAMP),
    ]
    rows, rejects = parse(b"\0\0".join(ber(one) for one in records), tmp_path)
    assert rejects == []
    assert [(one.role, one.service, one.other, one.end - one.start) for one in rows] == [
        (ORIGINATING, VOICE, "+33611111111", timedelta(seconds=65)),
        (TERMINATING, VOICE, "+33611111111", timedelta(seconds=65)),
        (ORIGINATING, SMS, "+33611111111", timedelta()),
        (TERMINATING, SMS, "", timedelta()),
    ]
    for row in rows:
        assert (row.served, row.start) == ("+33612345678", AT)
        assert (row.imsi, row.imei, row.cell) == ("201830204123456", "3523450160234567", "208-01-258-772")


def test_national_numbers_and_calls_that_nobody_answered(tmp_path):
    unanswered = msc("moCallRecord", calledNumber=bytes.fromhex("a11032547698"), callDuration=0)
    del unanswered[1]["answerTime"]
    unanswered[1]["seizureTime"] = bytes.fromhex("2611190600002d0300")
    ((row,), _) = parse(ber(unanswered), tmp_path)
    assert (row.other, row.start, row.end) == ("+33123456789", AT, AT)  # 06:00 at -03:00


def test_sessions_of_gateways(tmp_path):
    v6 = (
        "iPAddress",
        ("iPBinaryAddress", ("iPBinV6Address", ("iPBinV6Address", bytes.fromhex("20010db8000700090000000000000001")))),
    )
    stopped = {"startTime": STAMP, "stopTime": bytes.fromhex("2611191200002b0100")}
    records = [gateway("sGWRecord"), gateway("pGWRecord", **stopped), gateway("pGWRecord", servedPDPPDNAddress=v6)]
    rows, rejects = parse(b"".join(ber(one) for one in records), tmp_path)
    assert rejects == []
    assert [(str(one.ip), one.prefix, one.end - one.start) for one in rows] == [
        ("100.64.0.7", 128, timedelta(seconds=100)),
        ("100.64.0.7", 128, timedelta(hours=2)),
        ("2001:db8:7:9::", 64, timedelta(seconds=100)),
    ]
    assert {(one.subscriber, one.session, one.nas, one.terminal, one.start) for one in rows} == {
        ("+33612345678", "77", "10.0.0.1", "3523450160234567", AT)
    }


def test_records_that_are_none_are_rejects_with_their_number_and_reason(tmp_path):
    good, cut = ber(msc("moCallRecord", calledNumber=BOB)), ber(msc("mtCallRecord", callingNumber=BOB))[:-3]
    spoilt = bytearray(good)
    spoilt[good.index(IMSI) - 1] = 0x7E  # a field longer than its record
    without = msc("moCallRecord")
    del without[1]["servedMSISDN"]
    other = bytes.fromhex("a203800102")
    rows, rejects = parse(good + bytes(spoilt) + ber(without) + other + b"\x30\x01\x00" + good + cut, tmp_path)
    assert len(rows) == 2
    assert [line for line, _ in rejects] == [2, 3, 4, 5, 7]
    for (_, reason), words in zip(
        rejects, ("does not decode", "without servedMSISDN", "kind [2]", "does not begin as", "cut off"), strict=True
    ):
        assert words in reason
    assert "336" not in str(rejects)


@pytest.mark.one_database
def test_a_file_comes_in_and_its_addresses_are_found(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="pgw", title="PGW", format="cdr").result
    (tmp_path / "pgw.ber").write_bytes(ber(gateway("pGWRecord")) + ber(msc("moCallRecord", calledNumber=BOB)))
    outcome = ingest_file(CONSOLE, source, tmp_path / "pgw.ber")
    assert (outcome.counts["read"], outcome.counts["kept"], outcome.counts["unlawful"]) == (
        2,
        1,
        1,
    )  # no injunction on file
    (found,) = reading.find_address(ip_address("100.64.0.7"), None, AT).rows
    assert found.row.subscriber == "+33612345678"


def test_without_pycrate_it_says_what_to_install(monkeypatch, tmp_path):
    cdr._kinds.cache_clear()
    monkeypatch.setitem(sys.modules, "pycrate_asn1dir", None)
    with pytest.raises(cdr.CdrFault, match="pycrate"):
        parse(b"x", tmp_path)
    cdr._kinds.cache_clear()


def test_a_file_of_ts_32297_that_another_encoder_wrote(tmp_path):
    data = (Path(__file__).parents[1] / "vectors" / "traffic" / "ts32297.cdr").read_bytes()
    rows, rejects = parse(data, tmp_path)
    assert not rejects
    assert [(one.subscriber, str(one.ip), one.terminal, one.nas, (one.end - one.start).seconds) for one in rows] == [
        ("+33600102034", "100.64.0.2", "351806000000001", "192.0.2.10", 60),
        ("+33600102034", "100.64.0.2", "351806000000001", "192.0.2.11", 60),
    ]
    rows, rejects = parse(data[:-20], tmp_path)
    assert (len(rows), [line for line, _ in rejects]) == (1, [2])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data, []),
        (lambda data: data[:SECOND], ["the file announces 2 records, 1 were read", "the file announces 524 bytes, it has 307"]),
        (lambda data: data + data[SECOND:], ["the file announces 2 records, 3 were read", "the file announces 524 bytes, it has 741"]),
        (lambda data: bytes(4) + data[4:18] + b"\xff\xff\xff\xff" + data[22:], []),
        (lambda data: data[:47] + b"\x83" + data[48:], ["the node says that 3 records are missing from the file"]),
        (lambda data: data[:47] + b"\x03" + data[48:], ["the node says that 3 records are missing from the file, or more"]),
        (lambda data: data[:47] + b"\x80" + data[48:], ["the node says that an unknown number of records are missing from the file"]),
    ],
    ids=["whole", "a record less", "a record more", "not counted", "three lost", "three or more", "some lost"],
)  # fmt: skip
def test_what_a_file_of_ts_32297_announces_is_held_against_what_was_read(change, said):
    data = (Path(__file__).parents[1] / "vectors" / "traffic" / "ts32297.cdr").read_bytes()
    assert [note.en for block in cdr.read_cdr(io.BytesIO(change(data)), Origin()) for note in block.notes] == said
