"""The commands of the how-to page on other engines, run as they are printed; the French one's words where they may be asked twice."""

import pytest

from tests.docs.page import in_french, shows

PAGE = "how-to/count-with-another-engine.md"


@pytest.mark.slow
def test_its_commands_say_what_it_shows(shell):
    shell.run("opposable init --origin isp.example/2026 --draw-passphrase")
    for (block, after), (twin, french) in in_french(PAGE):
        said = shell.run(block.text)
        assert shows(after.text if after else "", said), f"{PAGE}:{block.line}\n{said}"
        if french:
            said = shell.run_in_french(twin.text)
            assert shows(french.text, said), f"{PAGE}, French:{french.line}\n{said}"
