"""The tutorial from a spreadsheet to a statement, block by block; both languages show the same blocks."""

import shutil

import pytest

from tests.docs.page import DOCS, blocks, pairs, shows

NAME = "tutorial/from-a-spreadsheet-to-a-statement"


@pytest.mark.slow
def test_each_block_says_what_the_page_shows(shell):
    for path in (DOCS / "tutorial/isms").iterdir():
        shutil.copy(path, shell.folder)
    for block, shown in pairs(f"{NAME}.md"):
        if block.words != "install":
            said = shell.run(block.text)
            assert shown is None or shows(shown.text, said), said


def test_both_languages_have_the_same_blocks():
    english, french = ([(one.language, one.text) for one in blocks(f"{NAME}{end}")] for end in (".md", ".fr.md"))
    assert english == french != []
