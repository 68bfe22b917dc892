"""The meeting by command line: any act as the API offers it, objects as the log commits to them, the calendar of each form."""

import json
from hashlib import sha256

import pytest

from opposable.cli import main
from opposable.kernel import accounts, clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting
from tests.assembly import office, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def opposable(log, capsys, monkeypatch):
    monkeypatch.setattr("opposable.commands.act.open_home", lambda: None)
    monkeypatch.setattr("opposable.commands.show.open_home", lambda: None)

    def run(*arguments, at=(2, 12)):
        with clock.frozen(story.at(*at)):
            status = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


@pytest.fixture
def company(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        story.register(made)
    return made


def test_a_meeting_is_prepared_and_convened_without_a_page(opposable, company):
    status, said = opposable(
        "act",
        "assembly.meeting.draft",
        f"company={company.uid}",
        "kind=ordinary",
        "at=2026-03-30T10:00",
        "place=Paris",
        "--json",
    )
    assert status == 0, said
    uid = json.loads(said)["result"]["uid"]
    assert Meeting.objects.get(uid=uid).at == story.MEETING_AT
    for title in ("Comptes", "Affectation"):
        status, said = opposable(
            "act", "assembly.resolution.add", f"meeting={uid[:8]}", f"title={title}", "text=Texte.", "body=ordinary"
        )
        assert status == 0, said
    row = Meeting.objects.get().resolutions.get(position=2)
    status, said = opposable("act", "assembly.resolution.move", f"resolution={row.uid}", "position=1")
    assert (status, "done: assembly.resolution.move" in said) == (0, True)
    assert opposable("act", "assembly.meeting.convene", f"meeting={uid}")[0] == 0
    status, said = opposable("act", "assembly.resolution.move", f"resolution={row.uid}", "position=2")
    assert status == 1
    assert said.startswith("refused: The meeting is convened")
    status, said = opposable("act", "assembly.resolution.move", f"resolution={row.uid}", "position=2", "--json")
    assert (status, json.loads(said)["refusal"]["code"]) == (1, "agenda.frozen")
    assert json.loads(said)["receipt"]["outcome"] == "refused"


def test_a_document_is_written_to_a_file(opposable, tmp_path):
    meeting = story.convened()
    with clock.frozen(story.at(10, 9)):
        form = acts.issue_form(story.CONSOLE, meeting=meeting).result
    status, said = opposable("show", "kernel.document", form.uid[:12], "--pdf", tmp_path / "form.pdf")
    assert (status, json.loads(said)["uid"]) == (0, form.uid)
    assert sha256((tmp_path / "form.pdf").read_bytes()).hexdigest() == form.sha256
    assert opposable("show", "assembly.company", "--pdf", tmp_path / "x.pdf")[0] == 2
    assert not (tmp_path / "x.pdf").exists()


def test_the_acts_are_listed_and_described(opposable, company):
    assert "assembly.resolution.withdraw" in opposable("act", "assembly.resolution")[1]
    status, said = opposable("act", "assembly.bylaw.adopt")
    assert status == 0
    assert "uid of assembly.company" in said
    assert "since" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("assembly.nothing",), "no act begins with"),
        (("assembly.meeting.draft", "company"), "write name=value"),
        (
            ("assembly.meeting.draft", "company=zzzzzzzz", "kind=ordinary", "at=2026-03-30T10:00", "place=x"),
            "names no assembly.company",
        ),
        (
            ("assembly.meeting.draft", "company=a", "kind=ordinary", "at=soon", "place=x"),
            "at: input should be a valid datetime",
        ),
        (("assembly.meeting.draft", "moon=1"), "moon: extra inputs are not permitted"),
        (("assembly.bylaw.adopt", "param={bad"), "is no JSON"),
        (("assembly.meeting.draft", "company=abcdef", "--as", "nobody@example.test"), "no account nobody@example.test"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(opposable, company, words, said):
    status, text = opposable("act", *words)
    assert status == 2
    assert said in text
    assert text.count("\n") == 1


def test_a_text_longer_than_its_column_is_no_failure(opposable, company):
    """PostgreSQL refuses it, and the command says so; SQLite keeps it."""
    status, said = opposable("act", "assembly.company.change", f"company={company.uid}", "name=" + "x" * 1000)
    assert (status, "too long" in said, said.count("\n") > 1) in {(0, False, True), (2, True, False)}


def test_an_account_does_what_it_may_and_sees_what_it_may(opposable, company):
    office.account("auditor", "auditor")
    office.account("elsewhere", "secretary", "/companies/elsewhere/")
    status, said = opposable("show", "assembly.company", "--as", "auditor@example.test")
    assert (status, json.loads(said)["state"]["slug"]) == (0, "arsenal")
    assert opposable("show", "assembly.company", "--as", "elsewhere@example.test") == (0, "")
    words = ("act", "assembly.company.change", f"company={company.uid}", "name=Autre")
    status, said = opposable(*words, "--as", "auditor@example.test")
    assert (status, "Your grants do not allow this act" in said) == (1, True)
    status, said = opposable(*words, "--as", "elsewhere@example.test")
    assert (status, "names no assembly.company" in said) == (2, True)
    assert "assembly.meeting" in opposable("show")[1]
    assert opposable("show", "assembly.moon")[0] == 2


def test_an_instant_without_a_zone_is_refused_by_the_api(company):
    from django.test import Client

    account = office.account("clerk", "secretary")
    _, token = accounts.issue_token(story.CONSOLE, account=account, label="t").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    body = {"company": company.uid, "kind": "ordinary", "at": "2026-03-30T10:00", "place": "Paris"}
    answer = client.post("/api/acts/assembly.meeting.draft", body, content_type="application/json")
    assert answer.status_code == 422
    assert "timezone" in answer.content.decode()


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("sarl", ["C. com., art. R. 223-20", "C. com., art. R. 223-18"]),
        ("sas", ["No date of the law binds this meeting", "assembly.sas.free"]),
    ],
)
def test_the_calendar_of_each_form(opposable, form, found):
    status, said = opposable("assembly", "calendar", "--on", "2026-03-30T10:00", "--form", form)
    assert status == 0
    for words in found:
        assert words in said


def test_the_calendar_under_the_bylaws_of_a_company(opposable, log):
    from datetime import date

    from opposable.systems.assembly import acts

    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form="sas")
        acts.adopt_bylaw(
            story.CONSOLE, company=made, rule_id="assembly.sas.free", since=date(2020, 1, 1),
            param={"notice_days_before": 8}, article="art. 16", text="Huit jours.",
        )  # fmt: skip
    status, said = opposable("assembly", "calendar", "--on", "2026-03-30T10:00", "--company", "arsenal", "--json")
    assert status == 0
    (only,) = json.loads(said)
    assert (only["id"], only["day"], only["bylaws"]) == ("notice.sas", "2026-03-22", ["art. 16"])
