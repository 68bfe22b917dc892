"""The house alone, told in this process."""

import pytest
from django.test import Client

from opposable.web import shell
from tests.web import story


@pytest.fixture(autouse=True)
def site(settings):
    """The headers, languages and guards of the real site, without any system's pages."""
    settings.ROOT_URLCONF = "tests.web.addresses"
    shell.forget_log_state()
    yield settings
    shell.forget_log_state()


@pytest.fixture
def house(log, db):
    told = story.tell(log.seal_once)
    shell.forget_log_state()
    return told


@pytest.fixture
def secretary(house):
    client = Client()
    client.force_login(house.secretary)
    return client


@pytest.fixture
def stranger(house):
    client = Client()
    client.force_login(house.stranger)
    return client
