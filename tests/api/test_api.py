"""The API as a program meets it."""

import json
from datetime import datetime

import pytest

from opposable.kernel import accounts, actors, acts, clock, decisions
from opposable.kernel.models import Act, Reading
from opposable.ledger.verify import verify
from opposable.web import api
from tests.assembly import story

pytestmark = pytest.mark.django_db
CONSOLE = actors.system("tests")


@pytest.fixture
def meeting(log):
    return story.opened()


def bearer(role, path="/", email="robot@example.test"):
    account = accounts.open_account(CONSOLE, email=email, name="Robot", password="x").result
    if role:
        accounts.give(CONSOLE, account=account, role=role, cell=accounts.cell(path))
    token, text = accounts.issue_token(CONSOLE, account=account, label="tests").result
    return token, {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def post(client, act, body, header):
    return client.post(f"/api/acts/{act}", json.dumps(body), content_type="application/json", **header)


def test_no_token_no_entry(client, meeting):
    assert client.get("/api/objects/assembly.meeting").status_code == 401
    assert client.get("/api/objects/assembly.meeting", HTTP_AUTHORIZATION="Bearer opp_no").status_code == 401


def test_a_revoked_token_is_dead(client, meeting):
    token, header = bearer("assembly.auditor")
    assert client.get("/api/objects/assembly.meeting", **header).status_code == 200
    accounts.revoke_token(CONSOLE, token=token)
    assert client.get("/api/objects/assembly.meeting", **header).status_code == 401


def test_objects_are_read_with_their_state(client, meeting):
    _, header = bearer("assembly.auditor")
    (item,) = client.get("/api/objects/assembly.meeting", **header).json()["items"]
    assert item["uid"] == meeting.uid
    assert item["state"] == meeting.state()
    alone = client.get(f"/api/objects/assembly.meeting/{meeting.uid}", **header).json()
    assert alone == {**item, "digest": decisions.state_digest(meeting)}


def test_pages_follow_each_other(client, meeting):
    _, header = bearer("assembly.auditor")
    first = client.get("/api/objects/assembly.holder?limit=3", **header).json()
    rest = client.get(f"/api/objects/assembly.holder?limit=3&after={first['next']}", **header).json()
    refs = [item["state"]["ref"] for item in first["items"] + rest["items"]]
    assert refs == ["A1", "A2", "A3", "A4", "T0"]
    assert rest["next"] is None


@pytest.mark.parametrize("path", ["/", "/companies/other/"])
def test_what_is_not_visible_is_not_there(client, meeting, path):
    _, header = bearer("assembly.secretary" if path != "/" else None, path)
    assert client.get("/api/objects/assembly.meeting", **header).json()["items"] == []
    assert client.get(f"/api/objects/assembly.meeting/{meeting.uid}", **header).status_code == 404
    assert post(client, "assembly.vote.close", {"meeting": meeting.uid}, header).status_code == 404


def test_an_act_answers_with_its_receipt(client, meeting):
    _, header = bearer("assembly.secretary")
    body = {"company": meeting.company.uid, "kind": "ordinary", "at": "2027-05-20T10:00:00+02:00", "place": "Paris"}
    done = post(client, "assembly.meeting.draft", body, header).json()
    assert done["outcome"] == "done"
    assert done["result"]["state"]["at"] == "2027-05-20T08:00:00.000000Z"
    assert Act.objects.filter(entry=bytes.fromhex(done["entry"])).exists()


def test_a_refusal_answers_with_its_rule_and_is_recorded(client, meeting):
    _, header = bearer("assembly.secretary")
    with clock.frozen(story.at(29, 12)):
        answer = post(client, "assembly.vote.close", {"meeting": meeting.uid}, header)
    assert answer.status_code in {404, 401}, "the grant and the token begin later than the frozen clock"
    answer = post(client, "assembly.meeting.convene", {"meeting": meeting.uid}, header)
    assert answer.status_code == 409
    assert answer.json()["refusal"]["code"] == "meeting.status"
    assert answer.json()["receipt"]["outcome"] == "refused"


def test_an_auditor_may_read_and_not_act(client, meeting):
    _, header = bearer("assembly.auditor")
    answer = post(client, "assembly.meeting.cancel", {"meeting": meeting.uid, "reason": "x"}, header)
    assert answer.status_code == 409
    assert answer.json()["refusal"]["code"] == "access.denied"


@pytest.mark.parametrize(
    "body",
    [{}, {"meting": "x"}, {"meeting": 3}, [], "x", {"meeting": "x", "more": 1}],
)
def test_a_body_that_is_none_is_refused(client, meeting, body):
    _, header = bearer("assembly.secretary")
    assert post(client, "assembly.vote.close", body, header).status_code == 422


@pytest.mark.parametrize("value", ["x\0y", "\ud800", 2**53, [["\ud800"]], {"a": {"\0": 1}}], ids=ascii)
def test_what_no_record_can_hold_is_refused_by_every_act(client, log, value):
    """NUL stops PostgreSQL, half a character stops both databases, larger numbers the log: none of them is a failure of ours."""
    _, header = bearer("assembly.secretary")
    for kind in acts.REGISTRY.values():
        names = kind.api and api.parameters(kind)
        if names:
            assert post(client, kind.name, dict.fromkeys(names, value), header).status_code == 422, kind.name


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_an_instant_that_other_zones_have_no_year_for_is_refused_by_every_act(client, log, edge):
    _, header = bearer("assembly.secretary")
    offered = [(kind.name, api.parameters(kind)) for kind in acts.REGISTRY.values() if kind.api]
    instants = [
        (name, one) for name, hints in offered for one, hint in hints.items() if hint in (datetime, datetime | None)
    ]
    assert ("assembly.meeting.draft", "at") in instants
    for name, one in instants:
        errors = post(client, name, {one: edge}, header).json()["detail"]
        assert any(error["loc"][-1] == one and "2 to 9998" in error["msg"] for error in errors), (name, one)


def test_a_text_longer_than_its_column_is_no_failure(client, meeting):
    """PostgreSQL refuses it; SQLite keeps it."""
    _, header = bearer("assembly.secretary")
    body = {"company": meeting.company.uid, "name": "x" * 1000}
    assert post(client, "assembly.company.change", body, header).status_code in {200, 422}


@pytest.mark.parametrize("uid", ["a%00b", "%ED%A0%80", "..%2F", "é"])
def test_an_address_that_names_nothing_finds_nothing(client, meeting, uid):
    _, header = bearer("assembly.secretary")
    assert client.get(f"/api/objects/assembly.meeting/{uid}", **header).status_code == 404


def test_a_document_and_the_evidence_of_an_object_are_taken_away(client, meeting):
    _, header = bearer("assembly.secretary")
    _, other = bearer("assembly.secretary", "/companies/other/", "other@example.test")
    uid = post(client, "assembly.paper-form.issue", {"meeting": meeting.uid}, header).json()["result"]["uid"]
    for path, starts in (
        (f"kernel.document/{uid}/document.pdf", b"%PDF-"),
        (f"kernel.document/{uid}/bundle.asice", b"PK"),
        (f"assembly.meeting/{meeting.uid}/bundle.asice", b"PK"),
    ):
        answer = client.get(f"/api/objects/{path}", **header)
        assert (answer.status_code, answer.content[: len(starts)]) == (200, starts)
        assert starts != b"PK" or verify(answer.content).ok
        assert client.get(f"/api/objects/{path}", **other).status_code == 404
        assert client.get(f"/api/objects/{path}").status_code == 401
    assert client.get(f"/api/objects/moon.base/{uid}/bundle.asice", **header).status_code == 404
    assert client.get(f"/api/objects/kernel.document/{meeting.uid}/document.pdf", **header).status_code == 404
    assert list(Reading.objects.order_by("pk").values_list("obj", "what")) == [
        (uid, "document"),
        (uid, "bundle"),
        (meeting.uid, "bundle"),
    ]


def test_votes_are_not_sent_through_the_api(client, meeting):
    _, header = bearer("assembly.secretary")
    assert post(client, "assembly.form.receive", {}, header).status_code == 403


def test_openapi_offers_every_act_that_may_be(client, log):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert "/api/acts/assembly.meeting.convene" in paths
    assert not any("kernel.login" in path or "form.receive" in path for path in paths)
