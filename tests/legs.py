"""Tests that need a program of the machine: `leg("go")` skips them where it is missing, and the summary says so.

A leg is a name and a probe: the probe gives the reason why the leg cannot run here, or nothing.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

GOPATH = Path(os.environ.get("OPPOSABLE_GOPATH", "/usr/share/gocode"))


def _program(name: str, package: str) -> str:
    return "" if shutil.which(name) else f"no program {name} (Debian: apt install {package})"


def _go() -> str:
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return "no Go module golang.org/x/mod/sumdb (Debian: apt install golang-golang-x-mod-dev)"
    return _program("go", "golang-go")


LEGS: dict[str, Callable[[], str]] = {
    "go": _go,
    "openssl": lambda: _program("openssl", "openssl"),
}
_missing: dict[str, str] = {}


@pytest.fixture(scope="session")
def leg() -> Callable[[str], None]:
    """Call with the name of a leg: the test is skipped, with the reason, where the leg cannot run."""

    def need(name: str) -> None:
        reason = LEGS[name]()
        if reason:
            _missing[name] = reason
            pytest.skip(f"leg {name}: {reason}")

    return need


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, reason in sorted(_missing.items()):
        terminalreporter.write_line(f"leg {name} did not run: {reason}", yellow=True)
