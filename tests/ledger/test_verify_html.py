"""verify.html, opened from disk in Chromium without network, agrees with the verifier in Python."""

import base64
import re
from hashlib import sha256

import pytest

from opposable.ledger import assets
from opposable.ledger.bundle import layout
from opposable.ledger.bundle.writer import write_files
from opposable.ledger.phrases import detail_in
from opposable.ledger.verify import CATALOGUE, verify
from tests.bad import case
from tests.bad.cheats import CHEATS
from tests.bad.good import VARIANTS
from tests.bad.tsa import day, tsa

pytestmark = pytest.mark.browser
FIELDS = {"policy": "#policy", "held": "#held", "roots": "#roots"}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(assets.verify_html())
    return path


@pytest.fixture(scope="module")
def tab(browser):
    """One tab without network; what it asks for and says."""
    page = browser.new_context(offline=True, locale="fr-FR").new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, asked, said


@pytest.fixture
def opened(tab, page_file):
    """The page, loaded anew; afterwards nothing must have been asked for, and nothing must have gone wrong."""
    page, asked, said = tab
    asked.clear()
    said.clear()
    page.goto(page_file.as_uri())
    yield page
    page.goto("about:blank")  # whatever it still did is over
    assert asked == [page_file.as_uri()]
    assert said == []


def answer(page, path, **brought):
    """Verdict and ids of the checks that failed."""
    for name, file in brought.items():
        page.set_input_files(FIELDS[name], file)
    page.set_input_files("#bundle", path)
    page.wait_for_selector("body[data-verdict]", timeout=90_000)
    found = page.eval_on_selector_all("[data-check]", "all => all.map(one => one.dataset.check)")
    return page.get_attribute("body", "data-verdict"), set(found)


def notices(page):
    return set(page.eval_on_selector_all("[data-notice]", "all => all.map(one => one.dataset.notice)"))


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_is_found_and_named(cheat, made, opened, brought):
    trust = {cheat.trust: brought[cheat.trust]} if cheat.trust else {}
    assert answer(opened, made(cheat), **trust) == ("bad", cheat.checks)
    assert opened.inner_text(".verdict h2") == "Faux"
    said = opened.evaluate("state.answer.rec.findings.map((one) => [one.detail, detailIn('fr', one.detail)])")
    assert said
    assert [french for _, french in said] == [detail_in("fr", english) for english, _ in said], "as verify says it"


def test_a_bit_flipped_in_any_member_is_found_by_the_page_too(flipped, tab, page_file, tmp_path):
    page, _, _ = tab
    path = tmp_path / "flipped.asice"
    for name, data in flipped.items():
        path.write_bytes(data)
        page.goto(page_file.as_uri())
        verdict, failed = answer(page, path)
        assert verdict == "bad", name
        assert failed & verify(data).failed, name
        assert name in page.inner_text("main") or (name == layout.MANIFEST and "manifest.token" in failed)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_good_bundle_is_green(variant, opened, tmp_path):
    assert answer(opened, write_files(variant.make(), tmp_path / "good.asice")) == ("good", set())
    assert opened.inner_text(".verdict h2") == "Vérifié"
    assert variant.notices <= notices(opened)


def test_votes_counted_are_told_in_words(opened, tmp_path):
    path = write_files(case.close(case.good_files(case.counted_plan())), tmp_path / "counted.asice")
    assert answer(opened, path) == ("good", set())
    told = opened.inner_text("[data-counted]")
    assert told.startswith("1 pour 9, 1 contre 1 (formulaire de l’acte n° 2, ligne ")
    opened.click("[data-lang=en]")
    assert opened.inner_text("[data-counted]").startswith("1 for 9, 1 against 1 (form of act 2, line ")


def test_everything_brought_along(good, opened, brought):
    assert answer(opened, good, **brought) == ("good", set())
    assert not notices(opened) & {"trust.key", "trust.tsa", "history.alone", "witness.none"}
    facts = opened.inner_text(".facts")
    assert "arsenal.example/2026" in facts
    assert "reconnue par votre politique" in facts
    assert "1 juin 2027 à 14:00:00,000 (Paris) · TSA ours" in facts


def test_a_policy_may_name_witnesses_alone(good, opened, tmp_path):
    (tmp_path / "policy").write_text(f"witness auditor {case.WITNESS_VKEY}\nquorum auditor\n")
    assert answer(opened, good, policy=tmp_path / "policy") == ("good", set())
    assert "trust.key" in notices(opened)


def test_what_the_verifier_brought_must_be_readable(good, opened, tmp_path):
    (tmp_path / "policy").write_text("quorum everybody\n")
    assert answer(opened, good, policy=tmp_path / "policy") == ("error", set())
    assert "pas une ligne de politique : quorum everybody" in opened.inner_text(".verdict")
    opened.click("[data-lang=en]")
    assert "not a policy line: quorum everybody" in opened.inner_text(".verdict")


def test_both_languages_say_everything(good, opened):
    answer(opened, good)
    french = opened.inner_text("main")
    opened.click("[data-lang=en]")
    assert opened.inner_text(".verdict h2") == "Verified"
    assert opened.get_attribute("html", "lang") == "en"
    english = opened.inner_text("main")
    for check in CATALOGUE:
        if check.id in notices(opened):
            assert check.means_fr in french
            assert check.means_en in english


def test_a_failure_is_said_in_either_language_down_to_its_detail(made, opened):
    flipped = next(cheat for cheat in CHEATS if cheat.name == "proof_hash_changed")
    answer(opened, made(flipped))
    assert "le chemin mène à une autre racine" in opened.inner_text(".failures")
    opened.click("[data-lang=en]")
    assert "the path leads to another root" in opened.inner_text(".failures")


def test_the_acts_can_be_read(good, opened):
    answer(opened, good)
    assert "29 mars 2026 à 15:00:01,204 (Paris)" in opened.inner_text(".acts")
    opened.click(".acts summary >> nth=5")
    assert '"name": "A. Vidal"' not in opened.inner_text(".acts")  # withheld
    assert '"choices"' in opened.inner_text(".acts")


def test_nothing_in_a_bundle_becomes_markup(opened, tmp_path):
    """The part of an enemy holds a script; it is shown as text, and could not run if it were not."""
    plan = case.good_plan()
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    plan.acts["convene"].parts["notice"] = {"title": evil}
    assert answer(opened, write_files(case.close(case.good_files(plan)), tmp_path / "x.asice"))[0] == "good"
    opened.click(".acts summary >> nth=0")
    assert "<img src=x" in opened.inner_text(".acts")
    assert opened.title() == "Vérifier un dossier de preuve"
    assert opened.query_selector("main img, main script") is None


def test_a_file_can_be_dropped(good, opened):
    data = base64.b64encode(good.read_bytes()).decode()
    opened.evaluate(
        """data => {
            const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "case.asice"));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true, bubbles: true }));
        }""",
        data,
    )
    opened.wait_for_selector("body[data-verdict=good]", timeout=90_000)


def test_a_browser_without_ed25519_says_so_and_does_not_say_verified(good, browser, page_file):
    page = browser.new_page()
    page.add_init_script(
        """const real = crypto.subtle.importKey.bind(crypto.subtle);
        crypto.subtle.importKey = (format, key, algorithm, ...rest) => algorithm === "Ed25519"
            ? Promise.reject(new DOMException("no", "NotSupportedError")) : real(format, key, algorithm, ...rest);"""
    )
    page.goto(page_file.as_uri())
    assert answer(page, good) == ("partial", set())
    unchecked = page.eval_on_selector_all("[data-unchecked]", "all => all.map(one => one.dataset.unchecked)")
    assert set(unchecked) == {"checkpoint.signature", "witness.signature"}
    page.close()


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_tokens_of_authorities_with_either_kind_of_root(kind, opened, tmp_path):
    plan = case.good_plan()
    plan.tsa = tsa(f"root-{kind}", kind)
    files = case.good_files(plan)
    assert answer(opened, write_files(case.close(files, plan.tsa), tmp_path / "x.asice")) == ("good", set())


def test_a_token_flipped_anywhere_is_never_green_unless_it_says_the_same(opened, page_file):
    """As for the verifier in Python: what lies outside the signature is not relied upon."""
    response = tsa().stamp(b"data", day("2026-06-01 12:00:00"))
    flipped = [bytes(b ^ (0x41 if n == at else 0) for n, b in enumerate(response)) for at in range(0, len(response), 5)]
    accepted = opened.evaluate(
        """async ([root, tokens]) => {
            const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
            const roots = parsePem(bytes(root));
            const said = [];
            for (const token of tokens) {
                try {
                    const info = await verifyToken(tokenOf(bytes(token)), roots);
                    said.push([String(info.at), await info.isOver(new TextEncoder().encode("data"))]);
                } catch {}
            }
            return said;
        }""",
        [base64.b64encode(one).decode() for one in [tsa().root]]
        + [[base64.b64encode(one).decode() for one in [response, *flipped]]],
    )
    assert accepted
    assert {tuple(one) for one in accepted} == {("1780315200000000", True)}


# --- the file itself -------------------------------------------------------------------------------------------------


def test_the_page_is_one_file_under_a_strict_policy():
    page = assets.verify_html().decode()
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)[1]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    for kind, source in (("script", script), ("style", style)):
        assert f"{kind}-src 'sha256-{base64.b64encode(sha256(source.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    outside = {
        url for url in re.findall(r"https?://[^\s\"'<>]+", page) if "w3.org" not in url and "etsi.org" not in url
    }
    assert outside == set()
    assert not re.search(
        r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|eval|fetch|XMLHttpRequest|WebSocket|localStorage)\b", script
    )
    assert not re.search(r"\s(?:src|href|style|on\w+)=", re.sub(r"<script>.*</script>", "", page, flags=re.DOTALL))


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light")])
def test_it_fits_a_phone_and_a_screen(width, scheme, good, browser, page_file):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR")
    page = context.new_page()
    page.goto(page_file.as_uri())
    answer(page, good)
    page.click("details.card summary")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()


def test_what_is_too_large_for_a_browser_gets_no_answer_rather_than_a_wrong_one(opened, tmp_path):
    files = {f"acts/{index}/act.json": b"" for index in range(65_600)}
    path = write_files(files | {"mimetype": b"application/vnd.etsi.asic-e+zip"}, tmp_path / "large.asice")
    assert answer(opened, path) == ("error", set())
    assert "65 534 membres" in opened.inner_text(".verdict")
