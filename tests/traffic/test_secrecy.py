"""Nobody outside the case finds a requisition: list, search, count, export, log, error text, proof pages, acts, duties, API."""

import pytest
from django.test import Client

from opposable.kernel import accounts, actors
from opposable.kernel.models import Act, Document, Leaf
from opposable.law import Refused
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.models import Answer, Query, Requisition
from tests.traffic import desk as office

SECRETS = ("PV 2026/4471", "Favre", "Tribunal judiciaire de Lyon", "cabinet 3")


@pytest.fixture
def desk(store):
    return office.people()


@pytest.fixture
def case(desk, caplog):
    """A case at its end, with a refusal or two on the way."""
    made = office.register(desk)
    with pytest.raises(Refused):
        acts.approve(desk.clerk.actor, requisition=made, about="")
    acts.qualify_requisition(desk.clerk.actor, requisition=made)
    office.approve(desk, made)
    office.extract(desk, made)
    make_answer(desk.clerk.actor, requisition=made)
    made.refresh_from_db()
    return made


def browser(account):
    client = Client()
    client.force_login(account)
    return client


def everything(outsider):
    """Somebody who has every role of the house on the top of the tree, those of cases included."""
    from opposable.kernel.system import roles

    for role in roles():
        accounts.give(actors.system("tests"), account=outsider, role=role, cell=accounts.root())
    return outsider


@pytest.mark.parametrize("powers", ["ordinary", "every role on the common tree"])
def test_an_outsider_sees_no_trace(desk, case, powers):
    outsider = desk.outsider if powers == "ordinary" else everything(desk.outsider)
    client = browser(outsider)
    assert client.get(f"/traffic/requisitions/{case.uid}/").status_code == 404
    for tail in ("approve/", "answer.p7m", "paper/letter.pdf", "paper/invoice.pdf"):
        assert client.get(f"/traffic/requisitions/{case.uid}/{tail}").status_code == 404
    assert client.post(f"/traffic/requisitions/{case.uid}/do/qualify/").status_code == 404
    letter = Document.objects.get(subject=case.uid)
    pages = [
        "/", "/acts/", "/acts/?format=csv", "/acts/?system=traffic", "/acts/?outcome=refused", f"/acts/?q={case.uid}",
        "/traffic/requisitions/", "/traffic/requisitions/?format=csv", "/traffic/requisitions/?q=PV", "/search/?q=PV",
        "/search/?q=Favre", "/traffic/law/", "/traffic/figures/", "/duties/", "/documents/", "/approvals/", "/access/", "/access/?format=csv", "/calendar/", "/board/",
    ]  # fmt: skip
    for page in pages:
        text = body_of(client.get(page))
        for secret in (*SECRETS, case.uid, case.code, letter.uid):
            if secret not in page:
                assert secret not in text, (page, secret)
    for row in (case, *Query.objects.all(), *Answer.objects.all(), letter):
        assert row.uid not in client.get("/acts/").content.decode()
    hidden = secret_acts(case)
    assert len(hidden) > 10
    for index in hidden:
        for tail in ("", "act.json", "part/why.json", "bundle"):
            assert client.get(f"/acts/{index}/{tail}").status_code == 404, (index, tail)


def body_of(answer):
    return (answer.getvalue() if answer.streaming else answer.content).decode()


def secret_acts(case):
    """Where in the log the acts of the case stand, refusals and documents included."""
    open_kinds = r"^traffic\.(source|anchor)\."
    others = set(Act.objects.filter(type__regex=open_kinds).values_list("pk", flat=True))
    types = Act.objects.filter(type__startswith="traffic.").exclude(pk__in=others)
    papers = Act.objects.filter(obj__in=Document.objects.filter(subject=case.uid).values("uid"))
    return list(Leaf.objects.filter(act__in=types | papers).values_list("index", flat=True))


def test_the_api_answers_404_and_lists_nothing(desk, case):
    account = everything(desk.outsider)
    _, token = accounts.issue_token(actors.system("tests"), account=account, label="t").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    for kind in ("requisition", "query", "answer", "invoice"):
        assert client.get(f"/api/objects/traffic.{kind}").json() == {"items": [], "next": None}
    for kind in ("kernel.document", "kernel.grant", "kernel.decision"):
        said = client.get(f"/api/objects/{kind}?limit=500").content.decode()
        assert case.uid not in said
        assert "~traffic" not in said
    assert client.get(f"/api/objects/traffic.requisition/{case.uid}").status_code == 404
    body = {"requisition": case.uid}
    for name in ("traffic.requisition.qualify", "traffic.invoice.issue", "traffic.requisition.extract"):
        answer = client.post(f"/api/acts/{name}", body, content_type="application/json")
        assert answer.status_code == 404
        assert case.uid not in answer.content.decode()
    assert client.post("/api/acts/traffic.answer.seal", body, content_type="application/json").status_code == 404


def test_those_in_the_case_see_it_and_only_it(desk, case):
    other = office.register(desk, reference="PV 2026/9999")
    for who in (desk.clerk, desk.legal, desk.security):
        client = browser(who)
        page = client.get(f"/traffic/requisitions/{case.uid}/")
        assert page.status_code == 200
        assert "PV 2026/4471" in page.content.decode()
        assert client.get("/search/?q=4471").content.decode().count("PV 2026/4471") >= 1
    stranger = accounts.open_account(actors.system("tests"), email="x@x.example", name="X", password="y").result
    accounts.give(actors.system("tests"), account=stranger, role="traffic.registrar", cell=accounts.root())
    assert browser(stranger).get(f"/traffic/requisitions/{other.uid}/").status_code == 404


def test_nothing_of_a_case_is_written_to_the_logs(desk, caplog):
    with caplog.at_level("DEBUG"):
        case = office.register(desk)
        acts.qualify_requisition(desk.clerk.actor, requisition=case)
        browser(desk.outsider).get(f"/traffic/requisitions/{case.uid}/")
        browser(desk.outsider).get("/traffic/requisitions/?q=Favre")
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert not [secret for secret in SECRETS if secret in said]


def test_a_refused_registration_tells_only_its_author(desk, log):
    with pytest.raises(Refused):
        office.register(desk, reference="PV 2026/4471", legal_approver=desk.security.uid)
    log.seal_once()
    index = Leaf.objects.get(act=Act.objects.get(type="traffic.requisition.register")).index
    assert browser(everything(desk.outsider)).get(f"/acts/{index}/").status_code == 404
    assert browser(desk.clerk).get(f"/acts/{index}/").status_code == 200


def test_a_shut_case_stays_shut_to_who_left_it(desk, case):
    from opposable.kernel.models import Grant

    grant = Grant.objects.get(account=desk.legal, cell=case.cell)
    accounts.end(actors.system("tests"), grant=grant)
    assert not Requisition.objects.visible_to(desk.legal.actor).exists()
