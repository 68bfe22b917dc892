"""docs/how-to/judge-evidence-again.md and ask-about-a-waiver-or-a-dismissal.md: what they show is what the commands say."""

import pytest

from tests.docs.page import pairs, shows

ORIGIN = """export OPPOSABLE_HOME="$PWD/home"
opposable init --origin ormes.example/2026 --draw-passphrase
OPPOSABLE_PASSWORD='ormes-tilleuls-2026' opposable account create lea@ormes.example "Léa Morel"
opposable account grant lea@ormes.example isms.officer /
opposable isms open ormes --name Plans --organisation "Atelier des Ormes" --text "Les plans." --owner Morel"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "before"), [("judge-evidence-again", ORIGIN), ("ask-about-a-waiver-or-a-dismissal", "")]
)
def test_the_page_does_what_it_says(shell, page, before):
    shell.run(before)
    for block, shown in pairs(f"how-to/{page}.md"):
        said = shell.run(block.text)
        assert shown is None or shows(shown.text, said), said
