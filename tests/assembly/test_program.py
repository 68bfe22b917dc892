"""A program does by the API what a person does on the pages: the register by file, and, for its holder alone, a form."""

import json

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from opposable.cli import main
from opposable.kernel import accounts, clock
from opposable.kernel.models import Act
from opposable.systems.assembly.api import vote
from opposable.systems.assembly.models import Form, Holder, RegisterImport
from tests.assembly import office, story
from tests.assembly.visitor import CODE, site  # noqa: F401 - fixture

pytestmark = pytest.mark.django_db
CSV = (
    "compte;nom;prénom;ISIN;forme;quantité;depuis\n"
    "A1;Vidal;Anne;FR0000120271;nominatif pur;10000;2020-01-01\n"
    "B9;Leroy;Paul;FR0000120271;nominatif pur;60000;2020-01-01\n"
)


def token(role, path="/companies/arsenal/"):
    made = office.account(role, role, path)
    with clock.frozen(story.at(1, 9)):
        return {"Authorization": f"Bearer {accounts.issue_token(story.CONSOLE, account=made, label='t').result[1]}"}


def send(client, headers, company, text=CSV, query="", **more):
    file = SimpleUploadedFile("registre.csv", text.encode(), "text/csv")
    with clock.frozen(story.at(4, 9)):
        return client.post(
            f"/api/assembly/register{query}", {"file": file, "company": company.uid, **more}, headers=headers
        )


# The register


@pytest.fixture
def company(log):
    return story.convened().company


def test_a_register_is_tried_imported_and_undone_by_a_program(client, company):
    headers = token("secretary")
    tried = send(client, headers, company, query="?dry_run=true")
    assert tried.status_code == 200, tried.content
    said = tried.json()["understood"]
    assert (said["lines"], said["accounts"], said["shares"], said["shares_of_capital"]) == (2, 2, 70_000, 70_000)
    assert (said["new"], said["kept"], said["ended"]) == (1, 1, 4)
    assert (tried.json()["receipt"], RegisterImport.objects.count()) == (None, 1), "nothing was kept"
    done = send(client, headers, company, effective_on="2026-03-03")
    assert done.json()["receipt"]["outcome"] == "done"
    assert Holder.objects.get(ref="B9").shares == 60_000
    again = send(client, headers, company)
    assert (again.status_code, again.json()["refusal"]["code"]) == (409, "register.same-file")
    uid = done.json()["receipt"]["result"]["uid"]
    assert RegisterImport.objects.get(uid=uid).effective_on.isoformat() == "2026-03-03"
    with clock.frozen(story.at(4, 10)):
        undone = client.post(
            "/api/acts/assembly.register.undo",
            json.dumps({"done": uid}),
            content_type="application/json",
            headers=headers,
        )
    assert undone.status_code == 200, undone.content
    assert Holder.objects.get(ref="B9").ended


def test_a_file_with_a_line_that_does_not_read_is_not_imported_and_each_line_is_named(client, company):
    wrong = send(client, token("secretary"), company, CSV.replace("60000", "douze"))
    assert wrong.status_code == 422
    (error,) = wrong.json()["understood"]["errors"]
    assert (error["line"], set(error["reason"])) == (3, {"fr", "en"})
    assert RegisterImport.objects.count() == 1


@pytest.mark.parametrize(
    ("shares", "status"), [(2**31, 200), (2**52 - 10_001, 200), (2**52 - 10_000, 422), (2**53 - 1, 422)]
)
def test_shares_beyond_32_bits_are_kept_whole_and_more_than_the_log_holds_are_named(client, company, shares, status):
    """Two votes for each of them must be a number that canonical JSON has: below 2^53."""
    answer = send(client, token("secretary"), company, CSV.replace("60000", str(shares)))
    assert answer.status_code == status
    if status == 200:
        assert Holder.objects.get(ref="B9").shares == shares
    else:
        assert [(one["line"], one["column"]) for one in answer.json()["understood"]["errors"]] == [(3, "quantité")]


@pytest.mark.parametrize("role", ["bureau", "scrutineer", "auditor"])
def test_who_may_not_write_the_register_does_not_try_a_file_either(client, company, role):
    assert send(client, token(role), company, query="?dry_run=true").status_code == 404


@pytest.mark.parametrize("text", ["", "\0", "compte;nom\n", "a" * 10_000])
def test_what_is_no_register_is_an_answer_and_no_failure(client, company, text):
    assert send(client, token("secretary"), company, text).status_code == 422


# A form: by its holder's own token, by nobody else's


def test_no_account_sends_a_form_for_a_holder_and_it_is_said_why(client, company, capsys, monkeypatch):
    monkeypatch.setattr("opposable.commands.act.open_home", lambda: None)
    with clock.frozen(story.at(4, 9)):
        answer = client.post(
            "/api/acts/assembly.form.receive", "{}", content_type="application/json", headers=token("secretary")
        )
        status = main(["act", "assembly.form.receive", "mode=vote"])
    assert answer.status_code == 403
    assert "R. 225-77" in answer.json()["detail"]["fr"]
    assert (status, "R. 225-77" in capsys.readouterr().err) == (2, True)


class Program:
    """An intermediary's program, with its access id and the mail that it reads."""

    def __init__(self, client, meeting, ref, when=None):
        self.client, self.when, self.headers = client, when or story.at(20, 12), {}
        self.voter = story.voter(meeting, ref)

    def call(self, path, body=None):
        with clock.frozen(self.when):
            if body is None:
                return self.client.get(f"/api/vote/{path}", headers=self.headers)
            text = json.dumps(body)
            return self.client.post(f"/api/vote/{path}", text, content_type="application/json", headers=self.headers)

    def enter(self):
        assert self.call("code", {"access": self.voter.login}).status_code == 202
        code = "".join(CODE.search(mail.outbox[-1].body).groups())
        given = self.call("token", {"access": self.voter.login.lower(), "code": code})
        assert given.status_code == 200, given.content
        self.headers = {"Authorization": f"Bearer {given.json()['token']}"}
        return given.json()


@pytest.fixture
def meeting(log, site, monkeypatch):  # noqa: F811 - fixture
    monkeypatch.setattr(vote, "PACE", 0)
    for limiter in (vote.per_address, vote.per_code, vote.per_access):
        limiter._full_at.clear()
    return story.opened()


def split(*given):
    return [{"resolution": n, "for": yes, "against": no, "abstain": rest} for n, (yes, no, rest) in enumerate(given, 1)]


def test_an_intermediary_votes_by_program_with_its_splits_and_holds_a_sealed_receipt(client, meeting):
    bank = Program(client, meeting, "A3")
    entry = bank.enter()["entry"]
    blank = bank.call("form").json()
    assert [item["votes"] for item in blank["items"]] == [50_000] * 3
    assert blank["until"].startswith("2026-03-29T13:00:00")
    assert "abstention" in {one["id"] for one in blank["mentions"]}
    body = {
        "key": "order-0001",
        "marks": split((30_000, 15_000, 5_000), (50_000, 0, 0), (0, 50_000, 0)),
        "agenda": blank["agenda"],
        "declared": office.CERTIFICATE,
    }
    done, again = bank.call("form", body), bank.call("form", body)
    assert done.status_code == 200, done.content
    assert done.json()["index"] is not None
    assert again.json()["entry"] == done.json()["entry"], "sent twice, received once"
    form = Form.objects.get()
    assert (form.channel, form.choices[0]) == ("electronic", [30_000, 15_000, 5_000])
    assert Act.objects.get(obj=form.uid, seq=1).actor == bank.voter.uid, "its own act, nobody else's"
    assert [one["entry"] for one in bank.call("forms").json()] == [done.json()["entry"]]
    assert len(entry) == 64


def test_a_split_that_exceeds_what_the_register_gives_is_refused_with_its_rule(client, meeting):
    bank = Program(client, meeting, "A3")
    bank.enter()
    marks = split((50_001, 0, 0), (50_000, 0, 0), (50_000, 0, 0))
    answer = bank.call("form", {"key": "order-0001", "marks": marks, "declared": office.CERTIFICATE})
    assert (answer.status_code, answer.json()["refusal"]["code"]) == (409, "form.exceeds")
    assert not Form.objects.exists()


def test_at_fifteen_hours_a_program_is_late_like_anybody(client, meeting):
    bank = Program(client, meeting, "A3", story.at(29, 14, 45))
    bank.enter()
    bank.when = story.at(29, 15, 0, 0, 1)
    marks = split(*[(50_000, 0, 0)] * 3)
    answer = bank.call("form", {"key": "order-0001", "marks": marks, "declared": office.CERTIFICATE})
    assert (answer.json()["outcome"], answer.json()["result"]["state"]["status"]) == ("refused", "late")


def test_a_token_of_the_vote_dies_is_of_one_access_and_is_none_elsewhere(client, meeting, settings):
    anne = Program(client, meeting, "A1")
    assert anne.call("form").status_code == 401
    anne.enter()
    good = anne.headers
    anne.headers = {"Authorization": good["Authorization"][:-2] + "xx"}
    assert anne.call("form").status_code == 401
    anne.headers, anne.when = good, story.at(20, 12, 30)
    assert anne.call("form").status_code == 401, "half an hour"
    settings.ROOT_URLCONF = "opposable.urls"
    with clock.frozen(story.at(20, 12)):
        assert client.get("/api/objects/assembly.meeting", headers=good).status_code == 401
        assert client.get("/api/vote/form", headers=good).status_code == 404


def test_the_token_of_an_account_opens_nothing_on_the_voting_site(client, meeting):
    anne = Program(client, meeting, "A1")
    anne.headers = token("secretary")
    assert anne.call("form").status_code == 401
    assert anne.call("form", {"key": "order-0001", "marks": story.marks("for", "for", "for")}).status_code == 401


def test_whoever_guesses_learns_nothing_and_is_slowed_down(client, meeting):
    stranger = Program(client, meeting, "A1")
    answers = [
        stranger.call("token", {"access": login, "code": "12345678"}) for login in ("ZZZZ-2222", stranger.voter.login)
    ]
    assert len({(one.status_code, one.content) for one in answers}) == 1
    assert {stranger.call("code", {"access": login}).content for login in ("ZZZZ-2222", stranger.voter.login)}
    tries = [stranger.call("token", {"access": "ZZZZ-3333", "code": str(n)}).status_code for n in range(12)]
    assert tries == [401] * 10 + [429] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"key": "x" * 9, "marks": "all"},
        {"key": "x" * 9, "weight": 5},
        {"key": "short"},
        {"key": "x" * 201},
        {"key": "\ud800" * 9},
        {"key": "x" * 9, "marks": [{"resolution": 1, "vote": "\0"}]},
        {"key": "x" * 9, "declared": {"\ud800": "x"}},
    ],
)
def test_a_body_that_is_no_form_is_no_failure(client, meeting, body):
    anne = Program(client, meeting, "A1")
    anne.enter()
    assert anne.call("form", body).status_code == 422
    assert anne.call("code", {"access": "\ud800"}).status_code == 422


def test_the_api_describes_the_register(client, log):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert "/api/assembly/register" in paths


def test_the_voting_site_describes_its_own(client, site):  # noqa: F811 - fixture
    assert {*client.get("/api/vote/openapi.json").json()["paths"]} == {
        f"/api/vote/{name}" for name in ("code", "token", "form", "forms")
    }
