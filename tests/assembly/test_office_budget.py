"""What each page costs: at most twelve queries and 60 KB, and the same for a register of hundreds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opposable.kernel import clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Entitlement, Form, Holder, Meeting
from opposable.web import shell
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

QUERIES, BYTES = 12, 60_000
LOG_STATE = 3  # kept one second for everybody: these pages are asked again and again
NOW = story.at(21, 9)


def cost(client, url, now=NOW):
    """Queries and bytes of a page, nothing being kept from the page before."""
    shell.forget_log_state()
    with clock.frozen(now), CaptureQueriesContext(connection) as made:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return len(made.captured_queries), len(answer.content)


@pytest.fixture
def world(log):
    told = office.people()
    return told.secretary, office.voted()


def pages(meeting):
    company = meeting.company
    form, rights = Form.objects.get(holder__ref="A1").uid, Entitlement.objects.get(holder__ref="A1").uid
    holder = Holder.objects.get(ref="A1").uid
    names = (
        "meeting", "resolutions", "notices", "turnout", "forms", "entitlements", "session", "door", "results",
        "documents", "timeline", "convene", "cancel", "bring", "notices-progress",
    )  # fmt: skip
    return [
        "/assembly/", "/assembly/companies/", "/assembly/meetings/new/?company=arsenal",
        "/assembly/meetings/calendar/?company=arsenal&kind=combined&day=2026-05-04&hour=10:00",
        *(office.at(name, meeting) for name in names),
        office.at("form", meeting, form), office.at("entitlement", meeting, rights), office.at("vote", meeting, 1),
        office.at("resolution", meeting, 1), office.at("document-issue", meeting, "notice"),
        *(office.of(name, company) for name in ("company", "holders", "imports", "import")),
        office.of("holder", company, holder), office.of("transfer", company, holder),
        office.of("bylaw", company, "assembly.vote.cap"),
    ]  # fmt: skip


def test_every_page_keeps_to_its_budget(world):
    client, meeting = world
    over = {}
    for url in pages(meeting):
        queries, size = cost(client, url)
        if queries > QUERIES or size > BYTES:
            over[url.replace(meeting.uid, "…")] = (queries, size)
    assert over == {}


def test_the_pages_of_the_session_keep_to_it_too(log):
    client, meeting = office.people().secretary, office.sitting("A4")
    now = story.MEETING_AT
    for url in (office.at("session", meeting), office.at("door", meeting) + "?q=vi", office.at("vote", meeting, 1)):
        cost(client, url, now)  # the shares with a vote, and the bylaws, are kept for a moment
        queries, size = cost(client, url, now)
        assert queries - LOG_STATE <= QUERIES, url
        assert size <= BYTES


def test_the_results_are_read_as_declared_and_nothing_is_counted_again(log):
    client, meeting = office.people().secretary, office.sitting("A4")
    finish(meeting)
    queries, size = cost(client, office.at("results", meeting), story.at(30, 12))
    assert queries <= QUERIES
    assert size <= BYTES


def finish(meeting):
    """Close the votes and the session."""
    for n, row in enumerate(meeting.resolutions.order_by("position")):
        with clock.frozen(story.at(30, 10, 20 + n)):
            acts.close_resolution(story.CONSOLE, resolution=row)
    with clock.frozen(story.at(30, 11)):
        acts.end_session(story.CONSOLE, meeting=meeting)


def test_a_page_costs_the_same_for_hundreds_of_holders(log):
    client = office.people().secretary
    more = [
        acts.Entry(
            f"B{n:03}",
            f"Nom{n}",
            given_name="Zoé",
            email=f"b{n}@example.test",
            address="Paris",
            lots=[story.lot(f"M{n}", 1)],
        )
        for n in range(300)
    ]
    story.HOLDERS.extend(more)
    try:
        meeting = story.opened(shares=70_300)
    finally:
        del story.HOLDERS[-len(more) :]
    for n in range(120):
        story.vote(meeting, f"B{n:03}", "for", "for", "for")
    meeting = Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)
    for url in (
        office.of("holders", meeting.company),
        *(office.at(name, meeting) for name in ("notices", "turnout", "forms", "entitlements")),
    ):
        queries, size = cost(client, url)
        assert queries <= QUERIES, url
        assert size <= BYTES, (url, size)
