"""The demonstration of the store: what it keeps, what it may not keep, what is gone."""

from datetime import date, datetime, timedelta
from ipaddress import ip_address

from opposable.kernel import clock
from opposable.kernel.audit.report import Report
from opposable.law import PARIS
from opposable.systems.traffic.commands import demo, demo_data, run
from opposable.systems.traffic.models import Delivery, Requisition, Segment
from opposable.systems.traffic.store import inspection, reading


def test_thirty_days_a_requisition_and_a_day_that_is_gone(store, capsys):
    said = []
    *_, note = demo.play(said.append)
    assert "greffe@arsenal-telecom.example" in note
    assert {one.source.slug for one in Segment.objects.there()} == {"aaa", "cgn1", "dhcp", "nat2", "pbx", "mx"}
    assert sum(Delivery.objects.values_list("rejected", flat=True)) == 0
    # Calls of late September to 20 October were recorded under an injunction; none is on file for the year that began then.
    calls = Segment.objects.there().filter(family="call_leg")
    assert max(one.day for one in calls) == date(2026, 10, 20)
    assert Delivery.objects.get(source__slug="pbx").unlawful > 0
    (selector,) = Requisition.objects.get().selectors
    at = datetime.fromisoformat(selector["at"])
    answer = reading.find_address(ip_address(selector["ip"]), int(selector["port"]), at)
    session, block = answer.rows if answer.rows[0].family == "access_session" else answer.rows[::-1]
    assert (session.family, block.family) == ("access_session", "nat_block")
    assert session.row.ip == block.row.inside_ip
    assert session.row.subscriber in {demo_data.name(number) for number in range(demo_data.SUBSCRIBERS)}
    gone = clock.now().astimezone(PARIS).date() - timedelta(days=372)
    public, first = demo_data.lent(42, gone)
    assert (
        reading.find_address(
            ip_address(public), first, datetime(gone.year, gone.month, gone.day, 12, tzinfo=PARIS)
        ).rows
        == ()
    )
    capsys.readouterr()
    assert run(["day", gone.isoformat()]) == 0
    assert "nothing is left of it" in capsys.readouterr().out
    report = Report()
    inspection.inspect(report)
    assert report.ok
