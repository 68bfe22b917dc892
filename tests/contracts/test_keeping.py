"""Ten years after a contract: what its file said of somebody is gone, in the rows and the files too; what runs, or is held, stays."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from opposable.kernel import clock, documents, restore, retention
from opposable.kernel.audit import audit
from opposable.kernel.documents import files
from opposable.kernel.documents.faults import DocumentErased
from opposable.kernel.models import Act, Duty, Part
from opposable.kernel.models.document import path_of
from opposable.law import Refused, local_day
from opposable.systems.contracts import acts
from opposable.systems.contracts.exchange import sending, signed
from opposable.systems.contracts.models import Contract, ContractVersion, Dispatch, Party, SignatureProof
from opposable.systems.contracts.rules.keeping import is_over, kept_until
from opposable.systems.contracts.rules.terms import Terms, last_day
from tests.contracts.story import SYSTEM, again, approve, approved, draft, people
from tests.kernel.holds import lift
from tests.kernel.postbox import mailbox
from tests.web.reading import faults

__all__ = ["mailbox", "people"]
KEPT = datetime(2040, 12, 31, 12, tzinfo=UTC)
OVER = datetime(2041, 1, 2, 12, tzinfo=UTC)
WHO = "Zoé Quintefeuille"


def test_the_file_is_kept_ten_years_after_the_year_in_which_the_contract_ended():
    fixed = Terms(date(2027, 1, 1), 48)
    assert last_day(fixed) == date(2030, 12, 31)
    assert last_day(Terms(date(2027, 1, 1), 0)) is None, "no term"
    assert last_day(Terms(date(2027, 1, 1), 48, 12)) is None, "renewed until notice is given"
    assert last_day(Terms(date(2027, 1, 1), 48, 12, ended_on=date(2029, 3, 1))) == date(2029, 3, 1)
    assert kept_until(date(2030, 12, 31)) == date(2041, 1, 1)
    assert (is_over(date(2030, 12, 31), date(2040, 12, 31)), is_over(date(2030, 12, 31), date(2041, 1, 1))) == (
        False,
        True,
    )
    assert not is_over(None, date(2999, 1, 1))


@pytest.fixture
def ended(people, mailbox, log):
    """Sent, signed by both, with an amendment, an obligation, an event and a plan: all of it says WHO. It ends with 2030."""
    manager = people["manager"].actor
    version = draft(people, months=48, renewal_months=0, title=f"Régie de {WHO}")
    one = version.contract
    party = {"registration": "", "critical": True, "controls": [], "risks": []}
    acts.change_party(manager, party=one.party, address=f"chez {WHO}", email="quintefeuille@elsewhere.example", **party)
    acts.put_clause(manager, version=version, ref="99", title="Qui", text=f"La régie est tenue par {WHO}.")
    acts.submit(manager, version=version)
    approve(people, version)
    sending.send_version(manager, again(version), body=f"Chère {WHO}")
    version = again(version)
    pdf, signer = files.read(version.document, signed=False), documents.installation_signer()
    back = documents.sign(pdf, signer, clock.now(), documents.installation_tsa(), reason=f"bon pour accord, {WHO}")
    signed.file_signed(manager, version, back, side="them", roots=[signer.pem], tsa_roots=[])
    digest, until = files.keep_today(f"signé {WHO}".encode(), "contracts.file", local_day(clock.now()))
    person = {"sha256": digest, "signed_at": clock.now(), "proof": {"signer": WHO}, "until": until}
    acts.record_signed_file(manager, version=version, side="us", name=WHO, **person)
    change = acts.amend(manager, contract=one, effective_on=date(2028, 1, 1)).result
    acts.put_change(manager, version=change, op="replace", ref="99", title="Qui", text=f"Par {WHO}, seule.")
    owed = acts.add_obligation(manager, contract=one, side="them", what=f"{WHO} rend compte", due_on=date(2027, 2, 1))
    acts.do_obligation(manager, obligation=owed.result, evidence=f"lettre de {WHO}", done_on=date(2026, 11, 20))
    event = acts.record_event(manager, contract=one, kind="function-withdrawn", what=f"dit {WHO}", on=date(2026, 11, 1))
    acts.answer_event(manager, event=event.result, answer=f"vu avec {WHO}", answered_on=date(2026, 11, 20))
    plan = {"data_format": "CSV", "test_on": date(2027, 3, 1), "data": "tout"}
    acts.plan_reversibility(manager, contract=one, assistance=f"{WHO}, six mois", **plan)
    acts.review(manager, contract=one, conclusion=f"{WHO} convient")
    log.seal_once()
    return one


@contextmanager
def later(instant, log):
    """Everything that is due on a day is done: what the second run finds is what the seal of the first one let go."""
    with clock.frozen(instant):
        retention.run()
        log.seal_once()
        retention.run()
        yield


def named_in():
    """The tables that still name somebody, and the parts of acts that are still there to do so."""
    words = (WHO, "Quintefeuille", "quintefeuille")
    rows = ((model, row) for model in apps.get_models() for row in model._default_manager.values())
    return sorted({model.__name__ for model, row in rows if any(word in str(row) for word in words)})


def test_at_the_end_nobody_is_named_in_any_table_or_file_and_every_page_says_why(people, ended, log):
    filed = SignatureProof.filed().first()
    version = ContractVersion.objects.get(number=1)
    digests = [version.document.sha256, *SignatureProof.filed().values_list("sha256", flat=True)]
    paths = [settings.HOME / path_of(one) for one in digests]
    with later(KEPT, log):
        assert Contract.objects.get().title == f"Régie de {WHO}"
        assert signed.copy_of(filed)
        assert files.read(version.document)
        assert Part.objects.filter(act__obj=ended.uid, cipher__isnull=False).exists(), (
            "it ran: its acts are kept with it"
        )
        assert not audit(parts=True).findings
        backup = {path: path.read_bytes() for path in paths}
    with later(OVER, log):
        assert named_in() == []
        assert [path for path in paths if path.exists()] == []
        assert not audit(parts=True).findings
        for path, kept in backup.items():
            path.write_bytes(kept)
        with pytest.raises(DocumentErased):
            signed.copy_of(SignatureProof.objects.get(pk=filed.pk))
        with pytest.raises(DocumentErased):
            files.read(version.document)
        assert not audit(parts=True).findings, "what a backup put back is not read any more"
        restore.replay()
        retention.run()
        assert [path for path in paths if path.exists()] == [], "and goes again"
        assert not Duty.objects.filter(closed_at=None, obj=ended.uid).exists()
        one = Contract.objects.get()
        assert (one.ref, one.kind, one.owner, one.starts_on) == ("ERP-1", "erp", None, date(2027, 1, 1))
        reader = Client()
        reader.force_login(people["manager"])
        for place in ("", "?v=1", "leaving/"):
            page = reader.get(f"/contracts/{one.uid}/{place}")
            assert (page.status_code, faults(page.text)) == (200, [])
            assert "Effacé au terme de sa conservation" in page.text
        party = reader.get(one.party.get_absolute_url())
        assert (party.status_code, "n’est plus dit" in party.text) == (200, True)
        assert "effacé au terme de sa conservation" in reader.get("/contracts/").text
        assert "Effacer le contenu" in reader.get(f"/contracts/{one.uid}/").text
        assert reader.get("/contracts/parties/").status_code == 200
        assert reader.get("/contracts/?q=Quintefeuille").status_code == 200
        assert reader.get(f"/contracts/signature/{filed.uid}.pdf").status_code == 422
        assert reader.get(f"/contracts/signature/{filed.uid}.json").json()["name"] == "—"
        assert [reader.get(f"/contracts/{version.uid}/{name}").status_code for name in ("text.pdf", "matrix.xlsx")] == [
            404,
            404,
        ]


@pytest.mark.one_database
def test_a_hold_on_the_contract_keeps_its_whole_file_until_it_is_lifted(people, ended, log):
    with clock.frozen(KEPT):
        hold = retention.place_hold(SYSTEM, objs=[ended.uid], reason="procès").result[0]
    with later(OVER, log):
        assert Contract.objects.get().title == f"Régie de {WHO}"
        assert Dispatch.objects.get().body == f"Chère {WHO}"
        assert Party.objects.get().address == f"chez {WHO}"
        version = ContractVersion.objects.get(number=1)
        assert files.read(version.document)
        assert signed.copy_of(SignatureProof.filed().first())
        assert not audit(parts=True).findings
        lift(SYSTEM, hold=hold)
    with later(OVER.replace(day=3), log):
        assert named_in() == []
        assert not (settings.HOME / path_of(version.document.sha256)).exists()
        assert not audit(parts=True).findings


@pytest.mark.one_database
def test_what_still_runs_is_never_blanked_and_its_acts_can_be_read(people, mailbox, log):
    version = approved(people, title=f"Sans fin, {WHO}")
    sending.send_version(people["manager"].actor, version)
    log.seal_once()
    with later(datetime(2060, 1, 2, 12, tzinfo=UTC), log):
        assert Contract.objects.get().title == f"Sans fin, {WHO}"
        assert again(version).clauses
        assert files.read(again(version).document)
        assert Act.objects.filter(type="contracts.version.submit", header__isnull=False).exists()
        assert not audit(parts=True).findings


def test_a_title_says_something(people):
    with pytest.raises(Refused) as refused:
        draft(people, title=" — ")
    assert refused.value.code == "contract.title"
