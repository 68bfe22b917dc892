"""A flow as its steps and versions, and the form of the next one: running requests stay on theirs."""

from datetime import date

import pytest
from django.test import Client

from opposable.kernel import approvals, clock
from opposable.kernel.models import ApprovalFlow
from opposable.law import t
from tests.kernel.decided import cast, draw
from tests.web.test_approvals import at

__all__ = ["at", "cast"]
STEPS = [
    {"id": "law", "title": {"fr": "Juriste", "en": "Lawyer"}, "roles": ["kernel.lawyer"], "days": 3},
    {
        "id": "money",
        "title": {"fr": "Achats", "en": "Buying"},
        "roles": ["kernel.buyer"],
        "when": [{"fact": "amount_cents", "op": ">=", "value": 1000000}, {"fact": "kind", "op": "in", "value": ["a", "b"]}],
    },
    {"id": "chief", "title": {"fr": "Direction", "en": "Chief"}, "roles": ["kernel.chief"], "after": ["law", "money"], "quorum": 2},
]  # fmt: skip
FLOW = {"key": "kernel.hold", "title": {"fr": "Gel", "en": "Hold"}, "steps": STEPS}
NEXT = "/approvals/flows/kernel.hold/next/"


@pytest.fixture
def flow(cast):
    return approvals.publish(cast["admin"].actor, data=FLOW, since=date(2026, 1, 1)).result


def typed(page):
    """What a browser would send back of the form as it is shown."""
    sent = {name: value for name, value in page.context["form"].initial.items() if value is not False}
    for step in page.context["steps"]:
        sent |= {f"{step.prefix}-{name}": value for name, value in step.initial.items()}
        sent.setdefault(f"{step.prefix}-id", "")
    return sent


def test_a_flow_is_shown_by_ranks_with_its_versions_and_its_digest(flow, at):
    page = at("admin").get("/approvals/flows/kernel.hold/")
    text = page.content.decode()
    assert [[one[0].id for one in rank] for rank in page.context["rows"]] == [["law", "money"], ["chief"]]
    for said in ("côte à côte", "amount_cents ≥ 1000000", "kind ∈ a, b", "2 personnes", flow.sha256[:8], "en vigueur"):
        assert said in text
    assert "kernel.hold" in at("admin").get("/approvals/flows/").content.decode()
    assert "/approvals/flows/" in at("admin").get("/approvals/").content.decode()


def test_who_may_not_read_flows_finds_none(flow, at):
    for name in ("lawyer", "stranger"):
        for tail in ("kernel.hold/", "kernel.hold/next/", "new/"):
            assert at(name).get(f"/approvals/flows/{tail}").status_code == 404
        assert "kernel.hold" not in at(name).get("/approvals/flows/").content.decode()
    assert Client().get("/approvals/flows/kernel.hold/").status_code in (302, 404)


def test_publishing_the_form_as_it_stands_changes_nothing_but_the_version(flow, at):
    admin = at("admin")
    shown = admin.get(NEXT)
    assert f'value="{shown.context["form"].initial["since"].isoformat()}"' in shown.content.decode()
    assert admin.post(NEXT, typed(shown)).status_code == 303
    first, second = ApprovalFlow.objects.order_by("version")
    assert approvals.Flow.read(first.data) == approvals.Flow.read(second.data)
    assert first.until == second.since


def test_a_request_that_runs_stays_on_its_version(flow, cast, at):
    hold = draw(cast["clerk"].actor, reason="Litige").result
    case = approvals.submit(
        cast["clerk"].actor, row=hold, key="kernel.hold", text="Oui.", title=t("Gel", "Hold"), facts={"amount_cents": 1, "kind": "a"}
    ).result  # fmt: skip
    admin = at("admin")
    sent = typed(admin.get(NEXT)) | {"s0-id": ""}
    refused = admin.post(NEXT, sent)
    assert refused.status_code == 422
    assert "chief.after" in refused.content.decode()
    assert "amount_cents &gt;= 1000000" in refused.content.decode()
    assert admin.post(NEXT, sent | {"s2-after": "money"}).status_code == 303
    case.refresh_from_db()
    assert case.flow.version == 1
    assert [step.id for step in approvals.may_give(case, cast["lawyer"].actor, clock.now())] == ["law"]
    page = admin.get("/approvals/flows/kernel.hold/")
    assert [(one.version, one.running) for one in page.context["versions"]] == [(2, 0), (1, 1)]
    assert admin.get("/approvals/flows/kernel.hold/?v=1").context["row"].version == 1
    assert admin.get("/approvals/flows/kernel.hold/?v=9").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"s1-when": "amount_cents"}, "fait, comparaison, valeur"),
        ({"s1-when": "amount_cents >= beaucoup"}, "une valeur du genre comparé"),
        ({"since": "2020-01-01"}, "aujourd’hui ou plus tard"),
        ({"s0-roles": ["nobody.here"]}, "nobody.here"),
        ({"s0-fr": ""}, "un texte fr et un texte en"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(flow, at, wrong, said):
    admin = at("admin")
    answer = admin.post(NEXT, typed(admin.get(NEXT)) | {"fr": "Gel des dossiers"} | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Gel des dossiers" in answer.content.decode()
    assert ApprovalFlow.objects.count() == 1


def test_a_new_flow_is_published_from_nothing(cast, at):
    admin = at("admin")
    sent = typed(admin.get("/approvals/flows/new/")) | {
        "key": "kernel.policy", "fr": "Politique", "en": "Policy",
        "s0-id": "law", "s0-fr": "Avis", "s0-en": "Opinion", "s0-roles": ["kernel.lawyer"],
    }  # fmt: skip
    assert admin.post("/approvals/flows/new/", sent)["Location"] == "/approvals/flows/kernel.policy/"
    assert ApprovalFlow.objects.get().version == 1
