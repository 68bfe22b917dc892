"""The seed's third page, told: a judge asks for a line in September 2007, and the same judge in November 2026.

What the law keeps, what it lets be asked, what the State pays: the same request, and nothing of it the same.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from opposable.kernel import clock
from opposable.kernel.decisions import state_digest
from opposable.kernel.system import law
from opposable.law import Refused
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.querying import questions
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.rules.tariff import tariff_on
from tests.traffic import desk as office
from tests.traffic.conftest import CONSOLE, store  # noqa: F401 - the fixture

MAPPING = {
    "family": "call_leg",
    "separator": ";",
    "columns": {
        "start": "start", "end": "end", "served": "served", "other": "other", "duration": "duration",
        "imsi": "imsi", "imei": "imei", "cell": "cell",
    },
}  # fmt: skip
NUMBER = "+33612000001"
THEN = datetime(2007, 9, 10, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def calls(path, day, count=6):
    lines = ["start;end;served;other;duration;imsi;imei;cell"]
    for n in range(count):
        at = datetime(day.year, day.month, day.day, 8 + n, 15, tzinfo=UTC)
        end = at + timedelta(seconds=90 + n)
        lines.append(
            f"{at:%Y-%m-%dT%H:%M:%S};{end:%Y-%m-%dT%H:%M:%S};{NUMBER};+3370000000{n};{90 + n};20801000000000{n};35000000000000{n};cell-{n}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def asks(desk, at, day, **changes):
    """The same judge, the same line, the same three categories."""
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    case = office.register(
        desk,
        reference="2007/118" if at == THEN else "2026/118",
        dated_on=at.date() - timedelta(days=1),
        received_at=at - timedelta(hours=1),
        categories=["identity", "payment", "traffic", "location"],
        selectors=[{"kind": "number", "number": "06 12 00 00 01"}],
        since=since,
        until=since + timedelta(days=1),
        **changes,
    )
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    return case, {one["category"]: one["status"] for one in case.verdicts}


def read(desk, case):
    office.approve(desk, case)
    found = []
    for position, where in questions(case):
        query = acts.count(desk.clerk.actor, requisition=case, position=position, store=where).result
        acts.read(desk.clerk.actor, query=query)
        found.append(query)
    return found


def test_a_judge_asks_in_september_2007_and_again_today(store, tmp_path):  # noqa: F811
    with clock.frozen(THEN):
        desk = office.people()
        source = acts.declare_source(CONSOLE, slug="msc", title="MSC", format="csv", mapping=MAPPING).result
        kept = ingest_file(CONSOLE, source, calls(tmp_path / "2007.csv", date(2007, 8, 20)))
        assert kept.counts["kept"] == 6
        # One year from the recording, on the Conseil d'État's word of 7 August; no offence need be named.
        case, verdicts = asks(desk, THEN, date(2007, 8, 20), offence="", offence_months=0)
        assert verdicts == {"identity": "kept", "payment": "not-kept", "traffic": "kept", "location": "kept"}
        assert "n° 293774" in str(next(one for one in case.verdicts if one["category"] == "traffic")["cite"])
        legs = next(query for query in read(desk, case) if query.store == "traffic")
        assert (legs.rows, legs.given) == (6, 6)
        case.refresh_from_db()
        acts.close_extraction(desk.clerk.actor, requisition=case)
        # The tables of August 2006 are not reproduced, and their «sur devis» was annulled: nothing is invoiced.
        with pytest.raises(Refused) as unpaid:
            tariff_on(law(), case.dated_on)
        assert unpaid.value.code == "tariff.unconfirmed"
        assert "CE, 7 août 2007, n° 298436" in unpaid.value.rule.cite

    with clock.frozen(datetime(2008, 8, 22, 9, tzinfo=UTC)):
        # A year and two days after the recording: jobs may be late, the answer is not.
        assert Segment.objects.there().count() == 1
        case, verdicts = asks(
            desk, datetime(2008, 8, 22, 9, tzinfo=UTC), date(2007, 8, 20), offence="", offence_months=0
        )
        assert verdicts["traffic"] == "expired"

    with clock.frozen(NOW):
        # What happened yesterday is not kept: no injunction is on file since 21 October, and ingest refuses the rows.
        gone = ingest_file(CONSOLE, source, calls(tmp_path / "now.csv", date(2026, 11, 20)))
        assert gone.counts["kept"] == 0
        case, verdicts = asks(desk, NOW, date(2026, 11, 20))
        assert verdicts == {
            "identity": "kept",
            "payment": "kept",
            "traffic": "no-injunction",
            "location": "no-injunction",
        }
        # What was collected under the injunction of 2025 keeps its year.
        ingest_file(CONSOLE, source, calls(tmp_path / "sept.csv", date(2026, 9, 15)))
        case, verdicts = asks(desk, NOW, date(2026, 9, 15))
        assert verdicts["traffic"] == verdicts["location"] == "kept"
        # And on pain of nullity an offence must be named, with three years at least.
        case, verdicts = asks(desk, NOW, date(2026, 9, 15), offence="", offence_months=0)
        assert verdicts == {
            "identity": "kept",
            "payment": "kept",
            "traffic": "not-permitted",
            "location": "not-permitted",
        }
        case, verdicts = asks(desk, NOW, date(2026, 9, 15))
        legs = next(query for query in read(desk, case) if query.store == "traffic")
        assert (legs.rows, legs.given) == (6, 6)
        assert state_digest(case)
