"""A question by subscriber, where the NAT names nobody: what she did from the addresses that she held, and nothing of anybody else."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from django.test import Client

from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Query
from opposable.systems.traffic.store import reading
from tests.traffic import desk as office
from tests.traffic.conftest import CONSOLE

DAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
INSIDE, PUBLIC = "100.64.0.5", "192.0.2.77"
HELD = (
    # who, from which hour, to which: Alice twice, Bob between, and for an hour both at once (two boxes, one inside address)
    ("alice@isp", 0, 2), ("bob@isp", 3, 5), ("alice@isp", 6, 8), ("bob@isp", 7, 9),
)  # fmt: skip
TRANSLATED = {
    # public port: (from, to) in hours
    20_001: (-0.5, 0.5),  # began before Alice's session: whose it was, nobody says
    20_002: (0.5, 1), 20_003: (1.9, 2.2),  # hers, though one ended after she left
    20_004: (2.4, 2.6),  # between two sessions: nobody's
    20_005: (3.5, 4),  # Bob's
    20_006: (6.5, 6.6), 20_007: (7.5, 7.6),  # hers; and while both held the address
}  # fmt: skip
HERS, NOT_SAID = [20_002, 20_003, 20_006], 2


def moment(hours):
    return DAY + timedelta(hours=hours)


def accounted():
    for number, (who, since, until) in enumerate(HELD):
        for status, at in (("Start", since), ("Stop", until)):
            stamp = int(moment(at).timestamp())
            yield (
                f'x\n\tAcct-Status-Type = {status}\n\tAcct-Session-Id = "{number}"\n\tUser-Name = "{who}"\n'
                f"\tNAS-IP-Address = 10.0.0.{number}\n\tFramed-IP-Address = {INSIDE}\n\tEvent-Timestamp = {stamp}\n\tTimestamp = {stamp}\n\n"
            )


def logged(translated=None):
    for port, ends in (translated or TRANSLATED).items():
        for what, at in zip(("NEW", "DESTROY"), ends, strict=False):
            there = f"src={INSIDE} dst=198.51.100.7 sport={port + 20_000} dport=443"
            back = f"src=198.51.100.7 dst={PUBLIC} sport=443 dport={port}"
            yield moment(at), f"[{moment(at).timestamp():.6f}]\t[{what}] tcp      6 120 ESTABLISHED {there} {back}\n"


@pytest.fixture
def told(store, tmp_path):
    """RADIUS says who held the address, the NAT what it translated: neither knows of the other."""
    files = {"radius": "".join(accounted()), "conntrack": "".join(line for _, line in sorted(logged()))}
    for form, text in files.items():
        (tmp_path / form).write_text(text)
        source = acts.declare_source(CONSOLE, slug=form, title=form, format=form).result
        assert not ingest_file(CONSOLE, source, tmp_path / form).rejects


def ports(answer):
    return sorted(one.row.port for one in answer.rows if one.family == "nat_session")


def test_her_sessions_lead_to_what_is_certainly_hers(told):
    answer = reading.find_subscriber("alice@isp", moment(-1), moment(12))
    assert (ports(answer), answer.unsaid) == (HERS, NOT_SAID)
    assert {one.row.subscriber for one in answer.rows if one.family == "access_session"} == {"alice@isp"}
    bob = reading.find_subscriber("bob@isp", moment(-1), moment(12))
    assert (ports(bob), bob.unsaid) == ([20_005], 1)
    for one in (*answer.rows, *bob.rows):
        reading.prove(one)
    assert ports(reading.find_subscriber("carol@isp", moment(-1), moment(12))) == []
    assert ports(reading.find_subscriber("alice@isp", moment(0.8), moment(1))) == [20_002]  # under way in that time
    assert ports(reading.find_subscriber("alice@isp", moment(1.2), moment(1.4))) == []


def test_the_count_the_page_and_the_answer_say_what_is_left_out(told):
    desk = office.people()
    case = office.approved(
        desk, selectors=[{"kind": "subscriber", "subscriber": "alice@isp"}], since=moment(-1), until=moment(12)
    )
    office.extract(desk, case)
    query = Query.objects.get()
    assert (query.rows, query.given, query.persons, query.unsaid) == (5, 5, 1, NOT_SAID)
    clerk = Client()
    clerk.force_login(desk.clerk)
    page = clerk.get(case.get_absolute_url()).content.decode()
    assert "2 traductions des adresses que l’abonné tenait ne sont pas remises" in page
    assert acts.issue_letter(desk.clerk.actor, requisition=case).result.size


def lent(source, tmp_path, translated):
    """A file of the NAT: of each port its beginning and, where it came, its end."""
    lines = sorted(logged(translated))
    (tmp_path / "nat").write_text("".join(text for _, text in lines))
    assert not ingest_file(CONSOLE, source, tmp_path / "nat").rejects


def test_a_lending_whose_end_has_not_come_is_told_where_nobody_is_named(store, tmp_path):
    """It may have lasted until the instant asked about: that is no answer, and it is not silence either."""
    source = acts.declare_source(CONSOLE, slug="nat", title="nat", format="conntrack").result

    def asked(at, port=20_001):
        found = reading.find_address(ip_address(PUBLIC), port, moment(at))
        counted = reading.count(reading.ByAddress(ip=ip_address(PUBLIC), port=port, at=moment(at)))
        assert (counted.rows, counted.unsaid) == (len(found.rows), found.unsaid)
        return len(found.rows), found.unsaid

    lent(source, tmp_path, {20_001: (0,), 20_002: (1, 1.1)})
    assert (asked(1), asked(3), asked(-1)) == ((1, 0), (0, 1), (0, 0))
    assert (asked(3, port=20_002), asked(3, port=None)) == ((0, 0), (0, 0))
    desk = office.people()
    selector = {"kind": "address", "ip": PUBLIC, "port": 20_001, "at": moment(3).isoformat(), "tolerance": 0}
    case = office.approved(desk, selectors=[selector], since=moment(-1), until=moment(12))
    office.extract(desk, case)
    assert [(one.rows, one.unsaid) for one in Query.objects.filter(store="source")] == [(0, 1)]
    clerk = Client()
    clerk.force_login(desk.clerk)
    page = clerk.get(case.get_absolute_url()).content.decode()
    assert "1 attribution commencée avant n’a pas de fin connue" in page
    lent(source, tmp_path, {20_001: (2, 2.1)})  # lent again meanwhile: the first had ended
    assert asked(3) == (0, 0)
