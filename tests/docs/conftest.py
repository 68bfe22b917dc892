import pytest

from tests.docs.page import Shell


@pytest.fixture
def shell(tmp_path):
    """A shell in an empty folder; whatever it started is ended with the test."""
    opened = Shell(tmp_path / "folder")
    yield opened
    opened.close()
