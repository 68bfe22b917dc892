"""The tutorial from a spreadsheet to a statement, block by block, in both languages."""

import shutil

import pytest

from tests.docs.page import DOCS, pairs, shows

NAME = "tutorial/from-a-spreadsheet-to-a-statement"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_block_says_what_the_page_shows(shell, language):
    shell.environ["OPPOSABLE_LANG"] = language
    for path in (DOCS / "tutorial/isms").iterdir():
        shutil.copy(path, shell.folder)
    for block, shown in pairs(f"{NAME}.fr.md" if language == "fr" else f"{NAME}.md"):
        if block.words != "install":
            said = shell.run(block.text)
            assert shown is None or shows(shown.text, said), said
