"""Notices by e-mail go to those who agreed to them in time; the others get the post (R. 225-63; R. 223-20)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from opposable.kernel import accounts, clock
from opposable.kernel.models import Act, Duty
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import notices, parse_register
from opposable.systems.assembly.models import Holder, Mailing, Meeting
from opposable.systems.assembly.rules.convening import MeetingFacts
from opposable.systems.assembly.rules.convening.consent import Consent, by_mail, limits
from tests.assembly import office, story
from tests.assembly.facts import LAW

NOTICE = date(2026, 3, 2)


def decided(consent, *, registered=True, form="sa", day=None, notice=NOTICE):
    at = story.MEETING_AT if day is None else story.MEETING_AT.replace(year=day.year, month=day.month, day=day.day)
    facts = MeetingFacts(form=form, listed=False, kind="ordinary", at=at)
    return by_mail(limits(facts, LAW, notice), consent, registered=registered)


@pytest.mark.parametrize(
    ("consent", "mail"),
    [
        (Consent(), False),
        (Consent(date(2026, 2, 23)), True),  # thirty-five days before 30 March
        (Consent(date(2026, 2, 24)), False),
        (Consent(date(2025, 6, 1), date(2026, 1, 26)), False),  # back to the post thirty-five days before the notice
        (Consent(date(2025, 6, 1), date(2026, 1, 27)), True),
    ],
)
def test_the_days_of_the_sa(consent, mail):
    found = decided(consent)
    assert found.value is mail
    assert found.rule.id == "assembly.notice.email-consent"


@pytest.mark.parametrize(("on", "mail"), [(date(2026, 3, 10), True), (date(2026, 3, 11), False)])
def test_the_twenty_days_of_the_sarl(on, mail):
    assert decided(Consent(on), form="sarl").value is mail


def test_an_sarl_of_before_2018_convenes_by_letter_only():
    assert not decided(Consent(date(2012, 1, 1)), form="sarl", day=date(2014, 3, 30), notice=date(2014, 3, 2)).value


def test_bearer_shares_and_an_sas_want_no_agreement():
    assert decided(Consent(), registered=False).value
    assert decided(Consent(), form="sas").value


pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    """A1 and A4 agreed, A2 did not; A3 holds bearer shares only."""
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        entries = [
            replace(entry, consent_on="" if entry.ref in ("A2", "A3") else "2025-06-01") for entry in story.HOLDERS
        ]
        story.register(made, entries)
        drafted = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=drafted, title="Comptes", text="x", body="ordinary")
        acts.convene(story.CONSOLE, meeting=drafted)
    return Meeting.objects.select_related("company", "cell").get()


def holder(ref):
    return Holder.objects.select_related("company", "cell").get(ref=ref)


def notice_left():
    return Duty.objects.get(act="assembly.due.notice.first").closed_at is not None


def told(meeting):
    return [voter.holder.ref for voter in notices.waiting(meeting)]


def test_who_has_not_agreed_is_not_sent_an_e_mail_and_the_act_cites_the_rule(meeting, mailoutbox):
    assert told(meeting) == ["A1", "A3", "A4"]
    with clock.frozen(story.at(2, 12)):
        assert notices.send_batch(story.CONSOLE, meeting) == 3
    assert sorted(message.to[0] for message in mailoutbox) == [
        "anne@example.test",
        "bank@example.test",
        "zoe@example.test",
    ]
    act = Act.objects.filter(type="assembly.mailing.record").get()
    assert b'"id":"assembly.notice.email-consent"' in bytes(act.header)
    assert not Mailing.objects.filter(holder__ref="A2").exists()
    assert not notice_left(), "a letter is still to be posted"


def test_an_agreement_entered_in_time_counts_and_one_too_late_does_not(meeting):
    with clock.frozen(story.at(2, 11)):
        acts.record_consent(story.CONSOLE, holder=holder("A2"), on=date(2026, 2, 24), by="post")
        assert told(meeting) == ["A1", "A3", "A4"]
        acts.record_consent(story.CONSOLE, holder=holder("A2"), on=date(2026, 2, 20), by="post")
        assert told(meeting) == ["A1", "A2", "A3", "A4"]
        notices.send_batch(story.CONSOLE, meeting)
        assert notice_left(), "everybody had an e-mail"


def test_a_return_to_the_post_counts_for_the_next_meeting(meeting):
    with clock.frozen(story.at(2, 11)):
        acts.withdraw_consent(story.CONSOLE, holder=holder("A1"), on=date(2026, 3, 1))
        assert "A1" in told(meeting)
    with clock.frozen(story.at(2, 12)), pytest.raises(Refused) as refused:
        acts.withdraw_consent(story.CONSOLE, holder=holder("A1"), on=date(2026, 3, 1))
    assert refused.value.code == "consent.none"


@pytest.mark.parametrize(
    ("ref", "on", "by", "code"),
    [
        ("A1", date(2026, 3, 3), "post", "consent.day"),
        ("A1", date(2026, 3, 1), "telepathy", "consent.means"),
        ("T0", date(2026, 3, 1), "post", "consent.no-address"),
    ],
)
def test_agreements_that_cannot_be(meeting, ref, on, by, code):
    with clock.frozen(story.at(2, 11)), pytest.raises(Refused) as refused:
        acts.record_consent(story.CONSOLE, holder=holder(ref), on=on, by=by)
    assert refused.value.code == code
    assert refused.value.rule.id == "assembly.notice.email-consent"


def test_the_file_carries_agreements_and_says_nothing_of_those_it_leaves_blank(meeting):
    header = "compte;nom;courriel;isin;forme;quantité;accord électronique;accord par\n"
    lines = (
        "A1;Vidal;a@example.test;FR0000120271;nominatif pur;10;;\n"
        "A2;Bernard;b@example.test;FR0000120271;nominatif pur;10;12/01/2026;électronique\n"
    )
    parsed = parse_register((header + lines).encode())
    assert parsed.errors == []
    with clock.frozen(story.at(3, 9)):
        acts.import_register(
            story.CONSOLE, company=meeting.company, file_name="r.csv", sha256=parsed.sha256, lines=2,
            effective_on=date(2026, 3, 3), entries=parsed.entries,
        )  # fmt: skip
    assert (holder("A1").consent_on, holder("A2").consent_on) == (date(2025, 6, 1), date(2026, 1, 12))
    assert holder("A2").consent_by == "electronic"
    bad = parse_register((header + "A1;V;;FR0000120271;nominatif pur;10;hier;pigeon\n").encode())
    assert {error.column for error in bad.errors} == {"accord électronique", "accord par"}


def test_the_pages_enter_and_show_it_and_list_the_post(meeting):
    people = office.people()
    with clock.frozen(story.at(2, 12)):
        url = office.of("consent", meeting.company, holder("A2").uid)
        assert "R. 225-63" in office.text(people.secretary.get(url))
        sent = people.secretary.post(url, {"what": "agree", "on": "2026-02-27", "by": "electronic"})
        assert sent.status_code == 303
        assert "par voie électronique" in office.text(
            people.secretary.get(office.of("holder", meeting.company, holder("A2").uid))
        )
        page = office.text(people.secretary.get(office.at("notices", meeting)))
        assert "23 février 2026" in page
        post = people.secretary.get(office.at("notices", meeting) + "?channel=post")
        assert "Bernard" in office.text(post)
        assert "Vidal" not in office.text(post).split("accesses")[1]
        listed = people.secretary.get(office.at("notices", meeting) + "?channel=post&format=csv")
        assert "Bernard" in office.text(listed)
        late = people.secretary.post(url, {"what": "agree", "on": "2026-03-05", "by": "post"})
        assert late.status_code == 422
        assert "Ce jour n’est pas venu" in office.text(late)
    assert (holder("A2").consent_on + timedelta(days=31)) == date(2026, 3, 30)
