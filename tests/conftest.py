"""What every test is given: its leg, and a wall around the machine."""

import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.home", "tests.legs"]  # a HOME for Django; the fixture `leg`, and its lines in the summary

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server", "template"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def loopback_only(real: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``socket.connect``: a test that asks for another machine fails and names it."""

    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test asked for {address}: no network but loopback")
        return real(self, address)

    return connect


def pytest_configure(config: pytest.Config) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", loopback_only(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", loopback_only(socket.socket.connect_ex))
    config.add_cleanup(patch.undo)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches a database, and send what cannot run in this leg to the leg where it can."""
    on_postgresql = os.environ.get("OPPOSABLE_DATABASE_URL", "").startswith("postgres")
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db"):
            item.add_marker("db")
        if item.get_closest_marker("pg") and not on_postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: make pg"))
        if item.get_closest_marker("browser") and not chromium_path():
            item.add_marker(pytest.mark.skip(reason="needs Chromium: make browse"))


def chromium_path() -> str | None:
    """Debian's Chromium, or the one named by OPPOSABLE_CHROMIUM."""
    return os.environ.get("OPPOSABLE_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(autouse=True)
def language_left_behind() -> Iterator[None]:
    """A command that a test runs in its own process sets the language of the thread, as in a process of its own: take it back."""
    yield
    if translation := sys.modules.get("django.utils.translation"):
        translation.deactivate()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser for Playwright's ``executable_path``. What is expected of a page may come late on a busy machine."""
    from playwright.sync_api import expect

    found = chromium_path()
    assert found, "no Chromium on this machine"
    expect.set_options(timeout=60_000)
    return found
