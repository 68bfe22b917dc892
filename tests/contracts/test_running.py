"""A contract that runs: events of the software and what they make due, the plan to leave, the supplier's file, its terms."""

from datetime import date, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts
from opposable.kernel.models import Duty
from opposable.kernel.system import law
from opposable.law import Refused, local_day
from opposable.systems.contracts import acts
from opposable.systems.contracts.models import Contract, Party
from opposable.systems.contracts.rules import terms
from opposable.systems.contracts.views.search import named
from opposable.systems.isms import acts as isms
from tests.contracts.story import SYSTEM, TODAY, approved, draft, people
from tests.contracts.test_pages import at
from tests.isms.story import found, person, risk

__all__ = ["at", "people"]
ERP = {"starts_on": date(2024, 1, 1), "months": 60, "renewal_months": 12, "notice_months": 6}


@pytest.fixture
def erp(people):
    """An ERP signed long ago, with its guarantee of evolution."""
    version = draft(people, ref="ERP-OLD", **ERP)
    acts.adopt(people["director"].actor, version=version, signed_on=date(2023, 12, 20), original="coffre")
    return version.contract


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return refused.value.code


def owed(row, act):
    found = Duty.objects.filter(obj=row.uid, act=act, closed_at=None).first()
    return local_day(found.due_at) if found else None


# ---------------------------------------------------------------- events


@pytest.mark.parametrize(
    ("kind", "on", "by"),
    [
        # thirty days after it is known
        ("version-published", date(2026, 11, 1), TODAY + timedelta(days=30)),
        ("function-withdrawn", date(2027, 3, 1), date(2027, 3, 31)),
        # six months before support ends, when that is later
        ("end-of-support", date(2027, 12, 31), date(2027, 6, 30)),
        ("end-of-support", date(2028, 2, 29), date(2027, 8, 29)),
        # or thirty days; or the last day of support
        ("end-of-support", date(2027, 1, 15), TODAY + timedelta(days=30)),
        ("end-of-support", date(2026, 12, 1), date(2026, 12, 1)),
        # it had ended before anybody knew
        ("end-of-support", date(2026, 6, 1), TODAY + timedelta(days=30)),
    ],
)
def test_an_event_makes_an_answer_due_with_its_rule_and_its_arithmetic(people, erp, kind, on, by):
    made = acts.record_event(people["manager"].actor, contract=erp, kind=kind, what="V10", on=on).result
    assert made.verdict == terms.TESTED
    assert owed(made, "contracts.event.answer") == by
    duty = Duty.objects.get(obj=made.uid)
    assert duty.rule == "contracts.guarantee.answer"
    assert duty.trace


def test_an_event_that_keeps_the_guarantee_makes_nothing_due_and_an_answer_closes(people, erp):
    manager = people["manager"].actor
    kept = acts.record_event(
        manager, contract=erp, kind="version-published", what="V9", on=TODAY, delivered_on=TODAY
    ).result
    after = acts.record_event(manager, contract=erp, kind="end-of-support", what="V9", on=date(2031, 1, 1)).result
    assert [kept.verdict, after.verdict] == [terms.KEPT, terms.KEPT]
    assert not Duty.objects.filter(act="contracts.event.answer").exists()
    made = acts.record_event(manager, contract=erp, kind="version-published", what="V10", on=TODAY).result
    answered = {"event": made, "answer": "Livraison demandée", "answered_on": TODAY}
    assert code_of(acts.answer_event, manager, **{**answered, "answer": " "}) == "event.answer"
    assert (
        code_of(acts.answer_event, manager, **{**answered, "answered_on": TODAY + timedelta(days=1)}) == "event.answer"
    )
    before = made.state()
    assert "answer" not in before
    acts.answer_event(manager, **answered, delivered_on=TODAY)
    made.refresh_from_db()
    assert made.verdict == terms.KEPT
    assert made.state()["answer"] == "Livraison demandée"
    assert owed(made, "contracts.event.answer") is None
    assert code_of(acts.answer_event, manager, **answered) == "event.closed"


def test_without_a_guarantee_the_event_asks_for_an_amendment(people):
    version = draft(people, ref="BARE", without=["evolution"], **ERP)
    acts.adopt(people["director"].actor, version=version, signed_on=date(2023, 12, 20), original="coffre")
    made = acts.record_event(
        people["manager"].actor, contract=version.contract, kind="end-of-support", what="V8", on=date(2027, 12, 31)
    ).result
    assert made.verdict == terms.BROKEN
    assert "avenant" in Duty.objects.get(obj=made.uid).title_fr


def test_an_answer_is_never_due_before_the_event_is_known_nor_after_support_when_it_can_be_helped():
    rule = law().at("contracts.guarantee.answer", TODAY)
    for kind in terms.EVENTS:
        for shift in range(-500, 900, 7):
            on = TODAY + timedelta(days=shift)
            by, trace = terms.claim_by(terms.Event(kind, on), TODAY, rule)
            assert by >= TODAY
            assert trace
            if kind == "end-of-support" and on > TODAY:
                assert by <= on


def test_events_are_answered_by_page(people, erp, at):
    manager, address = at("manager"), f"/contracts/{erp.uid}/"
    sent = {"event": "1", "kind": "version-published", "what": "V10", "on": "2026-11-01"}
    assert manager.post(address, sent).status_code == 303
    assert "V10" in manager.get("/duties/").content.decode()
    event = erp.events.get()
    wrong = manager.post(address, {"answer_event": event.uid, "answer": "", "answered_on": "2026-11-24"})
    assert wrong.status_code == 422
    assert manager.post(address, {"answer_event": "0" * 32, "answer": "x"}).status_code == 404
    right = {"answer_event": event.uid, "answer": "Demandée", "answered_on": "2026-11-24"}
    assert manager.post(address, right).status_code == 303
    assert "Demandée" in manager.get(address).content.decode()


# ---------------------------------------------------------------- leaving


def test_the_plan_to_leave_is_set_tried_and_tried_again(people, erp, at):
    manager, address = at("manager"), f"/contracts/{erp.uid}/leaving/"
    assert "pas de plan" in manager.get(address).content.decode()
    plan = {
        "plan": "1",
        "returned": "Écritures <tout>",
        "data_format": "CSV documenté",
        "assistance": "",
        "test_on": "2027-03-01",
    }
    wrong = manager.post(address, plan)
    assert wrong.status_code == 422
    assert "Écritures &lt;tout&gt;" in wrong.content.decode()
    assert manager.post(address, plan | {"assistance": "six mois"}).status_code == 303
    assert owed(erp, "contracts.reversibility.try") == date(2027, 3, 1)
    trial = {"trial": "1", "trial-tried_on": "2026-11-20", "trial-worked": "no", "trial-found": "Index perdus"}
    assert manager.post(address, trial).status_code == 422
    assert manager.post(address, trial | {"trial-next_on": "2026-11-20"}).status_code == 422
    assert manager.post(address, trial | {"trial-next_on": "2027-01-10"}).status_code == 303
    assert owed(erp, "contracts.reversibility.try") == date(2027, 1, 10)
    page = manager.get(address).content.decode()
    assert "le dernier essai a échoué" in page
    assert "Index perdus" in page
    assert "restitue les données dans un format ouvert" in page
    assert manager.post(address, trial | {"trial-worked": "yes", "trial-found": "Tout revient"}).status_code == 303
    assert owed(erp, "contracts.reversibility.try") is None
    # revising the plan keeps the trials
    assert manager.post(address, plan | {"assistance": "un an"}).status_code == 303
    erp.refresh_from_db()
    assert [one["worked"] for one in erp.reversibility["trials"]] == [False, True]


def test_a_plan_is_needed_before_a_trial_and_a_reader_only_reads(people, erp, at):
    tried = {"contract": erp, "tried_on": TODAY, "worked": True, "found": "ok"}
    assert code_of(acts.try_reversibility, people["manager"].actor, **tried) == "plan.none"
    address = f"/contracts/{erp.uid}/leaving/"
    assert at("reader").get(address).status_code == 200
    assert "<textarea" not in at("reader").get(address).content.decode()
    at("reader").post(
        address, {"plan": "1", "returned": "x", "data_format": "x", "assistance": "x", "test_on": "2027-01-01"}
    )
    assert Contract.objects.get(pk=erp.pk).reversibility == {}
    assert at("stranger").get(address).status_code == 404


# ---------------------------------------------------------------- the supplier's file, and the terms of a draft


def test_a_supplier_is_linked_both_ways_to_risks_and_controls(people, erp, at):
    party = erp.party
    address = f"/contracts/parties/{party.uid}/"
    manager = at("manager")
    assert "ERP-OLD" in manager.get(address).content.decode()
    sent = {"email": "e@elsewhere.example", "critical": "on", "controls": "A.5.19, A.5.20 A.5.19", "risks": "R12"}
    assert manager.post(address, sent).status_code == 303
    party.refresh_from_db()
    assert (party.controls, party.risks, party.critical) == (["A.5.19", "A.5.20"], ["R12"], True)
    reader = people["reader"].actor
    assert [hit.label for hit in named(reader, ["A.5.20"])] == [party.name]
    assert [hit.label for hit in named(reader, ["R12", "R13"])] == [party.name]
    assert not list(named(reader, ["R1", "A.5.2", '"', "%"]))
    assert not list(named(people["stranger"].actor, ["R12"]))
    assert party.name in manager.get("/contracts/parties/?critical=1").content.decode()
    assert manager.post(address, sent | {"risks": "R" * 50}).status_code == 422
    assert at("stranger").get(address).status_code == 404
    assert Client().get(address).status_code in (302, 404)


def test_the_risk_shows_the_supplier_and_the_supplier_the_risk(people, erp):
    scope, campaign = found()
    scenario = risk(campaign, "Arrêt de l’infogérant", cites=("5.19",))
    control = isms.add_control(
        SYSTEM, scope=scope, ref="M-7", title="Suivi des fournisseurs", status="implemented", owner="Léa", requirements_met=["5.19"]
    ).result  # fmt: skip
    given = {"registration": "", "address": "", "email": "", "critical": True}
    acts.change_party(
        people["manager"].actor, party=erp.party, **given, controls=["A.5.19", "M-7"], risks=[f"R{scenario.number}"]
    )
    officer = person("Léa Morel", "officer")
    accounts.give(SYSTEM, account=officer, role="contracts.reader", cell=accounts.root())
    both = Client()
    both.force_login(officer)
    file = both.get(erp.party.get_absolute_url()).content.decode()
    for row in (scenario, control):
        assert f'href="{row.get_absolute_url()}"' in file
        assert erp.party.get_absolute_url() in both.get(row.get_absolute_url()).content.decode()
    # who may not read the risks sees their numbers and no more
    manager = Client()
    manager.force_login(people["manager"])
    alone = manager.get(erp.party.get_absolute_url()).content.decode()
    assert scenario.title not in alone
    assert "vous ne pouvez pas le lire" in alone


def test_the_terms_of_a_draft_change_by_page_and_what_was_approved_does_not_stand(people, at):
    version = approved(people)
    contract, manager = version.contract, at("manager")
    address = f"/contracts/{contract.uid}/terms/"
    page = manager.get(address)
    assert "tout redemander" in page.content.decode()
    assert 'value="2027-01-01"' in page.content.decode()
    sent = {
        "title": "Progiciel", "amount": "50000", "starts_on": "2027-02-29", "months": "36", "renewal_months": "12",
        "notice_months": "3", "notice_days": "0", "flags": ["personal_data"],
    }  # fmt: skip
    wrong = manager.post(address, sent)
    assert wrong.status_code == 422
    assert "2027-02-29" in wrong.content.decode()
    assert manager.post(address, sent | {"starts_on": "2027-02-28"}).status_code == 302
    contract.refresh_from_db()
    assert (contract.amount_cents, contract.flags) == (5_000_000, {"personal_data": True})
    assert code_of(acts.release, people["manager"].actor, version=version) == "approval.stale"
    assert at("reader").get(address).status_code == 404


def test_a_party_keeps_its_name(people, erp):
    given = {"registration": "", "address": "", "email": "", "critical": False, "controls": [], "risks": []}
    acts.change_party(people["manager"].actor, party=erp.party, **given)
    assert Party.objects.get(pk=erp.party.pk).name == "Éditeur ERP-OLD"
    assert code_of(acts.change_party, people["reader"].actor, party=erp.party, **given)


def test_a_list_of_contracts_costs_the_same_for_two_and_for_twenty(people, at, django_assert_max_num_queries):
    manager = at("manager")
    for number in range(12):
        draft(people, ref=f"C-{number:02}")
    with django_assert_max_num_queries(12):
        page = manager.get("/contracts/").content.decode()
    assert page.count("brouillon") >= 12
    exported = manager.get("/contracts/?format=csv")
    body = (exported.getvalue() if exported.streaming else exported.content).decode()
    assert body.count("C-") >= 12


def test_the_page_of_a_clause_shows_what_may_be_conceded(people, at):
    version = draft(people, ref="BACK")
    manager = at("manager")
    assert (
        "préavis de deux ans de toute fin de support"
        in manager.get(f"/contracts/{version.uid}/clauses/4/").content.decode()
    )
    assert "Positions de repli" not in manager.get(f"/contracts/{version.uid}/clauses/1/").content.decode()
    assert "Positions de repli" not in manager.get(f"/contracts/{version.uid}/clauses/new/").content.decode()
