"""Calls and places, from the file of the switch to the answer that the authority opens and checks row by row."""

import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.exchange.answer.verify import verify
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Delivery
from tests.traffic import desk as office
from tests.traffic.conftest import CONSOLE
from tests.traffic.test_requisition import given_rows, opened

DAY = date(2026, 10, 15)  # under the injunction of October 2025; none is on file from 21 October 2026 on
MAPPING = {
    "family": "call_leg",
    "separator": ";",
    "columns": {
        name: name
        for name in ("start", "end", "served", "other", "role", "service", "duration", "imsi", "imei", "cell")
    },
}
CALLS = """start;end;served;other;role;service;duration;imsi;imei;cell
2026-10-15T08:00:00;2026-10-15T08:01:40;+33612345678;+33698765432;0;0;100;208010000000001;350000000000017;208-01-1A2B-01
2026-10-15T08:00:00;2026-10-15T08:01:40;+33698765432;+33612345678;1;0;100;208010000000002;350000000000025;208-01-1A2B-07
2026-10-15T21:10:00;2026-10-15T21:10:00;+33612345678;+33655555555;0;1;0;208010000000001;350000000000017;208-01-1A2B-02
2026-10-22T09:00:00;2026-10-22T09:01:00;+33612345678;+33698765432;0;0;60;208010000000001;350000000000017;208-01-1A2B-01
"""
PERIOD = {"since": datetime(2026, 10, 14, 22, tzinfo=UTC), "until": datetime(2026, 10, 15, 22, tzinfo=UTC)}
NS = {"e": "http://uri.etsi.org/02657/v1.28.1#/RetainedData"}


@pytest.fixture
def desk(store, tmp_path):
    source = acts.declare_source(CONSOLE, slug="msc-1", title="MSC 1", format="csv", mapping=MAPPING).result
    path = tmp_path / "calls.csv"
    path.write_text(CALLS)
    ingest_file(CONSOLE, source, path)
    took = Delivery.objects.get()
    assert (took.kept, took.unlawful, took.rejected) == (3, 1, 0)
    return office.people()


def answered(desk, tmp_path, **changes):
    case = office.approved(desk, **(PERIOD | changes))
    office.extract(desk, case)
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    seen = verify(path)
    assert seen.ok, seen.as_data()
    return path, seen


def test_the_calls_of_a_number_with_their_places_each_proven(desk, tmp_path):
    wanted = {
        "categories": ["source", "traffic", "location"],
        "selectors": [{"kind": "number", "number": "06 12 34 56 78"}],
    }
    path, seen = answered(desk, tmp_path, **wanted)
    rows = given_rows(path)
    assert [one["row"]["cell"] for one in rows] == ["208-01-1A2B-01", "208-01-1A2B-02"]
    assert [one["row"]["other"] for one in rows] == ["+33698765432", "+33655555555"]
    assert (seen.rows, seen.proven, seen.withheld) == (2, 2, 0)
    with zipfile.ZipFile(path) as file:
        root = ET.fromstring(file.read("answer.xml"))
        table = file.read("tables/call_leg.csv").decode("utf-8-sig")
    assert table.count("\r\n") == 3
    party = "e:recordPayload/e:telephonyRecord/e:telephonyServiceUsage/e:partyInformation/e:TelephonyPartyInformation"
    records = root.findall(".//e:ResponseRecord", NS)
    assert [one.findtext(f"{party}/e:partyNumber", namespaces=NS) for one in records] == ["+33612345678"] * 2
    assert [one.findtext(f"{party}/e:iMSI", namespaces=NS) for one in records] == ["208010000000001"] * 2
    place = f"{party}/e:detailedLocation/e:cellInformation/e:userLocationInformation"
    assert [one.findtext(place, namespaces=NS) for one in records] == ["208-01-1A2B-01", "208-01-1A2B-02"]
    both = [[one.text for one in record.findall(f"{party}/e:partyNumber", NS)] for record in records]
    assert both == [["+33612345678", "+33698765432"], ["+33612345678", "+33655555555"]]
    roles = [
        [one[0].tag.rpartition("}")[2] for one in record.findall(f"{party}/e:partyRole", NS)] for record in records
    ]
    assert roles == [["originating-Party", "terminating-Party"], ["smsOriginator", "smsRecipient"]]
    times = [one.findtext(f"{party}/e:communicationTime/e:startTime", namespaces=NS) for one in records]
    assert times == ["20261015080000Z", "20261015211000Z"]
    last = "endTime", "durationTime"
    ends = [[one.findtext(f"{party}/e:communicationTime/e:{name}", namespaces=NS) for name in last] for one in records]
    assert ends == [["20261015080140Z", "100"], ["20261015211000Z", "0"]]
    assert [one.findtext(f"{party}/e:iMEI", namespaces=NS) for one in records] == ["350000000000017"] * 2
    assert [one.findtext("e:nationalRecordPayload/e:countryCode", namespaces=NS) for one in records] == ["FR"] * 2
    more = [one.findtext("e:additionalInformation/e:otherInformation", namespaces=NS) for one in records]
    assert ['"cell"="208-01-1A2B-01"' in one for one in more] == [True, False]


def test_without_the_place_and_the_terminal_no_proof_tells_them(desk, tmp_path):
    wanted = {"categories": ["traffic"], "selectors": [{"kind": "number", "number": "+33612345678"}]}
    path, seen = answered(desk, tmp_path, **wanted)
    assert (seen.rows, seen.proven, seen.withheld) == (2, 0, 2)
    with zipfile.ZipFile(path) as file:
        whole = b"".join(file.read(name) for name in file.namelist() if name != "evidence.asice")
    for secret in (b"208-01-1A2B", b"208010000000001", b"350000000000017"):
        assert secret not in whole
    assert {"cell", "imsi", "imei"} <= set(given_rows(path)[0]["withheld"])


def test_who_was_in_a_cell_and_nobody_of_another(desk, tmp_path):
    wanted = {
        "categories": ["source", "traffic", "location"],
        "selectors": [{"kind": "cell", "cell": "208-01-1A2B-07"}],
        "since": datetime(2026, 10, 15, 7, tzinfo=UTC),
        "until": datetime(2026, 10, 15, 9, tzinfo=UTC),
    }
    path, seen = answered(desk, tmp_path, **wanted)
    assert [one["row"]["served"] for one in given_rows(path)] == ["+33698765432"]
    assert seen.proven == 1


def test_a_day_without_an_injunction_has_no_calls_to_give(desk, tmp_path):
    late = {"since": datetime(2026, 10, 22, tzinfo=UTC), "until": datetime(2026, 10, 23, tzinfo=UTC)}
    case = office.register(
        desk, categories=["traffic"], selectors=[{"kind": "number", "number": "+33612345678"}], **late
    )
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    assert [one["status"] for one in case.verdicts] == ["no-injunction"]
