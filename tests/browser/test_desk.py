"""The two-person approval in a real browser, without a script: from a qualified requisition to the encrypted answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from opposable.systems.traffic.exchange.answer.verify import verify

pytestmark = pytest.mark.browser
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """The desk served by a process of its own."""
    home, root = tmp_path_factory.mktemp("desk") / "home", Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.browser.desk_serve", str(home)]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        first = process.stdout.readline()
        assert first, (home.parent / "log").read_text()
        yield json.loads(first)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def signed_in(browser, desk, who):
    context = browser.new_context(base_url=desk["url"], java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", f"{who}@operator.example")
    page.fill("input[name=password]", "desk-password")
    page.click("form.form button[type=submit]")
    return page


def test_two_persons_approve_and_the_answer_opens_with_the_courts_key_only(browser, desk, tmp_path):
    address = f"/traffic/requisitions/{desk['uid']}/"
    clerk = signed_in(browser, desk, "clerk")
    clerk.goto(address)
    expect(clerk.get_by_text("Elle attend l’approbation de deux personnes")).to_be_visible()
    expect(clerk.get_by_role("link", name="Lire et décider")).to_have_count(0)
    clerk.goto(address + "approve/")
    expect(clerk.get_by_role("button", name="J’approuve", exact=True)).to_have_count(0)
    outsider = signed_in(browser, desk, "outsider")
    assert outsider.goto(address).status == 404
    for who in ("legal", "security"):
        page = signed_in(browser, desk, who)
        page.goto("/traffic/requisitions/")
        page.get_by_role("link", name="PV 2026/4471").click()
        page.get_by_role("link", name="Lire et décider").click()
        page.get_by_role("button", name="J’approuve", exact=True).click()
        expect(page.get_by_text("valable").first).to_be_visible()
    clerk.goto(address)
    clerk.get_by_role("button", name="Compter").click()
    clerk.get_by_role("button", name="Lire les lignes").click()
    clerk.get_by_role("button", name="Sceller la réponse").click()
    expect(clerk.get_by_text("réponse scellée").first).to_be_visible()
    with clerk.expect_download() as waiting:
        clerk.get_by_role("link", name="Emporter la réponse chiffrée").click()
    sealed, key, out = tmp_path / "a.p7m", tmp_path / "key", tmp_path / "answer.zip"
    waiting.value.save_as(sealed)
    key.write_text(desk["key"])
    opened = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", sealed, "-inkey", key, "-out", out]
    subprocess.run(opened, check=True)
    seen = verify(out)
    assert seen.ok, seen.as_data()
    clerk.get_by_role("button", name="Établir le mémoire").click()
    expect(clerk.get_by_role("alert").get_by_role("heading", name="Refusé")).to_be_visible()
    expect(clerk.get_by_text("ne sont pas confirmés au dossier").first).to_be_visible()


def test_the_trust_list_an_amendment_an_invoice_and_the_numbers(browser, desk):
    keeper = signed_in(browser, desk, "security")
    keeper.goto("/traffic/trust/")
    keeper.get_by_role("link", name="Justice").click()
    keeper.get_by_label("ou collée (PEM)").fill("rien qui se lise")
    keeper.get_by_role("button", name="Verser la liste").click()
    expect(keeper.get_by_text("La liste ne se lit pas").first).to_be_visible()
    expect(keeper.get_by_label("ou collée (PEM)")).to_have_value("rien qui se lise")
    clerk = signed_in(browser, desk, "clerk")
    old = f"/traffic/requisitions/{desk['old']}/"
    clerk.goto(old)
    expect(clerk.get_by_role("link", name="Corriger la demande")).to_have_count(0)
    clerk.get_by_role("button", name="Établir le mémoire").click()
    expect(clerk.get_by_text("WA 07")).to_be_visible()
    with clerk.expect_download() as waiting:
        clerk.get_by_role("link", name="Le mémoire (PDF)").click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")
    clerk.goto(f"/traffic/requisitions/{desk['spare']}/")
    clerk.get_by_text("Un autre certificat").click()
    clerk.get_by_label("Ou collé (PEM), suivi").fill("rien qui se lise")
    clerk.get_by_role("button", name="Verser").click()
    expect(clerk.get_by_label("Ou collé (PEM), suivi")).to_have_value("rien qui se lise")
    clerk.get_by_role("link", name="Corriger la demande").click()
    clerk.get_by_label("Infraction").fill("recel")
    clerk.get_by_role("button", name="Corriger", exact=True).click()
    expect(clerk.get_by_text("recel")).to_be_visible()
    expect(clerk.get_by_role("button", name="Qualifier")).to_be_visible()
    outsider = signed_in(browser, desk, "outsider")
    outsider.goto("/traffic/figures/")
    expect(outsider.get_by_text("non publié").first).to_be_visible()
    expect(outsider.get_by_text("PV 2014/17")).to_have_count(0)
