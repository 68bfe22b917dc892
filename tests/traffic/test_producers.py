"""What real servers write: Kea, dnsmasq, Postfix, softflowd. Files kept from a run are always read; the servers run where they are."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from opposable.kernel import clock
from opposable.kernel.faults import Fault
from opposable.systems.traffic import acts
from opposable.systems.traffic.commands.replay import recordings
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.store import reading
from opposable.systems.traffic.store.rows import END_INFERRED
from opposable.systems.traffic.store.selectors import ByMailbox
from tests.traffic import daemons
from tests.traffic.conftest import CONSOLE
from tests.traffic.test_store_formats import parse

KEPT = Path(__file__).parents[1] / "vectors" / "traffic"
LATER = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECRET = ("secret", "localhost", "mx.example")


@pytest.fixture
def later():
    """A log without years is of the last twelve months."""
    with clock.frozen(LATER):
        yield


def check_leases(form, data):
    """One address: given back by the first client, then held by the second, for the hour that the server said."""
    rows, rejects, _ = parse(form, data)
    assert not rejects
    first, second = rows
    assert [(one.terminal, str(one.ip), one.inferred) for one in rows] == [
        (daemons.FIRST, daemons.ADDRESS, 0),
        (daemons.SECOND, daemons.ADDRESS, 0),
    ]
    assert first.end <= second.start
    assert first.end - first.start < timedelta(hours=1)
    assert second.end - second.start == timedelta(hours=1)


def check_leases6(form, data, *, what=(daemons.ADDRESS6, daemons.PREFIX6)):
    """The same with IPv6: what is lent is an address, and a prefix beside it. A renewal in Kea's log does not say how long."""
    rows, rejects, _ = parse(form, data)
    assert not rejects
    lent = {one: [row for row in rows if f"{row.ip}/{row.prefix}".removesuffix("/128") == one] for one in what}
    assert sum(map(len, lent.values())) == len(rows) == 2 * len(what)
    for first, second in lent.values():
        assert [one.subscriber[-17:] for one in (first, second)] == [daemons.FIRST, daemons.SECOND]
        assert first.start <= first.end <= second.start  # a lease file counts whole seconds
        assert first.end - first.start < timedelta(hours=1)
        assert second.end - second.start == timedelta(hours=1)
        assert (first.inferred, second.inferred) == (0, 0)
    assert {row.terminal[-17:] for row in rows} == {daemons.FIRST, daemons.SECOND}


def check_mail(data):
    """Each address that was written to, with what became of it; and the notice that came back."""
    rows, rejects, _ = parse("postfix", data)
    assert not rejects
    sent = {(one.recipient, one.status, str(one.client_ip)) for one in rows if one.sender}
    assert sent == {
        ("alice@here.example", "sent", "127.0.0.1"),
        ("desk@here.example", "sent", "127.0.0.1"),
        ("nobody@here.example", "bounced", "127.0.0.1"),
        ("carol@away.example", "deferred", "127.0.0.1"),
    }
    assert {one.sender for one in rows} == {"bob@here.example", ""}
    (notice,) = [one for one in rows if not one.sender]
    assert (notice.recipient, notice.client_ip) == ("bob@here.example", None)
    assert not any(word in repr(rows) for word in SECRET)


@pytest.mark.parametrize(
    ("form", "name"), [("kea", "kea-leases4.csv"), ("kea-log", "kea.log"), ("dnsmasq", "dnsmasq.log")]
)
def test_leases_of_a_run_that_was_kept(later, form, name):
    check_leases(form, (KEPT / name).read_bytes())


@pytest.mark.parametrize(("form", "name"), [("kea", "kea-leases6.csv"), ("kea-log", "kea6.log")])
def test_leases_of_ipv6_of_a_run_that_was_kept(form, name):
    check_leases6(form, (KEPT / name).read_bytes())


def test_dnsmasq_takes_an_address_of_ipv6_back_without_naming_it(later):
    check_leases6("dnsmasq", (KEPT / "dnsmasq6.log").read_bytes(), what=(daemons.ADDRESS6,))


def test_a_renewal_without_its_length_is_as_long_as_the_lease_was():
    text = (KEPT / "kea6.log").read_text()
    lines = [line for line in text.splitlines(keepends=True) if "LEASE_RENEW" in line or "LEASE_ALLOC" in line]
    rows, _, _ = parse("kea-log", "".join(lines[:4]))
    assert len(rows) == 2
    for row in rows:  # lent at :12.741 for an hour, and again at :16.925
        assert (row.end - row.start, row.inferred) == (timedelta(hours=1, seconds=4, milliseconds=184), END_INFERRED)
    rows, _, _ = parse("kea-log", "".join(line for line in lines if "RENEW" in line))
    assert [(row.end - row.start, row.inferred) for row in rows] == [(timedelta(0), END_INFERRED)] * 2


@pytest.mark.parametrize("name", ["postfix.log", "postfix-long.log"])
def test_deliveries_of_a_run_that_was_kept(later, name):
    check_mail((KEPT / name).read_bytes())


@pytest.mark.parametrize("version", [9, 10])
def test_flows_of_a_run_that_was_kept(version):
    rows, rejects, notes = parse("ipfix", (KEPT / f"softflowd-{version}.bin").read_bytes())
    assert (rows, rejects) == ([], [])
    assert notes == ["6 records are flows that translate no address: none is kept"]


def test_mail_is_not_kept_where_no_injunction_orders_it(store):
    source = acts.declare_source(CONSOLE, slug="mx", title="MX", format="postfix").result
    with clock.frozen(LATER):
        outcome = ingest_file(CONSOLE, source, KEPT / "postfix.log")
    assert (outcome.counts["kept"], outcome.counts["unlawful"]) == (0, 5)


@pytest.mark.parametrize("after", ["client=localhost", "from=<Bob"])
def test_a_message_under_way_when_the_log_was_rotated_keeps_its_sender_and_client(store, tmp_path, after):
    """The log of a run, cut in two: the deliveries of the second file know who sent them, and from where."""
    source = acts.declare_source(CONSOLE, slug="mx", title="MX", format="postfix").result
    whole = (KEPT / "postfix-long.log").read_text().replace("Nov 27", "Oct  1")
    cut = whole.index("\n", whole.index(after)) + 1
    (tmp_path / "mail.log.1").write_text(whole[:cut])
    (tmp_path / "mail.log").write_text(whole[cut:])
    then = datetime(2026, 10, 1, tzinfo=UTC)
    with clock.frozen(then + timedelta(days=1)):
        for name in ("mail.log.1", "mail.log"):
            assert not ingest_file(CONSOLE, source, tmp_path / name).rejects
        asked = ByMailbox(mailbox="bob@here.example", since=then, until=then + timedelta(days=1))
        rows = [one.row for one in reading.find(asked).rows]
    assert sorted((one.recipient, one.status, str(one.client_ip)) for one in rows if one.sender) == [
        *([("", "queued", "127.0.0.1")] if "from" in after else []),
        ("alice@here.example", "sent", "127.0.0.1"),
        ("carol@away.example", "deferred", "127.0.0.1"),
        ("desk@here.example", "sent", "127.0.0.1"),
        ("nobody@here.example", "bounced", "127.0.0.1"),
    ]
    assert [(one.recipient, one.client_ip) for one in rows if not one.sender] == [("bob@here.example", None)]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("server", "form", "name"), [("kea", "kea", "kea-leases4.csv"), ("dnsmasq", "dnsmasq", "dnsmasq.log")]
)
def test_a_dhcp_server_lends_an_address_to_one_after_the_other(leg, store, tmp_path, server, form, name):
    leg(server)
    began = datetime.now(UTC)
    daemons.leases(server, tmp_path)
    with clock.frozen(datetime.now(UTC)):
        check_leases(form, (tmp_path / name).read_bytes())
        if server == "kea":
            check_leases("kea-log", (tmp_path / "kea.log").read_bytes())
        source = acts.declare_source(CONSOLE, slug=server, title=server, format=form, zone="UTC").result
        ingest_file(CONSOLE, source, tmp_path / name)
        found = reading.find_address(ip_address(daemons.ADDRESS), None, began + timedelta(minutes=30)).rows
    assert [one.row.terminal for one in found] == [daemons.SECOND]


@pytest.mark.one_database
def test_a_dhcp_server_lends_an_address_and_a_prefix_of_ipv6(leg, store, tmp_path):
    leg("kea6")
    began = datetime.now(UTC)
    daemons.leases("kea6", tmp_path)
    with clock.frozen(datetime.now(UTC)):
        check_leases6("kea", (tmp_path / "kea-leases6.csv").read_bytes())
        check_leases6("kea-log", (tmp_path / "kea6.log").read_bytes())
        source = acts.declare_source(CONSOLE, slug="kea6", title="Kea", format="kea-log", zone="UTC").result
        ingest_file(CONSOLE, source, tmp_path / "kea6.log")
        for behind in (daemons.ADDRESS6, "2001:db8:7:12ab::9"):
            found = reading.find_address(ip_address(behind), None, began + timedelta(minutes=30)).rows
            assert [one.row.terminal[-17:] for one in found] == [daemons.SECOND]


def test_a_mail_server_delivers_bounces_and_defers(leg, tmp_path_factory):
    leg("postfix")
    folder = tmp_path_factory.mktemp("postfix")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)  # Postfix's own users must get in
    with daemons.mail_server(folder, long=True) as port:
        daemons.deliver(port, folder / "mail.log")
        check_mail((folder / "mail.log").read_bytes())


HARMED = {
    "kea": "kea-leases4.csv", "kea-log": "kea6.log", "dnsmasq": "dnsmasq6.log", "postfix": "postfix.log", "ipfix": "softflowd-10.bin",
    "radius": "aaa", "conntrack": "nat2",
}  # fmt: skip


@pytest.mark.parametrize("form", HARMED)
def test_no_harm_done_to_a_file_ends_in_a_stack_trace(later, form):
    """Bytes changed here and there, and the file cut off: what reads is read, the rest is rejects or a sentence."""
    kept = KEPT / HARMED[form]
    whole = kept.read_bytes() if kept.exists() else recordings()[HARMED[form]].moved(LATER.date())[0]
    draw, whole = random.Random(form), whole[:8_000]
    for _ in range(25):
        harmed = bytearray(whole)
        for _ in range(draw.randrange(1, 8)):
            harmed[draw.randrange(len(harmed))] = draw.randrange(256)
        with suppress(Fault):
            parse(form, bytes(harmed[: draw.randrange(1, 2 * len(harmed))]))
