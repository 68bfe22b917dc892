"""The office in a real browser: the calendar that follows the fields, the door as one types, and everything without a script."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.office_serve import PASSWORD
from tests.web.test_browser import AXE, GRAVE

pytestmark = pytest.mark.browser
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NEW = "/assembly/meetings/new/"


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The office served by a process of its own: its address and the meeting in session."""
    home, root = tmp_path_factory.mktemp("office") / "home", Path(__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "tests.browser.office_serve", str(home)]
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


def sign_in(page, name):
    page.goto("/accounts/login/")
    page.fill("input[name=login]", f"{name}@office.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("form.form button[type=submit]")
    page.wait_for_url("**/")


@pytest.fixture(scope="module")
def signed_in(browser, office):
    page = browser.new_page(base_url=office["url"])
    sign_in(page, "roy")
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def visit(browser, office, signed_in):
    """Open a page as the secretary; what the browser complains of fails the test."""
    opened, complaints = [], []

    def open_page(address, **how):
        context = browser.new_context(base_url=office["url"], storage_state=signed_in, **how)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(address)
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def test_the_calendar_follows_the_fields_and_turns_red(visit):
    page = visit(NEW)
    expect(page.locator("#plan")).to_contain_text("Ce calendrier est conforme")
    page.fill("[name=day]", "2026-04-07")
    page.dispatch_event("[name=day]", "change")
    expect(page.locator("#plan .card.refused")).to_contain_text("R. 225-69")
    expect(page.locator("#plan .card.refused")).to_contain_text("mardi 14 avril 2026 au plus tôt")
    page.fill("[name=day]", "2026-04-27")
    page.dispatch_event("[name=day]", "change")
    expect(page.locator("#plan")).to_contain_text("Ce calendrier est conforme")
    expect(page.locator("#date-form\\.deadline-electronic")).to_contain_text("26")


def test_without_a_script_a_button_computes_the_calendar(visit):
    page = visit(NEW, java_script_enabled=False)
    page.fill("[name=day]", "2026-04-07")
    page.fill("[name=place]", "Paris")
    page.click("button[name=preview]")
    expect(page.locator("#plan .card.refused")).to_contain_text("R. 225-69")
    expect(page.locator("[name=place]")).to_have_value("Paris")


def test_the_door_finds_as_one_types_and_admits(visit, office):
    page = visit(f"/assembly/meetings/{office['uid']}/session/door/")
    page.locator("#door-q").press_sequentially("peti")
    page.locator("#found button", has_text="Admettre").click()
    expect(page.locator(".toast")).to_contain_text("Zoé Petit est dans la salle")
    expect(page.locator("main")).to_contain_text("Dans la salle : 1")


def test_without_a_script_votes_are_cast_and_closed(visit, office):
    page = visit(f"/assembly/meetings/{office['uid']}/session/door/?q=arsenal", java_script_enabled=False)
    expect(page.locator("#found")).to_contain_text("aucune voix")
    page.goto(f"/assembly/meetings/{office['uid']}/session/1/")
    page.select_option("[name=others]", "for")
    page.get_by_role("button", name="Enregistrer les votes").click()
    expect(page.locator("main")).to_contain_text("Votes de la salle")
    page.get_by_role("button", name="Clore le vote").click()
    expect(page.locator("main")).to_contain_text("vote clos")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(visit, office, theme):
    page = visit("/assembly/", viewport={"width": 360, "height": 740}, color_scheme=theme)
    meeting = f"/assembly/meetings/{office['uid']}/"
    names = (
        "",
        "resolutions/",
        "notices/",
        "turnout/",
        "forms/",
        "votes/",
        "session/",
        "session/2/",
        "documents/",
        "acts/",
    )
    for address in (
        "/assembly/", NEW, "/assembly/companies/arsenal/", "/assembly/companies/arsenal/holders/",
        "/assembly/companies/arsenal/imports/new/", *(meeting + name for name in names),
    ):  # fmt: skip
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address


EVERYONE = ("/", "/acts/", "/approvals/")
READ = ("", "resolutions/", "turnout/", "forms/", "votes/", "session/", "documents/", "acts/")
WALKS = {
    "roy": ([*READ, "notices/"], [NEW, "/access/"], []),
    "martin": (READ, [], [NEW, "/access/", "notices/"]),
    "simon": (READ, [], [NEW, "/access/", "notices/"]),
    "faure": ([*READ, "notices/"], ["/access/"], [NEW]),
    "blanc": ([], [], [*READ, "notices/", NEW, "/access/", "/assembly/", "/assembly/companies/arsenal/"]),
}
"""By person: pages of the meeting and other pages that are there, and what is not there for him (404)."""
LINKS = "all => all.map(one => new URL(one.href)).filter(to => to.origin === location.origin).map(to => to.pathname)"


@pytest.mark.parametrize("name", WALKS)
def test_each_role_walks_its_pages_on_a_phone_without_a_dead_end(browser, office, name):
    inside, others, absent = WALKS[name]
    page = browser.new_page(base_url=office["url"], viewport={"width": 390, "height": 844}, color_scheme="dark")
    sign_in(page, name)
    meeting = f"/assembly/meetings/{office['uid']}/"
    full = lambda path: path if path.startswith("/") else meeting + path  # noqa: E731 - two words
    found = set()
    for path in [*EVERYONE, *others, *map(full, inside)]:
        assert page.goto(path).status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        if name == "roy":
            page.evaluate(AXE)
            assert page.evaluate(GRAVE) == [], path
        found |= set(page.eval_on_selector_all("main a[href], nav a[href]", LINKS))
    shapes = {
        re.sub(r"/[0-9a-f]{32}|/[0-9]+", "/*", path): path for path in sorted(found) if not path.startswith("/law/")
    }
    for path in shapes.values():
        assert page.request.get(path).status == 200, path
    for path in map(full, absent):
        assert page.request.get(path).status == 404, path
    page.context.close()
