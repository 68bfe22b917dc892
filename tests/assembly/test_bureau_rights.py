"""What a bureau does, and nothing else: it holds the sitting and signs; preparing and convening are the company's."""

import json

import pytest
from django.urls import reverse

from opposable.cli import main
from opposable.kernel import accounts, clock
from opposable.kernel.models import Account, Act, Document
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Attendance, Holder, Meeting
from tests.assembly import office, papers, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    return office.voted()


@pytest.fixture
def bureau(meeting):
    return office.account("bureau", "bureau")


def token_of(account):
    with clock.frozen(story.at(1, 9)):
        return accounts.issue_token(story.CONSOLE, account=account, label="tests").result[1]


def post(client, token, act, **body):
    return client.post(
        f"/api/acts/{act}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def not_the_bureaus(meeting):
    """Acts of the company, with what they ask: each is refused to the bureau."""
    one = {"meeting": meeting.uid}
    drafted = {
        "company": meeting.company.uid,
        "kind": "ordinary",
        "at": "2026-06-30T10:00:00+02:00",
        "place": "Paris",
    }
    row = meeting.resolutions.get(position=1)
    return {
        "assembly.meeting.draft": drafted,
        "assembly.meeting.convene": one,
        "assembly.meeting.cancel": {**one, "reason": "Sans motif."},
        "assembly.vote.open": one,
        "assembly.vote.close": one,
        "assembly.entitlements.fix": one,
        "assembly.date.done": {**one, "date_id": "notice"},
        "assembly.notice.issue": {**one, "registry": "Paris"},
        "assembly.paper-form.issue": one,
        "assembly.minutes.issue": {**one, "debates": "Rien."},
        "assembly.results.publish": one,
        "assembly.resolution.add": {**one, "title": "T", "text": "T.", "body": "ordinary"},
        "assembly.resolution.withdraw": {"resolution": row.uid, "reason": "Sans motif."},
    }


def test_by_the_api_what_belongs_to_the_company_is_refused_to_the_bureau_and_the_refusal_is_an_act(
    client, meeting, bureau
):
    token = token_of(bureau)
    with clock.frozen(story.at(21, 9)):
        for act, body in not_the_bureaus(meeting).items():
            answer = post(client, token, act, **body)
            assert answer.status_code == 409, (act, answer.content)
            assert answer.json()["refusal"]["code"] == "access.denied", act
            assert Act.objects.get(entry=bytes.fromhex(answer.json()["receipt"]["entry"])).outcome == "refused"
    assert Meeting.objects.count() == 1
    assert office.again(meeting).status == "open"


def test_by_command_line_it_is_refused_as_well(meeting, bureau, capsys, monkeypatch):
    monkeypatch.setattr("opposable.commands.act.open_home", lambda: None)
    with clock.frozen(story.at(21, 9)):
        status = main(["act", "assembly.vote.close", f"meeting={meeting.uid}", "--as", bureau.email, "--json"])
    assert (status, json.loads(capsys.readouterr().out)["refusal"]["code"]) == (1, "access.denied")


def test_the_pages_of_the_company_are_not_there_for_the_bureau(meeting, bureau):
    page = office.visit(bureau)
    with clock.frozen(story.at(21, 9)):
        assert page.get(reverse("assembly:draft")).status_code == 404
        for name in ("convene", "cancel", "agenda", "edit", "paper", "notices"):
            assert page.get(office.at(name, meeting)).status_code == 404, name
        for name in ("minutes", "notice", "form"):
            assert page.get(office.at("document-issue", meeting, name)).status_code == 404, name
        shown = office.text(page.get(office.at("meeting", meeting)))
    assert "Préparer la séance" in shown
    assert not [name for name in ("convene", "cancel", "open", "close", "fix") if office.at(name, meeting) in shown]


def test_the_bureau_holds_the_whole_sitting_and_signs(client, meeting, bureau):
    """By its token, from the opening to its signature: what it may do is enough for what it has to do."""
    token = token_of(bureau)
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)

    def done(act, *, at=story.MEETING_AT, **body):
        with clock.frozen(at):
            answer = post(client, token, act, **body)
        assert answer.status_code == 200, (act, answer.content)
        return answer.json()["result"]

    one = {"meeting": meeting.uid}
    done("assembly.session.open", **one, chair="A. Vidal", secretary="C. Roy", scrutineers=[])
    holder = Holder.objects.get(ref="A4")
    came = done("assembly.attendance.arrive", **one, holder=holder.uid)
    for row in meeting.resolutions.order_by("position"):
        done("assembly.live-vote.cast", resolution=row.uid, holder=holder.uid, votes={"for": 2_000})
        done("assembly.resolution.close", resolution=row.uid)
    done("assembly.incident.report", **one, text="Panne du micro.")
    done("assembly.attendance.leave", attendance=came["uid"])
    done("assembly.session.end", **one)
    sheet = done("assembly.sheet.issue", at=papers.AFTER, **one)
    done("assembly.sheet.certify", at=papers.AFTER, sheet=sheet["uid"])
    with clock.frozen(papers.AFTER):
        minutes = acts.issue_minutes(story.CONSOLE, meeting=papers.fresh(meeting), debates=papers.DEBATES).result
    done("assembly.minutes.sign", at=papers.AFTER, minutes=minutes.uid, capacity="chair")
    assert Attendance.objects.get().left_at
    assert Account.objects.get(pk=bureau.pk).uid in {
        one["actor"] for one in Document.objects.get(pk=minutes.pk).signed_by
    }


def test_the_bureau_draws_up_the_sheet_on_its_page(meeting, bureau):
    page = office.visit(bureau)
    meeting = office.opened_session(meeting)
    with clock.frozen(papers.AFTER):
        shown = office.text(page.get(office.at("documents", meeting)))
        assert office.at("document-issue", meeting, "sheet") in shown
        assert office.at("document-issue", meeting, "minutes") not in shown
        assert page.post(office.at("document-issue", meeting, "sheet")).status_code == 303
