"""The pages, the API and the command line of contracts; a signed file that comes back."""

import argparse
import json
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from opposable.kernel import accounts, approvals, clock, documents
from opposable.kernel.audit.report import Report
from opposable.kernel.documents import files
from opposable.kernel.models.document import path_of
from opposable.law import Refused
from opposable.systems.contracts import acts, commands, jobs
from opposable.systems.contracts.acts.drafting import FLOW
from opposable.systems.contracts.exchange import sending, signed
from opposable.systems.contracts.models import ContractVersion, SignatureProof
from tests.contracts.story import again, approve, approved, draft, people
from tests.kernel.postbox import mailbox

__all__ = ["mailbox", "people"]


@pytest.fixture
def at(people):
    def client(name):
        made = Client()
        made.force_login(people[name])
        return made

    return client


def test_from_nothing_to_sent_by_page(people, mailbox, at):
    manager = at("manager")
    new = {
        "ref": "ERP-9",
        "kind": "erp",
        "title": "Gestion",
        "party": "Éditeur SA",
        "email": "e@elsewhere.example",
        "amount": "48000",
    }
    wrong = manager.post("/contracts/new/", new)
    assert wrong.status_code == 422
    assert 'value="ERP-9"' in wrong.content.decode()
    more = {"starts_on": "2027-01-01", "months": "36", "renewal_months": "12", "notice_months": "3", "notice_days": "0"}
    answer = manager.post("/contracts/new/", {**new, **more, "flags": ["personal_data"]})
    assert answer.status_code == 302
    address = answer["Location"]
    version = ContractVersion.objects.get()
    page = manager.get(address).content.decode()
    assert "conseil, non une loi" in page
    assert "2029-09-30" in page
    assert manager.post(address, {"remove": "4"}).status_code == 303
    refused = manager.post(address, {"submit": "1"})
    assert refused.status_code == 422
    assert "il manque" in refused.content.decode()
    assert manager.post(address, {"insert": "1", "key": "evolution", "after": "3"}).status_code == 303
    assert manager.post(address, {"submit": "1"}).status_code == 303
    assert manager.post(address, {"send": "1"}).status_code == 422
    case = approvals.last_case(version, FLOW)
    for name, step in (("lawyer", "legal"), ("director", "direction")):
        person = at(name)
        assert "Approuver le contrat" in person.get("/").content.decode()
        sent = {"step": step, "seen": person.get(f"/approvals/{case.uid}/").context["present"], "approve": "1"}
        assert person.post(f"/approvals/{case.uid}/", sent).status_code == 303
    assert "approuvé, à envoyer" in manager.get(address).content.decode()
    assert manager.post(address, {"send": "1"}).status_code == 303
    assert len(mailbox.raw) == 1
    assert "250 kept as 1" in manager.get(address).content.decode()
    assert manager.get(f"/contracts/{version.uid}/text.pdf").getvalue().startswith(b"%PDF")
    assert manager.get(f"/contracts/{version.uid}/matrix.xlsx").content.startswith(b"PK")
    assert "ERP-9" in manager.get("/contracts/?q=ERP").content.decode()
    for path in ("", "text.pdf", "matrix.xlsx", "bundle.asice"):
        assert at("stranger").get(f"/contracts/{version.uid}/{path}").status_code == 404
    for path in ("", "new/", "library/", "parties/"):
        assert at("stranger").get(f"/contracts/{path}").status_code == 404
    assert at("reader").get(address).status_code == 200
    assert at("reader").get("/contracts/new/").status_code == 404
    assert at("reader").get(f"/contracts/{version.uid}/matrix.xlsx").status_code == 404


def test_a_clause_is_written_with_the_words_that_cover(people, at):
    version, manager = draft(people), at("manager")
    address = f"/contracts/{version.uid}/clauses/4/"
    form = {
        "title": "Évolution",
        "text": "Rien de garanti.",
        "covers": "technical = évolution technique",
        "reason": "négocié",
    }
    wrong = manager.post(address, form)
    assert wrong.status_code == 422
    assert "Rien de garanti." in wrong.content.decode()
    assert manager.post(address, {**form, "covers": "mal écrit"}).status_code == 422
    good = {**form, "text": "L’évolution technique est garantie.", "covers": "technical = évolution technique"}
    assert manager.post(address, good).status_code == 302
    assert "<del>" in manager.get(address).content.decode()
    assert (
        manager.post(f"/contracts/{version.uid}/clauses/new/", {"title": "Autre", "text": "Rien."}).status_code == 302
    )
    assert manager.get(f"/contracts/{version.uid}/clauses/99/").status_code == 404
    assert "iso27001@1" in manager.get("/contracts/library/").content.decode()


def test_the_gate_by_api(people, log):
    version = draft(people, without=["evolution"])
    _, token = accounts.issue_token(people["manager"].actor, account=people["manager"], label="t").result
    client, bearer = Client(), {"HTTP_AUTHORIZATION": f"Bearer {token}", "content_type": "application/json"}
    answer = client.post("/api/acts/contracts.version.submit", json.dumps({"version": version.uid}), **bearer)
    assert answer.status_code == 409
    assert answer.json()["refusal"]["code"] == "clause.missing"
    assert answer.json()["receipt"]["outcome"] == "refused"
    added = client.post(
        "/api/acts/contracts.clause.insert", json.dumps({"version": version.uid, "key": "evolution"}), **bearer
    )
    assert added.status_code == 200
    assert (
        client.post("/api/acts/contracts.version.submit", json.dumps({"version": version.uid}), **bearer).status_code
        == 200
    )
    release = client.post("/api/acts/contracts.version.release", json.dumps({"version": version.uid}), **bearer)
    assert release.json()["refusal"]["code"] == "approval.waiting"


def test_the_command_line(people, mailbox, capsys, tmp_path):
    draft(people, without=["evolution"])
    assert commands.run(["check", "ERP-1"]) == 1
    assert "absent" in capsys.readouterr().out
    assert commands.run(["check", "ERP-1", "--json", "--on", "2000-01-01"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["point"] == "corrections"
    assert commands.run(["deadlines", "ERP-1"]) == 0
    assert "2029-09-30  Last day to give notice" in capsys.readouterr().out
    assert commands.run(["library"]) == 0
    approved(people, ref="ERP-2")
    assert commands.run(["send", "ERP-2"]) == 0
    assert "sent: 250" in capsys.readouterr().out
    assert commands.run(["list"]) == 0
    assert "ERP-2" in capsys.readouterr().out
    with pytest.raises(Refused):
        commands.run(["send", "ERP-1"])
    with pytest.raises(argparse.ArgumentTypeError, match="there is no contract none"):
        commands.run(["check", "none"])


def test_a_signed_file_begins_with_the_bytes_that_left(people, mailbox, at, tmp_path):
    version = approved(people)
    sending.send_version(people["manager"].actor, version)
    version = again(version)
    pdf, signer = files.read(version.document, signed=False), documents.installation_signer()
    made = documents.sign(pdf, signer, clock.now(), documents.installation_tsa(), reason="bon pour accord")
    other = documents.sign(_another(people), signer, clock.now(), documents.installation_tsa())

    def code(data):
        with pytest.raises(Refused) as refused:
            signed.examine(version, data, [signer.pem], [])
        return refused.value.code

    assert code(b"no pdf") == "signature.file"
    assert code(pdf) == "signature.other"
    assert code(other) == "signature.other"
    broken = bytearray(made)
    broken[len(pdf) + 400] ^= 1
    assert code(bytes(broken)) == "signature.broken"
    (tmp_path / "signed.pdf").write_bytes(made)
    (tmp_path / "roots.pem").write_bytes(signer.pem)
    with (tmp_path / "signed.pdf").open("rb") as file, (tmp_path / "roots.pem").open("rb") as roots:
        form = {"file": file, "roots": roots, "side": "them"}
        assert at("manager").post(f"/contracts/{version.uid}/signed/", form).status_code == 302
    filed = SignatureProof.objects.get()
    assert filed.proof["trusted"] is True
    assert at("manager").get(f"/contracts/signature/{filed.uid}.json").json()["sha256"] == filed.sha256
    assert (
        f"/contracts/signature/{filed.uid}.pdf"
        in at("manager").get(f"/contracts/{version.contract.uid}/").content.decode()
    )
    assert at("manager").get(f"/contracts/signature/{filed.uid}.pdf").getvalue() == made
    assert commands.run(["export-signed", version.contract.ref, str(tmp_path / "back.pdf")]) == 0
    assert (tmp_path / "back.pdf").read_bytes() == made
    with (tmp_path / "signed.pdf").open("rb") as file:
        assert at("manager").post(f"/contracts/{version.uid}/signed/", {"file": file}).status_code == 422
    person = at("director")
    seen = person.get(f"/contracts/{version.contract.uid}/").context["digest"]
    assert person.post(f"/contracts/{version.contract.uid}/", {"sign": "1", "seen": seen}).status_code == 303
    assert again(version).stage == "signed"
    place = f"/contracts/{version.contract.uid}/"
    assert at("manager").post(place, {"seal": "1"}).status_code == 422
    assert person.post(place, {"seal": "1"}).status_code == 303
    sealed = person.get(f"/contracts/{version.uid}/text.pdf?signed").getvalue()
    assert sealed.startswith(pdf)
    assert documents.check(sealed, [signer.pem], list(documents.installation_tsa().roots)).good
    assert "Donner congé" in person.get(f"/contracts/{version.contract.uid}/").content.decode()
    _is_watched(filed, at("manager"))


def _is_watched(filed, manager):
    """The audit names the signed file that is gone or changed; its page says so too."""

    def found():
        jobs.audit_files(report := Report())
        return [(one.check, one.row) for one in report.findings]

    path = settings.HOME / path_of(filed.sha256)
    before = path.read_bytes()
    assert found() == []
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert found() == [("document.content", str(filed.pk))]
    assert manager.get(f"/contracts/signature/{filed.uid}.pdf").status_code == 422
    path.unlink()
    assert found() == [("document.missing", str(filed.pk))]
    gone = manager.get(f"/contracts/signature/{filed.uid}.pdf")
    assert (gone.status_code, "remettez-le" in gone.content.decode()) == (422, True)
    path.write_bytes(before)


def _another(people):
    version = draft(people, ref="ERP-3", starts_on=date(2027, 2, 1))
    acts.submit(people["manager"].actor, version=version)
    approve(people, again(version))
    return files.read(again(version).document, signed=False)


def test_who_may_not_does_not(people, mailbox):
    version = draft(people)
    for name in ("lawyer", "reader", "stranger"):
        with pytest.raises(Refused) as refused:
            acts.submit(people[name].actor, version=version)
        assert refused.value.code == "access.denied"


def test_a_contract_of_before_then_an_amendment_by_page(people, mailbox, at):
    version, lawyer, manager = draft(people, starts_on=date(2024, 1, 1)), at("lawyer"), at("manager")
    address = f"/contracts/{version.contract.uid}/"
    assert lawyer.post(address, {"adopt": "1", "signed_on": "", "original": ""}).status_code == 422
    assert lawyer.post(address, {"adopt": "1", "signed_on": "2023-12-01", "original": "coffre"}).status_code == 303
    assert "original sur papier" in manager.get(address).content.decode()
    assert manager.post(address, {"amend": "1", "effective_on": "2027-01-01"}).status_code == 303
    change = {"change": "1", "op": "replace", "ref": "2", "title": "Prix", "text": "Le prix est révisé."}
    assert manager.post(address, {**change, "ref": "99"}).status_code == 422
    assert manager.post(address, change).status_code == 303
    assert "Le prix est révisé." in manager.get(address).content.decode()
    assert "Le prix est révisé." not in manager.get(f"{address}?v=1").content.decode()
    assert manager.post(address, {"submit": "1"}).status_code == 303
    event = {"event": "1", "kind": "end-of-support", "what": "v9", "on": "2026-12-31"}
    assert manager.post(address, event).status_code == 303
    assert "garantie à invoquer" in manager.get(address).content.decode()
    owed = {"obligation": "1", "what": "Rapport", "side": "them", "due_on": "2026-12-31"}
    assert manager.post(address, owed).status_code == 303
    done = {"done": version.contract.obligations.get().uid, "evidence": "courriel", "done_on": "2026-11-20"}
    assert manager.post(address, done).status_code == 303
    assert "fait le" in manager.get(address).content.decode()
    assert manager.post(address, {"nothing": "1"}).status_code == 404
    assert at("reader").post(address, owed).status_code == 422
