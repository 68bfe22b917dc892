"""Saved views: kept, shown, forgotten and brought back, each person his own, and never a way out of the site."""

import pytest
from django.test import Client

from opposable.web import saved
from opposable.web.models import SavedView

KEEP = {
    "page": "web:acts",
    "query": "outcome=refused&after=abc&q=",
    "name": "  Les   refus ",
    "next": "/acts/?outcome=refused",
}


def test_a_view_is_kept_without_its_page_and_shown_as_current(secretary):
    assert secretary.post("/views/", KEEP).status_code == 303
    row = SavedView.objects.get()
    assert (row.name, row.query) == ("Les refus", "outcome=refused")
    shown = secretary.get("/acts/?outcome=refused").content.decode()
    assert 'aria-current="true"' in shown
    assert "Les refus" in shown
    assert "Garder cette vue" not in shown
    assert "Garder cette vue" in secretary.get("/acts/?outcome=done").content.decode()


def test_the_same_name_takes_the_new_filters(secretary):
    secretary.post("/views/", KEEP)
    secretary.post("/views/", KEEP | {"query": "outcome=done"})
    assert SavedView.objects.get().query == "outcome=done"


def test_views_are_each_persons_own(secretary, stranger):
    secretary.post("/views/", KEEP)
    row = SavedView.objects.get()
    assert "Les refus" not in stranger.get("/acts/?outcome=refused").content.decode()
    assert stranger.post(f"/views/{row.pk}/forget/").status_code == 404
    assert Client().post("/views/", KEEP).status_code == 302
    assert SavedView.objects.count() == 1


def test_a_view_forgotten_comes_back_by_the_toast(secretary):
    secretary.post("/views/", KEEP)
    row = SavedView.objects.get()
    secretary.post(f"/views/{row.pk}/forget/", {"next": "/acts/"})
    assert not SavedView.objects.exists()
    undo = list(secretary.get("/acts/").context["messages"])[-1].extra_tags.removeprefix("undo:")
    assert secretary.post(undo)["Location"] == "/acts/"
    assert SavedView.objects.get().query == "outcome=refused"
    assert secretary.post("/views/restore/forged/").status_code == 404


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "", "\\\\x"]
)
def test_nobody_is_led_away(secretary, away):
    assert secretary.post("/views/", KEEP | {"next": away})["Location"] == "/"


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"query": "after=x"}, {"page": ""}, {"query": "q=" + "a" * 2000}, {"name": "a\0b"}]
)
def test_what_makes_no_view_is_said_and_not_kept(secretary, wrong):
    assert secretary.post("/views/", KEEP | wrong).status_code == 303
    assert not SavedView.objects.exists()


def test_a_person_keeps_so_many_and_no_more(secretary):
    for number in range(saved.MOST + 2):
        secretary.post("/views/", KEEP | {"name": str(number)})
    assert SavedView.objects.count() == saved.MOST
    secretary.post("/views/", KEEP | {"name": "0", "query": "outcome=done"})
    assert SavedView.objects.get(name="0").query == "outcome=done"
