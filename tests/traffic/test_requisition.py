"""A requisition from its registration to an answer that anyone can check row by row."""

import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.test import Client

from opposable.kernel import accounts, clock, parts
from opposable.kernel.audit.report import Report
from opposable.kernel.decisions import state_digest
from opposable.kernel.models import Act, Duty
from opposable.kernel.models.document import path_of
from opposable.kernel.testing import contract
from opposable.law import Refused
from opposable.systems.traffic import acts, jobs
from opposable.systems.traffic.acts.minimising import shown_columns
from opposable.systems.traffic.acts.querying import questions, read_as_counted, selector_of
from opposable.systems.traffic.exchange.answer.compose import make_answer, sealed_file
from opposable.systems.traffic.exchange.answer.etsi import AnswerFault
from opposable.systems.traffic.exchange.answer.verify import is_answer, verify
from opposable.systems.traffic.exchange.identities import import_file
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Anchor, Query, Requisition, Source, Subscriber, SubscriberKey
from opposable.systems.traffic.rules.selecting import stores_for
from opposable.systems.traffic.store import identities, reading
from opposable.systems.traffic.store.inspection import inspect
from tests.traffic import desk as office, generate
from tests.traffic.conftest import CONSOLE

DAY = date(2026, 11, 20)


@pytest.fixture
def filled(cgnat, tmp_path):
    return ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))


@pytest.fixture
def desk(store):
    return office.people()


def opened(answer, tmp_path, private):
    """The plain answer, opened with openssl and the authority's key."""
    (tmp_path / "answer.p7m").write_bytes(sealed_file(answer))
    (tmp_path / "court.key").write_bytes(private)
    out = tmp_path / "answer.zip"
    subprocess.run(
        ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "answer.p7m", "-inkey", "court.key", "-out", str(out)],
        cwd=tmp_path,
        check=True,
    )
    return out


def test_from_register_to_an_answer_verified_row_by_row(desk, filled, tmp_path):
    case = office.approved(desk)
    assert case.status == "approved"
    office.extract(desk, case)
    answer = make_answer(desk.clerk.actor, requisition=case)
    path = opened(answer, tmp_path, office.court()[1])
    assert is_answer(path)
    seen = verify(path)
    assert seen.ok, seen.as_data()
    assert seen.rows == seen.proven == answer.rows > 5
    case.refresh_from_db()
    acts.deliver(desk.clerk.actor, requisition=case, how="remise en main propre")
    acts.acknowledge(desk.clerk.actor, requisition=case, reference="AR 77")
    assert not Duty.objects.filter(obj=case.uid, closed_at=None).exists()


# ---- what is refused, and what is noticed ------------------------------------------------------------------------------


def address_of(row, **more):
    at = datetime.fromisoformat(row[0]).replace(tzinfo=UTC)
    return {"kind": "address", "ip": row[2], "port": str(row[3]), "at": at.isoformat(), **more}


def some_row():
    return next(iter(generate.nat_rows(DAY, 1)))


def test_nothing_is_looked_up_before_two_persons_approved_this_exact_state(desk, filled):
    case = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    with pytest.raises(Refused) as early:
        acts.count(desk.clerk.actor, requisition=case, position=0, store="source")
    assert early.value.code == "approval.missing"
    shown = state_digest(case)
    acts.approve(desk.legal.actor, requisition=case, about=shown)
    with pytest.raises(Refused) as twice:
        acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    assert twice.value.code == "approval.twice"
    for who, code in ((desk.clerk, "access.denied"), (desk.outsider, "access.denied")):
        with pytest.raises(Refused) as refused:
            acts.approve(who.actor, requisition=case, about=shown)
        assert refused.value.code == code
    acts.amend(desk.clerk.actor, requisition=case, changes={"offence_months": 60})
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    with pytest.raises(Refused) as stale:
        acts.approve(desk.security.actor, requisition=case, about=shown)
    assert stale.value.code == "decision.changed"
    acts.approve(desk.security.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert case.status == "qualified"  # the first approval fell with the state it was about
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert case.status == "approved"
    assert Act.objects.filter(type="traffic.query.count", outcome="refused").count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"dated_on": "hier"}, {"offence_months": "abc"}, {"authority": "x" * 300}, {"categories": "source"}, {"since": "2026-11-20T00:00:00"},
        {"selectors": "x"}, {"selectors": [{"kind": "address", "ip": "999"}]}, {"status": "approved"}, {"authority": ""}, {"categories": [1]},
        {"dated_on": "2027-01-01"}, {"until": "2020-01-01T00:00:00+00:00"}, {"basis": "none"},
        {"since": "0001-01-01T00:00:00+05:00"}, {"since": "0202-11-20T00:00:00+01:00"}, {"until": "9999-12-31T23:59:59-05:00"},
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused_and_changes_nothing(desk, changes):
    case = office.register(desk)
    with pytest.raises(Refused) as refused:
        acts.amend(desk.clerk.actor, requisition=case, changes=changes)
    assert refused.value.code.split(".")[0] in {"requisition", "selector"}
    case.refresh_from_db()
    assert case.seq == 1


def test_the_api_amends_with_texts(desk):
    case = office.register(desk)
    _, token = accounts.issue_token(CONSOLE, account=desk.clerk, label="t").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    body = {"requisition": case.uid, "changes": {"dated_on": "2026-11-24", "offence_months": 60}}
    answer = client.post("/api/acts/traffic.requisition.amend", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"]["state"]["dated_on"] == "2026-11-24"
    body = {"requisition": case.uid, "changes": {"since": "soon"}}
    assert client.post("/api/acts/traffic.requisition.amend", body, content_type="application/json").status_code == 409


def test_a_whole_case_by_program(desk, filled, tmp_path):
    """From the register to the acknowledgement by the API alone; each of the three with a token of his own, and nobody else's."""
    clients = {}
    for name in ("clerk", "legal", "security", "outsider"):
        _, token = accounts.issue_token(CONSOLE, account=getattr(desk, name), label="t").result
        clients[name] = Client(headers={"authorization": f"Bearer {token}"})
    clerk = clients["clerk"]

    def does(act, who="clerk", status=200, **body):
        answer = clients[who].post(f"/api/acts/traffic.{act}", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def plain(value):
        return value.isoformat() if isinstance(value, date) else value

    asked = {name: plain(value) for name, value in office.asked(desk).items()}
    uid = does("requisition.register", **{**asked, "certificate": ""})["result"]["uid"]
    does("requisition.qualify", requisition=uid)
    for who in ("legal", "security"):
        about = clients[who].get(f"/api/objects/traffic.requisition/{uid}").json()["digest"]
        does("approval.give", who, requisition=uid, about=about)
    counted = does("query.count", requisition=uid, position=0, store="source")["result"]
    assert counted["state"]["rows"] > 5
    does("query.read", query=counted["uid"])
    does("requisition.extract", requisition=uid)
    sealing, taken = f"/api/traffic/requisitions/{uid}/answer", f"/api/traffic/requisitions/{uid}/answer.p7m"
    unsealed = clerk.post(sealing)
    assert (unsealed.status_code, "certificat" in unsealed.json()["detail"]["fr"]) == (422, True)
    does("requisition.certify", requisition=uid, certificate=asked["certificate"])
    assert clients["legal"].post(sealing).json()["refusal"]["code"] == "access.denied"
    assert clerk.get(taken).status_code == 404
    made = clerk.post(sealing)
    assert made.status_code == 200, made.content
    assert made.json()["state"]["rows"] == counted["state"]["rows"]
    for path in (sealing, taken, f"/api/traffic/requisitions/{uid}/letter.pdf"):
        call = clients["outsider"].post if path == sealing else clients["outsider"].get
        assert call(path).content == call(path.replace(uid, "0" * 32)).content
        assert call(path).status_code == 404
    assert clients["legal"].get(taken).status_code == 404  # who approves takes nothing away
    (tmp_path / "answer.p7m").write_bytes(clerk.get(taken).content)
    assert clerk.get(f"/api/traffic/requisitions/{uid}/letter.pdf").content[:5] == b"%PDF-"
    assert clerk.get(f"/api/traffic/requisitions/{uid}/invoice.pdf").status_code == 404
    case = Requisition.objects.get(uid=uid)
    assert sealed_file(case.answer) == (tmp_path / "answer.p7m").read_bytes()
    assert verify(opened(case.answer, tmp_path, office.court()[1])).ok
    does("answer.deliver", requisition=uid, how="PNIJ")
    assert does("answer.acknowledge", requisition=uid, reference="AR 9")["result"]["state"]["status"] == "acknowledged"
    assert does("invoice.issue", requisition=uid, status=409)["refusal"]["code"] == "tariff.unconfirmed"


def test_the_registrar_never_approves_even_when_he_is_an_approver(desk):
    accounts.give(CONSOLE, account=desk.clerk, role="traffic.legal-approver", cell=accounts.root())
    with pytest.raises(Refused) as refused:
        office.register(desk, legal_approver=desk.clerk.uid)
    assert refused.value.code == "approval.persons"
    accounts.give(CONSOLE, account=desk.legal, role="traffic.security-approver", cell=accounts.root())
    with pytest.raises(Refused) as refused:
        office.register(desk, security_approver=desk.legal.uid)
    assert refused.value.code == "approval.persons"
    case = office.register(desk)
    accounts.give(CONSOLE, account=desk.clerk, role="traffic.case-legal", cell=case.cell)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    with pytest.raises(Refused) as refused:
        acts.approve(desk.clerk.actor, requisition=case, about=state_digest(case))
    assert refused.value.code == "approval.registrar"


def test_an_address_without_its_port_is_refused_until_the_persons_are_counted(desk, filled):
    row = some_row()
    case = office.approved(desk, selectors=[address_of(row, port="", tolerance="60")])
    query = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    assert query.persons > 1
    with pytest.raises(Refused) as refused:
        acts.read(desk.clerk.actor, query=query)
    assert refused.value.code == "address.several"
    assert str(query.persons) in refused.value.reason.fr
    case.refresh_from_db()
    acts.widen(desk.clerk.actor, requisition=case, persons=query.persons, reason="perquisition prévue demain")
    with pytest.raises(Refused):
        acts.read(desk.clerk.actor, query=query)
    office.approve(desk, case)
    query.refresh_from_db()
    read = acts.read(desk.clerk.actor, query=query).result
    assert read.given == query.rows


def test_two_subscribers_for_one_port_are_both_counted_and_both_answered(desk, cgnat, tmp_path):
    path, row = tmp_path / "twice.csv", some_row()
    other = [*row[:7], "sub-9999", *row[8:]]
    lines = [generate.HEADER, row, other]
    path.write_text("\n".join(";".join(map(str, line)) for line in lines) + "\n")
    ingest_file(CONSOLE, cgnat, path)
    case = office.approved(desk, selectors=[address_of(row)])
    query = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    assert (query.rows, query.persons) == (2, 2)
    with pytest.raises(Refused) as refused:
        acts.read(desk.clerk.actor, query=query)
    assert refused.value.code == "address.several"
    acts.widen(desk.clerk.actor, requisition=case, persons=2, reason="deux abonnés sur un port")
    office.approve(desk, case)
    office.extract(desk, case)
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    assert verify(path).ok
    assert {one["row"]["subscriber"] for one in given_rows(path)} == {
        row[7],
        "sub-9999",
    }  # both, and the letter counts them


def test_what_came_in_after_the_count_is_counted_before_it_is_read(desk, cgnat, tmp_path):
    """A late file makes one subscriber two: the approved count was of one, and a closed source keeps its doubt about its clock."""
    row = some_row()
    old = acts.declare_source(CONSOLE, slug="old", title="o", format="csv", tolerance_ms=9000).result
    acts.close_source(CONSOLE, source=old)  # without a row left it says nothing any more

    def came(name, line):
        path = tmp_path / name
        path.write_text("\n".join(";".join(map(str, one)) for one in (generate.HEADER, line)) + "\n")
        ingest_file(CONSOLE, cgnat, path)

    came("one.csv", row)
    case = office.approved(desk, selectors=[address_of(row)])
    query = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    assert (query.rows, query.persons) == (1, 1)
    assert selector_of(case, query.selector, clock.now()).tolerance == timedelta(milliseconds=cgnat.tolerance_ms)
    came("late.csv", [*row[:7], "sub-9999", *row[8:]])
    acts.close_source(CONSOLE, source=cgnat)
    assert selector_of(case, query.selector, clock.now()).tolerance == timedelta(milliseconds=cgnat.tolerance_ms)
    with pytest.raises(Refused) as refused:
        read_as_counted(desk.clerk.actor, query)
    assert refused.value.code == "query.grown"
    query.refresh_from_db()
    assert (query.rows, query.persons, query.given) == (2, 2, 0)
    with pytest.raises(Refused) as refused:
        acts.read(desk.clerk.actor, query=query)
    assert refused.value.code == "address.several"


def test_an_emergency_answers_with_one_approval_and_is_reviewed(desk, filled):
    case = office.register(desk)
    acts.hurry(desk.clerk.actor, requisition=case, reason="enfant disparu")
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert case.status == "approved"
    office.extract(desk, case)
    duty = Duty.objects.get(obj=case.uid, act="traffic.approval.review", closed_at=None)
    assert duty.due_at == clock.now() + timedelta(hours=48)
    with pytest.raises(Refused) as refused:
        acts.review(desk.legal.actor, requisition=case, about=state_digest(case), agreed=True)
    assert refused.value.code == "approval.twice"
    acts.review(desk.security.actor, requisition=case, about=state_digest(case), agreed=False, remark="port manquant")
    case.refresh_from_db()
    assert case.reviewed_at
    assert not Duty.objects.filter(obj=case.uid, act="traffic.approval.review", closed_at=None).exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"basis": "preliminary", "requester": "opj"}, "ask.authorisation"),
        ({"offence_months": 0, "offence": ""}, "ask.serious"),
        ({"protected": "lawyer"}, "ask.lawyer"),
        ({"basis": "civil", "requester": "civil-judge", "authorised": True}, "ask.category"),
    ],
)
def test_what_the_law_does_not_open_is_never_asked(desk, filled, changes, code):
    case = office.register(desk, **changes)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    assert [one["code"] for one in case.verdicts] == [code]
    assert case.answered_categories == ()
    acts.refuse(desk.clerk.actor, requisition=case, reason="non permise")
    assert not Query.objects.exists()


def test_a_civil_request_gets_no_search_by_address(desk, filled):
    changes = {"basis": "civil", "requester": "civil-judge", "authorised": True, "categories": ["identity"]}
    case = office.register(desk, selectors=[address_of(some_row())], **changes)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    assert [one["code"] for one in case.verdicts] == ["ask.by-address"]


def test_no_injunction_on_file_is_said_and_nothing_is_kept(desk, filled):
    case = office.register(desk, categories=["traffic", "location", "source"])
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    assert {one["category"]: one["status"] for one in case.verdicts} == {
        "source": "kept", "traffic": "no-injunction", "location": "no-injunction",
    }  # fmt: skip


def test_a_segment_that_cannot_be_read_makes_the_answer_incomplete(desk, filled, store, tmp_path):
    case = office.approved(desk)
    next(store.rglob("*.parquet")).unlink()
    office.extract(desk, case)
    answer = make_answer(desk.clerk.actor, requisition=case)
    assert not answer.complete
    seen = verify(opened(answer, tmp_path, office.court()[1]))
    assert seen.ok
    assert not seen.complete


def test_an_answer_needs_a_certificate_that_can_be_used(desk, filled):
    case = office.approved(desk, certificate="")
    office.extract(desk, case)
    with pytest.raises(AnswerFault):
        make_answer(desk.clerk.actor, requisition=case)
    acts.certify(desk.clerk.actor, requisition=case, certificate=office.court()[0])
    answer = make_answer(desk.clerk.actor, requisition=case)
    assert answer.rows
    path = settings.HOME / path_of(answer.sha256)
    path.write_bytes(path.read_bytes()[:-1])
    jobs.audit_segments(report := Report())
    assert [(one.check, one.table, one.row) for one in report.findings] == [
        ("document.content", "traffic_answer", str(answer.pk))
    ]


def test_amounts_of_today_are_not_confirmed_and_nothing_is_invoiced(desk, filled):
    case = office.approved(desk)
    office.extract(desk, case)
    make_answer(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    with pytest.raises(Refused) as refused:
        acts.invoice(desk.clerk.actor, requisition=case)
    assert refused.value.code == "tariff.unconfirmed"


# ---- the answer, attacked ----------------------------------------------------------------------------------------------


@pytest.fixture
def answer_zip(desk, filled, tmp_path):
    case = office.approved(desk)
    office.extract(desk, case)
    return opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])


def rewritten(path, change):
    """The same archive with its members changed, and a manifest that agrees with the change."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    manifest = json.loads(members["answer.json"])
    manifest["files"] = {
        name: sha256(data).hexdigest() for name, data in members.items() if name not in {"answer.json", "README.txt"}
    }
    manifest["rows"] = sum(1 for name in members if name.startswith("rows/"))
    members["answer.json"] = json.dumps(manifest).encode()
    out = path.with_name("forged.zip")
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out


def changed_row(members):
    row = json.loads(members["rows/000001.json"])
    row["row"]["subscriber"] = "sub-0002"
    members["rows/000001.json"] = json.dumps(row).encode()


def changed_bytes(members):
    row = json.loads(members["rows/000001.json"])
    row["proof"]["row"] = row["proof"]["row"][:-1] + ("0" if row["proof"]["row"][-1] != "0" else "1")
    members["rows/000001.json"] = json.dumps(row).encode()


def removed_row(members):
    last = max(name for name in members if name.startswith("rows/"))
    del members[last]


def added_row(members):
    last = max(name for name in members if name.startswith("rows/"))
    members[f"rows/{int(last[5:11]) + 1:06}.json"] = members[last]


def proof_taken_away(members):
    row = json.loads(members["rows/000001.json"])
    row["proof"] = None
    members["rows/000001.json"] = json.dumps(row).encode()


def changed_xml(members):
    members["answer.xml"] = members["answer.xml"].replace(b"sub-0001", b"sub-0003")


def xml_with_entities(members):
    members["answer.xml"] = members["answer.xml"].replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)


def changed_table(members):
    name = next(name for name in members if name.startswith("tables/"))
    members[name] = members[name].replace(b"sub-0001", b"sub-0003", 1)


def changed_acts(members):
    members["evidence.asice"] = members["evidence.asice"][:-200] + bytes(200)


CHEATS = (
    changed_row, changed_bytes, removed_row, added_row, proof_taken_away, changed_xml, xml_with_entities, changed_table, changed_acts,
)  # fmt: skip


def test_every_way_of_cheating_is_seen(answer_zip):
    assert verify(answer_zip).ok
    for cheat in CHEATS:
        seen = verify(rewritten(answer_zip, cheat))
        assert not seen.ok, cheat.__name__
        assert seen.faults, cheat.__name__
    lazy = answer_zip.with_name("lazy.zip")
    lazy.write_bytes(answer_zip.read_bytes())
    with zipfile.ZipFile(lazy, "a") as file:
        file.writestr("extra.txt", "x")
    assert not verify(lazy).ok


def test_the_command_verifies_offline_without_an_installation(answer_zip):
    code = "import sys; from opposable.cli import main; sys.exit(main(['verify', sys.argv[1], '--lang', 'en']))"
    bare = {"PATH": os.environ["PATH"], "OPPOSABLE_HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(answer_zip)], env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ANSWER VERIFIED" in done.stdout
    forged = rewritten(answer_zip, changed_row)
    done = subprocess.run(
        [sys.executable, "-c", code, str(forged)], env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ANSWER FALSE" in done.stdout


def test_the_xml_reads_on_the_paths_of_a_reader_of_real_files(answer_zip):
    """The paths that a police reader of TS 102 657 follows, child by child, in its own namespace."""
    ns = {"e": "http://uri.etsi.org/02657/v1.28.1#/RetainedData"}
    with zipfile.ZipFile(answer_zip) as file:
        root = ET.fromstring(file.read("answer.xml"))
        rows = [json.loads(file.read(name)) for name in sorted(file.namelist()) if name.startswith("rows/")]
    head = root.find("e:retainedDataHeader", ns)
    assert head.findtext("e:requestID/e:authorisedOrganisationID", namespaces=ns) == "TJ-LYON-3"
    assert head.findtext("e:requestID/e:requestNumber", namespaces=ns) == "PV 2026/4471"
    records = root.findall(".//e:ResponseRecord", ns)
    assert len(records) == len(rows)
    usage = "e:recordPayload/e:telephonyRecord/e:telephonyServiceUsage"
    for number, (record, row) in enumerate(zip(records, rows, strict=True), 1):
        assert record.findtext("e:recordNumber", namespaces=ns) == str(number)
        access = f"{usage}/e:nationalTelephonyServiceUsage/e:internetAccess"
        start = datetime.fromisoformat(row["row"]["start"])
        assert record.findtext(f"{access}/e:interval/e:startTime", namespaces=ns) == start.strftime("%Y%m%d%H%M%SZ")
        party = f"{usage}/e:partyInformation/e:TelephonyPartyInformation/e:partyType/e:other"
        assert record.findtext(party, namespaces=ns) == "sub-0001"


def test_columns_that_were_not_asked_are_not_given_nor_told_by_a_proof(desk, store, tmp_path):
    assert "imsi" not in shown_columns("call_leg", {"traffic"})
    assert "cell" not in shown_columns("call_leg", {"traffic"})
    assert "cell" in shown_columns("call_leg", {"traffic", "location"})
    assert shown_columns("nat_session", {"traffic"}) == [
        "start",
        "end",
        "skew",
        "file",
        "destination_ip",
        "destination_port",
        "inferred",
    ]


# ---- whose address it was: the third store -----------------------------------------------------------------------------

CONTRACTS = """subscriber;opened_on;closed_on;names;born;addresses;emails;phones;other
sub-0001;2024-01-15;;Camille Roux;1990-02-03 Nantes;4 rue du Port, Nantes|BP 7;c.roux@mail.example;+33612345678;identifiant=croux|paiement=virement FR76
sub-0002;2020-03-01;2025-11-30;Karim Haddad;;2 rue Haute, Lyon;;+33600000002;pseudonyme=karim69|paiement=chèque
"""


@pytest.fixture
def contracts(store, tmp_path):
    path = tmp_path / "contracts.csv"
    path.write_text(CONTRACTS)
    assert import_file(CONSOLE, path) == 2
    return path


def test_a_number_taken_from_the_index_or_put_into_it_is_named(contracts):
    def found():
        report = Report()
        inspect(report)
        return [(one.check, one.table) for one in report.findings]

    assert found() == []
    key = SubscriberKey.objects.order_by("pk").first()
    SubscriberKey.objects.filter(pk=key.pk).delete()
    assert found() == [("identity.numbers", "traffic_subscriberkey")]
    SubscriberKey.objects.create(subscriber_id=key.subscriber_id, key="0" * 64)
    assert found() == [("identity.numbers", "traffic_subscriberkey")]
    import_file(CONSOLE, contracts)
    assert found() == []


def given_rows(path):
    with zipfile.ZipFile(path) as file:
        return [json.loads(file.read(name)) for name in sorted(file.namelist()) if name.startswith("rows/")]


def test_who_had_an_address_with_the_identity_and_no_more(desk, filled, contracts, tmp_path):
    row = next(one for one in generate.nat_rows(DAY, 500) if one[7] == "sub-0001")
    case = office.approved(desk, categories=["identity", "source"], selectors=[address_of(row)])
    office.extract(desk, case)
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    seen = verify(path)
    assert seen.ok, seen.as_data()
    rows = given_rows(path)
    assert [one["family"] for one in rows] == ["nat_session", "identity"]
    assert rows[0]["row"]["subscriber"] == "sub-0001"
    assert rows[1]["row"]["names"] == "Camille Roux"
    assert "identifiant" not in rows[1]["row"]  # groups II and III were not asked
    assert "paiement" not in rows[1]["row"]


def test_that_nothing_can_be_handed_over_is_an_answer_too(desk, filled, tmp_path):
    """A lawyer, and no order of the judge: no store is opened, and the court has a letter that says why."""
    row = next(one for one in generate.nat_rows(DAY, 500) if one[7] == "sub-0001")
    case = office.approved(desk, categories=["source", "traffic"], selectors=[address_of(row)], protected="lawyer")
    assert questions(case) == []
    client = Client()
    client.force_login(desk.clerk)
    assert "Passer à la réponse" in client.get(case.get_absolute_url()).content.decode()
    assert client.post(f"{case.get_absolute_url()}do/read/").status_code == 303
    case.refresh_from_db()
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    seen = verify(path)
    assert (seen.ok, seen.rows) == (True, 0), seen.as_data()
    assert not case.current_queries()


@pytest.mark.parametrize(
    ("answered", "stores"),
    [
        ({"source"}, ("source",)),
        ({"identity"}, ("source", "identity")),
        ({"identity", "source"}, ("source", "identity")),
        ({"traffic"}, ()),
        (set(), ()),
    ],
)
def test_an_address_opens_a_store_only_for_what_is_answered(answered, stores):
    assert stores_for("address", answered) == stores


BLOCKS = """<14>1 2026-11-20T05:00:00Z cgn1 - - - NAT44 - [UserbasedA - 100.64.0.5 inside - 192.0.2.77 1024 1535]
<14>1 2026-11-20T22:00:00Z cgn1 - - - NAT44 - [UserbasedW - 100.64.0.5 inside - 192.0.2.77 1024 1535]
"""


def a_nat_that_names_nobody(tmp_path, sessions):
    """A CGNAT box that writes the inside address alone, and the access server that knows who held it."""
    acts.declare_source(CONSOLE, slug="cgn-2", title="CGNAT 2", format="syslog")
    acts.declare_source(CONSOLE, slug="aaa", title="AAA", format="radius")
    (tmp_path / "blocks").write_text(BLOCKS)
    (tmp_path / "detail").write_text(
        "".join(
            f'x\n\tAcct-Status-Type = Stop\n\tAcct-Session-Id = "{who}"\n\tUser-Name = "{who}"\n\tNAS-IP-Address = 10.0.0.1\n'
            f"\tFramed-IP-Address = 100.64.0.5\n\tAcct-Session-Time = {lasted}\n\tEvent-Timestamp = {at.timestamp():.0f}\n"
            f"\tTimestamp = {at.timestamp():.0f}\n\n"
            for who, at, lasted in sessions
        )
    )
    for slug, name in (("cgn-2", "blocks"), ("aaa", "detail")):
        assert not ingest_file(CONSOLE, Source.objects.get(slug=slug), tmp_path / name).rejects


def at_port(at):
    return {"kind": "address", "ip": "192.0.2.77", "port": "1100", "at": at.isoformat(), "tolerance": "1"}


def test_whose_the_inside_address_was_when_the_nat_names_nobody(desk, store, contracts, tmp_path):
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    a_nat_that_names_nobody(tmp_path, [("sub-0002", noon, 3600), ("sub-0001", noon + timedelta(hours=2), 3600)])
    case = office.approved(desk, categories=["identity", "source"], selectors=[at_port(noon + timedelta(minutes=90))])
    office.extract(desk, case)
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    seen = verify(path)
    assert seen.ok, seen.as_data()
    assert (seen.rows, seen.proven) == (3, 2)
    rows = {one["family"]: one["row"] for one in given_rows(path)}
    assert (rows["nat_block"]["inside_ip"], rows["access_session"]["subscriber"]) == ("100.64.0.5", "sub-0001")
    assert rows["identity"]["names"] == "Camille Roux"
    assert [(one.rows, one.persons) for one in case.current_queries()] == [(2, 1), (1, 1)]


@pytest.mark.parametrize("sessions", [0, 2])
def test_an_inside_address_of_two_or_of_nobody_known(desk, store, contracts, tmp_path, sessions):
    """Two sessions on it are two persons, and that is no identification; without any, it is somebody all the same."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    a_nat_that_names_nobody(tmp_path, [(f"sub-000{n + 1}", noon + timedelta(seconds=n), 3600) for n in range(sessions)])
    case = office.approved(desk, selectors=[at_port(noon - timedelta(minutes=1))])
    query = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    assert (query.rows, query.persons) == (1 + sessions, sessions or 1)
    if sessions:
        with pytest.raises(Refused) as refused:
            acts.read(desk.clerk.actor, query=query)
        assert refused.value.rule.id == "traffic.attribution"
    else:
        assert acts.read(desk.clerk.actor, query=query).result.given == 1


def test_arcom_gets_the_identity_behind_an_address_and_no_row_of_it(desk, filled, contracts, tmp_path):
    row = next(one for one in generate.nat_rows(DAY, 500) if one[7] == "sub-0001")
    changes = {"basis": "arcom", "requester": "arcom", "offence_months": 0, "categories": ["identity"]}
    case = office.approved(desk, selectors=[address_of(row)], **changes)
    assert case.due_at == datetime(2026, 12, 4, 23, tzinfo=UTC)  # eight days, at 24:00 in Paris
    office.extract(desk, case)
    path = opened(make_answer(desk.clerk.actor, requisition=case), tmp_path, office.court()[1])
    assert verify(path).ok
    assert [one["family"] for one in given_rows(path)] == ["identity"]


def test_identity_by_number_and_a_contract_that_ended_lives_five_years(desk, contracts):
    case = office.approved(desk, categories=["identity"], selectors=[{"kind": "number", "number": "06 00 00 00 02"}])
    ((position, where),) = questions(case)
    assert where == "identity"
    query = acts.count(desk.clerk.actor, requisition=case, position=position, store=where).result
    assert query.persons == 1
    with clock.frozen(datetime(2030, 12, 1, 12, tzinfo=UTC)):
        assert [one.reference for one in Subscriber.objects.filter(until__lte=date(2030, 12, 1))] == ["sub-0002"]
        assert jobs.erase_identities_due()[-1] == "traffic: 1 identities erased, due on 2030-12-01"
        gone = Subscriber.objects.get(closed_on=date(2025, 11, 30))
        assert (gone.cipher, gone.reference) == (None, gone.uid)
        assert not gone.keys.exists()  # nobody can ask whether a number was his
        assert [one.names for one in identities.find(["sub-0001", "sub-0002"], date(2030, 12, 1))] == ["Camille Roux"]


def test_what_was_given_at_subscription_goes_four_years_before_who_it_was(desk, contracts):
    """L. 34-1, II bis, 1° and 2°: one year from the end of the contract, and five."""
    wanted = {"categories": ["identity", "subscription", "payment"], "dated_on": date(2026, 11, 1)}
    ended = {"selectors": [{"kind": "subscriber", "subscriber": "sub-0002"}], **wanted}

    def given(reference):
        case = office.approved(desk, reference=reference, **ended)
        office.extract(desk, case)
        (query,) = case.current_queries()
        return parts.read_of(query, "traffic.query.read", "rows")["rows"][0]["row"]

    assert (given("before")["pseudonyme"], given("again")["paiement"]) == ("karim69", "chèque")
    row = Subscriber.objects.get(reference="sub-0002")
    with clock.frozen(datetime(2026, 12, 1, 12, tzinfo=UTC)):
        assert given("on the day, before any tick").keys() & {"names", "pseudonyme", "paiement"} == {"names"}
        assert jobs.erase_identities_due() == [
            "traffic: data of subscription and payment erased, due on 2026-12-01 (contracts): 1"
        ]
        assert not identities._buckets().exists(identities.ACCOUNT, row.account_until)  # no backup of the data reads it
        row.refresh_from_db()
        assert (row.account_cipher, row.erased_at) == (None, None)
        assert identities.unseal(row).names == "Karim Haddad"
        assert jobs.erase_identities_due() == []
        assert import_file(CONSOLE, contracts) == 2  # the operator's file still has it
        row.refresh_from_db()
        assert identities.unseal(row).other == ()


def test_a_line_of_contracts_that_does_not_read_is_named_by_its_number_only(store, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text(CONTRACTS + "sub-0003;hier;;Zoé Secrète;;;;;\n")
    with pytest.raises(Refused) as refused:
        import_file(CONSOLE, path)
    assert "4" in refused.value.reason.fr
    assert "Zoé" not in str(refused.value.as_data())
    assert not Subscriber.objects.exists()


def test_an_invoice_is_priced_at_the_date_of_the_requisition_and_the_system_keeps_what_it_must(desk, filled, contracts):
    case = office.approved(desk, dated_on=date(2014, 3, 6))
    office.extract(desk, case)
    make_answer(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    made = acts.invoice(desk.clerk.actor, requisition=case).result
    assert made.cents == 1570
    assert [line["code"] for line in made.lines] == ["WA 07"]
    with pytest.raises(Refused) as refused:
        acts.invoice(desk.clerk.actor, requisition=case)
    assert refused.value.code == "invoice.once"
    rows = reading.find_subscriber("sub-0001", case.since, case.until).rows
    acts.place_freeze(CONSOLE, rows=rows[:1], ground="injonction", ordered_on=DAY, until=date(2028, 6, 1))
    middle, below = office.intermediate()
    crl = office.revocations(below, middle, clock.now(), [])
    issuer = below.public_bytes(Encoding.PEM).decode()
    acts.supply_revocations(CONSOLE, anchor=Anchor.objects.get(), crl=crl, issuer=issuer)
    assert contract("traffic") == []


@pytest.mark.parametrize(("electronic", "cents"), [(False, 3 * 459), (True, 1600)])
def test_many_numbers_in_a_request_that_can_be_copied_have_a_line_of_their_own(desk, contracts, electronic, cents):
    """A. 43-9 of 2013, MA 01: 2 to 20 numbers, EUR 16; on paper each has its price."""
    numbers = [{"kind": "number", "number": f"06000000{n:02}"} for n in range(3)]
    changes = {"categories": ["identity"], "selectors": numbers, "dated_on": date(2014, 3, 6)}
    case = office.approved(desk, electronic=electronic, **changes)
    office.extract(desk, case)
    make_answer(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    assert acts.invoice(desk.clerk.actor, requisition=case).result.cents == cents


def test_what_was_looked_up_of_another_wording_answers_nothing(desk, filled):
    case = office.approved(desk)
    counted = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    acts.amend(
        desk.clerk.actor, requisition=case, changes={"selectors": [{"kind": "subscriber", "subscriber": "sub-0002"}]}
    )
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    office.approve(desk, case)
    with pytest.raises(Refused) as refused:
        acts.read(desk.clerk.actor, query=counted)
    assert refused.value.code == "query.changed"
    again = acts.count(desk.clerk.actor, requisition=case, position=0, store="source").result
    acts.read(desk.clerk.actor, query=again)
    # A wording again: what was read of the one before closes nothing, and goes to nobody.
    acts.amend(desk.clerk.actor, requisition=case, changes={"since": case.since + timedelta(hours=1)})
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    office.approve(desk, case)
    with pytest.raises(Refused) as refused:
        acts.close_extraction(desk.clerk.actor, requisition=case)
    assert refused.value.code == "extraction.open"
    assert case.current_queries() == []
    office.extract(desk, case)
    (query,) = case.current_queries()
    assert query.selector["subscriber"] == "sub-0002"
    answer = make_answer(desk.clerk.actor, requisition=case)
    assert answer.rows == query.given
    assert Act.objects.filter(type="traffic.query.read", outcome="done").count() == 2


def test_an_emergency_ends_with_the_wording_it_was_declared_for(desk, filled):
    case = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    acts.hurry(desk.clerk.actor, requisition=case, reason="enlèvement")
    with pytest.raises(Refused):
        acts.hurry(desk.clerk.actor, requisition=case, reason="encore")
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    acts.count(desk.clerk.actor, requisition=case, position=0, store="source")
    change = {"selectors": [{"kind": "subscriber", "subscriber": "sub-0002"}]}
    with pytest.raises(Refused) as refused:
        acts.amend(desk.clerk.actor, requisition=case, changes=change)
    assert refused.value.code == "emergency.review"
    case.refresh_from_db()
    acts.review(desk.security.actor, requisition=case, about=state_digest(case), agreed=True)
    case.refresh_from_db()
    acts.amend(desk.clerk.actor, requisition=case, changes=change)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert (case.status, case.emergency_at) == ("qualified", None)


def test_haste_does_not_go_around_a_refusal(desk):
    case = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case), agreed=False)
    acts.hurry(desk.clerk.actor, requisition=case, reason="vite")
    acts.approve(desk.security.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert case.status == "qualified"
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()
    assert case.status == "approved"


def test_who_has_to_decide_sees_it_today_and_nobody_is_told_that_it_is_late(desk):
    """The law says «dans les meilleurs délais»: no hour of it can have passed."""
    case = office.register(desk, authorised=True)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    for who, waits in ((desk.clerk, False), (desk.legal, True), (desk.outsider, False)):
        client = Client()
        client.force_login(who)
        page = client.get("/").content.decode()
        assert (f"/traffic/requisitions/{case.uid}/approve/" in page.partition("Échéances")[0]) is waits
        assert "en retard" not in page
    client.force_login(desk.legal)
    shown = client.get(f"/traffic/requisitions/{case.uid}/approve/").content.decode()
    assert "la commission ou l’ordonnance est jointe" in shown
    assert "source de la connexion et terminal" in shown
    case.refresh_from_db()
    acts.approve(desk.legal.actor, requisition=case, about=state_digest(case))
    assert f"/traffic/requisitions/{case.uid}/" not in client.get("/").content.decode().partition("À savoir")[0]
    assert "Il manque celle de l’autre approbateur" in client.get(case.get_absolute_url()).content.decode()


def test_a_requisition_is_amended_on_its_page(desk):
    address = {
        "kind": "address",
        "ip": "192.0.2.7",
        "port": "4000",
        "at": "2026-11-20T21:07:33+01:00",
        "tolerance": "2",
    }
    case = office.register(desk, selectors=[{"kind": "subscriber", "subscriber": "sub-0001"}, address])
    page, client, other = f"{case.get_absolute_url()}amend/", Client(), Client()
    client.force_login(desk.clerk)
    other.force_login(desk.legal)
    assert other.get(page).status_code == 404
    shown = client.get(page)
    form, lines = shown.context["form"], shown.context["lines"]
    typed = {one.html_name: one.value() for one in form} | {
        one.html_name: one.value() for line in (lines.management_form, *lines) for one in line
    }
    typed = {name: value for name, value in typed.items() if value not in (None, False, "")}
    for name in ("since", "until", "s-1-at"):
        typed[name] = typed[name].isoformat()
    assert client.post(page, typed).status_code == 303
    case.refresh_from_db()
    assert case.seq == 1  # the same again is no act
    wrong = client.post(page, typed | {"until": "2026-11-01T00:00"})
    assert wrong.status_code == 422
    assert "2026-11-01T00:00" in wrong.content.decode()
    assert client.post(page, typed | {"s-0-value": "sub-0002", "offence_months": "60"}).status_code == 303
    case.refresh_from_db()
    assert [one.get("subscriber") for one in case.selectors] == ["sub-0002", None]
    assert (case.offence_months, case.selectors[1]["port"], case.status) == (60, "4000", "registered")
    more = "".join(f"192.0.2.7 {port} 20/11/2026 21:07:33 ±2\n" for port in range(4001, 4199))
    wrong = client.post(page, typed | {"more": f"{more}who was it"})
    assert wrong.status_code == 422
    assert "who was it" in wrong.content.decode()
    assert client.post(page, typed | {"more": more}).status_code == 303
    case.refresh_from_db()
    assert [one.get("port") for one in case.selectors] == [None, "4000", *map(str, range(4001, 4199))]
    assert client.get(page).status_code == 200  # as many as there may be
    acts.withdraw(desk.clerk.actor, requisition=case, reason="retirée")
    assert client.get(page).status_code == 404


def test_the_page_that_amends_keeps_an_hour_that_came_twice(desk):
    """The browser's field holds no offset: such an instant is in a field of text, with the one it has, and is saved again unchanged."""
    second = {"kind": "address", "ip": "192.0.2.7", "port": "4000", "at": "2026-10-25T02:30:00+01:00", "tolerance": "2"}
    since, until = (datetime.fromisoformat(f"2026-10-25T02:{at}") for at in ("10:00+02:00", "50:00.750000+01:00"))
    case = office.register(desk, selectors=[second], since=since, until=until)
    page, client = f"{case.get_absolute_url()}amend/", Client()
    client.force_login(desk.clerk)
    assert (
        "25 octobre 2026 à 2 h 30 (heure de Paris, UTC+01:00)" in client.get(case.get_absolute_url()).content.decode()
    )
    given = client.get(page)
    form, lines = given.context["form"], given.context["lines"]
    typed = {one.html_name: one.value() for one in form} | {
        one.html_name: one.value() for line in (lines.management_form, *lines) for one in line
    }
    typed = {name: value for name, value in typed.items() if value not in (None, False, "")}
    expected = {"since": "2026-10-25T02:10:00+02:00", "until": "2026-10-25T02:50:00+01:00", "s-0-at": second["at"]}
    assert {name: typed[name] for name in expected} == expected
    for name, at in expected.items():
        assert re.search(f'<input type="text" name="{name}" value="{re.escape(at)}"', given.content.decode())
    assert client.post(page, typed).status_code == 303
    case.refresh_from_db()
    assert (case.seq, case.until) == (1, until)
    plain = client.post(page, typed | {"s-0-at": "2026-10-25T02:30:00"})
    told = plain.content.decode()
    assert '<input type="datetime-local" name="s-1-at"' in told  # left empty
    assert (plain.status_code, "écrivez 2026-10-25T02:30:00+02:00 ou 2026-10-25T02:30:00+01:00" in told) == (422, True)
    assert '<input type="text" name="s-0-at" value="2026-10-25T02:30:00"' in told  # where an offset can be added
    spring = client.post(page, typed | {"since": "2026-03-29T02:30"}).content.decode()
    assert ("n’ont pas montré cette heure" in spring, 'value="2026-03-29T02:30"' in spring) == (True, True)
    assert client.post(page, typed | {"since": "2026-10-25T02:10:00+01:00"}).status_code == 303
    case.refresh_from_db()
    assert (case.since - since, case.seq) == (timedelta(hours=1), 2)
