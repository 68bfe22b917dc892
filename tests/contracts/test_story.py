"""A contract that cannot leave unapproved: refused at the gate, mended, approved by two, sent as it is, proven."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from opposable.kernel import anchors, approvals, clock, decisions, duties
from opposable.kernel.documents import files
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act, Duty
from opposable.kernel.testing import contract as keeps
from opposable.law import Refused
from opposable.ledger.verify import verify
from opposable.systems.contracts import acts
from opposable.systems.contracts.acts.drafting import FLOW, placed_text
from opposable.systems.contracts.exchange import proof, sending
from opposable.systems.contracts.models import Dispatch
from tests.contracts.story import NOON, TODAY, again, approve, approved, draft, people
from tests.kernel.postbox import mailbox

__all__ = ["mailbox", "people"]


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return refused.value.code


def test_from_a_missing_clause_to_a_proven_dispatch(people, mailbox, log, tmp_path):
    manager = people["manager"].actor
    version = draft(people, without=["evolution"])
    with pytest.raises(Refused) as refused:
        acts.submit(manager, version=version)
    assert refused.value.code == "clause.missing"
    assert refused.value.rule.id == "contracts.clause.evolution"
    assert [one["en"] for one in refused.value.facts["points"]] == [
        "technical evolution", "functional evolution", "for the whole duration of the contract"
    ]  # fmt: skip
    assert refused.value.receipt.outcome == "refused"
    assert code_of(sending.send_version, manager, version) == "approval.none"

    acts.insert_clause(manager, version=version, key="evolution", after="3")
    acts.submit(manager, version=version)
    version = again(version)
    assert code_of(sending.send_version, manager, version) == "approval.waiting"
    assert (
        code_of(
            approvals.give, manager, case=approvals.last_case(version, FLOW), step="legal", approves=True, seen="0" * 64
        )
        == "approval.self"
    )
    approve(people, version, ["lawyer"])
    assert code_of(sending.send_version, manager, version) == "approval.waiting"
    assert mailbox.raw == []
    approve(people, version, ["director"])

    sent = sending.send_version(manager, version)
    assert (sent.status, sent.answer) == ("sent", "250 kept as 1")
    received = mailbox.messages[0]
    pdf = next(part for part in received.iter_attachments()).get_content()
    assert sha256(pdf).hexdigest() == version.document.sha256 == sent.pdf_sha256
    assert again(version).stage == "sent"
    assert sha256(mailbox.raw[0]).hexdigest() == sent.message_sha256

    log.seal_once()
    anchors.anchor()
    path = proof.write(again(version), tmp_path / "erp.asice")
    report = verify(path)
    assert report.ok, report
    assert {"contracts.version.submit", "kernel.approval.give", "contracts.dispatch.record"} <= set(
        Act.objects.filter(outcome="done").values_list("type", flat=True)
    )


def test_anything_that_changes_after_the_approval_shuts_the_gate(people, mailbox):
    manager, version = people["manager"].actor, approved(people)
    one = version.contract
    terms = {
        name: getattr(one, name)
        for name in ("title", "starts_on", "months", "renewal_months", "notice_months", "notice_days", "flags")
    }
    acts.set_terms(manager, contract=one, amount_cents=1, **terms)
    assert code_of(sending.send_version, manager, again(version)) == "approval.stale"
    acts.submit(manager, version=again(version))
    approve(people, again(version))
    acts.put_clause(manager, version=again(version), ref="2", title="Prix", text="Le prix est libre.", reason="négocié")
    assert code_of(sending.send_version, manager, again(version)) == "approval.stale"
    assert mailbox.raw == []


def test_a_file_changed_on_the_disk_does_not_leave(people, mailbox, settings):
    version = approved(people)
    path = settings.HOME / version.document.path
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        with pytest.raises(Fault):
            sending.send_version(people["manager"].actor, version)
    finally:
        path.write_bytes(kept)
    assert mailbox.raw == []
    assert again(version).stage == "submitted"


def test_a_server_that_fails_is_asked_again_by_tick_with_the_same_message(people, mailbox):
    version = approved(people)
    mailbox.answer = "451 later"
    sent = sending.send_version(people["manager"].actor, version)
    assert (sent.status, again(version).stage) == ("failed", "submitted")
    assert code_of(sending.send_version, people["manager"].actor, again(version)) == "dispatch.waiting"
    mailbox.answer = "250 kept"
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert "contracts.dispatch.record done" in duties.tick()
    assert Dispatch.objects.get().status == "sent"
    assert mailbox.messages[0]["Message-ID"] == sent.message_id
    assert again(version).stage == "sent"


def test_a_deviation_takes_a_reason_and_one_more_voice(people, mailbox):
    manager, version = people["manager"].actor, draft(people)
    old = version.clauses[3]
    shorter = old["text"].replace(
        "compatibilité avec les systèmes, bases et navigateurs maintenus par leurs auteurs",
        "compatibilité avec les systèmes",
    )
    acts.put_clause(manager, version=version, ref="4", title=old["title"], text=shorter)
    assert code_of(acts.submit, manager, version=version) == "clause.unreasoned"
    acts.put_clause(
        manager, version=version, ref="4", title=old["title"], text=shorter, reason="L’éditeur refuse la liste."
    )
    acts.submit(manager, version=again(version))
    case = approvals.last_case(version, FLOW)
    assert case.facts["deviation"] is True
    assert {step.id for step in approvals.rules.steps(approvals.facts_of(case))} == {"legal", "deviation", "direction"}


def test_what_is_advice_can_be_waived_openly_and_what_is_law_cannot(people):
    manager = people["manager"].actor
    version = draft(people, without=["evolution"])
    acts.put_clause(
        manager,
        version=version,
        ref="9",
        title="Évolution",
        text="Aucune garantie.",
        waives=["technical", "functional", "duration"],
        reason="licence perpétuelle, sans suite",
    )
    acts.submit(manager, version=version)
    other = draft(people, ref="ERP-2", without=["corrections"])
    acts.put_clause(
        manager, version=other, ref="9", title="Corrections", text="Rien.", waives=["corrections"], reason="oubli"
    )
    assert code_of(acts.submit, manager, version=other) == "clause.waived"


def test_signed_by_us_and_by_them(people, mailbox):
    manager, version = people["manager"].actor, approved(people)
    assert (
        code_of(acts.sign, people["director"].actor, version=version, seen=decisions.state_digest(version))
        == "signature.early"
    )
    sending.send_version(manager, version)
    version = again(version)
    assert code_of(acts.sign, manager, version=version, seen="x") == "access.denied"
    ours = acts.sign(people["director"].actor, version=version, seen=decisions.state_digest(version)).result
    assert (ours.how, ours.side) == ("simple", "us")
    assert ours.sha256 == sha256(files.read(version.document, signed=False)).hexdigest()
    assert again(version).stage == "sent"


def test_amendments_make_a_chain_with_a_text_at_each_date(people, mailbox):
    manager, version = people["manager"].actor, approved(people)
    assert code_of(acts.amend, manager, contract=version.contract, effective_on=date(2028, 1, 1)) == "amendment.early"
    sending.send_version(manager, version)
    second = acts.amend(manager, contract=again(version).contract, effective_on=date(2028, 1, 1)).result
    assert (
        code_of(acts.put_change, manager, version=second, op="replace", ref="99", title="x", text="y")
        == "amendment.unfit"
    )
    acts.put_change(
        manager, version=again(second), op="replace", ref="2", title="Prix", text="Le prix est révisé chaque année."
    )
    acts.put_change(
        manager, version=again(second), op="add", ref="2 bis", title="Indice", text="L’indice est Syntec.", after="2"
    )
    acts.submit(manager, version=again(second))
    approve(people, again(second))
    sending.send_version(manager, again(second))
    before = placed_text(version.contract, date(2027, 12, 31))
    after = placed_text(version.contract, date(2028, 1, 1))
    assert [one.clause.ref for one in before][:3] == ["1", "2", "3"]
    assert [(one.clause.ref, one.version) for one in after][:4] == [("1", 1), ("2", 2), ("2 bis", 2), ("3", 1)]


def test_obligations_notice_and_events(people, mailbox):
    manager, version = people["manager"].actor, approved(people)
    one = version.contract
    owed = acts.add_obligation(
        manager, contract=one, side="them", what="Remettre le certificat", due_on=date(2026, 12, 1), every_months=12
    ).result
    acts.do_obligation(manager, obligation=owed, evidence="courriel du 20", done_on=date(2026, 11, 20))
    assert Duty.objects.get(obj=owed.uid).due_at.date() == date(2027, 12, 1)
    assert (
        acts.record_event(manager, contract=one, kind="end-of-support", what="v9", on=date(2028, 6, 30)).result.verdict
        == "at-stake"
    )
    assert (
        acts.record_event(manager, contract=one, kind="end-of-support", what="v9", on=date(2031, 6, 30)).result.verdict
        == "kept"
    )
    acts.plan_reversibility(
        manager, contract=one, data="tout", data_format="CSV", assistance="six mois", test_on=date(2027, 3, 1)
    )
    acts.review(manager, contract=one, conclusion="à garder")
    assert Duty.objects.get(obj=one.uid, act="contracts.contract.notice").due_at.date() == date(2029, 9, 30)
    with clock.frozen(NOON + timedelta(days=365)):
        acts.give_notice(people["director"].actor, contract=one)
    one.refresh_from_db()
    assert one.ended_on == date(2029, 12, 31)
    assert one.ended_on > TODAY


def test_a_contract_of_before_is_taken_over_and_its_dates_run(people, mailbox):
    lawyer, version = people["lawyer"].actor, draft(people, starts_on=date(2024, 3, 1), without=["evolution"])
    assert code_of(acts.adopt, lawyer, version=version, signed_on=date(2027, 1, 1), original="coffre") == "adopt.facts"
    assert (
        code_of(acts.adopt, people["manager"].actor, version=version, signed_on=date(2024, 2, 1), original="coffre")
        == "access.denied"
    )
    acts.adopt(lawyer, version=version, signed_on=date(2024, 2, 1), original="coffre 2")
    assert Duty.objects.get(act="contracts.contract.notice").due_at.date() == date(2026, 11, 30)
    assert code_of(sending.send_version, people["manager"].actor, again(version)) == "approval.none"
    assert (
        code_of(acts.adopt, lawyer, version=approved(people, ref="ERP-7"), signed_on=date(2024, 2, 1), original="x")
        == "adopt.late"
    )


def test_the_house_is_kept(people, mailbox):
    version = approved(people)
    sending.send_version(people["manager"].actor, version)
    version = again(version)
    acts.sign(people["director"].actor, version=version, seen=decisions.state_digest(version))
    owed = {"contract": version.contract, "side": "them", "what": "Rapport", "due_on": date(2027, 2, 1)}
    acts.add_obligation(people["manager"].actor, **owed)
    acts.record_event(
        people["manager"].actor, contract=version.contract, kind="version-published", what="v10", on=TODAY
    )
    assert keeps("contracts") == []
