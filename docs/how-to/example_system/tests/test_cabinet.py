"""The story of one key, and what every system must keep."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from opposable.kernel import accounts, actors, clock
from opposable.kernel.models import Duty
from opposable.kernel.sealing_service import in_process
from opposable.kernel.testing import contract
from opposable.law import Refused

from key_cabinet import acts
from key_cabinet.models import Key

CONSOLE = actors.system("tests")
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 18:30 in Paris


@pytest.mark.django_db
def test_a_key_from_hook_to_hook() -> None:
    with in_process(), clock.frozen(NOON):
        key = acts.add(CONSOLE, number="12", opens="salle des archives").result
        taken = acts.take(CONSOLE, key=key, holder="Nadia Rey")
        assert taken.index == 1
        assert key.back_by == EVENING
        assert Duty.objects.get(closed_at=None).due_at == EVENING
        with pytest.raises(Refused) as refused:
            acts.take(CONSOLE, key=key, holder="Paul Martin")
        assert refused.value.code == "key.out"
        assert refused.value.receipt.outcome == "refused"
        acts.give_back(CONSOLE, key=key)
        assert not Duty.objects.filter(closed_at=None).exists()
    with in_process(), clock.frozen(EVENING), pytest.raises(Refused) as refused:
        acts.take(CONSOLE, key=key, holder="Paul Martin")
    assert refused.value.code == "key.hours"
    assert contract("cabinet") == []


@pytest.mark.django_db
def test_the_page_is_for_those_who_may_read() -> None:
    with clock.frozen(NOON):
        key = acts.add(CONSOLE, number="7", opens="local du serveur").result
        account = accounts.open_account(CONSOLE, email="a@cabinet.example", name="A", password="x").result
        client = Client()
        client.force_login(account)
        assert client.get(f"/cabinet/{key.uid}/").status_code == 404
        accounts.give(CONSOLE, account=account, role="cabinet.keeper", cell=accounts.root())
        page = client.post(f"/cabinet/{key.uid}/", {"holder": "Nadia Rey"}, follow=True)
        assert "chez Nadia Rey" in page.content.decode()
        again = client.post(f"/cabinet/{key.uid}/", {"holder": "Paul Martin"})
        assert again.status_code == 422
        assert "La clé 7 est sortie" in again.content.decode()
        client.post(f"/cabinet/{key.uid}/")
        assert Key.objects.get().holder == ""


@pytest.mark.django_db
def test_the_api_is_there_without_a_line() -> None:
    account = accounts.open_account(CONSOLE, email="a@cabinet.example", name="A", password="x").result
    accounts.give(CONSOLE, account=account, role="cabinet.keeper", cell=accounts.root())
    _, token = accounts.issue_token(CONSOLE, account=account, label="tests").result
    client = Client(headers={"authorization": f"Bearer {token}"})
    body = {"number": "31", "opens": "coffre"}
    made = client.post("/api/acts/cabinet.key.add", body, content_type="application/json").json()
    assert made["outcome"] == "done"
    uid = made["result"]["uid"]
    assert client.get(f"/api/objects/cabinet.key/{uid}").json()["state"]["opens"] == "coffre"
    again = client.post("/api/acts/cabinet.key.add", body, content_type="application/json")
    assert again.status_code == 409
    assert again.json()["refusal"]["code"] == "key.exists"
