"""summary.html: the same bytes for the same content, in both languages, without anything that runs."""

import base64
import re
from dataclasses import replace
from hashlib import sha256

import pytest

from opposable.ledger import summary
from opposable.ledger.bundle import BundleAct
from tests.bad import case


@pytest.fixture(scope="module")
def content():
    return case.good_content(case.seal(case.good_plan()))


def rendered(content):
    return re.sub(r"<style>.*</style>", "", summary.render(content).decode(), flags=re.DOTALL)


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_the_same_content_gives_the_same_page(content):
    assert summary.render(content) == summary.render(content)


def test_it_says_what_is_there_in_legal_time(content):
    text = words(rendered(content))
    assert "Assemblée mixte du 30 mars 2026" in text
    assert "29/03/2026 14:58:11,120 Paris, UTC+2" in text
    assert "10/03/2026 10:00:00,000 Paris, UTC+1" in text
    assert "refusé refused" in text
    assert "C. com., art. R. 225-77, al. 1" in text
    assert "identity effacée erased" in text
    assert "identity réservée withheld" in text
    assert "2 (identity)" in text
    assert "auditor.example/witness" in text
    assert "20/03/2026 13:00:00,000" in text  # not before
    assert "01/06/2027 14:00:00,000 Paris, UTC+2 · CN=TSA ours" in text  # not after


def test_what_is_absent_without_reason_is_not_called_erased(content):
    lost = replace(content, acts=[replace(content.acts[0], parts={})])
    assert "notice absente absent" in words(rendered(lost))


def test_without_tokens_it_says_so(content):
    text = words(rendered(replace(content, checkpoint_token=None, tokens=[])))
    assert "point de contrôle non horodaté checkpoint not time-stamped" in text
    assert "aucun jeton antérieur no earlier token" in text


def test_headers_that_are_gone_or_unreadable_are_shown_as_such(content):
    acts = [BundleAct(5, None, {}, bytes(32)), BundleAct(6, b"{}")]
    assert (
        words(rendered(replace(content, acts=acts))).count("en-tête effacé ou illisible header erased or unreadable")
        == 2
    )


def test_an_unconfirmed_rule_is_marked(content):
    row = case.canonical.encode(case.rule_row(status="unconfirmed"))
    assert "texte non confirmé text not confirmed" in words(rendered(replace(content, rules=[row])))


def test_nothing_in_the_content_becomes_markup(content):
    evil = "<script>alert(1)</script>"
    row = case.canonical.encode(case.rule_row(fr=evil, text=evil, cite=[evil]))
    page = rendered(replace(content, title=evil, rules=[row]))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4


def test_it_is_one_file_that_may_load_and_run_nothing(content):
    page = summary.render(content).decode()
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert not re.search(r"<(?:script|link|img|iframe)|\s(?:src|href|style|on\w+)=", page)


def test_every_sentence_stands_in_both_languages(content):
    page = rendered(content)
    assert len(re.findall(r'lang="fr"', page)) - 1 == len(re.findall(r'lang="en"', page))  # the page itself is French


def test_a_type_of_act_breaks_after_its_dots(content):
    assert "assembly.<wbr>form.<wbr>receive" in rendered(content)
