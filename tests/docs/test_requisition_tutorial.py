"""The tutorial of the judge who asks: its commands typed, what it shows compared, in both languages."""

import pytest

from tests.docs.page import pairs, shows

NAME = "tutorial/a-judge-asks"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_tutorial_does_what_it_says(shell, leg, language):
    leg("openssl")
    shell.environ["OPPOSABLE_LANG"] = language
    page = f"{NAME}.fr.md" if language == "fr" else f"{NAME}.md"
    for block, after in pairs(page):
        said = shell.run(block.text, status=1 if block.words == "no" else 0)
        assert shows(after.text, said), f"{page}:{after.line}\n{said}"
