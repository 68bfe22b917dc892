"""The library that is shipped: a clause for each rule, covering each of its points; a draft has what its facts demand."""

from opposable.kernel.system import law
from opposable.systems.contracts.models import ClauseModel
from opposable.systems.contracts.rules import clauses
from opposable.systems.contracts.rules.points import POINTS
from tests.contracts.story import TODAY, draft, people

__all__ = ["people"]


def test_each_rule_has_a_clause_that_covers_every_point_of_it(people):
    rules = [law().at(one, TODAY) for one in law().ids() if one.startswith(clauses.PREFIX)]
    models = {one.mandatory_for: one for one in ClauseModel.objects.exclude(mandatory_for="")}
    assert {rule.id for rule in rules} == set(models)
    for rule in rules:
        assert set(models[rule.id].covers) == set(rule.param["points"]), rule.id
        assert set(rule.param["points"]) <= POINTS.keys()
        assert all(quote in models[rule.id].text for quote in models[rule.id].covers.values())


def gate(people, **more):
    version = draft(people, **more)
    decision = clauses.check(version.contract.facts(), version.text(), law(), TODAY)
    return [one["model"].partition("@")[0] for one in version.clauses], decision


def test_a_draft_takes_its_template_and_then_what_its_facts_demand(people):
    flags = {"personal_data": True, "ict": True, "financial": True, "critical": True}
    keys, decision = gate(people, ref="BANK", kind="cloud", flags=flags)
    assert keys[-2:] == ["dora", "dora-critique"]
    assert decision.value is False
    keys, _ = gate(people, ref="SHOP", kind="cloud", flags={"ict": True})
    assert "dora" not in keys
    assert gate(people, ref="STAFF", kind="non-compete")[0] == ["non-concurrence"]
    assert gate(people, ref="OTHER", kind="other", flags={"personal_data": True})[0] == ["donnees"]
    assert gate(people, ref="NONE", kind="other")[0] == []


def test_a_clause_left_out_on_purpose_stays_out(people):
    version = draft(people, ref="BARE", kind="cloud", flags={"ict": True, "financial": True}, without=["dora"])
    assert "dora@1" not in [one["model"] for one in version.clauses]
