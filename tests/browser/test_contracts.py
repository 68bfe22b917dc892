"""In a real browser: a contract refused at the gate, mended, approved by two, sent, and proven by its bundle."""

import email
import email.policy
import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from opposable.ledger.verify import verify
from tests.browser.contracts_serve import PASSWORD
from tests.browser.test_office import ARGS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home, root = tmp_path_factory.mktemp("contracts") / "home", Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.browser.contracts_serve", str(home)]
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


@pytest.fixture
def enter(browser, served):
    """Sign in as somebody; what the browser complains of fails the test."""
    contexts, complaints = [], []

    def sign_in(role, **how):
        context = browser.new_context(base_url=served["url"], **how)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{role}@contracts.example")
        page.fill("input[name=password]", PASSWORD)
        page.click("form.form button[type=submit]")
        page.wait_for_url("**/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_contract_from_the_gate_to_the_proof(enter, served, tmp_path):
    manager = enter("manager")
    manager.goto("/contracts/new/")
    given = {
        "ref": "ERP-1",
        "title": "Progiciel",
        "party": "Éditeur SA",
        "email": "editeur@elsewhere.example",
        "amount": "48000",
        "starts_on": "2027-01-01",
    }
    for name, value in given.items():
        manager.fill(f"[name={name}]", value)
    manager.get_by_role("button", name="Rédiger").click()
    expect(manager.get_by_role("heading", level=1)).to_contain_text("Progiciel")
    manager.locator("#article-4").get_by_role("button", name="Retirer").click()
    expect(manager.locator(".state.refused").first).to_contain_text("absente")
    manager.get_by_role("button", name="Soumettre à l’approbation").click()
    refused = manager.get_by_role("alert")
    expect(refused).to_contain_text("il manque : évolution technique")
    expect(refused).to_contain_text("conseil, non une loi")

    manager.select_option("select[name=key]", "evolution")
    manager.get_by_role("button", name="Ajouter", exact=True).click()
    manager.get_by_role("button", name="Soumettre à l’approbation").click()
    manager.get_by_role("button", name="Envoyer").click()
    expect(manager.get_by_role("alert")).to_contain_text("Pas avant la dernière approbation")

    for role, phone in (("lawyer", False), ("director", True)):
        page = enter(role, **({"viewport": {"width": 390, "height": 844}} if phone else {}))
        page.get_by_role("link", name="Approuver le contrat").first.click()
        expect(page.get_by_role("heading", name=re.compile("État exact"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        page.get_by_role("button", name="Approuver").click()
        expect(page.get_by_text("Décidé sur cet état exact").first).to_be_visible()

    manager.goto("/contracts/")
    manager.get_by_role("link", name="ERP-1").click()
    expect(manager.get_by_text("approuvé, à envoyer")).to_be_visible()
    manager.get_by_role("button", name="Envoyer").click()
    expect(manager.get_by_text("250 kept")).to_be_visible()
    (received,) = Path(served["received"]).iterdir()
    message = email.message_from_bytes(received.read_bytes(), policy=email.policy.default)
    pdf = next(message.iter_attachments()).get_content()
    digest = sha256(pdf).hexdigest()
    expect(manager.locator(f"code[title='{digest}']").first).to_be_attached()
    with manager.expect_download() as download:
        manager.get_by_role("link", name="Preuve", exact=True).click()
    download.value.save_as(tmp_path / "erp.asice")
    found = verify(tmp_path / "erp.asice")
    assert found.ok, found
