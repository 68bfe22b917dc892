"""Nobody outside the case finds a requisition: list, search, count, export, log, error text, proof pages, acts, duties, API."""

import re
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.test import Client

from opposable.kernel import accounts, actors, clock, retention
from opposable.kernel.audit import audit
from opposable.kernel.models import Act, Document, Leaf
from opposable.law import Refused
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.models import Anchor, Answer, Query, Requisition
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
        "/traffic/requisitions/", "/traffic/requisitions/?format=csv", "/traffic/requisitions/?q=PV", "/search/?q=PV", f"/search/?q={case.code}",
        "/search/?q=Favre", "/traffic/law/", "/traffic/figures/", "/duties/", "/documents/", "/approvals/", "/access/", "/access/?format=csv", "/calendar/", "/board/",
    ]  # fmt: skip
    for page in pages:
        text = body_of(client.get(page))
        for secret in (*SECRETS, case.uid, case.code, letter.uid):
            if secret not in page:
                assert not tells(text, secret), (page, secret)
    acts_page = client.get("/acts/").content.decode()
    for row in (case, *Query.objects.all(), *Answer.objects.all(), letter):
        assert row.uid not in acts_page
    for tail in ("", "document.pdf"):
        assert client.get(f"/documents/{letter.uid}/{tail}").status_code == 404
    hidden = secret_acts(case)
    assert len(hidden) > 10
    for index in hidden:
        for tail in (
            "",
            "act.json",
            "bundle.asice",
            "part-why.json",
            "part-rows.json",
            "part-frozen.json",
        ):
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
        for words in ("4471", case.code.upper()):
            for place in ("/search/", "/traffic/requisitions/"):
                found = client.get(f"{place}?q={words}").content.decode()
                assert "PV 2026/4471" in found
                assert "PV 2026/9999" not in found
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


def tells(text, secret):
    """Whether a text has the secret, on its own: six digits of a code may be in any digest."""
    return re.search(rf"(?<![0-9a-f]){re.escape(secret)}(?![0-9a-f])", text) is not None


@pytest.mark.one_database
def test_five_years_after_its_last_act_nothing_of_a_case_is_left_but_what_is_counted(desk, case, log):
    """«Le dossier d’une réquisition est gardé cinq ans»: rows, parts, documents and sealed files, the answer after a year."""
    acts.deliver(desk.clerk.actor, requisition=case, how="remise à Mme Favre")
    log.seal_once()
    with clock.frozen(datetime(2031, 11, 26, tzinfo=UTC)):
        retention.run()
        case.refresh_from_db()
        assert case.reference == "PV 2026/4471"  # its last day
    with clock.frozen(datetime(2031, 11, 28, tzinfo=UTC)):
        retention.run()
        log.seal_once()
        retention.run()
        said = browser(desk.clerk).get(case.get_absolute_url())
        assert said.status_code == 200
    case.refresh_from_db()
    assert (case.reference, case.selectors, case.basis, case.status) == ("—", [], "instruction", "delivered")
    for model in apps.get_models():
        for row in model._default_manager.values():
            for secret in (*SECRETS, "sub-0001", "escroquerie", "BEGIN CERTIFICATE"):
                assert secret not in str(row) or model is Anchor, (model.__name__, secret)
    with clock.frozen(datetime(2031, 11, 28, 1, tzinfo=UTC)):
        assert not audit(parts=True).findings


# ---- attacked: what is hidden and what is not there must not differ by a byte ------------------------------------------


NOBODY = "0" * 32


def same(answers, hidden):
    """Two answers that tell nothing apart: status, body (but for the name that was asked for) and headers."""
    (one, two) = answers
    bodies = [body_of(answer).replace(hidden, "?").replace(NOBODY, "?") for answer in (one, two)]
    skip = {"content-security-policy", "set-cookie", "content-length"}
    heads = [{k.lower(): v for k, v in answer.headers.items() if k.lower() not in skip} for answer in (one, two)]
    return (one.status_code, bodies[0], heads[0]) == (two.status_code, bodies[1], heads[1])


STEPS = (
    "qualify", "hurry", "certificate", "widen", "count", "read", "answer", "deliver", "acknowledge", "invoice", "refuse",
    "withdraw", "freeze", "prolong", "reassign",
)  # fmt: skip


def test_a_hidden_case_and_none_at_all_answer_alike_on_the_pages(desk, case):
    client = browser(everything(desk.outsider))
    base = "/traffic/requisitions"
    for tail in ("", "approve/", "answer.p7m", "paper/letter.pdf", "paper/invoice.pdf"):
        assert same([client.get(f"{base}/{uid}/{tail}") for uid in (case.uid, NOBODY)], case.uid), tail
    for step in STEPS:
        answers = [client.post(f"{base}/{uid}/do/{step}/", {"reason": "x"}) for uid in (case.uid, NOBODY)]
        assert answers[0].status_code == 404, step
        assert same(answers, case.uid), step
    answers = [client.post(f"{base}/{uid}/approve/", {"agreed": "yes", "about": "x"}) for uid in (case.uid, NOBODY)]
    assert answers[0].status_code == 404
    assert same(answers, case.uid)
    for path in ("/documents/{}/", "/approvals/{}/"):
        assert same([client.get(path.format(uid)) for uid in (case.uid, NOBODY)], case.uid), path


def test_a_hidden_case_and_none_at_all_answer_alike_in_the_api(desk, case):
    account = everything(desk.outsider)
    _, token = accounts.issue_token(actors.system("tests"), account=account, label="t").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    query, answer = Query.objects.first(), Answer.objects.get()
    for kind, uid in (("requisition", case.uid), ("query", query.uid), ("answer", answer.uid), ("invoice", case.uid)):
        answers = [client.get(f"/api/objects/traffic.{kind}/{one}") for one in (uid, NOBODY)]
        assert answers[0].status_code == 404
        assert same(answers, uid), kind
    order = {"ground": "x", "ordered_on": "2026-11-26", "until": "2027-11-26"}
    bodies = {
        "requisition.freeze": order,
        "requisition.prolong": order,
        "requisition.reassign": {"seat": "legal", "to": account.uid, "reason": "x"},
        "requisition.withdraw": {"reason": "x"},
        "requisition.amend": {"changes": {}},
        "approval.give": {"about": "x", "agreed": True},
        "query.count": {"position": 0, "store": "source"},
    }
    for name, body in bodies.items():
        answers = [
            client.post(f"/api/acts/traffic.{name}", body | {"requisition": uid}, content_type="application/json")
            for uid in (case.uid, NOBODY)
        ]
        assert answers[0].status_code == 404, (name, answers[0].content)
        assert same(answers, case.uid), name
    answers = [
        client.post("/api/acts/traffic.query.read", {"query": uid}, content_type="application/json")
        for uid in (query.uid, NOBODY)
    ]
    assert answers[0].status_code == 404
    assert same(answers, query.uid)


def test_the_command_line_knows_no_case_of_others(desk, case, capsys):
    from opposable.systems.traffic.commands import run

    said = []
    for name in (case.uid, case.code, NOBODY, ""):
        with pytest.raises(Refused) as refused:
            run(["requisition", "--as", desk.outsider.email, "show", name])
        said.append(str(refused.value.as_data()))
    assert len(set(said)) == 1
    assert run(["requisition", "--as", desk.outsider.email, "list"]) == 0
    assert capsys.readouterr().out == ""


def test_what_a_second_registrar_types_is_never_answered_with_what_another_has(desk, case):
    """The same reference, paper and selectors again: accepted or refused alike, whether or not a case has them."""
    again = acts.register(desk.outsider.actor, **office.asked(desk)).result
    fresh = acts.register(desk.outsider.actor, **office.asked(desk, reference="PV 1")).result
    assert again.status == fresh.status
    for approver in (desk.legal, desk.security):
        assert Requisition.objects.visible_to(approver.actor).count() == 3
    assert Requisition.objects.visible_to(desk.outsider.actor).count() == 2


def test_a_calendar_feed_an_export_and_the_figures_of_an_outsider_tell_nothing(desk, case):
    from opposable.kernel.models import CalendarFeed

    client = browser(everything(desk.outsider))
    client.post("/calendar/feed/")
    assert not CalendarFeed.objects.exclude(account=desk.outsider).exists()
    figures = body_of(client.get("/traffic/figures/"))
    empty = body_of(client.get("/traffic/figures/?year=2024"))
    numbers = [text[text.index('<div class="columns even">') :] for text in (figures, empty)]
    assert numbers[0] == numbers[1]  # a year with one case reads like a year with none
    for path in ("/traffic/days/", "/traffic/days/?format=csv", "/log/", "/acts/?system=traffic&format=csv"):
        text = body_of(client.get(path))
        assert not [secret for secret in (*SECRETS, case.uid, case.code) if tells(text, secret)], path
