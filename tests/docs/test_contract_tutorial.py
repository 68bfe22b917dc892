"""The tutorial of the contract that cannot leave unapproved: its commands typed, what it shows compared; the French page has the same blocks."""

import pytest

from tests.docs.page import blocks
from tests.docs.test_tutorial import Follower, free_ports

NAME = "tutorial/a-contract-that-cannot-leave-unapproved"


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(shell):
    shell.environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    Follower(shell, free_ports()).follow(f"{NAME}.md")


def test_both_languages_have_the_same_blocks():
    """So that what one run showed holds for both pages."""
    english, french = ([(one.language, one.text) for one in blocks(f"{NAME}{end}")] for end in (".md", ".fr.md"))
    assert english == french != []
