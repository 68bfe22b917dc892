"""A HOME for the tests: made before Django reads its settings, gone at the end."""

import atexit
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import django
import pytest

HOME = Path(tempfile.mkdtemp(prefix="opposable-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["OPPOSABLE_HOME"] = str(HOME / "home")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["OPPOSABLE_LANG"] = "en"  # what commands say here, whatever this machine speaks
ORIGIN = "tests.example/2026"

from opposable.kernel import checkpoints, installation  # noqa: E402 - the environment comes first

installation.create(HOME / "home", ORIGIN, draw=True)


@pytest.fixture
def log(settings):
    """An empty log beside an empty database, sealed in this very process. Yields the sealer."""
    from opposable.kernel import anchors, sealing
    from opposable.kernel.sealing_service import open_sealer

    home = settings.HOME
    _empty(home)
    anchors.forget()
    sealer = open_sealer()
    sealing.inline = sealer.seal_once
    yield sealer
    sealing.inline = None
    anchors.forget()
    sealer.store.close()


def _empty(home: Path) -> None:
    """A log is never made anew, so the tests start from copies of the one made above."""
    shutil.rmtree(home / "log")
    (home / "log").mkdir()
    for mark in (home / "run").glob("*.last"):
        mark.unlink()
    for name in (checkpoints.NAME, f"{checkpoints.NAME}-wal", f"{checkpoints.NAME}-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(HOME / "born.sqlite3", home / checkpoints.NAME)


with sqlite3.connect(HOME / "home" / checkpoints.NAME) as born:
    born.execute("PRAGMA wal_checkpoint(TRUNCATE)")
born.close()
shutil.copy(HOME / "home" / checkpoints.NAME, HOME / "born.sqlite3")

django.setup()

from whitenoise.middleware import WhiteNoiseMiddleware  # noqa: E402 - it asks for the settings

_look_for_files, _files = WhiteNoiseMiddleware.add_files_from_finders, {}


def _look_once(middleware):
    """Each test client has middlewares of its own, and each would walk through the static files again."""
    if not _files:
        _look_for_files(middleware)
        _files.update(middleware.files)
    middleware.files.update(_files)


WhiteNoiseMiddleware.add_files_from_finders = _look_once
