"""The tutorial of the contract that cannot leave unapproved: its commands typed, what it shows compared, in both languages."""

import pytest

from tests.docs.test_tutorial import Follower, free_ports

NAME = "tutorial/a-contract-that-cannot-leave-unapproved"


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_tutorial_does_what_it_says(shell, language):
    shell.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "OPPOSABLE_LANG": language}
    Follower(shell, free_ports()).follow(f"{NAME}.fr.md" if language == "fr" else f"{NAME}.md")
