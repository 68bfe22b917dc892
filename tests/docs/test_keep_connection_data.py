"""The commands of the how-to page on connection data, run as they are printed."""

import pytest

from tests.docs.page import pairs, shows

PAGE = "how-to/keep-connection-data.md"


@pytest.mark.slow
def test_its_commands_say_what_it_shows(shell, leg):
    leg("poppler")
    shell.run("opposable init --origin isp.example/2026 --draw-passphrase")
    for block, after in pairs(PAGE):
        said = shell.run(block.text, status=1 if block.words == "no" else 0)
        assert after is not None
        assert shows(after.text, said), f"{PAGE}:{after.line}\n{said}"
