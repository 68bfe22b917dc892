"""The statement of applicability in a real browser: from empty, through a gate that refuses, to published. On a phone as well."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.isms_serve import PASSWORD

pytestmark = pytest.mark.browser
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home, root = tmp_path_factory.mktemp("isms") / "home", Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.browser.isms_serve", str(home)]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        first = process.stdout.readline()
        assert first, (home.parent / "log").read_text()
        yield json.loads(first)["url"]
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def page(chromium, served):
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        opened = browser.new_page(base_url=served)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        opened.goto("/accounts/login/")
        opened.fill("input[name=login]", "morel@isms.example")
        opened.fill("input[name=password]", PASSWORD)
        opened.click("form.form button[type=submit]")
        opened.wait_for_url("**/")
        yield opened
        browser.close()
    assert complaints == []


def test_the_statement_from_empty_to_published(page):
    page.goto("/isms/arsenal/")
    expect(page.locator("svg.ring")).to_be_visible()
    page.get_by_role("link", name="Déclaration", exact=True).click()
    page.get_by_role("link", name="Préparer une version").first.click()
    page.get_by_role("button", name="Préparer").click()
    expect(page.get_by_text(re.compile(r"Raisons de refuser la publication\s: 93"))).to_be_visible()
    for box in page.locator("table.soa input[type=checkbox]").all():
        box.check()
    page.get_by_role("button", name="Décider des lignes cochées").click()
    expect(page.get_by_role("heading", name="Décider de 93 lignes")).to_be_visible()
    page.get_by_label("retenu", exact=False).first.check()
    page.get_by_label("BP", exact=False).check()
    page.get_by_label("Justification").fill("Nos clients l’attendent.")
    page.get_by_label("État s’il est retenu").select_option("implemented")
    page.get_by_label("Responsable").fill("Léa Morel")
    page.get_by_role("button", name="Décider", exact=True).click()
    expect(page.get_by_text("Rien ne s’oppose à la publication.")).to_be_visible()
    page.goto("/isms/arsenal/statements/1/lines/8.1/")
    page.get_by_label("Exclu", exact=False).first.check()
    page.get_by_label("Justification").fill("")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("link", name="Publier").click()
    expect(page.get_by_text("8.1 est exclue sans dire pourquoi.")).to_be_visible()
    expect(page.get_by_text("s’appuie dessus")).to_be_visible()
    page.get_by_text("8.1 est exclue sans dire pourquoi.").click()
    page.get_by_label("retenu", exact=False).first.check()
    page.get_by_label("RRA", exact=False).check()
    page.get_by_label("Justification").fill("Des portables ont été volés.")
    page.get_by_label("État s’il est retenu").select_option("partial")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("link", name="Publier").click()
    page.get_by_role("button", name="Approuver et publier").click()
    expect(page.get_by_text("publiée", exact=True)).to_be_visible()
    expect(page.get_by_text("valable")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


PLACES = (
    "",
    "scope/",
    "risks/",
    "statements/",
    "checks/",
    "evidence/",
    "method/",
    "objectives/",
    "audits/",
    "reviews/",
)


def test_nothing_overflows_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    for place in PLACES:
        page.goto(f"/isms/arsenal/{place}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
