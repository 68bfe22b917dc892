"""The pages in a real browser: the proof checked by WebCrypto, the keyboard, a phone, both themes, no script at all."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.web.story import PASSWORD

pytestmark = pytest.mark.browser
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = [
    "/",
    "/acts/",
    "/acts/{n}/",
    "/law/?on=2007-09-01&with=2026-11-23&q=abstention",
    "/law/assembly.form.abstention/",
    "/log/",
    "/search/?q=vote",
    "/calendar/",
    "/calendar/?view=agenda",
    "/board/",
    "/duties/",
    "/access/",
    "/law/?system=assembly",
]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
GRAVE = """() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(found => found.violations
  .filter(item => ["serious", "critical"].includes(item.impact)).map(item => [item.id, item.nodes[0].html.slice(0, 120)]))"""
SHIFTS = """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
}).observe({ type: "layout-shift", buffered: true }); setTimeout(() => done(sum), 300); })"""
SMALL = """() => [...document.querySelectorAll("button, .btn, .menu > summary:not(.chip), .tabs a, .menu-sheet a, nav.rail a, input:not([type=hidden]), select")]
  .filter(node => node.checkVisibility() && !node.closest("[popover]:not(:popover-open)"))
  .filter(node => { const box = (node.closest("label") ?? node).getBoundingClientRect(); return box.height < 43.5 && box.height > 1; })
  .map(node => node.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The house served by a process of its own: (address, index of the refused act)."""
    home, root = tmp_path_factory.mktemp("house") / "home", Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.web.serve", str(home)]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        first = process.stdout.readline().split()
        assert first, (home.parent / "log").read_text()
        yield f"http://127.0.0.1:{first[0]}", int(first[1])
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


@pytest.fixture(scope="module")
def signed_in(browser, house):
    """The cookies of the secretary, who came in by the door."""
    page = browser.new_page(base_url=house[0])
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "secretary@house.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("form.form button[type=submit]")
    page.wait_for_url("**/")
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def visit(browser, house, signed_in):
    """Open pages as the secretary; a console error or a broken policy fails the test."""
    complaints, contexts = [], []

    def open_page(path="/", width=1360, height=860, **options):
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, base_url=house[0], storage_state=signed_in, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.format(n=house[1]))
        return page

    open_page.refused, open_page.complaints = house[1], complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def test_the_proof_is_checked_in_the_page_and_a_changed_byte_is_found(visit):
    page = visit("/acts/{n}/")
    page.click("[data-verify-run]")
    page.wait_for_selector("[data-result=good]")
    words = page.inner_text(".checks")
    assert "Son chemin mène à la racine" in words
    assert "Racine signée par le journal" in words
    assert "Vue par le témoin auditor.example/witness" in words
    assert "Tout concorde" in words
    page.click("[data-verify-tamper]")
    page.wait_for_selector("[data-result=bad]")
    assert "ne mène pas à la racine" in page.inner_text(".checks")


def test_a_false_signature_or_proof_is_found(visit):
    page = visit("/acts/{n}/")

    def spoil(route):
        text = route.fetch().text()
        route.fulfill(body=text[:-30] + "".join("B" if char == "A" else "A" for char in text[-30:-20]) + text[-20:])

    page.route("**/act.tlog-proof", spoil)
    page.click("[data-verify-run]")
    page.wait_for_selector("[data-result=bad]")
    assert "n’acceptez pas" in page.inner_text(".checks")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (320, "dark"), (1360, "dark")])
def test_nothing_overflows_moves_or_is_too_small_to_touch(visit, width, scheme):
    page = visit(PAGES[0], width=width, height=844, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(path.format(n=visit.refused))
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        small = page.evaluate(SMALL) if width < 500 else []
        moved = page.evaluate(SHIFTS) >= 0.01
        found |= {path: (wide, moved, small)} if wide or moved or small else {}
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, scheme):
    page = visit(PAGES[0], color_scheme=scheme)
    found = {}
    for path in [*PAGES, "/nowhere/"]:
        page.goto(path.format(n=visit.refused))
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        page.evaluate(AXE)
        found |= {path: grave} if (grave := page.evaluate(GRAVE)) else {}
    visit.complaints.clear()  # the page that is not there says so in the console
    assert found == {}


def test_the_keyboard_reaches_the_content_the_palette_and_the_results(visit):
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Control+k")
    page.keyboard.type("registre")
    page.keyboard.press("Enter")  # at once: what counts is what was typed, not what was shown before
    page.wait_for_url("**/acts/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == "palette-1"


def test_the_navigation_of_a_phone_opens_and_closes_without_script(visit):
    page = visit("/", width=390, height=844)
    assert not page.is_visible("#rail")
    page.click("[popovertarget=rail]")
    assert page.is_visible("#rail")
    page.keyboard.press("Escape")
    assert not page.is_visible("#rail")


def test_the_theme_is_kept_without_flash(visit):
    page = visit("/")
    page.click("details.menu summary")
    page.click("[data-theme-set=dark]")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(22, 23, 27)"


def test_the_clock_shows_paris_time_whatever_the_device_says(visit):
    page = visit("/", timezone_id="America/Los_Angeles", locale="en-US")
    shown = page.inner_text("[data-time]")
    there = page.evaluate(
        "new Intl.DateTimeFormat('fr-FR', {timeZone: 'Europe/Paris', hour: '2-digit', minute: '2-digit'}).format(new Date())"
    )
    assert shown[:5] == there or shown[3:5] != there[3:5]
    page.locator("[data-time]").filter(has_not_text=shown).wait_for()


def test_every_page_works_without_script(visit):
    page = visit("/", java_script_enabled=False)
    page.click("text=Registre des actes")
    page.click("text=refusés")
    assert "Contester un gel" in page.inner_text("main")
    page.goto("/?lang=en")
    assert page.inner_text("h1") == "Today"
    page.fill(".search input", "225-77")
    page.press(".search input", "Enter")
    assert "R. 225-77" in page.inner_text("main")


def test_a_reader_who_wants_no_motion_gets_none(visit):
    page = visit("/", reduced_motion="reduce")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0
