"""A store in the HOME of the tests, emptied around each test that asks for it."""

import shutil
from datetime import UTC, datetime

import pytest

from opposable.kernel import actors, clock
from tests.traffic import generate

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
CONSOLE = actors.system("tests")


@pytest.fixture
def store(log, db, settings):
    """The folder of the segments; the clock stands at noon on 26 November 2026."""
    places = [
        settings.HOME / "segments",
        settings.HOME / "documents",
        *(settings.HOME / "keys" / "buckets").glob("traffic.*"),
    ]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    with clock.frozen(NOON):
        yield settings.HOME / "segments"
    shutil.rmtree(settings.HOME / "segments", ignore_errors=True)  # of which the next test's catalogue knows nothing


@pytest.fixture
def cgnat(store):
    from opposable.systems.traffic import acts

    return acts.declare_source(
        CONSOLE, slug="cgnat-1", title="CGNAT 1", format="csv", mapping=generate.NAT_MAPPING
    ).result
