"""Every page, for who may see it and for who may not; forms that refuse keep what was typed."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from opposable.kernel import accounts, clock, decisions
from opposable.kernel.testing import contract
from opposable.systems.isms import acts
from opposable.systems.isms.models import Scenario, Soa
from opposable.systems.isms.urls import urlpatterns
from tests.isms.story import CONSOLE, GRID, NOW, decide_all, found, person, risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(log):
    """A scope where everything has happened once; a client for management, one for the officer."""
    with clock.frozen(NOW):
        officer, boss = person("Léa Morel", "officer"), person("Hélène Simon", "management")
        scope, campaign = found()
        framework = acts.bring_framework(
            CONSOLE, ref="F", name="F", file_name="f", sha256="0" * 64, entries=[{"id": "1", "text": "x"}]
        ).result
        crossmap = acts.bring_map(
            CONSOLE, ref="M", name="M", source="a", target="b", file_name="m", sha256="0" * 64, rows=[["5.1", "1"]]
        ).result
        acts.know_threats(CONSOLE, entries=[{"code": "T1", "fr": "Vol", "en": "Theft"}], source="tests")
        acts.know_vulnerabilities(
            CONSOLE, entries=[{"code": "V1", "fr": "Disque en clair", "en": "Plain disk"}], source="tests"
        )
        asset = acts.add_asset(CONSOLE, scope=scope, name="Portables", kind="hardware", confidentiality=3).result
        acts.add_asset(CONSOLE, scope=scope, name="Hébergeur", kind="supplier", depends_on=[asset.uid])
        control = acts.add_control(
            officer.actor,
            scope=scope,
            ref="M-1",
            title="Chiffrement",
            status="implemented",
            owner="Léa",
            requirements_met=["8.24"],
        ).result
        scenario = risk(campaign, by=officer.actor, assets=[asset.uid])
        action = acts.add_action(
            CONSOLE, scenario=scenario, title="Chiffrer", owner="Léa", due_on=date(2026, 11, 1)
        ).result
        soa = acts.draft_statement(officer.actor, scope=scope).result
        decide_all(soa, by=officer.actor)
        programme = acts.add_programme(
            CONSOLE, scope=scope, name="2026-2028", since=date(2026, 1, 1), until=date(2029, 1, 1)
        ).result
        audit = acts.plan_audit(
            CONSOLE,
            programme=programme,
            title="Droits",
            subjects=["9"],
            auditor="Odile",
            planned_on=date(2026, 12, 1),
            population=["a", "b"],
            size=1,
        ).result
        finding = acts.record_finding(CONSOLE, audit=audit, grade="NCm", text="Un écart", requirement="9").result
        corrective = acts.correct(
            CONSOLE, finding=finding, cause="c", action="a", owner="Léa", due_on=date(2026, 12, 24)
        ).result
        objective = acts.set_objective(
            CONSOLE,
            scope=scope,
            title="Vite",
            indicator="Délai",
            unit="jours",
            target=2,
            owner="Léa",
            due_on=date(2027, 1, 1),
            at_least=False,
        ).result
        acts.measure(CONSOLE, objective=objective, value=3, source="journal")
        acts.measure(CONSOLE, objective=objective, value=1, source="journal")
        acts.hold_review(boss.actor, scope=scope, present="Direction", decisions="Continuer", next_on=date(2027, 11, 1))
        log.seal_once()
        acts.collect(CONSOLE, scope=scope)
        item = scope.evidence.first()
        imported = acts.import_risks(
            CONSOLE,
            campaign=campaign,
            file_name="r.csv",
            sha256="0" * 64,
            mapping=[],
            risks=[acts.importing.NewRisk("Panne")],
        ).result
        names = {
            "slug": scope.slug, "version": soa.version, "old": 1, "new": 1, "requirement": "8.24", "code": "EV-05", "what": "restore", "kind": "xlsx",
            "uid": {"asset": asset, "control": control, "risk": scenario, "action": action, "campaign": campaign, "programme": programme, "audit": audit,
                    "finding": finding, "corrective": corrective, "objective": objective, "replay": item, "import": imported,
                    "framework": framework, "map": crossmap},
        }  # fmt: skip
        yield scope, soa, scenario, names, officer, boss


def logged_in(account):
    client = Client()
    client.force_login(account)
    return client


OF = {
    "asset": "asset", "asset-edit": "asset", "control": "control", "control-edit": "control", "risk": "risk", "risk-edit": "risk", "risk-rate": "risk",
    "risk-treat": "risk", "risk-accept": "risk", "action-new": "risk", "audit-new": "programme", "finding": "finding", "correct": "finding",
    "judge": "corrective", "audit": "audit", "finding-new": "audit", "audit-finish": "audit", "measure-new": "objective", "replay": "replay",
    "framework": "framework", "map": "map",
}  # fmt: skip
POSTS = {
    "campaign-close",
    "action-done",
    "drop",
    "collect",
    "finding-close",
    "corrective-done",
    "import-undo",
    "framework-withdraw",
}


def addresses(names):
    for pattern in urlpatterns:
        given = re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern))
        if pattern.name in POSTS or "token" in given:
            continue
        values = {name: names[name] for name in given if name != "uid"}
        if "uid" in given:
            values["uid"] = names["uid"][OF[pattern.name]].uid
        yield pattern.name, reverse(f"isms:{pattern.name}", kwargs=values)


def test_every_page_opens_for_management_and_for_nobody_else(office):
    *_, names, _, boss = office
    client, stranger = (
        logged_in(boss),
        logged_in(accounts.open_account(CONSOLE, email="x@isms.example", name="X", password="x" * 20).result),
    )
    for name, address in addresses(names):
        answer = client.get(address)
        allowed = {200, 303} if name != "new-scope" else {200}
        assert answer.status_code in allowed, (name, answer.status_code)
        if "html" in answer.headers.get("Content-Type", ""):
            text = answer.content.decode()
            assert "{%" not in text, name
            assert "{&#x27;" not in text, name  # data that no filter turned into words
        assert stranger.get(address).status_code == 404, name
    for lang in ("en", "fr"):
        client.get(f"/?lang={lang}")
        assert client.get(reverse("isms:soa", args=["arsenal", 1])).status_code == 200
    assert "Security" in client.get("/isms/arsenal/scope/?lang=en", follow=True).content.decode()


def test_the_contract_of_every_system_is_kept(office):
    assert office
    assert contract("isms") == []


def test_a_form_that_is_refused_keeps_what_was_typed(office):
    *_, officer, _ = office
    client = logged_in(officer)
    bad = client.post(
        "/isms/arsenal/risks/new/", {"title": "Panne électrique", "assets": "Inconnu", "consequences": "Arrêt"}
    )
    assert bad.status_code == 422
    text = bad.content.decode()
    assert "Panne électrique" in text
    assert "Pas au registre : Inconnu" in text.replace("\u00a0", " ")
    good = client.post("/isms/arsenal/risks/new/", {"title": "Panne électrique", "assets": "portables"})
    assert good.status_code == 303
    assert Scenario.objects.get(title="Panne électrique").number == 3


def test_a_risk_is_accepted_on_the_state_that_was_read_and_goes_stale(office):
    _, _, scenario, _, officer, boss = office
    client = logged_in(boss)
    address = reverse("isms:risk-accept", args=["arsenal", scenario.uid])
    seen = decisions.state_digest(scenario)
    assert client.post(address, {"text": "J’accepte", "seen": "0" * 64}).status_code == 422
    own = logged_in(officer)
    assert own.get(address).status_code == 404
    assert client.post(address, {"text": "J’accepte", "seen": seen}).status_code == 303
    page = client.get(scenario.get_absolute_url()).content.decode()
    assert "valable" in page
    assert "Accepter le risque résiduel" in page
    scenario.refresh_from_db()
    acts.rate_scenario(
        officer.actor, scenario=scenario, kind="current", values={"likelihood": 3, "impact": 4}, reason="Un vol de plus"
    )
    page = client.get(scenario.get_absolute_url()).content.decode()
    assert "périmée" in page
    assert "Ce qui a changé depuis" in page
    assert "niveau actuel" in page


def test_from_draft_to_published_through_the_gate(office):
    _, soa, _, _, officer, boss = office
    edit = logged_in(officer)
    excluded = {"applicable": "no", "justification": "", "owner": ""}
    assert edit.post("/isms/arsenal/statements/1/lines/8.1/", excluded).status_code == 303
    client = logged_in(boss)
    assert "Publier la déclaration d’applicabilité" in client.get("/").content.decode()
    assert "Publier la déclaration d’applicabilité" not in edit.get("/").content.decode()
    gate = client.get("/isms/arsenal/statements/1/publish/").content.decode()
    assert "SOA-07" in gate
    assert "SOA-08" in gate
    forced = client.post("/isms/arsenal/statements/1/publish/", {"text": "Oui", "seen": decisions.state_digest(soa)})
    assert forced.status_code == 422
    assert soa.__class__.objects.get(pk=soa.pk).status == "draft"
    included = {
        "applicable": "yes",
        "reasons": ["RRA"],
        "justification": "Vols",
        "status": "partial",
        "owner": "Léa",
        "controls": "M-1",
    }
    assert edit.post("/isms/arsenal/statements/1/lines/8.1/", included).status_code == 303
    done = client.post(
        "/isms/arsenal/statements/1/publish/", {"text": "J’approuve", "seen": decisions.state_digest(soa)}
    )
    assert done.status_code == 303
    soa = Soa.objects.get(pk=soa.pk)
    assert soa.status == "published"
    assert edit.post("/isms/arsenal/statements/1/lines/8.1/", included).status_code == 422
    again = acts.draft_statement(officer.actor, scope=soa.scope).result
    assert again.lines.get(requirement="8.1").justification == "Vols"
    acts.decide_lines(
        officer.actor,
        soa=again,
        requirements=["7.4"],
        applicable=False,
        reasons=[],
        justification="Bailleur",
        status="",
        owner="",
    )
    page = client.get("/isms/arsenal/statements/1/to/2/").content.decode()
    assert "7.4" in page
    assert "Bailleur" in page
    assert decisions.standing(decisions.last_decision(soa, "isms.statement.publish")).valid


def test_several_lines_are_decided_at_once(office):
    _, soa, _, _, officer, _ = office
    client = logged_in(officer)
    page = client.get("/isms/arsenal/statements/1/lines/?line=5.1&line=5.2").content.decode()
    assert "Décider de 2 lignes" in page
    client.post(
        "/isms/arsenal/statements/1/lines/",
        {"line": ["5.1", "5.2"], "applicable": "no", "justification": "Hors périmètre"},
    )
    assert set(soa.lines.filter(applicable=False).values_list("requirement", flat=True)) == {"5.1", "5.2"}


def test_a_method_and_a_campaign_by_the_pages(office):
    scope, _, _, names, officer, _ = office
    client = logged_in(officer)
    assert (
        client.post(
            "/isms/arsenal/method/new/", {"name": "EBIOS", "preset": "grid-4", "valid_months": "6", "four_eyes": "on"}
        ).status_code
        == 303
    )
    assert scope.methods.get(version=2).data["valid_months"] == 6
    assert scope.methods.get(version=1).data == GRID
    client.post(f"/isms/arsenal/campaigns/{names['uid']['campaign'].uid}/close/")
    assert client.post("/isms/arsenal/campaigns/new/", {"name": "2027"}).status_code == 303
    assert scope.campaigns.count() == 2
