"""From an empty scope to a published statement, and what is refused on the way."""

from datetime import date, timedelta

import pytest

from opposable.kernel import clock, decisions
from opposable.kernel.models import Duty
from opposable.law import Refused
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import facts_of
from opposable.systems.isms.models import Asset, Soa
from opposable.systems.isms.rules import consistency
from tests.isms.story import CONSOLE, FORMULA, NOW, decide_all, found, person, risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def arsenal(log):
    with clock.frozen(NOW):
        yield found()


def refused(call, code):
    with pytest.raises(Refused) as why:
        call()
    assert why.value.code == code
    assert why.value.receipt.outcome == "refused"
    return why.value


def test_a_circle_of_assets_is_refused_and_spelt_out(arsenal):
    scope, _ = arsenal
    room = acts.add_asset(CONSOLE, scope=scope, name="Salle", kind="site").result
    server = acts.add_asset(CONSOLE, scope=scope, name="Serveur", kind="hardware", depends_on=[room.uid]).result
    why = refused(
        lambda: acts.change_asset(
            CONSOLE, asset=room, name="Salle", kind="site", owner="", confidentiality=0, integrity=0, availability=0,
            depends_on=[server.uid],
        ),
        "asset.circle",
    )  # fmt: skip
    assert "Salle → Serveur → Salle" in why.reason.fr
    assert Asset.objects.get(uid=room.uid).depends_on == []


def test_a_method_that_served_stays_and_a_new_one_opens_a_new_campaign(arsenal):
    scope, campaign = arsenal
    scenario = risk(campaign)
    assert scenario.current == 3
    second = acts.add_method(CONSOLE, scope=scope, name="Formule", data=FORMULA).result
    assert second.version == 2
    refused(lambda: acts.open_campaign(CONSOLE, method=second, name="2027"), "campaign.open")
    acts.close_campaign(CONSOLE, campaign=campaign)
    refused(
        lambda: acts.rate_scenario(
            CONSOLE, scenario=scenario, kind="current", values={"likelihood": 1, "impact": 1}, reason="x"
        ),
        "campaign.closed",
    )
    after = acts.open_campaign(CONSOLE, method=second, name="2027").result
    assert after.scenarios.count() == 0
    assert campaign.scenarios.get().current == 3


def test_ratings_stay_beside_each_other(arsenal):
    _, campaign = arsenal
    scenario = risk(campaign)
    acts.rate_scenario(
        CONSOLE, scenario=scenario, kind="residual", values={"likelihood": 1, "impact": 3}, reason="Disques chiffrés"
    )
    assert [row.kind for row in scenario.ratings.order_by("pk")] == ["current", "residual"]
    assert (scenario.current, scenario.residual, scenario.now, scenario.level) == (3, 2, 2, 2)
    refused(
        lambda: acts.rate_scenario(
            CONSOLE, scenario=scenario, kind="current", values={"likelihood": 5, "impact": 1}, reason="x"
        ),
        "rating.scale",
    )
    refused(
        lambda: acts.rate_scenario(
            CONSOLE,
            scenario=scenario,
            kind="current",
            values={"likelihood": 1, "impact": 1},
            reason="x",
            on=date(2027, 1, 1),
        ),
        "rating.future",
    )
    refused(
        lambda: acts.treat_scenario(
            CONSOLE, scenario=scenario, option="modify", plan="x", cites=["A.9.9.9"], controls=[]
        ),
        "requirement.unknown",
    )


def test_an_action_is_a_duty_until_it_is_done(arsenal):
    _, campaign = arsenal
    action = acts.add_action(
        CONSOLE, scenario=risk(campaign), title="Chiffrer", owner="Léa", due_on=date(2026, 12, 1), cost_cents=120_000
    ).result
    assert Duty.objects.get(obj=action.uid, closed_at=None).due_at.date() == date(2026, 12, 1)
    acts.advance_action(CONSOLE, action=action, status="done", progress=10)
    assert (action.progress, action.done_on) == (100, NOW.date())
    assert not Duty.objects.filter(obj=action.uid, closed_at=None).exists()


def test_a_draft_has_a_line_for_each_identifier_and_only_one_draft_lives(arsenal):
    scope, _ = arsenal
    soa = acts.draft_statement(CONSOLE, scope=scope).result
    assert soa.lines.count() == 93
    refused(lambda: acts.draft_statement(CONSOLE, scope=scope), "soa.draft")
    acts.decide_lines(
        CONSOLE, soa=soa, requirements=["7.4"], applicable=False, reasons=["BP"], justification="Locaux du bailleur",
        status="", owner="",
    )  # fmt: skip
    line = soa.lines.get(requirement="7.4")
    assert (line.reasons, line.status) == ([], "not-applicable")
    assert len(consistency.report(facts_of(soa, NOW), gate_only=True)) == 92
    decide_all(soa)
    assert consistency.report(facts_of(soa, NOW), gate_only=True) == []
    acts.drop_statement(CONSOLE, soa=soa)
    refused(lambda: decide_all(soa), "soa.published")


def test_lines_of_2005_are_carried_to_2022_to_be_decided_again(arsenal):
    scope, _ = found("vieux", "iso27001-2005")
    soa = acts.draft_statement(CONSOLE, scope=scope).result
    assert soa.lines.count() == 133
    decide_all(soa)
    Soa.objects.filter(pk=soa.pk)
    assert consistency.report(facts_of(soa, NOW), gate_only=True) == []


def test_evidence_is_collected_rule_by_rule_and_says_no_data(arsenal, log):
    scope, _ = arsenal
    log.seal_once()
    items = acts.collect(CONSOLE, scope=scope).result
    assert {item.rule: item.verdict for item in items}["EV-01"] == "no-data"
    acts.restore_succeeded(CONSOLE, scope=scope, what="Sauvegarde du 25, lue en entier")
    log.seal_once()
    with clock.frozen(NOW + timedelta(days=1)):
        (item,) = acts.collect(CONSOLE, scope=scope, rules=["EV-01"]).result
    assert item.verdict == "pass"
    assert item.first <= item.cited[0] < item.last


def test_an_audit_from_sample_to_effect(arsenal, log):
    scope, _ = arsenal
    for n in range(8):
        acts.add_control(
            CONSOLE,
            scope=scope,
            ref=f"M{n}",
            title=f"Mesure {n}",
            status="implemented",
            owner="Léa Morel",
            requirements_met=["5.18"],
        )
    programme = acts.add_programme(
        CONSOLE, scope=scope, name="2026-2028", since=date(2026, 1, 1), until=date(2029, 1, 1)
    ).result
    population = [f"M{n}" for n in range(8)]
    plan = {
        "programme": programme,
        "title": "Droits",
        "subjects": ["5.18"],
        "planned_on": date(2026, 12, 10),
        "population": population,
        "size": 3,
    }
    refused(lambda: acts.plan_audit(CONSOLE, auditor="Léa Morel", **plan), "audit.partial")
    audit = acts.plan_audit(CONSOLE, auditor="Odile Faure", **plan).result
    assert len(audit.sample) == 3
    finding = acts.record_finding(
        CONSOLE, audit=audit, grade="NCm", text="Deux droits sans revue", requirement="5.18"
    ).result
    refused(lambda: acts.close_finding(CONSOLE, finding=finding), "finding.open")
    action = acts.correct(
        CONSOLE, finding=finding, cause="Pas de date", action="Revue en mars", owner="Léa", due_on=date(2026, 12, 20)
    ).result
    acts.correction_done(CONSOLE, action=action)
    refused(lambda: acts.check_effect(CONSOLE, action=action, effective=True, observed="Vu"), "effect.same-person")


def test_the_review_begins_with_what_the_register_knows(arsenal):
    scope, campaign = arsenal
    risk(campaign)
    objective = acts.set_objective(
        CONSOLE, scope=scope, title="Fermer vite les comptes", indicator="Délai de fermeture", unit="jours", target=2,
        at_least=False, owner="Léa", due_on=date(2027, 6, 30),
    ).result  # fmt: skip
    acts.measure(CONSOLE, objective=objective, value=3, source="journal")
    review = acts.hold_review(
        CONSOLE, scope=scope, present="Direction", decisions="Continuer", next_on=date(2027, 11, 1)
    ).result
    said = {name.fr: text for name, text, _ in review.told}
    assert "3 jours" in said["Objectifs"].fr
    assert said["Risques et plan de traitement"].en.startswith("risks: 1; over the threshold: 1")


def test_each_duty_says_where_it_is_done_and_by_which_rule(log):
    with clock.frozen(NOW):
        boss = person("Hélène Simon", "management").actor
        scope, campaign = found()
        scenario = risk(campaign)
        acts.add_action(CONSOLE, scenario=scenario, title="Chiffrer", owner="Léa", due_on=date(2026, 12, 1))
        acts.accept_risk(boss, scenario=scenario, text="Oui", seen=decisions.state_digest(scenario))
        programme = acts.add_programme(
            CONSOLE, scope=scope, name="P", since=date(2026, 1, 1), until=date(2029, 1, 1)
        ).result
        audit = acts.plan_audit(
            CONSOLE,
            programme=programme,
            title="A",
            subjects=["9"],
            auditor="Odile",
            planned_on=NOW.date(),
            population=[],
            size=0,
        ).result
        finding = acts.record_finding(CONSOLE, audit=audit, grade="NCM", text="Un écart", requirement="9").result
        for _ in range(2):
            last = acts.correct(
                CONSOLE, finding=finding, cause="c", action="a", owner="Léa", due_on=date(2026, 12, 24)
            ).result
        acts.correction_done(CONSOLE, action=last)
        acts.set_objective(
            CONSOLE, scope=scope, title="O", indicator="I", unit="j", target=2, owner="Léa", due_on=date(2027, 1, 1), at_least=False
        )  # fmt: skip
        acts.hold_review(boss, scope=scope, present="D", decisions="C", next_on=date(2027, 11, 1))
    open_ones = {one.act: one for one in Duty.objects.filter(closed_at=None)}
    assert set(open_ones) == {
        "isms.action.advance", "isms.audit.finish", "isms.corrective.finish", "isms.corrective.check", "isms.measure.take",
        "isms.review.hold", "kernel.decision.make",
    }  # fmt: skip
    for name, duty in open_ones.items():
        assert duty.link.startswith("/isms/arsenal/"), name
        assert duty.rule.startswith("isms."), name
        assert duty.rule_since, name
