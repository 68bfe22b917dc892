"""The tutorial from a spreadsheet to a statement, block by block, in both languages."""

import shutil

import pytest

from tests.docs.page import DOCS, pairs, shows

NAME = "tutorial/from-a-spreadsheet-to-a-statement"


@pytest.mark.slow
@pytest.mark.parametrize("page", [f"{NAME}.md", f"{NAME}.fr.md"])
def test_each_block_says_what_the_page_shows(page, shell):
    for path in (DOCS / "tutorial/isms").iterdir():
        shutil.copy(path, shell.folder)
    for block, shown in pairs(page):
        if block.words != "install":
            said = shell.run(block.text)
            assert shown is None or shows(shown.text, said), said


def test_both_languages_have_the_same_blocks():
    assert [block.text for block, _ in pairs(f"{NAME}.md")] == [block.text for block, _ in pairs(f"{NAME}.fr.md")]
