"""15:00:00 in Paris on the eve, through HTTP: the last microsecond, DST days, late forms, sites that are not open, or no more."""

from datetime import UTC, date, datetime, timedelta

import pytest

from opposable.kernel import clock, parts
from opposable.kernel.models import Act
from opposable.ledger.act import parse_header
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Form, Meeting
from tests.assembly import story
from tests.assembly.visitor import Visitor, hidden, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
MICRO = timedelta(microseconds=1)


@pytest.fixture
def meeting(log):
    return story.opened()


def ready(meeting, ref="A1", when=None, **typed):
    """A holder before the summary, his finger on «Envoyer»: the visitor and the fields."""
    visitor = Visitor(meeting, ref, when=when)
    page = visitor.enter()
    summary = visitor.post("check/", visitor.fields(page, **(typed or {"r1": "for"})))
    assert summary.status_code == 200
    return visitor, hidden(summary)


def test_the_last_microsecond_counts_and_the_next_is_late(meeting):
    anne, sent = ready(meeting, when=story.LIMIT - timedelta(minutes=2))
    anne.when = story.LIMIT
    assert "Votre vote est reçu" in text_of(anne.get(anne.post("send/", sent)["Location"]))
    luc, sent = ready(meeting, "A2", when=story.LIMIT - timedelta(minutes=2))
    luc.when = story.LIMIT + MICRO
    answer = luc.post("send/", sent)
    assert answer.status_code == 303
    page = text_of(luc.get(answer["Location"]))
    assert "Reçu trop tard" in page
    assert "15 h 00 min 00,000001 s" in page
    assert "C. com., art. R. 225-77, al. 1" in page
    assert "peut encore venir voter à l’assemblée" in page
    assert {form.holder.ref: form.status for form in Form.objects.select_related("holder")} == {
        "A1": "counted",
        "A2": "late",
    }
    act = Act.objects.get(obj=Form.objects.get(status="late").uid)
    assert (act.outcome, act.index is not None) == ("refused", True)
    assert parse_header(bytes(act.header)).rule["id"] == "assembly.form.deadline-electronic"
    assert parts.read(act.pk, "submitted")["marks"][0] == {"resolution": "1", "vote": "for"}


def test_a_late_form_is_told_by_mail_as_late(meeting, mailoutbox):
    anne, sent = ready(meeting, when=story.LIMIT - MICRO)
    anne.when = story.LIMIT + timedelta(seconds=1)
    anne.post("send/", sent)
    assert mailoutbox[-1].subject == "Votre formulaire est arrivé trop tard · Compagnie de l’Arsenal"


def test_the_client_says_nothing_of_time(meeting):
    anne, sent = ready(meeting, when=story.LIMIT - MICRO)
    anne.when = story.LIMIT + MICRO
    lies = {"received_at": "2026-03-29T12:00:00Z", "at": "2026-03-29T12:00:00Z", "now": "1"}
    anne.post("send/", sent | lies, headers={"Date": "Sun, 29 Mar 2026 12:00:00 GMT", "X-Request-Start": "t=0"})
    assert Form.objects.get().status == "late"


@pytest.mark.parametrize(
    ("day", "limit"),
    [
        (date(2026, 3, 30), datetime(2026, 3, 29, 13, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 14, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 13, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 14, tzinfo=UTC)),
    ],
)
def test_the_limit_on_the_days_that_change_the_hour(log, day, limit):
    meeting = held_on(datetime(day.year, day.month, day.day, 10, tzinfo=story.PARIS))
    anne, one = ready(meeting, when=limit - timedelta(minutes=5))
    luc, other = ready(meeting, "A2", when=limit - timedelta(minutes=5))
    assert 'data-deadline="' + f"{limit:%Y-%m-%dT%H:%M:%SZ}" in anne.get().content.decode()
    anne.when, luc.when = limit, limit + MICRO
    anne.post("send/", one)
    luc.post("send/", other)
    assert {form.holder.ref: form.status for form in Form.objects.select_related("holder")} == {
        "A1": "counted",
        "A2": "late",
    }


def held_on(at, zone="Europe/Paris", notice=28, **values):
    before = at - timedelta(days=notice)
    with clock.frozen(before):
        story.accounts.root()
        made = story.company(zone=zone, **values)
        story.adopt_bylaws(made)
        story.register(made)
        draft = acts.draft_meeting(story.CONSOLE, company=made, kind="ordinary", at=at, place="Ici").result
        acts.add_resolution(story.CONSOLE, meeting=draft, title="x", text="y", body="ordinary")
        acts.convene(story.CONSOLE, meeting=draft)
    with clock.frozen(before + timedelta(days=8)):
        acts.open_voting(story.CONSOLE, meeting=draft)
    return Meeting.objects.select_related("company", "cell").get(pk=draft.pk)


def test_an_overseas_company_has_its_own_time_beside_that_of_paris(log):
    at = datetime(2026, 5, 20, 9, tzinfo=story.ZoneInfo("Pacific/Noumea"))
    meeting = held_on(at, zone="Pacific/Noumea")
    page = text_of(Visitor(meeting, "A1", when=at - timedelta(days=3)).get())
    assert "Clôture mar. 19 mai 2026 à 15:00, heure de Paris" in page
    assert "mer. 20 mai 2026, 00:00 Nouméa" in page


def test_once_over_the_form_is_not_offered_and_the_page_says_why(meeting):
    anne = Visitor(meeting, "A1", when=story.LIMIT + MICRO)
    page = anne.enter()
    assert "Aucun formulaire n’est arrivé de vous" in text_of(page)
    closed = text_of(anne.get("form/"))
    assert "Le vote à distance est clos" in closed
    assert "C. com., art. R. 225-77, al. 1" in closed
    assert "venir voter à l’assemblée" in closed
    assert Visitor(meeting, "A2").get("form/").status_code == 303


def test_the_site_refuses_to_open_and_says_by_which_article(log):
    meeting = story.convened()
    anne = Visitor(meeting, "A1", when=story.at(10, 8))
    assert "n’est pas encore ouvert" in text_of(anne.get())
    assert anne.get("identify/")["Location"] == anne.base
    with clock.frozen(story.at(10, 9)):
        acts.adopt_bylaw(
            story.CONSOLE, company=meeting.company, rule_id="assembly.evote.bylaws", since=story.at(9, 9).date(),
            param={"allowed": False}, article="Art. 23 bis", text="Plus de vote électronique.",
        )  # fmt: skip
    anne.when = story.at(10, 10)
    page = text_of(anne.get())
    assert "Ce site ne peut pas ouvrir" in page
    assert "C. com., art. R. 225-61" in page
    assert "Art. 23 bis" in page
    assert anne.post("identify/", {"access": anne.voter.login})["Location"] == anne.base


def test_the_site_refuses_a_simple_signature_that_the_bylaws_do_not_define(log):
    meeting = story.convened()
    with clock.frozen(story.at(10, 9)):
        acts.adopt_bylaw(
            story.CONSOLE, company=meeting.company, rule_id="assembly.form.signature", since=story.at(9, 9).date(),
            param={"simple": False, "process": ""}, article="Art. 24 bis", text="Plus de signature simple.",
        )  # fmt: skip
    page = text_of(Visitor(meeting, "A1", when=story.at(10, 10)).get())
    assert "Ce site ne peut pas ouvrir" in page
    assert "C. com., art. R. 225-77, 3°" in page


def test_a_meeting_called_off_says_so_and_takes_no_form(meeting):
    anne, sent = ready(meeting)
    with clock.frozen(story.at(21, 9)):
        acts.cancel_meeting(story.CONSOLE, meeting=meeting, reason="plus d’objet")
    anne.when = story.at(20, 12, 10)
    page = text_of(anne.get())
    assert "Cette assemblée a été annulée" in page
    answer = anne.post("send/", sent)
    assert answer.status_code == 422
    assert "Cette assemblée a été annulée" in text_of(answer)
    assert not Form.objects.exists()


def test_a_meeting_that_asks_for_more_than_a_code_gives_is_refused(log):
    meeting = story.opened_at_level("advanced")
    anne, sent = ready(meeting)
    answer = anne.post("send/", sent)
    assert answer.status_code == 422
    assert "demande une signature de niveau" in text_of(answer)
    assert "C. com., art. R. 225-77, 3°" in text_of(answer)
    assert not Form.objects.exists()
