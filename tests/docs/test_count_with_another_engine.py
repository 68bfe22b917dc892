"""The commands of the how-to page on other engines, run as they are printed."""

import pytest

from tests.docs.page import pairs, shows

PAGE = "how-to/count-with-another-engine.md"


@pytest.mark.slow
def test_its_commands_say_what_it_shows(shell):
    shell.run("opposable init --origin isp.example/2026 --draw-passphrase")
    for block, after in pairs(PAGE):
        said = shell.run(block.text)
        assert shows(after.text if after else "", said), f"{PAGE}:{block.line}\n{said}"
