"""A log, and the scene in which its witness serves it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from opposable.kernel.witness import (
    WitnessHome,
    serve,
)
from tests.kernel.witness.scene import NAME, Log, Scene


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def scene(tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.delenv("OPPOSABLE_PASSPHRASE", raising=False)
    witness = WitnessHome.make(tmp_path, NAME).watch([log.vkey]).open()
    with contextlib.closing(witness.store), serve(witness) as server:
        yield Scene(log, witness, server, tmp_path)
