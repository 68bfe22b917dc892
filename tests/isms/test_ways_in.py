"""Deciding by API and by command line: as by page, on the exact state that was read, by a person, through the gate."""

import json
import re

import pytest

from opposable.kernel import accounts, clock, decisions
from opposable.kernel.acts import REGISTRY
from opposable.kernel.models import Decision
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.models import Scenario, Soa
from tests.isms.story import CONSOLE, NOW, decide_all, found, person, risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(log):
    with clock.frozen(NOW):
        boss = person("Hélène Simon", "management")
        scope, campaign = found()
        scenario = risk(campaign)
        soa = acts.draft_statement(CONSOLE, scope=scope).result
        yield boss, scope, scenario, soa


def api(client, account):
    _, text = accounts.issue_token(CONSOLE, account=account, label="tests").result
    header = {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    def post(act, **body):
        return client.post(f"/api/acts/{act}", json.dumps(body), content_type="application/json", **header)

    def digest(row):
        return client.get(f"/api/objects/{row.Evidence.kind}/{row.uid}", **header).json()["digest"]

    return post, digest


def test_every_act_is_offered():
    assert [name for name, kind in REGISTRY.items() if name.startswith("isms.") and not kind.api] == []


def test_the_api_accepts_and_publishes_what_was_read(client, office):
    boss, _, scenario, soa = office
    post, digest = api(client, boss)
    seen = digest(scenario)
    assert seen == decisions.state_digest(scenario)
    assert post("isms.risk.accept", scenario=scenario.uid, text="Oui", seen="").status_code == 409
    acts.rate_scenario(
        CONSOLE, scenario=Scenario.objects.get(), kind="current", values={"likelihood": 2, "impact": 3}, reason="Moins"
    )
    assert post("isms.risk.accept", scenario=scenario.uid, text="Oui", seen=seen).status_code == 409
    done = post("isms.risk.accept", scenario=scenario.uid, text="Oui", seen=digest(scenario))
    assert done.status_code == 200
    assert done.json()["index"] is not None
    closed = post("isms.statement.publish", soa=soa.uid, text="Oui", seen=digest(soa))
    assert closed.status_code == 409
    assert closed.json()["refusal"]["code"] == "soa.gate"
    decide_all(soa)
    assert post("isms.statement.publish", soa=soa.uid, text="Oui", seen=digest(soa)).status_code == 200
    assert Soa.objects.get().status == "published"


def test_the_api_imports_risks_and_refuses_what_a_file_could_not_say(client, office):
    boss, _, scenario, _ = office
    post, _ = api(client, boss)
    body = {"campaign": scenario.campaign.uid, "file_name": "r.json", "sha256": "0" * 64, "mapping": []}
    rated = {"title": "Feu", "option": "modify", "ratings": {"current": {"likelihood": 4, "impact": 4}}}
    assert post("isms.import.load", **body, risks=[rated]).status_code == 200
    assert Scenario.objects.get(title="Feu").current == 4
    for wrong in (
        {"option": "ignore"},
        {"owner": "x" * 121},
        {"threat": "T-99"},
        {"ratings": {"now": {}}},
        {"title": " "},
    ):
        assert post("isms.import.load", **body, risks=[{**rated, **wrong}]).status_code == 409, wrong
    assert post("isms.import.load", **body, risks=[{**rated, "surprise": 1}]).status_code in (200, 422)


def test_the_command_shows_first_and_decides_on_what_it_showed(office, capsys):
    boss, _, _, soa = office
    who = ["--as", boss.email]
    assert run(["accept", "1", *who]) == 0
    shown = capsys.readouterr().out
    assert "Vol d’un portable" in shown
    seen = re.search(r"--seen (\w{64})", shown)[1]
    assert Decision.objects.count() == 0
    assert run(["accept", "1", *who, "--seen", "0" * 64]) == 1
    assert run(["accept", "1", *who, "--seen", seen, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["act"] == "isms.risk.accept"
    assert run(["accept", "9", *who]) == 2
    assert run(["accept", "1", "--as", "nobody@isms.example"]) == 2
    assert run(["publish", *who]) == 0
    assert "gate" in capsys.readouterr().out
    assert run(["publish", *who, "--seen", decisions.state_digest(soa)]) == 1
    decide_all(soa)
    assert run(["publish", *who, "--seen", decisions.state_digest(soa), "--text", "J’approuve"]) == 0
    assert run(["publish", *who]) == 2


def test_the_command_decides_for_nobody_without_the_right(office, capsys):
    _, _, scenario, _ = office
    officer = person("Léa Morel", "officer")
    stranger = accounts.open_account(CONSOLE, email="paul@isms.example", name="Paul", password=None).result
    assert run(["accept", "1", "--as", officer.email, "--seen", decisions.state_digest(scenario)]) == 1
    assert run(["accept", "1", "--as", stranger.email]) == 2
