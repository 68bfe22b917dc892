"""Shareholders vote in a real browser: on a phone, on a desktop, without JavaScript, at 15:00:01, with a passkey."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import sync_playwright

from opposable.ledger import verify
from tests.assembly import story
from tests.web.test_browser import AXE, GRAVE

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
ADDRESS = {"A1": "anne@example.test", "A2": "luc@example.test", "A3": "bank@example.test", "A4": "zoe@example.test"}
CODE = re.compile(r"\b\d{4} \d{4}\b")
SMALL = """() => [...document.querySelectorAll("button, .btn, summary, input:not([type=hidden]), select, .foot a, .switches a")]
  .filter(node => node.checkVisibility())
  .filter(node => { const box = (node.closest("label") ?? node).getBoundingClientRect(); return box.height < 43.5 && box.height > 1; })
  .map(node => node.outerHTML.slice(0, 90))"""
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
  .filter(node => node.checkVisibility({ opacityProperty: false }))
  .filter(node => !(node.labels?.length || node.textContent.trim() || node.getAttribute("aria-label")))
  .map(node => node.outerHTML.slice(0, 90))"""
HIDDEN_FOCUS = """() => { const at = document.activeElement.getBoundingClientRect(), bar = document.querySelector(".bar")?.getBoundingClientRect();
  const limit = document.querySelector(".deadline")?.getBoundingClientRect();
  return { below: bar && at.bottom > bar.top + 1 && !document.activeElement.closest(".bar"), above: limit && at.top < limit.bottom - 1 && limit.top <= 0 }; }"""


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The voting site in a process of its own, its mail delivered by SMTP to a folder."""
    home = tmp_path_factory.mktemp("vote") / "home"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.browser.vote_serve", str(home)]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        first = process.stdout.readline()
        assert first, (home.parent / "log").read_text()
        yield json.loads(first)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


class Site:
    """What the tests ask of the served site: its clock, its mail, and browsers."""

    def __init__(self, browser, told):
        self.browser, self.told, self.home = browser, told, Path(told["home"])
        self.complaints, self.contexts = [], []
        self.base = f"/m/{told['uid'][:12]}/"

    def clock(self, at):
        (self.home / "run" / "clock").write_text(at.isoformat())

    def open(self, size=DESK, **options):
        context = self.browser.new_context(viewport=size, base_url=self.told["url"], **options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _hear(self, message):
        # A 422 is an answer here: the form came back.
        if message.type == "error" and "422" not in message.text:
            self.complaints.append(message.text)

    def code(self, page, address):
        """The code of the last letter to an address; each letter is read once."""
        for _ in range(1200):
            for path in sorted((self.home / "mail").glob("*.eml"), reverse=True):
                letter = message_from_bytes(path.read_bytes(), policy=policy.default)
                found = CODE.search(letter.get_content())
                if letter["To"] == address and found:
                    path.unlink()
                    return found[0]
            page.wait_for_timeout(50)
        raise AssertionError(f"no code came for {address}")

    def enter(self, page, ref):
        page.goto(self.base + "identify/")
        page.fill("#access", self.told["logins"][ref])
        page.click("text=Recevoir mon code")
        page.wait_for_selector("#code")
        page.fill("#code", self.code(page, ADDRESS[ref]))
        page.click("button:has-text('Entrer')")
        return page

    def identify(self, page, ref):
        self.enter(page, ref).wait_for_selector("[data-ballot]")
        return page


@pytest.fixture
def site(browser, served):
    made = Site(browser, served)
    made.clock(story.at(29, 14, 50))
    yield made
    for context in made.contexts:
        context.close()
    assert made.complaints == []


def decent(page):
    """No sideways scrolling, targets of a thumb, a name for every control; axe finds nothing serious (WCAG 2.2 AA)."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(SMALL) == []
    assert page.evaluate(NAMELESS) == []
    if page.evaluate("typeof axe") != "object":
        page.evaluate(AXE)
    assert page.evaluate(GRAVE) == []


def choose(page, word):
    page.click(f".here .vote:has(input[value={word}])")


def test_a_shareholder_votes_on_a_phone_one_resolution_after_the_other(site):
    page = site.open(PHONE, has_touch=True, is_mobile=True, timezone_id="Pacific/Noumea")
    page.goto("/")
    decent(page)
    assert "Nouméa" in page.inner_text(".deadline") or "Noumea" in page.inner_text(".deadline")
    assert re.search(r"dans 9\s*min", page.inner_text(".countdown"))
    site.identify(page, "A1")
    decent(page)
    assert page.locator(".resolution:visible").count() == 0
    page.click("[data-next]")
    assert page.locator(".resolution:visible").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert page.evaluate(HIDDEN_FOCUS) == {"below": False, "above": False}
    choose(page, "for")
    page.click("[data-next]")
    choose(page, "against")
    page.click("[data-next]")
    choose(page, "split")
    page.fill(".here [name=r3_for]", "12 000")
    page.fill(".here [name=r3_against]", "9000")
    assert "voix de trop" in page.inner_text(".here [data-left]")
    decent(page)
    while page.is_visible("[data-next]"):
        page.click("[data-next]")
    assert page.is_visible("text=Ce que porte le formulaire")
    page.click("[data-check]")
    page.click(".callout.refused a")
    assert page.evaluate("document.activeElement.name") == "r3_for"
    assert page.evaluate(HIDDEN_FOCUS) == {"below": False, "above": False}
    assert page.input_value("[name=r3_for]") == "12000"
    page.fill("[name=r3_against]", "8000")
    assert "Toutes vos voix sont réparties" in page.inner_text(".here [data-left]")
    while page.is_visible("[data-next]"):
        page.click("[data-next]")
    page.click("[data-check]")
    page.wait_for_selector("[data-send]")
    decent(page)
    told = page.inner_text(".told")
    assert re.search(r"Pour\s+12.000", told)
    assert "sans marque" in told
    page.dblclick("[data-send]")
    page.wait_for_selector(".receipt")
    decent(page)
    assert "Votre vote est reçu" in page.inner_text("h1")
    page.click("text=Vérifier la preuve")
    page.click("[data-verify-run]")
    page.wait_for_selector("[data-result=good]")
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    decent(page)
    assert "Tout concorde" in page.inner_text(".checks")
    page.goto(site.base + "mine/")
    page.wait_for_selector(".receipt")  # one form only: its receipt at once


def test_an_intermediary_at_his_desk_sees_all_at_once(site):
    page = site.identify(site.open(DESK, color_scheme="dark"), "A3")
    decent(page)
    assert page.locator(".resolution:visible").count() == 5
    page.click(".fill summary")
    page.click("button[name=fill][value=for]")
    assert "Restent sans marque : n° 4" in page.inner_text("[data-filled]").replace("\u00a0", " ")
    assert page.locator(".votes input[value=for]:checked").count() == 4
    page.check("[name=mode][value=proxy-person]")
    assert page.locator(".resolution:visible").count() == 0
    assert page.is_visible("[name=proxy_name]")
    page.check("[name=mode][value=vote]")
    assert not page.is_visible("[name=proxy_name]")
    page.click("text=Une étape après l’autre")
    assert page.is_visible("[data-next]")
    page.click("text=Tout voir à la fois")
    page.click(".resolution:has([name=r4]) .vote:has(input[value=split])")
    for word, votes in (("for", "10001"), ("against", "39999")):
        page.fill(f"[name=r4_{word}]", votes)
    page.click("[data-check]")
    page.click("text=Modifier")
    page.wait_for_selector("[data-ballot]")
    assert page.input_value("[name=r4_for]") == "10001"
    page.click("[data-check]")
    page.click("[data-send]")
    page.wait_for_selector(".receipt")
    assert re.search(r"Pour\s+10.001\s+Contre\s+39.999", page.inner_text(".told"))


def test_without_javascript_to_the_bundle_that_anyone_verifies(site, tmp_path):
    page = site.open(PHONE, java_script_enabled=False, accept_downloads=True)
    site.enter(page, "A4")
    page.wait_for_selector("[data-ballot]")
    assert page.locator(".resolution:visible").count() == 5
    page.check("[name=r1][value=for]", force=True)
    page.check("[name=r2][value=split]", force=True)
    page.fill("[name=r2_for]", "3")
    page.click("[data-check]")
    page.click("[data-send]")
    page.wait_for_selector(".receipt")
    with page.expect_download() as download:
        page.click("text=Emporter la preuve")
    bundle = tmp_path / "vote.asice"
    download.value.save_as(bundle)
    report = verify.verify(bundle)
    assert report.ok, report.findings
    with ZipFile(bundle) as archive:
        archive.extract("verify.html", tmp_path)
    assert verdict(site, tmp_path / "verify.html", bundle) == ("good", "Vérifié")
    forged = tmp_path / "forged.asice"
    forged.write_bytes(bundle.read_bytes().replace(b"acts/", b"acta/", 1))
    assert verdict(site, tmp_path / "verify.html", forged)[0] == "bad"


def verdict(site, verifier, bundle):
    """What verify.html says of a bundle: opened from disk on a telephone, without network."""
    page = site.open(PHONE, offline=True, locale="fr-FR")
    page.goto(verifier.as_uri())
    page.set_input_files("#bundle", bundle)
    page.wait_for_selector("body[data-verdict]")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return page.get_attribute("body", "data-verdict"), page.inner_text(".verdict h2")


def test_a_form_begun_before_and_sent_after_fifteen_hours_is_late(site):
    site.clock(story.LIMIT - timedelta(seconds=100))
    page = site.identify(site.open(PHONE), "A2")
    page.click("text=Tout voir à la fois")
    page.click(".vote:has([name=r1][value=for])")
    page.click("[data-check]")
    page.wait_for_selector("[data-send]")
    site.clock(story.LIMIT + timedelta(milliseconds=1))
    page.click("[data-send]")
    page.wait_for_selector(".receipt")
    assert "Reçu trop tard" in page.inner_text("h1")
    assert "R. 225-77" in page.inner_text("main").replace("\u00a0", " ")
    assert page.is_visible("text=Pourquoi il n’est pas compté")
    decent(page)
    page.goto(site.base + "form/")
    assert "clos" in page.inner_text("h1")


def test_what_was_typed_survives_the_end_of_the_session(site):
    site.clock(story.at(20, 10))
    page = site.identify(site.open(DESK), "A2")
    page.click(".vote:has([name=r1][value=against])")
    page.check("[name=rest][value=proxy-person]")
    page.fill("[name=proxy_name]", "Jean Tiers")
    site.clock(story.at(20, 10, 45))
    page.click("[data-check]")
    page.wait_for_selector("#access")
    site.identify(page, "A2")
    assert page.is_visible("text=Voici ce que vous aviez saisi")
    assert page.is_checked("[name=r1][value=against]")
    assert page.input_value("[name=proxy_name]") == "Jean Tiers"


def test_a_passkey_made_on_the_telephone_opens_the_site_the_next_time(site):
    site.clock(story.at(21, 10))
    page = site.open(PHONE)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    site.identify(page, "A2")
    page.goto(site.base + "means/")
    page.click("text=Créer une clé d’accès")
    page.wait_for_selector("text=déjà enregistrées")
    decent(page)
    page.click("text=Quitter le site de vote")
    page.goto(site.base + "identify/")
    page.click("text=Utiliser ma clé d’accès")
    page.wait_for_selector("[data-ballot]")


def test_in_english_and_by_keyboard(site):
    site.clock(story.at(22, 10))
    page = site.open(DESK)
    page.goto(site.base + "?lang=en")
    assert "Remote voting" in page.inner_text(".bare-top")
    page.goto(site.base + "identify/")
    page.focus("#access")
    page.keyboard.type(site.told["logins"]["A4"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    page.focus("#code")
    page.keyboard.type(site.code(page, ADDRESS["A4"]))
    page.keyboard.press("Enter")
    page.wait_for_selector(".receipt")  # this holder has voted in another test
    assert "Your vote is received" in page.inner_text("h1")
    page.goto(site.base + "form/")
    page.focus("[name=r1][value='']")
    page.keyboard.press("ArrowLeft")
    assert page.is_checked("[name=r1][value=split]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "r1_for"
    decent(page)
