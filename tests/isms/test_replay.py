"""Evidence judged again: figures follow from the log and not from what the file says of them; what is left out is found."""

import json
from datetime import date, timedelta

import pytest

from opposable.kernel import accounts, anchors, approvals, clock, controlled, decisions
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.exchange import replay
from opposable.systems.isms.exchange.fault import ReplayFault
from tests.isms.story import CONSOLE, NOW, found, person

pytestmark = pytest.mark.django_db
STAMPED = ("EV-05", "EV-06", "EV-07")


@pytest.fixture
def told(log):
    """Acts of three days ago under a token, a leaver whose grant ended, one whose grant did not; evidence of today."""
    with clock.frozen(NOW - timedelta(days=3)):
        scope, _ = found()
        first, second = person("Léa Morel", "officer"), person("Paul Petit", "reader")
        log.seal_once()
        anchors.anchor()
    with clock.frozen(NOW - timedelta(hours=2)):
        acts.report_leaver(CONSOLE, scope=scope, email=first.email)
        accounts.end(CONSOLE, grant=first.grants.get())
        log.seal_once()
    with clock.frozen(NOW):
        yield scope, second


def collected(log, scope, *rules):
    log.seal_once()
    items = acts.collect(CONSOLE, scope=scope, rules=list(rules) or None).result
    return {item.rule: item for item in items}


def the_log(settings):
    folder = settings.HOME / "log"
    return replay.entries_of_log(folder), folder / "tokens"


def test_every_rule_is_judged_again_from_the_log_alone(told, log, settings):
    scope, _ = told
    items = collected(log, scope)
    log.seal_once()
    assert {code: items[code].verdict for code in ("EV-02", "EV-03", *STAMPED)} == {
        "EV-02": "fail", "EV-03": "pass", "EV-05": "pass", "EV-06": "no-data", "EV-07": "pass",
    }  # fmt: skip
    for code, item in items.items():
        data = json.loads(replay.export(item))
        again = replay.judge_again(json.dumps(data).encode(), *the_log(settings))
        assert again.same, (code, again)
        assert bool(again.counted) is (code in ("EV-04", "EV-09"))
        assert again.blank == 0
        kept = {name: value for name, value in item.figures.items() if name in again.counted}
        lying = {**data, "sealed": None, "state": {**data["state"], "figures": kept}}
        assert replay.judge_again(json.dumps(lying).encode(), *the_log(settings)).same, code
        with pytest.raises(ReplayFault, match="state that the log sealed"):
            replay.judge_again(json.dumps({**lying, "sealed": data["sealed"]}).encode())


def test_a_right_left_open_is_found_and_the_list_cannot_be_changed(told, log, settings):
    scope, second = told
    acts.report_leaver(CONSOLE, scope=scope, email=second.email)
    item = collected(log, scope, "EV-03")["EV-03"]
    log.seal_once()
    assert item.verdict == "fail"
    data = json.loads(replay.export(item))
    assert replay.judge_again(json.dumps(data).encode(), *the_log(settings)).same
    index = list(data["parts"])[-1]
    hidden = {**data, "parts": {key: text for key, text in data["parts"].items() if key != index}}
    assert replay.judge_again(json.dumps(hidden).encode()).found.name == "no-data"
    shorter = json.loads(data["parts"][index])
    shorter["data"]["grants"] = []
    with pytest.raises(ReplayFault, match="not its own"):
        replay.judge_again(json.dumps({**data, "parts": {index: json.dumps(shorter)}}).encode())


def test_acts_under_no_token_fail_and_a_token_left_out_is_missed(told, log, settings):
    scope, _ = told
    with clock.frozen(NOW + timedelta(days=2)):
        bare = collected(log, scope, *STAMPED)
        assert bare["EV-05"].verdict == "fail"
        log.seal_once()
        data = json.loads(replay.export(bare["EV-05"]))
        assert replay.judge_again(json.dumps(data).encode(), *the_log(settings)).same
        without = json.dumps({**data, "tokens": []}).encode()
        with pytest.raises(ReplayFault, match="missing"):
            replay.judge_again(without, *the_log(settings))
        swapped = [[data["tokens"][0][0] + "x", data["tokens"][0][1]]]
        with pytest.raises(ReplayFault):
            replay.judge_again(json.dumps({**data, "tokens": swapped}).encode())
        anchors.anchor()
        assert collected(log, scope, "EV-05")["EV-05"].verdict == "pass"


@pytest.mark.parametrize(
    "wrong", [{"tokens": [["", ""]]}, {"headers": [[0, "x"]]}, {"state": {"rule": "EV-05"}}, {"parts": {"x": "y"}}]
)
def test_a_damaged_file_is_said_to_be(told, log, wrong):
    scope, _ = told
    code = "EV-03" if "parts" in wrong else "EV-05"
    data = json.loads(replay.export(collected(log, scope, code)[code]))
    with pytest.raises(ReplayFault):
        replay.judge_again(json.dumps({**data, **wrong}).encode())


def test_a_file_nested_without_end_is_damaged():
    with pytest.raises(ReplayFault):
        replay.judge_again(b"[" * 100_000)


def test_the_command_names_what_it_takes_on_trust(told, log, tmp_path, settings, capsys):
    scope, _ = told
    collected(log, scope)
    log.seal_once()
    for code, words in (("EV-09", "sealed with it (act "), ("EV-05", "THE SAME")):
        path = tmp_path / f"{code}.json"
        assert run(["evidence-file", code, "--out", str(path)]) == 0
        assert run(["replay", str(path), "--log", str(settings.HOME / "log")]) == 0
        assert words in capsys.readouterr().out


FLOW = {
    "key": "tests.policy",
    "title": {"fr": "Politique", "en": "Policy"},
    "steps": [{"id": "chief", "title": {"fr": "Avis", "en": "Opinion"}, "roles": ["isms.management"], "days": 5}],
}


def policy(chief, days):
    """A policy in force, that the management is to accept within so many days."""
    approvals.publish(CONSOLE, data=FLOW, since=date(2026, 1, 1))
    made = {"key": "pssi", "kind": "policy", "title": "Politique", "body": "Fermer à clé.", "flow": FLOW["key"]}
    version = controlled.create(CONSOLE, **made, audience=["isms.management"], accept_days=days).result
    controlled.submit(CONSOLE, version=version)
    case = approvals.last_case(version, FLOW["key"])
    approvals.give(chief.actor, case=case, step="chief", approves=True, seen=case.sha256)
    version.refresh_from_db()
    return controlled.publish(CONSOLE, version=version).result


def test_what_was_asked_and_not_accepted_is_found_in_the_log(told, log, settings):
    """EV-08: late, then given, then no more in force; each verdict from headers and the list of who was asked."""
    scope, _ = told
    verdicts, chief = [], person("Adèle Garnier", "management")
    for days in (0, 2, 3):
        with clock.frozen(NOW + timedelta(days=days)):
            if days == 0:
                version = policy(chief, 1)
            elif days == 3:
                controlled.accept(chief.actor, version=version, seen=decisions.state_digest(version))
            item = collected(log, scope, "EV-08")["EV-08"]
            log.seal_once()
            verdicts.append(item.verdict)
            data = json.loads(replay.export(item))
            again = replay.judge_again(json.dumps(data).encode(), *the_log(settings))
            assert again.same
            assert not again.counted
    assert verdicts == ["pass", "fail", "pass"]
    hidden = replay.judge_again(json.dumps({**data, "parts": {}}).encode())
    assert hidden.found.name == "no-data"
    with clock.frozen(NOW + timedelta(days=4)):
        controlled.withdraw(CONSOLE, version=version)
        assert collected(log, scope, "EV-08")["EV-08"].verdict == "no-data"


def test_a_supplier_withdrawn_covers_no_other(told, log, settings):
    """EV-09: the suppliers are those of the day, sealed with the evidence; nobody can leave one out afterwards."""
    scope, _ = told
    gone, stays = (
        acts.add_asset(CONSOLE, scope=scope, name=name, kind="supplier").result for name in ("Ancien", "Nuage & Cie")
    )
    acts.confirm_clause(CONSOLE, asset=gone, what="Article 12.")
    same = {"kind": "supplier", "owner": "", "confidentiality": 0, "integrity": 0, "availability": 0, "depends_on": []}
    acts.change_asset(CONSOLE, asset=gone, name="Ancien", **same, withdrawn=True)
    item = collected(log, scope, "EV-09")["EV-09"]
    log.seal_once()
    assert (item.verdict, item.figures["listed"]) == ("fail", [stays.uid])
    data = json.loads(replay.export(item))
    assert replay.judge_again(json.dumps(data).encode(), *the_log(settings)).sealed == item.last
    data["state"]["figures"]["listed"] = []
    with pytest.raises(ReplayFault, match="state that the log sealed"):
        replay.judge_again(json.dumps(data).encode())
    acts.confirm_clause(CONSOLE, asset=stays, what="Article 9.")
    assert collected(log, scope, "EV-09")["EV-09"].verdict == "pass"
