"""Accesses: the list, a role given in three steps with nothing lost, roles taken back in number, nobody for himself."""

import re

import pytest
from django.test import Client

from opposable.kernel import accounts
from opposable.kernel.models import Account, Act, Cell, Grant
from opposable.web import bulk
from tests.web import story

NEW = "/access/new/"
WHO = {"email": "new@house.example", "name": "Nadia Keller", "language": "en"}


@pytest.fixture
def keeper(house):
    account = story.open_account("keeper")
    accounts.give(story.SYSTEM, account=account, role="kernel.keeper", cell=house.root)
    client = Client()
    client.force_login(account)
    client.account = account
    return client


def walk(client, who=WHO, role="assembly.auditor", cell="/"):
    client.post(f"{NEW}?step=who", who)
    client.post(f"{NEW}?step=what", {"role": role, "cell": Cell.objects.get(path=cell).pk})
    return client.post(f"{NEW}?step=check")


def test_a_role_is_given_in_three_steps_and_the_person_can_sign_in(keeper, house):
    assert keeper.get(NEW)["Location"] == f"{NEW}?step=who"
    assert keeper.post(f"{NEW}?step=who", WHO)["Location"] == f"{NEW}?step=what"
    kept = keeper.get(f"{NEW}?step=who").content.decode()
    assert 'value="new@house.example"' in kept
    keeper.post(f"{NEW}?step=what", {"role": "assembly.auditor", "cell": house.apart.pk})
    check = keeper.get(f"{NEW}?step=check").content.decode()
    assert "Nadia Keller" in check
    assert "Auditeur" in check
    assert not Account.objects.filter(email=WHO["email"]).exists()
    done = keeper.post(f"{NEW}?step=check").content.decode()
    password = re.search(r"<code>([0-9a-f-]{24})</code>", done)[1]
    account = Account.objects.get(email=WHO["email"])
    assert account.check_password(password)
    assert (account.grants.get().role, account.grants.get().cell.path) == ("assembly.auditor", "/apart/")
    assert keeper.get(NEW)["Location"] == f"{NEW}?step=who"
    assert password not in keeper.get("/access/").content.decode()


def test_an_account_that_exists_only_gets_the_role(keeper, house):
    done = walk(keeper, {"email": "STRANGER@house.example", "name": "", "language": "fr"}).content.decode()
    assert "Premier mot de passe" not in done
    assert house.stranger.grants.get().role == "assembly.auditor"


def test_what_is_wrong_is_said_beside_its_field_and_stays(keeper):
    answer = keeper.post(f"{NEW}?step=who", {"email": "new@house.example", "name": "", "language": "en"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="new@house.example"' in page
    assert 'id="id_name_error"' in page


def test_no_step_is_skipped(keeper):
    assert keeper.get(f"{NEW}?step=check")["Location"] == f"{NEW}?step=who"
    assert keeper.get(f"{NEW}?step=what")["Location"] == f"{NEW}?step=who"
    assert keeper.post(f"{NEW}?step=check")["Location"] == f"{NEW}?step=who"


def test_giving_up_forgets_what_was_typed(keeper):
    keeper.post(f"{NEW}?step=who", WHO)
    assert keeper.post(f"{NEW}?step=what", {"abandon": "1"})["Location"] == "/access/"
    assert keeper.get(NEW)["Location"] == f"{NEW}?step=who"


def test_nobody_gives_himself_a_right_and_the_refusal_is_recorded(keeper):
    answer = walk(keeper, {"email": keeper.account.email, "name": "", "language": "fr"})
    assert answer.status_code == 422
    assert "Nul ne se donne un droit" in answer.content.decode()
    assert Act.objects.filter(type="kernel.grant.give", outcome="refused", actor=keeper.account.uid).count() == 1
    assert "Keeper Vidal" in keeper.get(f"{NEW}?step=check").content.decode()


def test_roles_are_taken_back_in_number_each_by_its_own_act(keeper, house):
    for name in ("one", "two"):
        accounts.give(story.SYSTEM, account=story.open_account(name), role="assembly.auditor", cell=house.root)
    rows = [row.pk for row in Grant.objects.filter(role="assembly.auditor")]
    asked = keeper.post("/access/?role=assembly.auditor", {"bulk": "end", "row": rows})
    page = asked.content.decode()
    assert "One Vidal" in page
    assert Grant.objects.filter(until=None, role="assembly.auditor").count() == 2
    sure = {"bulk": "end", "row": rows, "once": asked.context["once"]}
    done = keeper.post("/access/", sure)
    assert (done.context["done_count"], done.context["refused_count"]) == (2, 0)
    assert Act.objects.filter(type="kernel.grant.end", actor=keeper.account.uid).count() == 2
    assert keeper.post("/access/", sure).status_code == 303
    assert Act.objects.filter(type="kernel.grant.end").count() == 2


def test_all_rows_of_the_filter_and_no_other(keeper, house):
    asked = keeper.post("/access/?role=assembly.secretary", {"bulk": "end", "all": "1"})
    assert [str(name.fr) for _, name in asked.context["lines"]] == [
        "Secretary Vidal · Assemblées · Secrétaire de la société"
    ]
    assert keeper.post("/access/?role=assembly.auditor", {"bulk": "end", "all": "1"}).status_code == 303


def test_too_many_at_once_are_refused(keeper, house, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)
    assert keeper.post("/access/", {"bulk": "end", "all": "1"}).status_code == 303
    assert Grant.objects.filter(until=None).count() == 2


def test_a_refused_row_says_why_and_the_others_go_on(keeper, house, monkeypatch):
    from opposable.law import Refused, t
    from opposable.web.views import grants

    real = accounts.end

    def end(actor, *, grant):
        if grant.role == "assembly.secretary":
            raise Refused(t("Pas celle-ci.", "Not this one."), None, "test")
        return real(actor, grant=grant)

    monkeypatch.setattr(grants.accounts, "end", end)
    asked = keeper.post("/access/", {"bulk": "end", "all": "1"})
    rows = [pk for pk, _ in asked.context["lines"]]
    done = keeper.post("/access/", {"bulk": "end", "row": rows, "once": asked.context["once"]})
    assert (done.context["done_count"], done.context["refused_count"]) == (1, 1)
    assert "Pas celle-ci." in done.content.decode()


def test_who_may_only_read_is_offered_nothing(secretary, house):
    page = secretary.get("/access/").content.decode()
    assert "Retirer" not in page
    assert "Donner un accès" not in page
    assert secretary.get(NEW).status_code == 404
    row = Grant.objects.get()
    assert secretary.post("/access/", {"bulk": "end", "row": row.pk}).status_code == 200
    assert Grant.objects.get().until is None


def test_who_may_not_read_grants_has_no_such_page(stranger):
    assert stranger.get("/access/").status_code == 404


def test_rows_elsewhere_are_not_found(house):
    account = story.open_account("local")
    accounts.give(story.SYSTEM, account=account, role="kernel.keeper", cell=house.apart)
    client = Client()
    client.force_login(account)
    row = house.secretary.grants.get()
    assert client.post("/access/", {"bulk": "end", "row": row.pk}).status_code == 303
    assert walk(client, {"email": "stranger@house.example", "name": "", "language": "fr"}).status_code == 303
    assert not house.stranger.grants.exists()


def test_the_page_keeps_to_its_budget(keeper, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        keeper.get("/access/")
