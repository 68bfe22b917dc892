"""A controlled document: drafted, approved on its text, published, accepted version by version, reviewed, withdrawn."""

from datetime import UTC, date, datetime, timedelta

import pytest

from opposable.kernel import approvals, clock, controlled, decisions, documents, duties
from opposable.kernel.models import Acknowledgement, DocumentVersion, Duty
from opposable.law import Refused
from tests.kernel.decided import cast, person

__all__ = ["cast"]
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
BODY = "# Objet\n\nLes accès sont personnels.\n\n- un mot de passe\n- une clé"
FLOW = {
    "key": "tests.policy",
    "title": {"fr": "Politique", "en": "Policy"},
    "steps": [{"id": "law", "title": {"fr": "Avis", "en": "Opinion"}, "roles": ["kernel.lawyer"], "days": 5}],
}


@pytest.fixture
def draft(cast):
    approvals.publish(cast["admin"].actor, data=FLOW, since=date(2026, 1, 1))
    made = {"key": "acces", "kind": "policy", "title": "Politique d’accès", "body": BODY, "flow": "tests.policy"}
    with clock.frozen(NOON):
        return controlled.create(cast["clerk"].actor, **made, audience=["kernel.buyer", "kernel.chief"]).result


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return refused.value.code


def approve(cast, version):
    case = approvals.last_case(version, "tests.policy")
    approvals.give(cast["lawyer"].actor, case=case, step="law", approves=True, seen=case.sha256)


def published(cast, version):
    controlled.submit(cast["clerk"].actor, version=version)
    approve(cast, version)
    version.refresh_from_db()
    controlled.publish(cast["clerk"].actor, version=version)
    return version


def test_nothing_is_published_before_its_text_is_approved(cast, draft):
    with clock.frozen(NOON):
        assert code_of(controlled.publish, cast["clerk"].actor, version=draft) == "document.stage"
        controlled.submit(cast["clerk"].actor, version=draft)
        assert code_of(controlled.publish, cast["clerk"].actor, version=draft) == "approval.waiting"
        approve(cast, draft)
        controlled.draft(cast["clerk"].actor, document=draft.document, body=BODY + "\n\nUne ligne de plus.")
        draft.refresh_from_db()
        assert draft.stage == "draft"
        controlled.submit(cast["clerk"].actor, version=draft)
        assert code_of(controlled.publish, cast["clerk"].actor, version=draft) == "approval.waiting"


def test_a_published_version_is_printed_sealed_by_tick_and_asked_of_its_audience(cast, draft):
    with clock.frozen(NOON):
        published(cast, draft)
        draft.refresh_from_db()
        assert documents.rerender(draft.issued)
        data = documents.data_of(draft.issued)
        assert [one["kind"] for one in data["blocks"]] == ["heading", "text", "list"]
        assert data["approved"][0]["name"] == "Lawyer"
        assert controlled.rate(draft) == (0, 2)
        mine = Duty.objects.get(person=cast["buyer"].uid)
        assert mine.due_at.date() == date(2026, 12, 24)
        assert list(duties.due_for(cast["buyer"].actor)) == [mine]
        assert DocumentVersion.objects.visible_to(cast["buyer"].actor).get() == draft
        assert not DocumentVersion.objects.visible_to(cast["stranger"].actor).exists()
        assert draft.document.review_on == date(2027, 11, 24)


def test_each_accepts_the_exact_version_once(cast, draft):
    published(cast, draft)
    buyer, seen = cast["buyer"].actor, decisions.state_digest(draft)
    assert code_of(controlled.accept, buyer, version=draft, seen="0" * 64) == "decision.changed"
    asked = controlled.accept(buyer, version=draft, seen=seen).result
    assert asked.sha256 == seen
    assert code_of(controlled.accept, buyer, version=draft, seen=seen) == "document.accepted"
    assert code_of(controlled.accept, cast["clerk"].actor, version=draft, seen=seen) == "document.not-asked"
    assert controlled.rate(draft) == (1, 2)
    assert not Duty.objects.filter(person=cast["buyer"].uid, closed_at=None).exists()
    assert [one.version for one in controlled.pending_for(cast["chief"].actor)] == [draft]


def test_a_new_version_is_asked_anew_and_the_old_one_withdrawn(cast, draft):
    published(cast, draft)
    controlled.accept(cast["buyer"].actor, version=draft, seen=decisions.state_digest(draft))
    second = controlled.draft(
        cast["clerk"].actor, document=draft.document, body=BODY + "\n\nPlus.", change="Clés"
    ).result
    assert second.number == 2
    published(cast, second)
    draft.refresh_from_db()
    assert draft.stage == "withdrawn"
    assert controlled.present_version(draft.document) == second
    assert Acknowledgement.objects.filter(version=second, given_at=None).count() == 2
    assert Duty.objects.filter(act=controlled.ACCEPT, closed_at=None).count() == 2
    controlled.withdraw(cast["lawyer"].actor, version=second)
    assert not Duty.objects.filter(act__startswith="kernel.controlled", closed_at=None).exists()


def test_whoever_comes_later_is_asked_by_tick_once(cast, draft):
    published(cast, draft)
    newcomer = person("newcomer", "kernel.chief")
    assert controlled.ask_newcomers() == ["acknowledgements asked: 1"]
    assert controlled.ask_newcomers() == []
    assert Duty.objects.filter(person=newcomer.uid).count() == 1


def test_the_review_comes_round(cast, draft):
    with clock.frozen(NOON):
        published(cast, draft)
    with clock.frozen(NOON + timedelta(days=300)):
        assert code_of(controlled.review, cast["buyer"].actor, document=draft.document) == "access.denied"
        controlled.review(cast["lawyer"].actor, document=draft.document)
        assert Duty.objects.get(act=controlled.REVIEW).due_at.date() == date(2028, 9, 20)
