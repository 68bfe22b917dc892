"""What the pages of docs/explanation/ show of the software is what it says; what they count is what it has."""

import pytest

from opposable.kernel.system import law
from tests.docs.page import DOCS, pairs, shows

PAGES = sorted(path.relative_to(DOCS) for path in (DOCS / "explanation").glob("*.md"))


def test_the_index_names_every_page():
    index = (DOCS / "README.md").read_text("utf-8")
    pages = [
        path.relative_to(DOCS)
        for folder in ("tutorial", "how-to", "explanation")
        for path in (DOCS / folder).glob("*.md")
    ]
    assert [str(page) for page in pages if f"({page})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_its_commands_say_what_it_shows(page, shell):
    for block, after in pairs(page):
        said = shell.run(block.text, status=1 if block.words == "no" else 0)
        assert after is not None
        assert shows(after.text, said), f"{page}:{after.line}\n{said}"


def test_what_is_said_of_the_sources_of_the_book_is_so():
    rows = [rule for rule_id in law().ids("assembly") for rule in law().versions(rule_id)]
    assert {str(rule.checked) for rule in rows if rule.confirmed} == {"2015-05-01", "2022-06-30"}
    assert any(not rule.confirmed for rule in rows)
    assert all(rule.checked is None for rule in rows if not rule.confirmed)
