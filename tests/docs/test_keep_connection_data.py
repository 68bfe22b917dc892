"""The commands of the how-to page on connection data, run as they are printed; what the French page shows, once more in French."""

import pytest

from tests.docs.page import in_french, shows

PAGE = "how-to/keep-connection-data.md"


@pytest.mark.slow
def test_its_commands_say_what_it_shows(shell, leg):
    leg("poppler")
    shell.run("opposable init --origin isp.example/2026 --draw-passphrase")
    for (block, after), (twin, french) in in_french(PAGE):
        said = shell.run(block.text, status=1 if block.words == "no" else 0)
        assert after is not None
        assert shows(after.text, said), f"{PAGE}:{after.line}\n{said}"
        if french:
            said = shell.run_in_french(twin.text)
            assert shows(french.text, said), f"{PAGE}, French:{french.line}\n{said}"
