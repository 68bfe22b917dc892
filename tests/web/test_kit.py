"""The kit as system pages use it: forms answered with 422, toasts, lists, error pages; and its reference is complete."""

import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.shortcuts import render
from django.test import RequestFactory

from opposable.law import Refused, t
from opposable.web import errors
from opposable.web.forms import form_page, toast
from opposable.web.language import Language
from opposable.web.templatetags.opposable import register
from tests.web.reading import faults

REFERENCE = (Path(__file__).parents[2] / "docs/reference/page-kit.md").read_text("utf-8")
INSIDE = {"cell", "seal_mark", "initials", "undo_of"}
"""Used by the kit's own templates only."""


class Convening(forms.Form):
    name = forms.CharField(label="Nom", help_text="Comme au registre.")
    kind = forms.ChoiceField(label="Nature", choices=[("o", "Ordinaire"), ("m", "Mixte")], widget=forms.RadioSelect)


def ask(view, method="get", data=None):
    """The answer of a view behind the middleware that a page needs."""
    request = getattr(RequestFactory(), method)("/convene/", data or {})
    request.user = type("Nobody", (), {"is_authenticated": False})()
    layers = view
    for layer in (MessageMiddleware, Language, SessionMiddleware):
        layers = layer(layers)
    answer = layers(request)
    return answer.render() if hasattr(answer, "render") else answer


@pytest.mark.parametrize("name", sorted({*register.tags, *register.filters} - INSIDE))
def test_each_tag_and_filter_is_in_the_reference(name):
    assert re.search(rf"{{% {name}\b|\|{name}\b", REFERENCE), name


def test_a_new_form_is_200_a_wrong_one_422_with_what_was_typed(db, settings):
    def view(request):
        form = Convening(request.POST or None)
        return form_page(request, "web/kit_page.html", form, {"answer": 42})

    settings.TEMPLATES = with_page(settings.TEMPLATES)
    assert ask(view).status_code == 200
    wrong = ask(view, "post", {"name": "Arsenal", "kind": "x"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert 'value="Arsenal"' in page
    assert 'href="#id_kind_0"' in page
    assert faults(page) == []
    assert ask(view, "post", {"name": "Arsenal", "kind": "o"}).status_code == 200


def test_a_refusal_is_422_and_says_what_remains_lawful(db, settings):
    refused = Refused(t("Trop tôt.", "Too early."), None, "early", lawful=t("attendre.", "wait."))
    settings.TEMPLATES = with_page(settings.TEMPLATES)
    answer = ask(lambda request: form_page(request, "web/kit_page.html", Convening(), refused=refused))
    assert answer.status_code == 422
    assert "Trop tôt." in answer.content.decode()
    assert "attendre." in answer.content.decode()


def test_what_was_done_is_said_once_with_its_undo(db, settings):
    def view(request):
        toast(request, t("Convocation <envoyée>.", "Notice sent."), undo="/undo/1/")
        return render(request, "web/kit_page.html", {"form": Convening()})

    settings.TEMPLATES = with_page(settings.TEMPLATES)
    page = ask(view).content.decode()
    assert "Convocation &lt;envoyée&gt;." in page
    assert 'action="/undo/1/"' in page
    assert "csrfmiddlewaretoken" in page


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.not_found, 404),
        (errors.unprocessable, 422),
        (errors.server_error, 500),
        (errors.csrf, 403),
        (lambda request: errors.too_many(request, 42), 429),
    ],
)
def test_error_pages_need_no_database_and_can_be_read(view, status):
    answer = ask(view)
    assert answer.status_code == status
    assert faults(answer.content.decode()) == []
    assert "Que faire" in answer.content.decode()


def test_a_limited_page_says_the_seconds():
    answer = ask(lambda request: errors.too_many(request, 42))
    assert answer.headers["Retry-After"] == "42"
    assert "42" in answer.content.decode()


def test_a_site_of_its_own_has_no_way_to_the_rest(db, settings):
    settings.ROOT_URLCONF = "tests.web.elsewhere"
    settings.TEMPLATES = with_page(settings.TEMPLATES)
    page = ask(lambda request: render(request, "web/bare_page.html")).content.decode()
    assert re.findall(r'href="(?!/static/|#|\?)[^"]*"', page) == []
    assert "<nav" not in page
    assert faults(page) == []


def test_static_answers_are_left_alone_by_the_language():
    assert Language(lambda _: HttpResponse("x"))(RequestFactory().get("/")).content == b"x"


def with_page(engines):
    """Two pages of an imaginary system."""
    pages = {
        "web/kit_page.html": '{% extends "web/base.html" %}{% load opposable %}{% block heading %}Convoquer{% endblock %}'
        "{% block content %}{% refusal refused %}{% errors form %}<form method=post>{% fields form %}</form>{% endblock %}",
        "web/bare_page.html": '{% extends "web/bare.html" %}{% block heading %}Voter{% endblock %}',
    }
    loaders = [("django.template.loaders.locmem.Loader", pages), "django.template.loaders.app_directories.Loader"]
    changed = {**engines[0], "OPTIONS": {**engines[0]["OPTIONS"], "loaders": loaders}}
    changed.pop("APP_DIRS", None)
    return [changed]
