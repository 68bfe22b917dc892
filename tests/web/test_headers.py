"""Security headers, languages and themes."""

import re
from pathlib import Path

import pytest
from django.test import Client

import opposable.web
from opposable.web.csp import policy_text
from opposable.web.language import current

TEMPLATES = sorted((Path(opposable.web.__file__).parent / "templates").rglob("*.html"))
PUBLIC = ["/accounts/login/", "/nowhere/", "/static/opposable/kit.css", "/log/policy"]


@pytest.fixture
def client(db):
    return Client()


def headers_of(client, address):
    answer = client.get(address)
    if answer.streaming:
        answer.getvalue()
    answer.close()
    return answer.headers


@pytest.mark.parametrize("address", PUBLIC)
def test_every_answer_carries_the_policy(client, address):
    headers = headers_of(client, address)
    policy = headers["Content-Security-Policy"]
    assert policy == policy_text()
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_pages_are_not_kept_by_the_browser_but_static_files_are(client):
    assert "no-store" in headers_of(client, "/accounts/login/")["Cache-Control"]
    assert "no-store" in headers_of(client, "/nowhere/")["Cache-Control"]
    assert "max-age" in headers_of(client, "/static/opposable/kit.css")["Cache-Control"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_breaks_the_policy(path):
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|https?://", text)
    assert all('src="' in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_scripts_and_sheets_ask_nobody_else():
    for path in (Path(opposable.web.__file__).parent / "static/opposable").glob("*.*"):
        text = re.sub(r'"http://www.w3.org/2000/svg"|"https:"', "", path.read_text("utf-8"))
        assert not re.search(r"https?:|//cdn|@import|\beval\(|innerHTML|localStorage|sessionStorage", text), path


def test_the_vendored_htmx_is_the_one_the_note_describes():
    import hashlib

    vendor = Path(opposable.web.__file__).parent / "static/opposable/vendor"
    assert hashlib.sha256((vendor / "htmx.min.js").read_bytes()).hexdigest() in (vendor / "README").read_text("utf-8")


def test_french_is_the_default_whatever_the_browser_says(client):
    page = client.get("/accounts/login/", headers={"Accept-Language": "en"})
    assert '<html lang="fr"' in page.text
    assert page.headers["Content-Language"] == "fr"


def test_a_switch_keeps_the_choice_and_comes_back(client):
    there = client.get("/accounts/login/?lang=en&next=/acts/%3Fq=1&theme=dark")
    assert there.status_code == 302
    assert there.headers["Location"] == "/accounts/login/?next=%2Facts%2F%3Fq%3D1"
    page = client.get(there.headers["Location"])
    assert '<html lang="en" data-theme="dark"' in page.text
    assert "Sign in" in page.text
    assert client.cookies["opposable_lang"]["samesite"] == "Lax"


def test_a_switch_leads_nowhere_else(client):
    for address in ("//evil.example/?lang=en", "/\\evil.example?lang=en"):
        location = client.get(address).headers["Location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\/"))


def test_an_unknown_choice_is_no_choice(client):
    assert client.get("/nowhere/?lang=xx").cookies.get("opposable_lang") is None
    client.cookies["opposable_lang"] = "zz"
    client.cookies["opposable_theme"] = '"><script>'
    page = client.get("/accounts/login/")
    assert '<html lang="fr">' in page.text


def test_the_language_of_a_page_does_not_stay_in_the_thread(client):
    client.cookies["opposable_lang"] = "en"
    client.get("/accounts/login/")
    assert current() == "fr"


@pytest.mark.parametrize(("lang", "words"), [("fr", "Que faire"), ("en", "What to do")])
def test_error_pages_say_what_to_do(client, lang, words):
    client.cookies["opposable_lang"] = lang
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert words in page.text


@pytest.mark.parametrize(
    "path", ["/approvals/a%00b/", "/assembly/meetings/%00/", "/api/objects/assembly.meeting/a%00b"]
)
def test_an_address_with_a_nul_names_nothing(client, path):
    """For whoever is signed in as for a stranger: PostgreSQL is not asked."""
    page = client.get(path)
    assert page.status_code == 404
    assert page.headers["Content-Security-Policy"]


def test_a_form_from_elsewhere_is_refused_with_a_page_that_says_so():
    page = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert page.status_code == 403
    assert "Rien n’a été enregistré" in page.text


def test_over_https_the_browser_is_told_to_stay_there(client):
    assert client.get("/accounts/login/", secure=True).headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get("/accounts/login/").headers
