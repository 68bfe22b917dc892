"""The tutorial of the contract that cannot leave unapproved: its commands typed, what it shows compared."""

import pytest

from tests.docs.test_tutorial import Follower, free_ports


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(shell):
    shell.environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    Follower(shell, free_ports()).follow("tutorial/a-contract-that-cannot-leave-unapproved.md")
