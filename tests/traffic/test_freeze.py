"""Quick freeze: only the rows that the order points to outlive their day, until the order's own end; the day still dies."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts, actors, clock
from opposable.kernel.audit.report import Report
from opposable.kernel.models import Act, Grant
from opposable.law import Refused
from opposable.systems.traffic import acts, jobs
from opposable.systems.traffic.commands import run
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.exchange.answer.verify import verify
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Freeze, Requisition, Segment
from opposable.systems.traffic.store import inspection, keys, reading
from tests.traffic import desk as office, generate
from tests.traffic.conftest import CONSOLE
from tests.traffic.test_requisition import opened

DAY = date(2026, 11, 20)
DEAD = datetime(2027, 11, 25, 12, tzinfo=UTC)  # the day's data went on 21 November 2027
END = date(2028, 2, 1)


@pytest.fixture
def filled(cgnat, tmp_path):
    return ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))


@pytest.fixture
def desk(store):
    return office.people()


@pytest.fixture
def case(desk, filled):
    made = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=made)
    made.refresh_from_db()
    return made


def order(desk, case, **changes):
    given = {"ground": "injonction 12/2026", "ordered_on": date(2026, 11, 26), "until": END}
    return acts.freeze(desk.clerk.actor, requisition=case, **(given | changes)).result


def test_the_frozen_rows_outlive_their_day_and_are_answered_with_their_proofs(desk, case, tmp_path):
    wanted = len(reading.find_subscriber("sub-0001", case.since, case.until).rows)
    order(desk, case)
    frozen = Freeze.objects.get()
    assert frozen.rows == wanted > 5
    assert b"sub-0001" not in frozen.path.read_bytes()
    with clock.frozen(DEAD):
        jobs.erase_due()
        assert not Segment.objects.there().exists()
        assert not keys.has_key("source", date(2027, 11, 21))
        assert reading.find_subscriber("sub-0001", case.since, case.until).rows == ()
        assert frozen.path.exists()
        report = Report()
        inspection.inspect(report)
        assert not report.findings, report.findings
        acts.qualify_requisition(desk.clerk.actor, requisition=case)
        case.refresh_from_db()
        assert [(one["status"], one["rule"]["id"]) for one in case.verdicts] == [("partly", "traffic.freeze")]
        acts.certify(desk.clerk.actor, requisition=case, certificate=office.court(DEAD)[0])
        office.approve(desk, case)
        office.extract(desk, case)
        answer = make_answer(desk.clerk.actor, requisition=case)
        seen = verify(opened(answer, tmp_path, office.court(DEAD)[1]))
        assert seen.ok, seen.as_data()
        assert seen.rows == seen.proven == wanted


def test_a_freeze_ends_on_its_day_by_an_act_of_its_own(desk, case):
    order(desk, case)
    frozen = Freeze.objects.get()
    with clock.frozen(datetime(2028, 2, 1, 12, tzinfo=UTC)):
        said = jobs.erase_due()
        assert not any("freeze" in line or "gel" in line for line in said)
        frozen.refresh_from_db()
        assert frozen.erased_at
        assert not frozen.path.exists()
        assert not keys.has_key("hold", END)
        assert Act.objects.filter(type="traffic.freeze.erase", obj=frozen.uid, outcome="done").count() == 1
        report = Report()
        inspection.inspect(report)
        assert not report.findings, report.findings


def test_an_authority_prolongs_a_freeze_and_the_first_copy_still_goes_on_its_day(desk, case):
    order(desk, case)
    later = date(2028, 8, 1)
    with pytest.raises(Refused) as refused:
        acts.prolong(desk.clerk.actor, requisition=case, ground="x", ordered_on=date(2026, 11, 26), until=END)
    assert refused.value.code == "freeze.prolong"
    acts.prolong(
        desk.clerk.actor, requisition=case, ground="injonction 12 bis", ordered_on=date(2026, 11, 26), until=later
    )
    case.refresh_from_db()
    assert case.frozen_until == datetime(2028, 7, 31, 22, tzinfo=UTC)
    first, second = Freeze.objects.order_by("pk")
    assert second.prolongs == first.uid
    assert second.rows == first.rows
    with clock.frozen(datetime(2028, 2, 1, 12, tzinfo=UTC)):
        jobs.erase_due()
        assert not first.path.exists()
        assert second.path.exists()
        acts.qualify_requisition(desk.clerk.actor, requisition=case)
        case.refresh_from_db()
        assert case.answered_categories == ("source",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ground": " "}, "freeze.what"),
        ({"ordered_on": date(2026, 11, 27)}, "freeze.what"),
        ({"until": date(2026, 11, 26)}, "freeze.what"),
        ({"until": date(2226, 11, 26)}, "freeze.what"),
    ],
)
def test_an_order_that_does_not_read_is_refused_with_its_rule(desk, case, changes, code):
    with pytest.raises(Refused) as refused:
        order(desk, case, **changes)
    assert (refused.value.code, refused.value.rule.id) == (code, "traffic.freeze")
    assert not Freeze.objects.exists()


def test_nothing_to_freeze_is_said_and_a_basis_without_the_power_is_refused(desk, filled):
    nobody = office.register(desk, selectors=[{"kind": "subscriber", "subscriber": "nobody"}])
    acts.qualify_requisition(desk.clerk.actor, requisition=nobody)
    with pytest.raises(Refused) as refused:
        order(desk, nobody)
    assert refused.value.code == "freeze.nothing"
    other = office.register(desk, basis="subject", requester="subject", offence="", offence_months=0)
    acts.qualify_requisition(desk.clerk.actor, requisition=other)
    with pytest.raises(Refused) as refused:
        order(desk, other)
    assert refused.value.code == "freeze.basis"


def test_by_page_by_api_and_by_command_line_and_nobody_else(desk, case, capsys):
    client = Client()
    client.force_login(desk.clerk)
    page = client.get(f"/traffic/requisitions/{case.uid}/").content.decode()
    assert f"/traffic/requisitions/{case.uid}/do/freeze/" in page
    day = {"ground": "injonction 12", "ordered_on": "2026-11-26", "until": "2028-02-01"}
    assert client.post(f"/traffic/requisitions/{case.uid}/do/freeze/", day | {"until": "demain"}).status_code == 422
    assert client.post(f"/traffic/requisitions/{case.uid}/do/freeze/", day).status_code == 303
    page = client.get(f"/traffic/requisitions/{case.uid}/").content.decode()
    assert "injonction 12" in page
    assert f"/traffic/requisitions/{case.uid}/do/prolong/" in page
    _, token = accounts.issue_token(CONSOLE, account=desk.clerk, label="t").result
    api = Client(headers={"authorization": f"Bearer {token}"})
    body = {"requisition": case.uid, **day, "until": "2028-03-01"}
    answer = api.post("/api/acts/traffic.requisition.prolong", body, content_type="application/json")
    assert answer.status_code in {200, 201}, answer.content
    whole = ["requisition", "--as", "clerk@operator.example", "prolong", case.code, "injonction 14"]
    assert run([*whole, "--ordered-on", "2026-11-26", "--until", "2028-04-01"]) == 0
    assert "rows until 2028-04-01" in capsys.readouterr().out
    stranger = Client()
    stranger.force_login(desk.outsider)
    assert stranger.post(f"/traffic/requisitions/{case.uid}/do/freeze/", day).status_code == 404
    _, token = accounts.issue_token(CONSOLE, account=desk.outsider, label="t").result
    api = Client(headers={"authorization": f"Bearer {token}"})
    assert api.post("/api/acts/traffic.requisition.freeze", body, content_type="application/json").status_code == 404
    assert api.get("/api/objects/traffic.freeze").json() == {"items": [], "next": None}
    for one in Freeze.objects.all():
        assert api.get(f"/api/objects/traffic.freeze/{one.uid}").status_code == 404


# ---- who left ----------------------------------------------------------------------------------------------------------


def second_clerk():
    made = accounts.open_account(CONSOLE, email="two@operator.example", name="Two", password="desk-password").result
    accounts.give(CONSOLE, account=made, role="traffic.registrar", cell=accounts.root())
    return made


def test_a_registrar_who_left_hands_his_case_over_and_sees_it_no_more(desk, case):
    other = second_clerk()
    assert not Requisition.objects.visible_to(other.actor).exists()
    acts.reassign(desk.legal.actor, requisition=case, seat="registrar", to=other.uid, reason="départ de l’entreprise")
    assert Requisition.objects.visible_to(other.actor).count() == 1
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        assert not Requisition.objects.visible_to(desk.clerk.actor).exists()
        office.approve(desk, case)
        office.extract(office.Desk(other, desk.legal, desk.security, desk.outsider), case)
    assert Grant.objects.filter(cell=case.cell, until=None).count() == 3


def test_one_person_never_holds_two_seats_of_a_case(desk, case):
    accounts.give(CONSOLE, account=desk.legal, role="traffic.registrar", cell=accounts.root())
    accounts.give(CONSOLE, account=desk.clerk, role="traffic.security-approver", cell=accounts.root())
    other = second_clerk()
    for seat, to in (("registrar", desk.legal.uid), ("security", desk.clerk.uid), ("legal", other.uid)):
        with pytest.raises(Refused) as refused:
            acts.reassign(desk.clerk.actor, requisition=case, seat=seat, to=to, reason="x")
        assert refused.value.code in {"approval.persons", "approval.capacity"}
    acts.reassign(desk.clerk.actor, requisition=case, seat="registrar", to=other.uid, reason="congé")
    with pytest.raises(Refused) as refused:  # who registered never approves, not even once he has left his seat
        acts.reassign(desk.legal.actor, requisition=case, seat="security", to=desk.clerk.uid, reason="x")
    assert refused.value.code == "approval.persons"
    with pytest.raises(Refused):
        acts.reassign(desk.outsider.actor, requisition=case, seat="legal", to=other.uid, reason="x")
    actors.system("tests")
