"""Decisions hold on the exact state they were made on, and on no other."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from opposable.kernel import clock, decisions, parts
from opposable.kernel.models import Act, Decision, Duty
from opposable.law import Refused
from opposable.ledger import canonical
from opposable.ledger.act import digest
from tests.kernel.decided import SYSTEM, cast, draw, edit

__all__ = ["cast"]
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


@pytest.fixture
def hold(cast):
    return draw(cast["clerk"].actor, reason="litige").result


def decide(account, row, **more):
    given = {"text": "J’accepte cet état.", "seen": decisions.state_digest(row), **more}
    return decisions.make(account.actor, row=row, **given).result


def test_a_decision_keeps_the_exact_state_and_its_digest(cast, hold):
    made = decide(cast["lawyer"], hold, note="Vu avec le service.")
    assert made.sha256 == digest(canonical.encode(decisions.snapshot(made)))
    assert decisions.snapshot(made)["objects"][0]["state"]["reason"] == "litige"
    assert (made.person, made.role) == (cast["lawyer"].uid, "kernel.lawyer")
    assert decisions.standing(made).valid
    note = parts.read(Act.objects.get(obj=made.uid).pk, f"note-{made.uid[:8]}")
    assert note == {"note": "Vu avec le service."}


def test_it_goes_stale_with_the_change_and_not_after_it(cast, hold):
    made = decide(cast["lawyer"], hold)
    edit(cast["clerk"].actor, hold=hold, reason="autre litige")
    assert decisions.standing(made).name == "stale"
    with pytest.raises(Refused, match="périmée"):
        _needed(cast["lawyer"].actor, hold=hold)


@decisions.act("test.decision.needed", label=decisions.VALID.label, api=False)
def _needed(a, *, hold):
    return decisions.require_decision(a, hold, "kernel.decision.make")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits=st.lists(st.sampled_from(["a", "b", "c"]), max_size=6))
def test_no_sequence_of_edits_leaves_it_valid_on_another_state(cast, hold, edits):
    hold.refresh_from_db()
    edit(cast["clerk"].actor, hold=hold, reason="a")
    made = decide(cast["lawyer"], hold)
    for reason in edits:
        edit(cast["clerk"].actor, hold=hold, reason=reason)
        assert decisions.standing(made).valid is (hold.reason == "a")


def test_it_is_refused_on_what_is_not_there_any_more(cast, hold):
    seen = decisions.state_digest(hold)
    edit(cast["clerk"].actor, hold=hold, reason="entre-temps")
    with pytest.raises(Refused) as refused:
        decide(cast["lawyer"], hold, seen=seen)
    assert refused.value.code == "decision.changed"
    assert refused.value.receipt.outcome == "refused"
    assert not Decision.objects.exists()


def test_a_row_read_before_the_act_does_not_deceive_it(cast, hold):
    old = type(hold).objects.get(pk=hold.pk)
    edit(cast["clerk"].actor, hold=hold, reason="plus récent")
    with pytest.raises(Refused) as refused:
        decide(cast["lawyer"], old)
    assert refused.value.code == "decision.changed"


def test_it_expires_on_its_day(cast, hold):
    with clock.frozen(NOON):
        made = decide(cast["lawyer"], hold, expires_on=date(2026, 12, 1))
        assert decisions.standing(made).valid
        assert Duty.objects.get(obj=made.uid).due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)  # midnight in Paris
        with pytest.raises(Refused) as refused:
            decide(cast["chief"], hold, expires_on=date(2026, 11, 24))
    assert refused.value.code == "decision.expiry"
    with clock.frozen(datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)):
        assert decisions.standing(made).valid
    with clock.frozen(datetime(2026, 11, 30, 23, tzinfo=UTC)):
        assert decisions.standing(made).name == "expired"


def test_it_is_revoked_by_whoever_made_it_with_a_reason(cast, hold):
    made = decide(cast["lawyer"], hold, expires_on=clock.now().date() + timedelta(days=9))
    for account, reason, code in (
        (cast["clerk"], "x", "access.denied"),
        (cast["lawyer"], " ", "decision.reason"),
    ):
        with pytest.raises(Refused) as refused:
            decisions.revoke(account.actor, decision=made, reason=reason)
        assert refused.value.code == code
    decisions.revoke(cast["lawyer"].actor, decision=made, reason="Élément nouveau.")
    assert decisions.standing(made).name == "revoked"
    assert not Duty.objects.filter(closed_at=None).exists()
    with pytest.raises(Refused) as refused:
        decisions.revoke(cast["lawyer"].actor, decision=made, reason="encore")
    assert refused.value.code == "decision.revoked"


def test_four_eyes_and_a_person(cast, hold):
    both = draw(cast["lawyer"].actor, reason="écrit par le juriste").result
    with pytest.raises(Refused) as refused:
        decide(cast["lawyer"], both)
    assert refused.value.code == "decision.four-eyes"
    assert decide(cast["lawyer"], both, alone=True).seq == 1
    with pytest.raises(Refused) as refused:
        decisions.make(SYSTEM, row=hold, text="oui", seen=decisions.state_digest(hold))
    assert refused.value.code == "decision.person"


def test_many_standings_take_a_query_a_kind(cast, hold, django_assert_num_queries):
    made = [decide(cast[name], hold) for name in ("lawyer", "buyer", "chief")]
    with django_assert_num_queries(1):
        assert all(one.valid for one in decisions.standings(made).values())


def test_what_is_decided_is_seen_by_who_may_see_the_object(cast, hold):
    made = decide(cast["lawyer"], hold)
    assert Decision.objects.visible_to(cast["clerk"].actor).get() == made
    assert not Decision.objects.visible_to(cast["stranger"].actor).exists()
    assert not Decision.objects.visible_to(cast["admin"].actor).exists()
